"""TFF's intrinsics that go through a sequence element by element, as nodes of a plan.

Each takes its argument (nested tuples of nodes), the side on which it is called, and its type.
"""

import tensorflow as tf
import tensorflow_federated as tff

from fedtutor.runtime.nodes import (
    CLIENTS,
    INNER,
    Call,
    Parameter,
    fill,
    leaves,
    make_nodes,
    outer_inputs,
    results,
)
from fedtutor.runtime.sequences import Sequence


def _map(argument, side, types):
    function, sequence = argument
    element_type = types.parameter[1].element
    element = make_nodes(Parameter, element_type, INNER, 0)
    given = leaves(function(element, None))
    sources = [sequence, *outer_inputs(given, leaves(element))]

    def run(value):
        dataset = tf.data.experimental.from_variant(value(sequence).variant(), _spec(element_type))
        return _mapped(dataset, value, leaves(element), given)

    return results(Call(sources, run), types.result, side)


def _select(argument, side, types):
    keys, _, server_value, function = argument
    key = make_nodes(Parameter, types.parameter[3].parameter[1], INNER, 0)
    given = leaves(function((server_value, key), None))
    sources = [keys, *outer_inputs(given, [key])]

    def run(value):
        dataset = tf.data.Dataset.from_tensor_slices((value(keys),))
        return _mapped(dataset, value, [key], given)

    return results(Call(sources, run), types.result.member, CLIENTS)


def _mapped(dataset, value, parameters, given):
    def function(*parts):
        inner = value.within(parameters, parts)
        return tuple(inner(node) for node in given)

    return Sequence(tf.data.experimental.to_variant(dataset.map(function)))


def _reduce(argument, side, types):
    sequence, zero, function = argument
    accumulator = make_nodes(Parameter, types.parameter[1], INNER, 0)
    element = make_nodes(Parameter, types.parameter[0].element, INNER, 0)
    step = leaves(function((accumulator, element), None))
    own = [*leaves(accumulator), *leaves(element)]
    sources = [sequence, *leaves(zero), *outer_inputs(step, own)]

    def run(value):
        def advance(state, parts):
            inner = value.within(own, [*state, *parts])
            return [inner(node) for node in step]

        state = [value(node) for node in leaves(zero)]
        shapes = [tf.TensorShape(node.type.shape) for node in leaves(accumulator)]
        last = value(sequence).reduce(state, advance, shapes, _spec(types.parameter[0].element))
        return fill(accumulator, iter(last))

    return results(Call(sources, run), types.result, side)


def _sum(sequence, side, types):
    spec = _spec(types.result)

    def run(value):
        state = [tf.zeros(part.shape, part.dtype) for part in spec]
        last = value(sequence).reduce(
            state,
            lambda state, parts: [a + b for a, b in zip(state, parts, strict=True)],
            [part.shape for part in spec],
            spec,
        )
        return fill(make_nodes(Parameter, types.result, INNER, 0), iter(last))

    return results(Call([sequence], run), types.result, side)


def _spec(type_spec):
    """What an element's tensors are, in the order in which `tf.data` gives them."""
    if isinstance(type_spec, tff.StructType):
        return tuple(part for child in type_spec.children() for part in _spec(child))
    return (tf.TensorSpec(type_spec.shape, tf.as_dtype(type_spec.dtype)),)


INTRINSICS = {
    "federated_select": _select,
    "sequence_map": _map,
    "sequence_reduce": _reduce,
    "sequence_sum": _sum,
}
