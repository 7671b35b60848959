"""A client's data set, as it enters a computation.

`tf.data` moves example by example: for small models that costs as much as the training. Most data
sets are simpler than they could be: rows of arrays, put in an order, cut into batches. Of such a
data set `dataset_reader` finds the arrays and how the order is made. `Rows` then lets TensorFlow
shuffle and batch the row numbers alone, by the very same operations and seeds, and takes each batch
out of the arrays at once; `Batches` takes those that were put together beforehand. Any other data set goes through `tf.data` as it is.

Lesson: 04_averaging_with_tff.
"""

from collections.abc import Callable

import tensorflow as tf

from fedtutor.runtime.layouts import GRAPH, UNKNOWN, VARIANT, Layout
from fedtutor.runtime.loops import stop_flag, while_loop


class Sequence:
    """A data set inside a function that is being traced.

    Args:
        variant: the tensor that stands for a `tf.data.Dataset`.
    """

    def __init__(self, variant):
        self._variant = variant

    def variant(self) -> tf.Tensor:
        return self._variant

    def fresh(self) -> "Sequence":
        """The same data set before any pass over it: a shuffle begins with the first of its orders.

        So it goes into every graph of TFF's, as if each received a copy.
        """
        return self

    def reduce(self, state: list, step: Callable, shapes: list, spec: list) -> list:
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
        dataset = untuned(dataset)
        return list(dataset.reduce(tuple(state), lambda s, e: tuple(step(list(s), list(e)))))


class Given(Sequence):
    """A data set that a function is given.

    Args:
        fresh: makes it; takes nothing, gives a `Sequence`.
    """

    def __init__(self, fresh):
        self.fresh = fresh

    def variant(self) -> tf.Tensor:
        return self.fresh().variant()

    def reduce(self, state: list, step: Callable, shapes: list, spec: list) -> list:
        return self.fresh().reduce(state, step, shapes, spec)


class Rows(Sequence):
    """A data set whose elements are rows, or batches of rows, of arrays.

    Args:
        tables: a list of tensors with the same number of rows.
        rows: a `tf.data.Dataset` of int64, the row of each element; or of vectors of them, the rows
            of each batch. Each pass over it may be in another order, as a shuffle has it.
        most: how many elements there are at most.
        finish: what is done with an element, a list of tensors, before it is returned.
        batch_size: the number of rows in a batch; -1 if it isn't known beforehand; None if the
            elements are single rows.
        smaller: which batches may be smaller than that: "none", "last" or "any".
    """

    def __init__(self, tables, rows, most, finish, batch_size, smaller):
        self._tables, self._rows, self._most, self._finish = tables, rows, most, finish
        self._batch_size, self._smaller = batch_size, smaller

    def variant(self) -> tf.Tensor:
        full = self._batch_size not in (None, UNKNOWN) and self._smaller == "none"
        dataset = self._rows.map(lambda rows: tuple(self._element(rows, full)))
        return tf.data.experimental.to_variant(untuned(dataset))

    def reduce(self, state: list, step: Callable, shapes: list, spec: list) -> list:
        order = self._order()
        if self._batch_size is None:
            return _each(
                tf.shape(order)[0], lambda place: self._element(order[place], False), state, step,
                shapes,
            )  # fmt: skip
        sizes = tf.reduce_sum(tf.cast(order >= 0, tf.int32), axis=1)

        def element(place, full):
            rows = tf.gather(order, place)
            if full:
                # A longer batch than the usual one widens the matrix.
                rows = rows if self._smaller == "none" else rows[: self._batch_size]
            else:
                rows = tf.boolean_mask(rows, rows >= 0)
            return self._element(rows, full)

        return _each_batch(sizes, self._batch_size, self._smaller, element, state, step, shapes)

    def _order(self):
        """The rows of one pass: a vector, or a matrix of the batches, filled up with -1."""
        # One more element, removed again, because a single element can't be taken from an empty
        # data set.
        last = tf.constant(-1 if self._batch_size is None else [-1], tf.int64)
        rows = self._rows.concatenate(tf.data.Dataset.from_tensors(last))
        if self._batch_size is None:
            everything = rows.batch(self._most + 1)
        else:
            everything = rows.padded_batch(self._most + 1, [None], tf.constant(-1, tf.int64))
        return everything.get_single_element()[:-1]

    def _element(self, rows, full):
        if full:
            rows = tf.ensure_shape(rows, [self._batch_size])
        return self._finish([tf.gather(table, rows) for table in self._tables])


class Batches(Sequence):
    """A data set whose elements are batches that somebody has already put together.

    Args:
        tables: a list of tensors: the rows of all batches, one batch after another.
        starts: (batches + 1,) int32, the row at which each batch begins, and the number of rows.
        finish, batch_size, smaller: as for `Rows`.
    """

    def __init__(self, tables, starts, finish, batch_size, smaller):
        self._tables, self._starts, self._finish = tables, starts, finish
        self._batch_size, self._smaller = batch_size, smaller

    def variant(self) -> tf.Tensor:
        full = self._batch_size != UNKNOWN and self._smaller == "none"
        numbers = tf.data.Dataset.range(tf.size(self._starts, tf.int64) - 1)
        dataset = numbers.map(lambda place: tuple(self._element(place, full)))
        return tf.data.experimental.to_variant(untuned(dataset))

    def reduce(self, state: list, step: Callable, shapes: list, spec: list) -> list:
        sizes = self._starts[1:] - self._starts[:-1]
        return _each_batch(
            sizes, self._batch_size, self._smaller, self._element, state, step, shapes
        )

    def _element(self, place, full):
        start = self._starts[place]
        size = self._batch_size if full else self._starts[place + 1] - start
        return self._finish([_rows_from(table, start, size) for table in self._tables])


def _rows_from(table, start, size):
    begin = [start, *[0] * (table.shape.rank - 1)]
    rows = tf.slice(table, begin, [size, *[-1] * (table.shape.rank - 1)])
    known = size if isinstance(size, int) else None
    return tf.ensure_shape(rows, [known, *table.shape[1:]])


def _each(end, element, state, step, shapes):
    """Take a step for each element from the first to the last."""
    return _advance(0, lambda place: place < end, element, state, step, shapes)[1:]


def _each_batch(sizes, batch_size, smaller, element, state, step, shapes):
    """Take a step for each batch from the first to the last.

    A batch whose size is known beforehand saves TensorFlow a third of a small step's work, so
    batches of the usual size and batches of other sizes each have a loop of their own.

    Args:
        sizes: (batches,) int32, how many rows each batch has.
        batch_size: the usual size; -1 if it isn't known beforehand.
        smaller: which batches may have another size: "none", "last" or "any".
        element: takes the number of a batch, and whether it has the usual size.
        state, step, shapes: as for `Sequence.reduce`.
    """
    end, padded = tf.size(sizes), tf.concat([sizes, [0]], 0)

    def before_end(place):
        return place < end

    def run(place, state, *, full, while_=before_end):
        return _advance(place, while_, lambda p: element(p, full), state, step, shapes)

    place = tf.constant(0)
    if batch_size == UNKNOWN:
        return run(place, state, full=False)[1:]
    if smaller == "none":
        return run(place, state, full=True)[1:]

    def usual(place):
        return padded[place] == batch_size

    if smaller == "last":
        place, *state = run(place, state, full=True, while_=usual)
        return run(place, state, full=False)[1:]

    def unusual(place):
        return before_end(place) & ~usual(place)

    def usual_ones_and_others(place, *state):
        place, *state = run(place, state, full=True, while_=usual)
        return run(place, state, full=False, while_=unusual)

    shapes_with_place = [tf.TensorShape([]), *shapes]
    _, *state = while_loop(
        lambda place, *_: before_end(place),
        usual_ones_and_others,
        [place, *state],
        shapes_with_place,
    )
    return state


def _advance(place, more, element, state, step, shapes):
    """Step after step while `more(place)`; returns the place after the last, and the state."""
    return while_loop(
        lambda place, *_: more(place),
        lambda place, *state: [place + 1, *step(list(state), element(place))],
        [place, *state],
        [tf.TensorShape([]), *shapes],
    )


def build(layout: Layout, tensors: list, inline: Callable) -> Sequence:
    """Put together again, inside a function, what `dataset_reader.read` has taken apart.

    Args:
        layout: from `read`.
        tensors: a list of tensors, as `read` returned them.
        inline: takes a serialized `FunctionDef` and a list of tensors; issues the function.
    """
    if layout == VARIANT:
        return Sequence(tensors[0])
    if layout == GRAPH:
        return Given(lambda: Sequence(_from_graph(tensors[0])))
    return Given(lambda: _build_tables(layout, iter(tensors), inline))


def _build_tables(layout, tensors, inline):
    tables = [next(tensors) for _ in range(layout.num_tables)]
    if layout.kind == "batches":
        starts = next(tensors)
    else:
        most = tf.shape(tables[0], tf.int64)[0]
        rows = tf.data.Dataset.range(most)
        for name, setting, count in layout.steps:
            inputs = [next(tensors) for _ in range(count)]
            rows = _STEPS[name](rows, setting, inputs)
            most = most * inputs[-1] if name in REPEATS else most
    captured = [[next(tensors) for _ in range(count)] for _, count in layout.maps]

    def finish(element):
        for (function, _), inputs in zip(layout.maps, captured, strict=True):
            element = inline(function, [*element, *inputs])
        return element

    batches = layout.batch_size, layout.smaller
    if layout.kind == "batches":
        return Batches(tables, starts, finish, *batches)
    return Rows(tables, rows, most, finish, *batches)


def untuned(dataset: tf.data.Dataset) -> tf.data.Dataset:
    options = tf.data.Options()
    # The thread that tunes a pipeline sleeps for seconds, and who ends the pipeline waits for it.
    options.autotune.enabled = False
    # Ahead of who reads it, a map would draw orders for elements that nobody asks for.
    options.experimental_optimization.map_parallelization = False
    return dataset.with_options(options)


def _from_graph(graph):
    made = tf.raw_ops.DatasetFromGraph(graph_def=graph)
    # TensorFlow would make one of several that look the same, and they would share their shuffles.
    made.op._set_attr("_name", tf.compat.v1.AttrValue(s=made.op.name.encode()))
    return made


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


REPEATS = {"repeat", "shuffle_repeat"}

_STEPS = {
    "batch": lambda rows, drop, tensors: rows.batch(tensors[0], drop_remainder=drop),
    "repeat": lambda rows, _, tensors: rows.repeat(tensors[0]),
    "shard": lambda rows, _, tensors: rows.shard(*tensors),
    "shuffle": _shuffle,
    "shuffle_repeat": _shuffle,
    "skip": lambda rows, _, tensors: rows.skip(tensors[0]),
    "take": lambda rows, _, tensors: rows.take(tensors[0]),
}
