"""TFF's intrinsics that go through a sequence element by element, as nodes of a plan.

Each takes its argument (nested tuples of nodes), the side on which it is called, and its type.
"""

import tensorflow as tf
import tensorflow_federated as tff
from tensorflow_federated.python.common_libs import structure

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
    element_type = sequence.type.element
    element = make_nodes(Parameter, element_type, INNER, 0)
    parameters = _ordered(element_type, element)
    given = _ordered(types.result.element, function(element, None))
    sources = [sequence, *outer_inputs(given, parameters)]

    def run(value):
        dataset = tf.data.experimental.from_variant(value(sequence).variant(), _spec(parameters))
        return _mapped(dataset, value, parameters, given)

    return results(Call(sources, run), types.result, side)


def _select(argument, side, types):
    keys, _, server_value, function = argument
    key = make_nodes(Parameter, types.parameter[3].parameter[1], INNER, 0)
    given = _ordered(types.result.member.element, function((server_value, key), None))
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
    element_type = sequence.type.element
    element = make_nodes(Parameter, element_type, INNER, 0)
    parameters = _ordered(element_type, element)
    step = leaves(function((accumulator, element), None))
    own = [*leaves(accumulator), *parameters]
    sources = [sequence, *leaves(zero), *outer_inputs(step, own)]

    def run(value):
        def advance(state, parts):
            inner = value.within(own, [*state, *parts])
            return [inner(node) for node in step]

        state = [value(node) for node in leaves(zero)]
        shapes = [tf.TensorShape(node.type.shape) for node in leaves(accumulator)]
        last = value(sequence).reduce(state, advance, shapes, _spec(parameters))
        return fill(accumulator, iter(last))

    return results(Call(sources, run), types.result, side)


def _sum(sequence, side, types):
    element_type = sequence.type.element
    total = make_nodes(Parameter, element_type, INNER, 0)
    parts = _ordered(element_type, total)
    spec = _spec(parts)

    def run(value):
        last = value(sequence).reduce(
            [tf.zeros(part.shape, part.dtype) for part in spec],
            lambda state, parts: [a + b for a, b in zip(state, parts, strict=True)],
            [part.shape for part in spec],
            spec,
        )
        last = dict(zip(parts, last, strict=True))
        return fill(total, (last[node] for node in leaves(total)))

    return results(Call([sequence], run), types.result, side)


def _ordered(type_spec, nodes):
    """The nodes of an element, in the order in which `tf.data` gives its tensors.

    Inside of a computation TFF no longer knows what Python calls a struct with names; most are
    dictionaries, whose keys `tf.data` sorts.
    """
    if not isinstance(type_spec, tff.StructType):
        return [nodes]
    parts = list(zip(structure.iter_elements(type_spec), nodes, strict=True))
    named = parts and parts[0][0][0] is not None
    if named and issubclass(type_spec.python_container or dict, dict):
        parts.sort(key=lambda part: part[0][0])
    return [node for (_, child), inner in parts for node in _ordered(child, inner)]


def _spec(nodes):
    return tuple(tf.TensorSpec(node.type.shape, tf.as_dtype(node.type.dtype)) for node in nodes)


INTRINSICS = {
    "federated_select": _select,
    "sequence_map": _map,
    "sequence_reduce": _reduce,
    "sequence_sum": _sum,
}
