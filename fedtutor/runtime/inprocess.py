"""TFF's computations, run inside this process.

TFF hands every computation to `Context`, which plans each of them once (`plan`), turns all that a
side does in a stage into one function, and runs stage after stage: the server's function, then the
clients' function for one client after another, several at a time, each on a thread of its own. What
clients return is added up in the clients' order, so a result doesn't depend on who was first.

Lesson: 04_averaging_with_tff.
"""

import functools
import threading
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import tensorflow as tf
import tensorflow_federated as tff
from tensorflow_federated.python.core.impl.types import type_conversions

from fedtutor import compat
from fedtutor.runtime import convert, loops
from fedtutor.runtime.errors import CannotRun
from fedtutor.runtime.layouts import SharedLayouts
from fedtutor.runtime.nodes import CLIENTS, SERVER, Call, Literal, Node
from fedtutor.runtime.plan import AGGREGATE, plan
from fedtutor.runtime.single_core import on_single_core


class Context(tff.framework.SyncContext):
    """Runs TFF's computations in this process, one at a time.

    Args:
        concurrent_clients: how many clients of a round are computed side by side.
    """

    def __init__(self, concurrent_clients: int) -> None:
        self.concurrent_clients = concurrent_clients
        self._pool = None
        self._programs = {}
        # What stops the loops of one computation would stop those of any other.
        self._lock = threading.RLock()

    def invoke(self, comp: tff.Computation, arg: object) -> object:
        compat.revive_keras_models()
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.concurrent_clients, "fedtutor-client")
            try:
                run = _Run(self._program(comp), arg, self._pool, self.concurrent_clients)
                return run.result()
            except CannotRun as error:
                raise CannotRun(
                    f"This runtime cannot run the computation, which {error}. TFF's own worker "
                    "may be able to: `fedtutor.runtime.use(worker=True)`."
                ) from None

    def _program(self, comp):
        # Not by its hash, for which TFF would serialize all of the computation.
        program = self._programs.get(id(comp))
        if program is None:
            program = self._programs[id(comp)] = _Program(comp)
            weakref.finalize(comp, self._programs.pop, id(comp), None)
        return program

    def close(self) -> None:
        """Let the threads go. The next computation takes new ones."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


class _Program:
    """One computation: its plan, and the functions that have been traced for it."""

    def __init__(self, computation: tff.Computation) -> None:
        self.type = computation.type_signature
        self.plan = plan(computation)
        self._functions = {}
        self._layouts = {}

    def share_layouts(self, server: dict, clients: dict) -> None:
        """Let as many data sets as possible share a function; both are as `convert.ingest` has it."""
        packed = {node: [value] for node, value in server.items()} | clients
        for node, values in packed.items():
            if isinstance(node.type, tff.SequenceType):
                self._layouts.setdefault(node, SharedLayouts()).share(values)

    def function(self, place: tuple, given: dict, gives: list) -> Callable[[], list]:
        """The function of what is done at one place.

        Args:
            place: a side (or an aggregate) and a stage.
            given: a dictionary from nodes to their packed values.
            gives: the nodes that it computes.

        Returns:
            A function without arguments that returns a list of tensors, one for each of `gives`.
        """
        key = place, tuple((packed.layout, packed.spec) for packed in given.values())
        function = self._functions.get(key)
        if function is None:
            function = _trace(given, gives)
            if place[0] == CLIENTS:
                function = on_single_core(function)
            self._functions[key] = function
        tensors = [tensor for packed in given.values() for tensor in packed.tensors]
        return functools.partial(function, *tensors)


class _Run:
    """One call of a program."""

    def __init__(self, program, arg, pool, concurrent_clients):
        self._program, self._plan = program, program.plan
        self._pool, self._ahead = pool, 2 * concurrent_clients
        self._server, self._clients, self._number = {}, {}, 0
        if self._plan.argument is not None:
            self._server, self._clients, self._number = convert.ingest(
                arg, program.type.parameter, self._plan.argument
            )
            program.share_layouts(self._server, self._clients)

    def result(self) -> object:
        for stage in range(self._plan.last_stage + 1):
            self._server_stage(stage)
            self._clients_stage(stage)
        result_type = self._program.type.result
        result = convert.emit(self._plan.result, result_type, self._packed, self._number)
        return type_conversions.type_to_py_container(result, result_type)

    def _packed(self, node, client=None):
        if isinstance(node, Literal):
            return convert.literal(node)
        return self._server[node] if node in self._server else self._clients[node][client]

    def _given(self, place, client=None):
        return {node: self._packed(node, client) for node in self._plan.needs[place]}

    def _server_stage(self, stage):
        place = SERVER, stage
        gives = list(self._plan.gives[place])

        def keep(_, tensors):
            for node, tensor in zip(gives, tensors, strict=True):
                self._server[node] = convert.pack(node, tensor)

        if gives:
            self._compute(place, gives, [None], keep)

    def _clients_stage(self, stage):
        place = CLIENTS, stage
        gives = list(self._plan.gives[place])
        kept = self._plan.kept(place)
        for node in kept:
            self._clients[node] = []
        sums = _Sums(self._program, stage, self._packed)

        def take(client, tensors):
            packed = {n: convert.pack(n, t) for n, t in zip(gives, tensors, strict=True)}
            for node in kept:
                self._clients[node].append(packed[node])
            sums.add(lambda node: packed[node] if node in packed else self._packed(node, client))

        if gives:
            self._compute(place, gives, range(self._number), take)
        else:
            for client in range(self._number):
                take(client, [])
        self._server.update(sums.totals())

    def _compute(self, place, gives, clients, take):
        """Compute something for each client side by side, and take the results in their order."""
        running = deque()

        def take_first():
            client, future = running[0]
            take(client, future.result())
            running.popleft()

        try:
            for client in clients:
                function = self._program.function(place, self._given(place, client), gives)
                running.append((client, self._pool.submit(function)))
                if len(running) == self._ahead:
                    take_first()
            while running:
                take_first()
        except BaseException as error:
            if running and running[0][0] is not None and isinstance(error, tf.errors.OpError):
                error.add_note(f"This happened in the computation of client {running[0][0]}.")
            for _, future in running:
                future.cancel()
            with loops.stopped():
                wait([future for _, future in running])
            raise


class _Sums:
    """The aggregates of one stage, on their way."""

    def __init__(self, program, stage, packed):
        self._program, self._place = program, (AGGREGATE, stage)
        self._aggregates = program.plan.aggregates[stage]
        self._steps = [node for aggregate in self._aggregates for node in aggregate.step]
        self._outer = {n: packed(n) for aggregate in self._aggregates for n in aggregate.outer}
        self._so_far = {
            node: convert.pack(node, packed(zero).tensors[0])
            for aggregate in self._aggregates
            for node, zero in zip(aggregate.accumulator, aggregate.zero, strict=True)
        }

    def add(self, packed: Callable[[Node], convert.Packed]) -> None:
        """Add what a client returned; `packed` returns a node's packed value."""
        if not self._aggregates:
            return
        values = {
            parameter: convert.pack(parameter, packed(node).tensors[0])
            for aggregate in self._aggregates
            for parameter, node in zip(aggregate.value, aggregate.values, strict=True)
        }
        given = {**self._so_far, **values, **self._outer}
        tensors = self._program.function(self._place, given, self._steps)()
        self._so_far = {
            node: convert.pack(node, tensor)
            for node, tensor in zip(self._so_far, tensors, strict=True)
        }

    def totals(self) -> dict:
        totals = [total for aggregate in self._aggregates for total in aggregate.totals]
        return dict(zip(totals, self._so_far.values(), strict=True))


def _trace(given, gives):
    """Make a function that takes the tensors of some nodes and returns those of others."""
    layouts = [(node, packed.layout, len(packed.tensors)) for node, packed in given.items()]

    def function(*tensors):
        tensors = iter(tensors)
        known = {
            node: convert.unpack(layout, [next(tensors) for _ in range(count)])
            for node, layout, count in layouts
        }
        value = _Values(known)
        return [convert.as_tensor(value(node)) for node in gives]

    spec = [part for packed in given.values() for part in packed.spec]
    return tf.function(function, autograph=False).get_concrete_function(*spec)


class _Values:
    """Gives the value of a node inside a function, and issues what it takes, once."""

    def __init__(self, known):
        self._known = known

    def __call__(self, node):
        if node not in self._known:
            self._known[node] = node.run(self) if isinstance(node, Call) else node.compute(self)
        return self._known[node]

    def within(self, parameters, values):
        """The same inside an inner function, where parameters have values."""
        return _Values({**self._known, **dict(zip(parameters, values, strict=True))})
