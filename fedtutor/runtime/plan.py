"""From one of TFF's computations to a plan: what is computed where, and in which order.

TFF compiles a computation to a tree of compiled graphs, functions, blocks and a dozen intrinsics
(map, broadcast, aggregate, …). `plan` walks that tree once, with nodes in the place of values, and
so flattens it: all that is left are graphs, applied to each other's results, on one of two sides,
and aggregates between them. Each side's work then falls into stages:

    server 0 → clients 0 → (aggregates) → server 1 → clients 1 → …

FedAvg has two server stages and a clients' stage between them. What a stage needs of an earlier
one is known beforehand, so each becomes one function, and clients nothing later asks about are
forgotten as soon as they have been added up.

Lesson: 04_averaging_with_tff explains TFF's types, placements and operators.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import tensorflow_federated as tff
from tensorflow_federated.python.core.backends.test import compiler as test_compiler
from tensorflow_federated.python.core.environments.tensorflow_backend import (
    tensorflow_tree_transformations,
)
from tensorflow_federated.python.core.impl.compiler import building_blocks as blocks
from tensorflow_federated.python.core.impl.compiler import tree_analysis

from fedtutor.runtime import elements
from fedtutor.runtime.errors import CannotRun
from fedtutor.runtime.graphs import Graph
from fedtutor.runtime.nodes import (
    CLIENTS,
    INNER,
    SERVER,
    Aggregate,
    Argument,
    Call,
    Literal,
    Parameter,
    Total,
    fill,
    leaves,
    make_nodes,
    outer_inputs,
    place_of,
    results,
)

AGGREGATE, RESULT = "aggregate", "result"


@dataclass(eq=False)
class Plan:
    """What runs where.

    Attributes:
        argument: the nodes of the argument, as nested tuples; None if there is none.
        result: the nodes of the result, as nested tuples.
        aggregates: a list of `Aggregate`s for each stage.
        needs: for each place, the nodes that it is given from elsewhere.
        gives: for each place, the nodes of its own that are needed elsewhere.
        last_stage: an int.
    """

    argument: object
    result: object
    aggregates: dict = field(default_factory=lambda: defaultdict(list))
    needs: dict = field(default_factory=lambda: defaultdict(dict))
    gives: dict = field(default_factory=lambda: defaultdict(dict))
    last_stage: int = 0

    def kept(self, place: tuple) -> list:
        """The nodes of a place on the clients' side that are needed after they have been added."""
        sums = AGGREGATE, place[1]
        later = set().union(*(nodes for other, nodes in self.needs.items() if other != sums))
        return [node for node in self.gives[place] if node in later]


def plan(computation: tff.Computation) -> Plan:
    """Plan a TFF computation.

    Args:
        computation: what `tff.federated_computation` or `tff.tensorflow.computation` gives.

    Returns:
        A `Plan`.

    Raises:
        CannotRun: it holds something that only TFF's worker, or nobody, can run.
    """
    tree = computation.to_building_block()
    if tree_analysis.contains(tree, _is_secure):
        # TFF's own stand-ins from its test backend: the same sums, without any cryptography.
        tree = test_compiler.replace_secure_intrinsics_with_bodies(computation).to_building_block()
    tree, _ = tensorflow_tree_transformations.replace_intrinsics_with_bodies(tree)
    walk = _Walk()
    function = walk.evaluate(tree, {}, None)
    parameter = computation.type_signature.parameter
    argument = None if parameter is None else make_nodes(Argument, parameter, SERVER, 0)
    planned = Plan(argument, function(argument, None))
    for node in leaves(planned.result):
        _demand(planned, walk.aggregate_of, node, (RESULT, None))
    return planned


def _is_secure(block):
    return isinstance(block, blocks.Intrinsic) and block.uri.startswith("federated_secure_")


def _demand(planned, aggregate_of, node, place):
    """Note that `node` is needed at `place`, and all that follows from it."""
    if isinstance(node, Literal):
        return
    if isinstance(node, Argument | Total):
        if node in planned.needs[place]:
            return
        planned.needs[place][node] = None
        if isinstance(node, Total):
            aggregate = aggregate_of[node]
            if aggregate in planned.aggregates[aggregate.stage]:
                return
            planned.aggregates[aggregate.stage].append(aggregate)
            planned.last_stage = max(planned.last_stage, aggregate.stage + 1)
            for other in [*aggregate.values, *aggregate.zero, *aggregate.outer]:
                _demand(planned, aggregate_of, other, (AGGREGATE, aggregate.stage))
        return
    if node.place != place:
        if node in planned.needs[place]:
            return
        planned.needs[place][node] = None
        if node in planned.gives[node.place]:
            return
        planned.gives[node.place][node] = None
    planned.last_stage = max(planned.last_stage, node.stage)
    for source in node.inputs():
        _demand(planned, aggregate_of, source, node.place)


class _Walk:
    """Evaluates the tree, with nodes for values and Python functions for functions.

    A function takes its argument and the side on which it is called; None outside of any operator.
    """

    def __init__(self):
        self.aggregate_of = {}
        self._graphs = {}

    def evaluate(
        self, block: blocks.ComputationBuildingBlock, names: dict, side: str | None
    ) -> object:
        if isinstance(block, blocks.CompiledComputation):
            return self._compiled(block)
        if isinstance(block, blocks.Reference):
            return names[block.name]
        if isinstance(block, blocks.Lambda):
            return lambda argument, side: self.evaluate(
                block.result, {**names, block.parameter_name: argument}, side
            )
        if isinstance(block, blocks.Block):
            names = dict(names)
            for name, value in block.locals:
                names[name] = self.evaluate(value, names, side)
            return self.evaluate(block.result, names, side)
        if isinstance(block, blocks.Struct):
            return tuple(self.evaluate(part, names, side) for part in block.children())
        if isinstance(block, blocks.Selection):
            return self.evaluate(block.source, names, side)[block.as_index()]
        if isinstance(block, blocks.Literal):
            return Literal(block.type_signature, SERVER, 0, block.value)
        if isinstance(block, blocks.Call):
            argument = block.argument
            argument = None if argument is None else self.evaluate(argument, names, side)
            return self.evaluate(block.function, names, side)(argument, side)
        if isinstance(block, blocks.Intrinsic):
            return self._intrinsic(block)
        raise CannotRun(f"holds a {type(block).__name__}")

    def _compiled(self, block):
        kind = block.proto.WhichOneof("computation")
        if kind != "tensorflow":
            raise CannotRun(f"is compiled for {kind}, not for TensorFlow")
        key = block.proto.SerializeToString(deterministic=True)
        graph = self._graphs.setdefault(key, None) or Graph(block.proto)
        self._graphs[key] = graph

        def function(argument, side):
            sources = leaves(argument)
            call = Call(sources, lambda value: graph.trace(fill(argument, map(value, sources))))
            return results(call, block.type_signature.result, side)

        return function

    def _intrinsic(self, block):
        uri = block.uri
        if uri in ("federated_apply", "federated_map_all_equal"):
            # The same for all clients: computed once.
            return lambda argument, side: argument[0](argument[1], SERVER)
        if uri == "federated_map":
            return lambda argument, side: argument[0](argument[1], CLIENTS)
        if uri == "federated_eval_at_server":
            return lambda argument, side: argument(None, SERVER)
        if uri == "federated_eval_at_clients":
            return lambda argument, side: argument(None, CLIENTS)
        if uri in _SAME:
            return lambda argument, side: argument
        if uri == "federated_aggregate":
            return lambda argument, side: self._aggregate(argument, block.type_signature.parameter)
        if uri in elements.INTRINSICS:
            return lambda argument, side: elements.INTRINSICS[uri](
                argument, side, block.type_signature
            )
        raise CannotRun(f"uses {uri}")

    def _aggregate(self, argument, types):
        value, zero, accumulate, _, report = argument
        accumulator_type, value_type = types[2].parameter
        _, stage = place_of([*leaves(value), *leaves(zero)])
        accumulator = make_nodes(Parameter, accumulator_type, INNER, 0)
        element = make_nodes(Parameter, value_type, INNER, 0)
        totals = make_nodes(Total, accumulator_type, SERVER, stage + 1)
        step = leaves(accumulate((accumulator, element), None))
        aggregate = Aggregate(
            stage=stage,
            values=leaves(value),
            zero=leaves(zero),
            accumulator=leaves(accumulator),
            value=leaves(element),
            step=step,
            outer=outer_inputs(step, [*leaves(accumulator), *leaves(element)]),
            totals=leaves(totals),
        )
        for total in aggregate.totals:
            self.aggregate_of[total] = aggregate
        return report(totals, SERVER)


# What only says where a value is, or how values lie together.
_SAME = {
    "federated_broadcast",
    "federated_value_at_clients",
    "federated_value_at_server",
    "federated_zip_at_clients",
    "federated_zip_at_server",
}
