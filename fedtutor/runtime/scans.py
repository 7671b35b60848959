"""The loop `for element in data_set` of a `tf.function`.

TensorFlow compiles it to three operations: `scan` is the body of the loop, `take_while` ends it
early, and `reduce` goes through it. The body may write to variables, which are plain values here:
so it is the `reduce` that carries them along.
"""

from collections.abc import Callable

import tensorflow as tf

from fedtutor.runtime.library import argument_spec
from fedtutor.runtime.sequences import Sequence
from fedtutor.runtime.variables import shaped, written_to


class Scan(Sequence):
    """A `scan`, and the `take_while` that follows it, if one does.

    Args:
        scope: the `Scope` that it is in.
        node: the operation `ScanDataset`.
        inputs: a list of its inputs.
        until: None; or the operation `TakeWhileDataset` and a list of what it captures.
    """

    def __init__(self, scope, node, inputs, until=None):
        self._scope, self._node, self._inputs, self._until = scope, node, inputs, until

    def until(self, node: object, captured: list) -> "Scan":
        return Scan(self._scope, self._node, self._inputs, (node, captured))

    def variant(self) -> tf.Tensor:
        (variant,) = self._scope.issue(self._node, self._inputs)
        if self._until is not None:
            node, captured = self._until
            (variant,) = self._scope.issue(node, [variant, *captured])
        return variant

    def reduce(self, state: list, step: Callable, shapes: list, spec: list) -> list:
        function, library = self._node.attr["f"].func.name, self._scope.library
        first, count = len(state), len(self._node.attr["Tstate"].list.type)
        dataset, own, captured = (
            self._inputs[0], self._inputs[1 : 1 + count], self._inputs[1 + count :]
        )  # fmt: skip
        dataset = dataset if isinstance(dataset, Sequence) else Sequence(dataset)
        written = written_to(library, [function], captured)
        arguments = argument_spec(library[function])
        element = arguments[count : -len(captured) or None]
        own = [*own, *(cell.read() for cell in written)]
        own_shapes = [part.shape for part in arguments[:count]] + [cell.shape for cell in written]

        def set_cells(values):
            for cell, value in zip(written, values, strict=True):
                cell.value = value

        def body(state, element):
            set_cells(state[count:])
            outputs = self._scope.call(function, [*state[:count], *element, *captured])
            state = [*outputs[:count], *(cell.read() for cell in written)]
            return shaped(state, own_shapes), outputs[count:]

        def step_after_body(state, element):
            own, given = body(state[first:], element)
            return [*step(state[:first], given), *own]

        def step_alone(state, element):
            given, own = element[: -len(own_shapes)], element[-len(own_shapes) :]
            return [*step(state[:first], given), *own]

        if self._until is None:
            advance = step_after_body
        else:
            advance = step_alone
            dataset = self._stopped(dataset, element, own, body)
            element = tf.nest.flatten(dataset.element_spec)
            dataset = Sequence(tf.data.experimental.to_variant(dataset))
        after = dataset.reduce([*state, *own], advance, [*shapes, *own_shapes], element)
        set_cells(after[first + count :])
        return after[:first]

    def _stopped(self, dataset, element, own, body):
        """The `scan` and the `take_while` themselves; each element ends with the body's state."""
        node, captured = self._until

        def scan(own, element):
            own, given = body(list(own), list(element))
            return tuple(own), (*given, *own)

        def goes_on(*given):
            given = given[: len(given) - len(own)]
            predicate = node.attr["predicate"].func.name
            return self._scope.call(predicate, [*given, *captured])[0]

        dataset = tf.data.experimental.from_variant(dataset.variant(), tuple(element))
        return dataset.scan(tuple(own), scan).take_while(goes_on)
