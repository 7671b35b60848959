"""A client's data set, as it enters a computation.

`tf.data` moves example by example: for small models that costs as much as the training. Most data
sets are simpler than they may be: rows of arrays, put in an order, cut into batches. Of such a
data set `read` finds the arrays and how the order is made. `Rows` then lets TensorFlow shuffle and
batch the row numbers alone, by the very same operations and seeds, and takes each batch out of the
arrays at once. Any other data set goes through `tf.data` as it is.

Lesson: 04_averaging_with_tff.
"""

import tensorflow as tf

from fedtutor.runtime.loops import stop_flag, while_loop

ANY, _GRAPH = ("any",), ("graph",)


class Sequence:
    """A data set inside a function that is being traced.

    Args:
        variant: the tensor that stands for a `tf.data.Dataset`.
    """

    def __init__(self, variant):
        self._variant = variant

    def variant(self):
        return self._variant

    def fresh(self):
        """The same data set before any pass over it: a shuffle begins with the first of its orders.

        So it goes into every graph of TFF's, as if each received a copy.
        """
        return self

    def reduce(self, state, step, shapes, spec):
        """Go through the elements, one after the other.

        Args:
            state: a list of tensors.
            step: takes a state and an element, both lists of tensors; gives the next state.
            shapes: a list of `tf.TensorShape`: what stays true of the state's shapes.
            spec: a list of `tf.TensorSpec`: what an element is.

        Returns:
            A list of tensors: the last state.
        """
        flag = stop_flag()
        dataset = tf.data.experimental.from_variant(self.variant(), tuple(spec))
        dataset = dataset.take_while(lambda *_: tf.logical_not(flag))
        dataset = _untuned(dataset)
        return list(dataset.reduce(tuple(state), lambda s, e: tuple(step(list(s), list(e)))))


class Given(Sequence):
    """A data set that a function is given.

    Args:
        fresh: makes it; takes nothing, gives a `Sequence`.
    """

    def __init__(self, fresh):
        self.fresh = fresh

    def variant(self):
        return self.fresh().variant()

    def reduce(self, state, step, shapes, spec):
        return self.fresh().reduce(state, step, shapes, spec)


class Rows(Sequence):
    """A data set whose elements are rows, or batches of rows, of arrays.

    Args:
        tables: a list of tensors with one number of rows.
        rows: a `tf.data.Dataset` of int64, the row of each element; or of vectors of them, the rows
            of each batch. Each pass over it may be in another order, as a shuffle has it.
        most: how many elements there are at most.
        finish: what is done with an element, a list of tensors, before it is given out.
        batch_size: the number of rows in a batch; -1 if it is not known beforehand; None if the
            elements are single rows.
        smaller: which batches may be smaller than that: "none", "last" or "any".
    """

    def __init__(self, tables, rows, most, finish, batch_size, smaller):
        self._tables, self._rows, self._most, self._finish = tables, rows, most, finish
        self._batch_size, self._smaller = batch_size, smaller

    def variant(self):
        full = self._batch_size is not None and self._smaller == "none"
        dataset = self._rows.map(lambda rows: tuple(self._element(rows, full)))
        return tf.data.experimental.to_variant(_untuned(dataset))

    def reduce(self, state, step, shapes, spec):
        order = self._order()
        count = tf.shape(order)[0]
        # A batch whose size is known beforehand spares TensorFlow a third of a small step's work:
        # so the full ones go first, and the last one, if it is smaller, by itself.
        known = self._batch_size is not None and self._smaller != "any"
        full = count
        if known and self._smaller == "last":
            full = tf.reduce_sum(tf.cast(order[:, -1] >= 0, tf.int32))

        def element(place, known):
            rows = tf.gather(order, place)
            if self._batch_size is not None and not known:
                rows = tf.boolean_mask(rows, rows >= 0)
            return self._element(rows, known)

        place, *state = self._loop([tf.constant(0), *state], full, step, shapes, element, known)
        if known and self._smaller == "last":
            place, *state = self._loop([place, *state], count, step, shapes, element, False)
        return state

    def _order(self):
        """The rows of one pass: a vector, or a matrix of the batches, filled up with -1."""
        # One more element, taken away again, for a single one cannot be had of an empty data set.
        last = tf.constant(-1 if self._batch_size is None else [-1], tf.int64)
        rows = self._rows.concatenate(tf.data.Dataset.from_tensors(last))
        if self._batch_size is None:
            everything = rows.batch(self._most + 1)
        else:
            everything = rows.padded_batch(self._most + 1, [None], tf.constant(-1, tf.int64))
        return everything.get_single_element()[:-1]

    def _loop(self, state, end, step, shapes, element, known):
        return while_loop(
            lambda place, *_: place < end,
            lambda place, *state: [place + 1, *step(list(state), element(place, known))],
            state,
            [tf.TensorShape([]), *shapes],
        )

    def _element(self, rows, full):
        if full:
            rows = tf.ensure_shape(rows, [self._batch_size])
        return self._finish([tf.gather(table, rows) for table in self._tables])


def read(dataset):
    """Take a data set apart, outside of any function.

    Args:
        dataset: a `tf.data.Dataset`.

    Returns:
        `(layout, tensors, spec)`. The layout is what a function is traced for: a tuple that can be
        a dictionary's key. The tensors (a list) are what the function is given, and the spec (a
        tuple of `tf.TensorSpec`) is what it may know of them; `build` makes a `Sequence` of the
        layout and the tensors inside of it.
    """
    taken = _read_rows(dataset)
    if taken is None:
        return _read_any(dataset)
    layout, tensors = taken
    tables = layout[1]
    spec = [tf.TensorSpec([None, *table.shape[1:]], table.dtype) for table in tensors[:tables]]
    spec += [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in tensors[tables:]]
    return layout, tensors, tuple(spec)


def build(layout, tensors, inline):
    """Put together again, inside a function, what `read` has taken apart.

    Args:
        layout: from `read`.
        tensors: a list of tensors, as `read` gave them.
        inline: takes a serialized `FunctionDef` and a list of tensors; issues the function.

    Returns:
        A `Sequence`.
    """
    if layout == ANY:
        return Sequence(tensors[0])
    if layout == _GRAPH:
        return Given(lambda: Sequence(_from_graph(tensors[0])))
    return Given(lambda: _build_rows(layout, tensors, inline))


def _build_rows(layout, tensors, inline):
    _, num_tables, steps, maps, batch_size, smaller = layout
    tensors = iter(tensors)
    tables = [next(tensors) for _ in range(num_tables)]
    most = tf.shape(tables[0], tf.int64)[0]
    rows = tf.data.Dataset.range(most)
    for name, setting, count in steps:
        inputs = [next(tensors) for _ in range(count)]
        rows = _STEPS[name](rows, setting, inputs)
        most = most * inputs[-1] if name in _REPEATS else most
    captured = [[next(tensors) for _ in range(count)] for _, count in maps]

    def finish(element):
        for (function, _), inputs in zip(maps, captured, strict=True):
            element = inline(function, [*element, *inputs])
        return element

    return Rows(tables, rows, most, finish, batch_size, smaller)


def _untuned(dataset):
    options = tf.data.Options()
    # The thread that tunes a pipeline sleeps for seconds, and who ends the pipeline waits for it.
    options.autotune.enabled = False
    # Ahead of who reads it, a map would draw orders for elements that nobody asks for.
    options.experimental_optimization.map_parallelization = False
    return dataset.with_options(options)


def _read_any(dataset):
    variant = tf.data.experimental.to_variant(_untuned(dataset))
    if not _shuffles(dataset):
        return ANY, [variant], (tf.TensorSpec([], tf.variant),)
    # The variant's next pass, in whatever computation, would have the next order.
    graph = tf.compat.v1.GraphDef.FromString(
        tf.raw_ops.DatasetToGraphV2(input_dataset=variant).numpy()
    )
    for node in graph.node:
        handle = node.attr["value"].tensor.resource_handle_val if node.op == "Const" else ()
        if any("SeedGenerator" in part.maybe_type_name for part in handle):
            node.op = "DummySeedGenerator"
            node.attr.clear()
    graph = tf.constant(graph.SerializeToString())
    return _GRAPH, [graph], (tf.TensorSpec([], tf.string),)


def _from_graph(graph):
    made = tf.raw_ops.DatasetFromGraph(graph_def=graph)
    # TensorFlow would make one of several that look the same, and they would share their shuffles.
    made.op._set_attr("_name", tf.compat.v1.AttrValue(s=made.op.name.encode()))
    return made


def _shuffles(dataset):
    return "Shuffle" in type(dataset).__name__ or any(map(_shuffles, dataset._inputs()))


def _read_rows(dataset):
    steps, inputs, maps, last = [], [], [], None
    try:
        while type(dataset).__name__ != "_TensorSliceDataset":
            step = _READERS[type(dataset).__name__](dataset)
            if step is not None and step[0] == "map":
                if steps:  # something is done with what the function gave, which is not rows
                    return None
                maps.insert(0, step[1:])
            elif step is not None and step[0] == "shuffle" and last == "_RepeatDataset":
                # `tf.data` makes one of the two, which draws its orders at other times.
                steps[0] = ("shuffle_repeat", step[1], len(step[2]) + 1)
                inputs[0] = step[2] + inputs[0]
            elif step is not None:
                steps.insert(0, step[:2] + (len(step[2]),))
                inputs.insert(0, step[2])
            last, dataset = type(dataset).__name__, dataset._input_dataset
        tables = list(dataset._tensors)
    # Nothing of this is promised by TensorFlow; whatever is not as expected goes the general way.
    except (AttributeError, KeyError, _NotRows):
        return None
    if [name for name, _, _ in steps].count("batch") > 1:
        return None
    if not tables or any(table.dtype == tf.variant for table in tables):
        return None
    layout = (
        "rows",
        len(tables),
        tuple(steps),
        tuple((function, len(captured)) for function, captured in maps),
        *_batches(int(tables[0].shape[0]), steps, inputs),
    )
    flat = [tensor for tensors in inputs for tensor in tensors]
    return layout, [*tables, *flat, *(tensor for _, captured in maps for tensor in captured)]


def _batches(rows, steps, inputs):
    """The size of the batches, and which may be smaller; as `Rows` takes them."""
    size, smaller = None, "none"
    for (name, setting, _), tensors in zip(steps, inputs, strict=True):
        if name == "batch":
            size = int(tensors[0])
            whole = setting or (rows is not None and rows % size == 0)
            smaller = "none" if whole else "last"
            if rows is None or rows <= size:
                # A single batch is of another size with each client, and a function for each size
                # costs more than it saves.
                size, smaller = -1, "any"
        elif smaller == "last":
            smaller = "any"
        if name in _REPEATS and rows is not None:
            rows *= int(tensors[-1])
        elif name != "shuffle":
            rows = None  # not worth working out
    return size, smaller


class _NotRows(Exception):
    pass


def _read_batch(dataset):
    if getattr(dataset, "_deterministic", "default") == "false":
        raise _NotRows
    return "batch", bool(dataset._drop_remainder), [dataset._batch_size]


def _read_repeat(dataset):
    if dataset._count < 1:  # without an end, or nothing at all
        raise _NotRows
    return "repeat", None, [dataset._count]


def _read_shuffle(dataset):
    tensors = [dataset._buffer_size, dataset._seed, dataset._seed2]
    return "shuffle", dataset._reshuffle_each_iteration, tensors


def _read_map(dataset):
    function = dataset._map_func.function
    definition = function.function_def
    if any(
        called.name for node in definition.node_def for a in node.attr.values()
        for called in (a.func, *a.list.func)
    ):  # fmt: skip
        raise _NotRows
    # Every call of `map` makes a function with a name of its own; the content decides.
    content = type(definition)()
    content.CopyFrom(definition)
    content.signature.name = "map"
    captured = list(function.captured_inputs)
    if any(tensor.dtype in (tf.resource, tf.variant) for tensor in captured):
        raise _NotRows
    return "map", content.SerializeToString(deterministic=True), captured


_READERS = {
    "_BatchDataset": _read_batch,
    "_MapDataset": _read_map,
    "_OptionsDataset": lambda dataset: None,
    "_ParallelBatchDataset": _read_batch,
    "_ParallelMapDataset": _read_map,
    "_PrefetchDataset": lambda dataset: None,
    "_RepeatDataset": _read_repeat,
    "_ShardDataset": lambda dataset: ("shard", None, [dataset._num_shards, dataset._index]),
    "_ShuffleDataset": _read_shuffle,
    "_SkipDataset": lambda dataset: ("skip", None, [dataset._count]),
    "_TakeDataset": lambda dataset: ("take", None, [dataset._count]),
}


def _shuffle(rows, reshuffle, tensors):
    # `Dataset.shuffle` would mix TensorFlow's global seed into seeds that hold it already.
    buffer_size, seed, seed2, *count = tensors
    kind = tf.raw_ops.ShuffleAndRepeatDatasetV2 if count else tf.raw_ops.ShuffleDatasetV3
    variant = kind(
        input_dataset=tf.data.experimental.to_variant(rows),
        buffer_size=buffer_size,
        seed=seed,
        seed2=seed2,
        seed_generator=tf.raw_ops.DummySeedGenerator(),
        output_types=[tf.int64],
        output_shapes=[rows.element_spec.shape],
        reshuffle_each_iteration=reshuffle,
        **{"count": count[0]} if count else {},
    )
    return tf.data.experimental.from_variant(variant, rows.element_spec)


_REPEATS = {"repeat", "shuffle_repeat"}

_STEPS = {
    "batch": lambda rows, drop, tensors: rows.batch(tensors[0], drop_remainder=drop),
    "repeat": lambda rows, _, tensors: rows.repeat(tensors[0]),
    "shard": lambda rows, _, tensors: rows.shard(*tensors),
    "shuffle": _shuffle,
    "shuffle_repeat": _shuffle,
    "skip": lambda rows, _, tensors: rows.skip(tensors[0]),
    "take": lambda rows, _, tensors: rows.take(tensors[0]),
}
