"""The values that a plan is made of, before there are any."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import tensorflow as tf
import tensorflow_federated as tff

from fedtutor.runtime.errors import CannotRun

SERVER, CLIENTS, INNER = "server", "clients", "inner"

# A value's place, where it is computed, is a side and a stage. Values inside an aggregate's own
# functions have no place of their own; they are computed with the aggregate.


@dataclass(eq=False)
class Node:
    """A value that will be there when the plan runs: a tensor or a sequence, never a struct.

    Structs are tuples of nodes (and of tuples), so that only what is used is ever computed.
    """

    type: tff.Type
    side: str
    stage: int

    @property
    def place(self) -> tuple[str, int]:
        return self.side, self.stage

    def inputs(self) -> list:
        """The nodes that it is computed from."""
        return []

    def compute(self, value: Callable) -> object:
        """Issue its operations. `value` gives the tensor or `Sequence` of another node."""
        raise NotImplementedError


@dataclass(eq=False)
class Argument(Node):
    """A part of what the computation is called with; of each client's part, on the clients' side."""


@dataclass(eq=False)
class Parameter(Node):
    """A part of what an aggregate's function, or a sequence's, is called with."""


@dataclass(eq=False)
class Total(Node):
    """A part of what an aggregate has come to."""


@dataclass(eq=False)
class Literal(Node):
    value: object

    def compute(self, value: Callable) -> object:
        return tf.constant(self.value, tf.as_dtype(self.type.dtype), self.type.shape)


@dataclass(eq=False)
class Call:
    """Something that is computed at once and gives a struct, such as a graph.

    Attributes:
        sources: the nodes that it is computed from.
        run: issues it: takes `value`, which gives a node's tensor or `Sequence`; gives the result
            as nested tuples.
    """

    sources: list
    run: object


@dataclass(eq=False)
class Result(Node):
    """A part of what a call gives, found by its path through the struct."""

    call: Call
    path: tuple

    def inputs(self) -> list:
        return self.call.sources

    def compute(self, value: Callable) -> object:
        result = value(self.call)
        for index in self.path:
            result = result[index]
        return result


@dataclass(eq=False)
class Aggregate:
    """A sum, or the like, over all clients: it starts with `zero`, and takes a `step` for each.

    Attributes:
        values: the nodes of what one client gives.
        zero: the nodes of what it starts with.
        accumulator, value: the `Parameter`s that `step` is written in.
        step: the nodes of the next accumulator.
        outer: the nodes from outside that `step` uses.
        totals: the `Total`s, as many as `zero` has nodes.
    """

    stage: int
    values: list
    zero: list
    accumulator: list
    value: list
    step: list
    outer: list
    totals: list


def leaves(value: object) -> list:
    """All nodes in nested tuples, in order."""
    if isinstance(value, tuple):
        return [leaf for part in value for leaf in leaves(part)]
    return [] if value is None else [value]


def outer_inputs(nodes: list, own: list) -> list:
    """The nodes from outside that an inner computation uses.

    Args:
        nodes: what it gives.
        own: the `Parameter`s that it is written in.
    """
    own, outside, seen = set(own), [], set()

    def visit(node):
        if node in seen or node in own:
            return
        seen.add(node)
        if node.side != INNER:
            outside.append(node)
            return
        for source in node.inputs():
            visit(source)

    for node in nodes:
        visit(node)
    return outside


def place_of(nodes: list, side: str | None = None) -> tuple[str, int]:
    """Where something is computed that is made of `nodes`: a side and a stage.

    Args:
        nodes: a list.
        side: the side on which it was asked for; None outside of any operator.
    """
    sides = {node.side for node in nodes}
    if INNER in sides:
        side = INNER
    elif side is None:
        side = CLIENTS if CLIENTS in sides else SERVER
    return side, max((node.stage for node in nodes), default=0)


def make_nodes(kind: type, type_spec: tff.Type, side: str, stage: int) -> object:
    """Nodes for a value of some type, as nested tuples."""
    if isinstance(type_spec, tff.FederatedType):
        on_clients = type_spec.placement is tff.CLIENTS and not type_spec.all_equal
        return make_nodes(kind, type_spec.member, CLIENTS if on_clients else SERVER, stage)
    if isinstance(type_spec, tff.StructType):
        return tuple(make_nodes(kind, part, side, stage) for part in type_spec.children())
    if isinstance(type_spec, tff.TensorType | tff.SequenceType):
        return kind(type_spec, side, stage)
    raise CannotRun(f"is called with, or gives, a value of the type {type_spec}")


def results(call: Call, type_spec: tff.Type, side: str | None = None) -> object:
    """The nodes of what a call gives, as nested tuples.

    Args:
        call: a `Call`.
        type_spec: the type of its result.
        side: as for `place_of`.
    """
    place = place_of(call.sources, side)

    def parts(type_spec, path):
        if isinstance(type_spec, tff.StructType):
            children = enumerate(type_spec.children())
            return tuple(parts(child, (*path, index)) for index, child in children)
        return Result(type_spec, *place, call, path)

    return parts(type_spec, ())


def fill(nodes: object, values: Iterator) -> object:
    """Nested tuples of nodes, with the next of the values (an iterator) in the place of each."""
    if isinstance(nodes, tuple):
        return tuple(fill(part, values) for part in nodes)
    return None if nodes is None else next(values)
