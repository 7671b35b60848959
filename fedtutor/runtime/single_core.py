"""A client's function, whose operations each use one core.

The runtime has a client on each core. TensorFlow would split each operation of each client over all
cores once more, which for small batches costs more than it saves. How many threads an operation may
use is a setting of the process, and plain Keras training needs it as it is. A session of TensorFlow 1
has settings of its own (see TF_OVERRIDE_GLOBAL_THREADPOOL in `fedtutor.compat`), and so a client's
graph runs in a session.
"""

import contextlib
import functools
import os
import tempfile
import weakref
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2
from tensorflow.python.eager import context

from fedtutor.runtime import loops

# An operation uses one thread, and all sessions share as many threads as there are cores. On their
# callers' threads alone (`inter_op_thread_pool=-1`) clients partly waited for each other, and a round
# took about a fifth longer.
_CONFIG = tf.compat.v1.ConfigProto(
    intra_op_parallelism_threads=1,
    session_inter_op_thread_pool=[
        config_pb2.ThreadPoolOptionProto(num_threads=os.cpu_count(), global_name="fedtutor-clients")
    ],
)


def on_single_core(function: Callable) -> Callable:
    """The same function, whose operations each use one core.

    Args:
        function: a `ConcreteFunction` of tensors that returns a list of tensors.

    Returns:
        A function that takes and returns the same; `function` itself where a session can't run it,
        because something would have to pass between the two that only TensorFlow 2 can hold, or where
        TensorFlow computes on a GPU.
    """
    if tf.config.list_logical_devices("GPU"):
        return function
    flag = loops.stop_flag().handle
    parameters = function.graph.inputs[: len(function.graph.inputs) - len(function.captured_inputs)]
    captures = list(
        zip(function.captured_inputs, function.graph.inputs[len(parameters) :], strict=True)
    )
    others = [inner for outer, inner in captures if outer is not flag]
    if any(t.dtype in _NO_ARRAYS for t in (*parameters, *others, *function.graph.outputs)):
        return function
    graph_def = function.graph.as_graph_def()
    if not _complete(graph_def):
        return function
    _open_first_session()
    return _SessionFunction(function, graph_def, parameters, captures, flag)


# What a session can't exchange as arrays.
_NO_ARRAYS = (tf.resource, tf.variant)


def _complete(graph_def):
    """Add what is missing of the functions that a graph calls; False if one isn't to be found."""
    known = {function.signature.name for function in graph_def.library.function}
    pending = [graph_def, *graph_def.library.function]
    while pending:
        body = pending.pop()
        nodes = body.node if isinstance(body, tf.compat.v1.GraphDef) else body.node_def
        for node in nodes:
            for attr in node.attr.values():
                for called in (attr.func, *attr.list.func):
                    if not called.name or called.name in known:
                        continue
                    try:
                        found = context.context().get_function_def(called.name)
                    except tf.errors.NotFoundError:
                        return False
                    graph_def.library.function.append(found)
                    known.add(called.name)
                    pending.append(found)
    return True


@functools.cache
def _open_first_session():
    """With the first session of a process, TensorFlow's C++ code logs something that helps nobody.

    TF_CPP_MIN_LOG_LEVEL doesn't stop it, so what is written to stderr meanwhile is filtered.
    """
    with contextlib.suppress(OSError), tempfile.TemporaryFile() as written:
        stderr = os.dup(2)
        os.dup2(written.fileno(), 2)
        try:
            with tf.Graph().as_default(), tf.compat.v1.Session(config=_CONFIG) as session:
                session.run(tf.constant(0))
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
        written.seek(0)
        lines = [line for line in written if not any(text in line for text in _FIRST_SESSION)]
        os.write(2, b"".join(lines))


_FIRST_SESSION = (b"MLIR V1 optimization pass is not enabled", b"before absl::InitializeLog()")


class _SessionFunction:
    """A function's graph in a session of its own."""

    def __init__(self, function, graph_def, parameters, captures, flag):
        self._types = [tensor.dtype for tensor in function.graph.outputs]
        self._captured = [_array(outer) for outer, _ in captures if outer is not flag]
        given = [*parameters, *(inner for outer, inner in captures if outer is not flag)]
        graph = tf.Graph()
        with graph.as_default():
            # The stop flag that loops ask is a variable, and so belongs to one session.
            own_flag = tf.raw_ops.VarHandleOp(dtype=tf.bool, shape=[], shared_name="stop")
            value = tf.compat.v1.placeholder(tf.bool, [])
            assign = tf.raw_ops.AssignVariableOp(resource=own_flag, value=value)
            replaced = {inner.name: own_flag for outer, inner in captures if outer is flag}
            tf.graph_util.import_graph_def(graph_def, input_map=replaced, name="client")
        self._session = tf.compat.v1.Session(graph=graph, config=_CONFIG)
        self._call = self._callable(
            feed=[f"client/{tensor.name}" for tensor in given],
            fetch=[f"client/{tensor.name}" for tensor in function.graph.outputs],
            target=[f"client/{op.name}" for op in function.graph.control_outputs],
        )
        self._set_stop = self._callable(feed=[value.name], target=[assign.name])
        self.set_stop(False)
        loops.also_stop(self)
        weakref.finalize(self, self._session.close)

    def _callable(self, **names):
        return self._session._make_callable_from_options(config_pb2.CallableOptions(**names))

    def set_stop(self, value: bool) -> None:
        self._set_stop(np.array(value))

    def __call__(self, *tensors):
        results = self._call(*map(_array, tensors), *self._captured)
        return [tf.constant(*pair) for pair in zip(results, self._types, strict=True)]


def _array(tensor):
    return np.asarray(tensor.numpy(), tensor.dtype.as_numpy_dtype)
