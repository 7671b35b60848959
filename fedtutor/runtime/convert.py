"""Between what Python holds and what a plan computes with."""

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf
import tensorflow_federated as tff
from tensorflow_federated.python.common_libs import structure
from tensorflow_federated.python.core.impl.compiler import array
from tensorflow_federated.python.core.impl.types import computation_types, type_conversions
from tensorflow_federated.python.core.impl.utils import tensorflow_utils

from fedtutor.runtime import dataset_reader, graphs, layouts, sequences
from fedtutor.runtime.nodes import Literal, Node

_TENSOR = layouts.Layout("tensor")


@dataclass(eq=False)
class Packed:
    """A node's value between two functions, packed into tensors.

    Attributes:
        layout: how it is laid out in the tensors; a function is traced for it.
        tensors: a list.
        spec: a tuple of `tf.TensorSpec`, what a function may know of the tensors.
    """

    layout: layouts.Layout
    tensors: list
    spec: tuple


def pack(node: Node, tensor: tf.Tensor) -> Packed:
    """Pack what a function returned for a node."""
    if isinstance(node.type, tff.SequenceType):
        return Packed(layouts.VARIANT, [tensor], (tf.TensorSpec([], tf.variant),))
    spec = tf.TensorSpec(node.type.shape, tf.as_dtype(node.type.dtype))
    return Packed(_TENSOR, [tensor], (spec,))


def unpack(layout: layouts.Layout, tensors: list) -> tf.Tensor | sequences.Sequence:
    """The tensor or `Sequence` that a layout and a list of tensors stand for, in a function."""
    return tensors[0] if layout == _TENSOR else sequences.build(layout, tensors, graphs.inline)


def as_tensor(value: tf.Tensor | sequences.Sequence) -> tf.Tensor:
    """The tensor as which a function returns a tensor or a `Sequence`."""
    return value.variant() if isinstance(value, sequences.Sequence) else value


def literal(node: Literal) -> Packed:
    """Pack a literal."""
    return pack(node, node.compute(None))


def ingest(value: object, type_spec: tff.Type, nodes: object) -> tuple[dict, dict, int]:
    """Convert the argument of a computation.

    Args:
        value: what the caller gave, as TFF has packed it.
        type_spec: its type.
        nodes: the plan's nodes for it, as nested tuples.

    Returns:
        `(server, clients, number)`: a dictionary from nodes to `Packed`; one from nodes to lists of
        them, with one for each client; and how many clients there are.

    Raises:
        TypeError: a value is not of its type; the message names the client.
        ValueError: two lists are for different numbers of clients.
    """
    server, clients, numbers = {}, {}, []

    def take(value, type_spec, nodes, put):
        if isinstance(type_spec, tff.FederatedType):
            if type_spec.placement is tff.SERVER or type_spec.all_equal:
                take(value, type_spec.member, nodes, put)
            else:
                take_each(value, type_spec.member, nodes)
        elif isinstance(type_spec, tff.StructType):
            parts = _parts(value, type_spec)
            for part, part_type, node in zip(parts, type_spec.children(), nodes, strict=True):
                take(part, part_type, node, put)
        elif isinstance(type_spec, tff.SequenceType):
            put(nodes, _sequence(value, type_spec))
        else:
            put(nodes, pack(nodes, _tensor(value, type_spec)))

    def take_each(values, type_spec, nodes):
        if not isinstance(values, list | tuple):
            raise TypeError(
                f"Values of the clients are wanted as a list, one for each, of {type_spec}; "
                f"this is a {type(values).__name__}."
            )
        numbers.append(len(values))
        for client, value in enumerate(values):
            try:
                take(
                    value,
                    type_spec,
                    nodes,
                    lambda n, packed: clients.setdefault(n, []).append(packed),
                )
            except TypeError as error:
                raise TypeError(f"Client {client} of the list: {error}") from None

    take(value, type_spec, nodes, server.__setitem__)
    if len(set(numbers)) > 1:
        raise ValueError(f"The lists are for different numbers of clients: {numbers}.")
    return server, clients, numbers[0] if numbers else 0


def emit(
    nodes: object, type_spec: tff.Type, value: Callable[[Node, int | None], Packed], number: int
) -> object:
    """The result of a computation, as TFF gives it: NumPy arrays in `Struct`s and lists.

    Args:
        nodes: the plan's nodes for it, as nested tuples.
        type_spec: its type.
        value: takes a node and a client's number (or None); gives a `Packed`.
        number: how many clients there are.
    """

    def give(nodes, type_spec, client):
        if isinstance(type_spec, tff.FederatedType):
            if type_spec.placement is tff.SERVER or type_spec.all_equal:
                return give(nodes, type_spec.member, None)
            return [give(nodes, type_spec.member, client) for client in range(number)]
        if isinstance(type_spec, tff.StructType):
            parts = zip(nodes, structure.iter_elements(type_spec), strict=True)
            return structure.Struct(
                [(name, give(node, part, client)) for node, (name, part) in parts]
            )
        packed = value(nodes, client)
        if isinstance(type_spec, tff.SequenceType):
            element = type_conversions.type_to_tf_structure(type_spec.element)
            whole = tf.function(lambda *tensors: as_tensor(unpack(packed.layout, list(tensors))))
            variant = whole.get_concrete_function(*packed.spec)(*packed.tensors)
            return tf.data.experimental.from_variant(variant, element)
        return packed.tensors[0].numpy()

    return give(nodes, type_spec, None)


def _parts(value, type_spec):
    """The parts of a struct, in the order of its type."""
    names = [name for name, _ in structure.iter_elements(type_spec)]
    if isinstance(value, dict) and set(value) == set(names):
        return [value[name] for name in names]
    try:
        parts = [part for _, part in structure.iter_elements(_struct(value))]
    except TypeError:
        parts = None
    if parts is None or len(parts) != len(names):
        raise TypeError(f"A value of the type {type_spec} is wanted, this is {value!r:.200}.")
    return parts


def _struct(value):
    is_struct = isinstance(value, structure.Struct)
    return value if is_struct else structure.from_container(value)


def _tensor(value, type_spec):
    dtype = tf.as_dtype(type_spec.dtype)
    if isinstance(value, tf.Variable):
        value = value.read_value()
    if not isinstance(value, tf.Tensor):
        value = _array(value, type_spec)
    if value.dtype != dtype or not tf.TensorShape(type_spec.shape).is_compatible_with(value.shape):
        raise TypeError(
            f"A value of the type {type_spec} is wanted, this one is {value.dtype.name} of the "
            f"shape {tuple(value.shape)}."
        )
    return value


def _array(value, type_spec):
    """A tensor of what Python or NumPy holds; dtypes must fit as TFF wants it."""
    wanted = type_spec.dtype.type
    if not all(array.is_compatible_dtype(part, wanted) for part in _scalars(value)):
        raise TypeError(f"A value of the type {type_spec} is wanted, this is {value!r:.200}.")
    return tf.constant(value, tf.as_dtype(type_spec.dtype))


def _scalars(value):
    if isinstance(value, list | tuple):
        return [scalar for part in value for scalar in _scalars(part)]
    return [value]


def _sequence(value, type_spec):
    """Hold a data set: a `tf.data.Dataset`, or a list of its elements."""
    if isinstance(value, list):
        value = tensorflow_utils.make_data_set_from_elements(None, value, type_spec.element)
    if not isinstance(value, tf.data.Dataset):
        raise TypeError(
            f"A tf.data.Dataset (or a list of its elements) is wanted, of the type {type_spec}; "
            f"this is a {type(value).__name__}."
        )
    given = tff.SequenceType(computation_types.tensorflow_to_type(value.element_spec))
    if not type_spec.is_assignable_from(given):
        raise TypeError(
            f"A data set of the type {type_spec} is wanted, this one is of the type {given}."
        )
    element = type_conversions.type_to_tf_structure(type_spec.element)
    return Packed(*dataset_reader.read(value, tf.nest.flatten(element)))
