"""Takes a `tf.data.Dataset` apart, outside of any function.

Most data sets are rows of arrays, put in an order, cut into batches; or batches that somebody has
already put together, one after another. `read` finds the arrays and how the order is made. Nothing
of what it looks at is promised by TensorFlow: whatever isn't as expected is read as a whole.

Lesson: 04_averaging_with_tff.
"""

import numpy as np
import tensorflow as tf

from fedtutor.runtime.layouts import GRAPH, UNKNOWN, VARIANT, Layout
from fedtutor.runtime.sequences import REPEATS, untuned


def read(dataset: tf.data.Dataset, element_spec: list) -> tuple:
    """Take a data set apart.

    Args:
        dataset: a `tf.data.Dataset`.
        element_spec: a list of `tf.TensorSpec`: what is known of every client's elements. The data
            set's own `element_spec` may know more, such as the size of this client's only batch.

    Returns:
        `(layout, tensors, spec)`. The layout (a `Layout`) is what a function is traced for. The
        tensors (a list) are what the function is given, and the spec (a tuple of `tf.TensorSpec`)
        is what it may know of them; `sequences.build` turns the layout and the tensors into a
        `Sequence` inside it.
    """
    try:
        layout, tensors = _read_batches(dataset, element_spec) or _read_rows(dataset)
    except (AttributeError, KeyError, _NotRows):
        return _read_whole(dataset)
    tables = layout.num_tables
    spec = [tf.TensorSpec([None, *table.shape[1:]], table.dtype) for table in tensors[:tables]]
    if layout.kind == "batches":
        spec.append(tf.TensorSpec([None], tf.int32))
    spec += [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in tensors[len(spec) :]]
    return layout, tensors, tuple(spec)


def _read_whole(dataset):
    variant = tf.data.experimental.to_variant(untuned(dataset))
    if not _shuffles(dataset):
        return VARIANT, [variant], (tf.TensorSpec([], tf.variant),)
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
    return GRAPH, [graph], (tf.TensorSpec([], tf.string),)


def _read_batches(dataset, element_spec):
    """Read batches that somebody has put together; None if the elements are something else."""
    maps = []
    while (name := type(dataset).__name__) in _MAPS or name in _PASSED_OVER:
        if name in _MAPS:
            maps.insert(0, _read_map(dataset)[1:])
        dataset = dataset._input_dataset
    if maps:
        element_spec = tf.nest.flatten(dataset.element_spec)
    if not all(spec.shape.rank and spec.shape[0] is None for spec in element_spec):
        return None
    pieces = _pieces(dataset)
    if pieces is None:
        return None
    sizes = np.concatenate(
        [np.full(len(piece[0]), piece[0].shape[1], np.int32) for piece in pieces]
    )
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    tables = [_joined(column) for column in zip(*pieces, strict=True)]
    layout = Layout(
        "batches",
        len(tables),
        maps=_with_counts(maps),
        **_usual_batches(sizes),
    )
    return layout, [*tables, tf.constant(starts), *_captured(maps)]


def _pieces(dataset):
    """The tables of each data set of whole batches that is a part of this one."""
    # By hand, because many epochs can be concatenated more deeply than Python's stack.
    pending, pieces = [dataset], []
    while pending:
        dataset = pending.pop()
        name = type(dataset).__name__
        if name == "_ConcatenateDataset":
            pending += [dataset._dataset_to_concatenate, dataset._input_dataset]
        elif name in _PASSED_OVER:
            pending.append(dataset._input_dataset)
        elif name == "_TensorSliceDataset" and _holds_batches(dataset._tensors):
            pieces.append(dataset._tensors)
        else:
            return None
    row_shapes = {tuple(tuple(table.shape[2:]) for table in tables) for tables in pieces}
    return pieces if len(row_shapes) == 1 else None


def _holds_batches(tables):
    if any(table.dtype == tf.variant or table.shape.rank < 2 for table in tables):
        return False
    return len({table.shape[1] for table in tables}) == 1


def _joined(pieces):
    """The rows of all batches in all pieces."""
    rows = [
        tf.reshape(piece, [piece.shape[0] * piece.shape[1], *piece.shape[2:]]) for piece in pieces
    ]
    return rows[0] if len(rows) == 1 else tf.concat(rows, 0)


def _usual_batches(sizes):
    """The usual size of these batches, and which have another size; as `Layout` holds them."""
    if len(sizes) < 2 or sizes[0] == 0:
        # A single batch has another size with each client.
        return {"batch_size": UNKNOWN, "smaller": "last"}
    usual = int(sizes[0])
    others = np.flatnonzero(sizes != usual)
    smaller = "none" if len(others) == 0 else "any"
    if list(others) == [len(sizes) - 1]:
        smaller = "last"
    return {"batch_size": usual, "smaller": smaller}


def _shuffles(dataset):
    return "Shuffle" in type(dataset).__name__ or any(map(_shuffles, dataset._inputs()))


def _read_rows(dataset):
    steps, inputs, maps, last = [], [], [], None
    while type(dataset).__name__ != "_TensorSliceDataset":
        step = _READERS[type(dataset).__name__](dataset)
        if step is not None and step[0] == "map":
            if steps:  # something is done with what the function returned, which isn't rows
                raise _NotRows
            maps.insert(0, step[1:])
        elif step is not None and step[0] == "shuffle" and last == "_RepeatDataset":
            # `tf.data` turns the two into one, which draws its orders at other times.
            steps[0] = ("shuffle_repeat", step[1], len(step[2]) + 1)
            inputs[0] = step[2] + inputs[0]
        elif step is not None:
            steps.insert(0, step[:2] + (len(step[2]),))
            inputs.insert(0, step[2])
        last, dataset = type(dataset).__name__, dataset._input_dataset
    tables = list(dataset._tensors)
    if [name for name, _, _ in steps].count("batch") > 1:
        raise _NotRows
    if not tables or any(table.dtype == tf.variant for table in tables):
        raise _NotRows
    layout = Layout(
        "rows",
        len(tables),
        tuple(steps),
        _with_counts(maps),
        *_batches(int(tables[0].shape[0]), steps, inputs),
    )
    flat = [tensor for tensors in inputs for tensor in tensors]
    return layout, [*tables, *flat, *_captured(maps)]


def _with_counts(maps):
    return tuple((function, len(captured)) for function, captured in maps)


def _captured(maps):
    return [tensor for _, captured in maps for tensor in captured]


def _batches(rows, steps, inputs):
    """The size of the batches, and which may be smaller; as `Layout` holds them."""
    size, smaller = None, "none"
    for (name, setting, _), tensors in zip(steps, inputs, strict=True):
        if name == "batch":
            size = int(tensors[0])
            whole = setting or (rows is not None and rows % size == 0)
            smaller = "none" if whole else "last"
            if rows is None or rows <= size:
                # A single batch has another size with each client, and a function for each size
                # costs more than it saves.
                size, smaller = UNKNOWN, "any" if rows is None else "last"
        elif smaller == "last":
            smaller = "any"
        if name in REPEATS and rows is not None:
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
    # Nor do the shapes of this client's elements matter.
    for part in (*content.arg_attr.values(), *content.node_def):
        part.attr.pop("_output_shapes", None)
    captured = list(function.captured_inputs)
    if any(tensor.dtype in (tf.resource, tf.variant) for tensor in captured):
        raise _NotRows
    return "map", content.SerializeToString(deterministic=True), captured


_MAPS = {"_MapDataset", "_ParallelMapDataset"}
_PASSED_OVER = {"_OptionsDataset", "_PrefetchDataset"}
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
