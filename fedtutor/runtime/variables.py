"""Variables, turned into plain values."""

from collections.abc import Callable

import tensorflow as tf
from tensorflow.python.eager import context

from fedtutor.runtime.errors import CannotRun
from fedtutor.runtime.library import Library, functions_of


class Cell:
    """What a variable is turned into: a place in Python that holds its current value."""

    def __init__(self, dtype, shape, value=None):
        self.dtype, self.shape, self.value = dtype, shape, value

    def read(self) -> tf.Tensor:
        if self.value is None:
            raise CannotRun("reads a variable that nobody has given a value")
        return self.value

    def write(self, value: tf.Tensor) -> None:
        (self.value,) = shaped([value], [self.shape])


def shaped(values: list, shapes: list) -> list:
    """The same tensors, known to be of these shapes: tracing again may have lost what was known."""
    return [
        value if shape.rank is None or value.shape == shape else tf.ensure_shape(value, shape)
        for value, shape in zip(values, shapes, strict=True)
    ]


def real_variables(inputs: list) -> tuple[list, Callable]:
    """Real variables, for one operation and for nobody else.

    Few operations on variables are worth turning into ones on values; there are sixty others.

    Args:
        inputs: of the operation; some of them are `Cell`s.

    Returns:
        `(plain, after)`: the inputs with variables in the place of cells, and a function to call
        after the operation, which takes over what that has written.
    """
    handles = {}
    for cell in inputs:
        if isinstance(cell, Cell) and id(cell) not in handles:
            handle = tf.raw_ops.VarHandleOp(
                dtype=cell.dtype, shape=cell.shape, shared_name=context.anonymous_name()
            )
            tf.raw_ops.AssignVariableOp(resource=handle, value=cell.read())
            handles[id(cell)] = cell, handle

    def after():
        for cell, handle in handles.values():
            cell.write(tf.raw_ops.ReadVariableOp(resource=handle, dtype=cell.dtype))

    return [handles[id(v)][1] if isinstance(v, Cell) else v for v in inputs], after


def written_to(library: Library, functions: list, arguments: list) -> list:
    """The cells among a call's arguments that one of the functions may write to."""
    if not any(isinstance(value, Cell) for value in arguments):
        return []
    places = set().union(*(_places_written(library, name) for name in functions))
    cells = {}
    for place, value in enumerate(arguments, -len(arguments)):
        if isinstance(value, Cell) and place in places:
            cells[id(value)] = value
    return list(cells.values())


def _places_written(library, name):
    """The positions of a function's arguments that it, or what it calls, may assign to.

    They are counted from the end, as -1, -2, …: so the last inputs of any node fit the last
    arguments of the function that it calls, whatever else the node is given before them.
    """
    function = library[name]
    declared = function.signature.input_arg
    place = {argument.name: i for i, argument in enumerate(declared, -len(declared))}
    nodes = {node.name: node for node in function.node_def}

    def origin(source):
        source = source.partition(":")[0]
        while source in nodes and nodes[source].op == "Identity":
            source = nodes[source].input[0].partition(":")[0]
        return place.get(source)

    written = set()
    for node in function.node_def:
        sources = [source for source in node.input if not source.startswith("^")]
        calls = functions_of(node, library)
        if not calls and node.op not in _READS:
            written |= {origin(source) for source in sources}
        for called in calls:
            inner = _places_written(library, called)
            written |= {origin(s) for i, s in enumerate(sources, -len(sources)) if i in inner}
    return written - {None}


# Whatever else is done with a variable may write to it.
_READS = {
    "DestroyResourceOp", "Identity", "IdentityN", "ReadVariableOp", "ResourceGather",
    "ResourceGatherNd", "VarIsInitializedOp", "VariableShape",
}  # fmt: skip
