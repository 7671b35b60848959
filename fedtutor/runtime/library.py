"""The functions that the nodes of a graph call."""

import hashlib

import tensorflow as tf
from tensorflow.core.framework import function_pb2, node_def_pb2
from tensorflow.python.eager import context


class Library:
    """The functions that a graph's nodes call."""

    def __init__(self, proto: function_pb2.FunctionDefLibrary) -> None:
        self._proto = proto
        self._functions = {function.signature.name: function for function in proto.function}
        self._names = None

    def __contains__(self, name):
        return name in self._functions

    def __getitem__(self, name):
        return self._functions[name]

    def export(self, name: str) -> str:
        """The name under which TensorFlow knows a function, for operations that call it.

        Two of TFF's graphs may use one name for different functions, so each gets the mark of its
        library.
        """
        if self._names is None:
            content = self._proto.SerializeToString(deterministic=True)
            mark = hashlib.sha256(content).hexdigest()[:12]
            self._names = {name: f"{name}_{mark}" for name in self._functions}
            for function in self._functions.values():
                renamed = type(function)()
                renamed.CopyFrom(function)
                renamed.signature.name = self._names[function.signature.name]
                for node in renamed.node_def:
                    rename(node, self._names)
                if renamed.signature.name not in _exported:
                    context.context().add_function_def(renamed)
                    _exported.add(renamed.signature.name)
        return self._names[name]


# The names of all functions that TensorFlow knows; adding one twice is an error.
_exported = set()


def rename(node: node_def_pb2.NodeDef, names: dict) -> None:
    node.op = names.get(node.op, node.op)
    for attr in node.attr.values():
        for function in (attr.func, *attr.list.func):
            if function.name in names:
                function.name = names[function.name]


def argument_spec(function: function_pb2.FunctionDef) -> list:
    """What a function's arguments are: a `tf.TensorSpec` each, with what is known of the shape."""
    spec = []
    for place, argument in enumerate(function.signature.input_arg):
        shapes = function.arg_attr[place].attr["_output_shapes"].list.shape
        spec.append(tf.TensorSpec(shapes[0] if shapes else None, tf.as_dtype(argument.type)))
    return spec


def functions_of(node: node_def_pb2.NodeDef, library: Library) -> list:
    named = [node.op]
    for attr in node.attr.values():
        named += [function.name for function in (attr.func, *attr.list.func)]
    return [name for name in named if name in library]
