"""A compiled TensorFlow graph of TFF's, traced once more into the function that is being traced.

TFF hands its computations over as serialized graphs. Imported and called as they are, each call
costs milliseconds, and their variables are shared by all who call: two clients side by side would
silently overwrite each other. `trace` walks such a graph, issues its operations again, and turns
its variables into plain values: calls are inlined, branches and loops carry the variables along.
What comes out is a pure function of its arguments, which many threads can call at once, and which
TensorFlow optimizes as a whole.

Lesson: 04_averaging_with_tff explains what TFF compiles.
"""

import tensorflow as tf
from tensorflow_federated.proto.v0 import computation_pb2

from fedtutor.runtime.library import Library
from fedtutor.runtime.scope import Scope, canonical
from fedtutor.runtime.sequences import Sequence


class Graph:
    """One of TFF's compiled computations.

    Args:
        proto: a `computation_pb2.Computation` whose `tensorflow` is set.
    """

    def __init__(self, proto: computation_pb2.Computation) -> None:
        graph_def = tf.compat.v1.GraphDef()
        proto.tensorflow.graph_def.Unpack(graph_def)
        self._parameter = (
            proto.tensorflow.parameter if proto.tensorflow.HasField("parameter") else None
        )
        self._result = proto.tensorflow.result
        self._initialize_op = proto.tensorflow.initialize_op
        self._library = Library(graph_def.library)
        self._nodes = {node.name: node for node in graph_def.node}

    def trace(self, argument: object) -> object:
        """Issue the graph's operations into the current function.

        Args:
            argument: nested tuples of tensors and `Sequence`s, shaped like the parameter's type.

        Returns:
            The same for the result's type.

        Raises:
            CannotRun: the graph holds something that cannot be turned into a pure function.
        """
        feeds = {}
        if self._parameter is not None:
            _bind(self._parameter, argument, feeds)
        scope = Scope(self._nodes, self._library, feeds, {})
        if self._initialize_op:
            scope.run(self._initialize_op.partition(":")[0])
        return _fetch(self._result, scope)


def inline(serialized: bytes, inputs: list) -> list:
    """Issue a single function into the current one.

    Args:
        serialized: its `FunctionDef`, serialized; it calls no other.
        inputs: a list of tensors.

    Returns:
        A list of tensors.
    """
    library = tf.compat.v1.GraphDef().library
    function = library.function.add()
    function.ParseFromString(serialized)
    return Scope({}, Library(library), {}, {}).call(function.signature.name, inputs)


def _bind(binding, value, feeds):
    kind = binding.WhichOneof("binding")
    if kind == "struct":
        for part, part_value in zip(binding.struct.element, value, strict=True):
            _bind(part, part_value, feeds)
    elif kind == "sequence":
        feeds[canonical(binding.sequence.variant_tensor_name)] = value.fresh()
    else:
        feeds[canonical(binding.tensor.tensor_name)] = value


def _fetch(binding, scope):
    kind = binding.WhichOneof("binding")
    if kind == "struct":
        return tuple(_fetch(part, scope) for part in binding.struct.element)
    if kind == "sequence":
        value = scope.value(binding.sequence.variant_tensor_name)
        return value if isinstance(value, Sequence) else Sequence(value)
    value = scope.value(binding.tensor.tensor_name)
    return value
