"""The works that are measured, the entrants that do them, and the goals of fedtutor."""

from dataclasses import dataclass

import numpy as np

FLOOR, TUTORIAL, OURS = "floor", "tff_tutorial", "fedtutor"
ONE_THREAD = "floor_one_thread"


@dataclass(frozen=True)
class Entrant:
    """One program in `entrants/`.

    Attributes:
        label: its name in tables and figures.
        environment: the folder with its own locked environment; None for the course's.
        program: what must be installed on the machine for it to run, or None.
    """

    label: str
    environment: str | None = None
    program: str | None = None


ENTRANTS = {
    "floor": Entrant("floor: one tf.function"),
    "floor_one_thread": Entrant("floor, one thread a client"),
    "floor_xla": Entrant("floor, compiled by XLA"),
    "floor_c": Entrant("C, which skips zeros", program="gcc"),
    "tff_tutorial": Entrant("TFF, as in its tutorials"),
    "tff_tuned": Entrant("TFF, tuned"),
    "fedtutor_worker": Entrant("fedtutor, TFF's worker"),
    "fedtutor": Entrant("fedtutor"),
    "keras_loop": Entrant("Keras, fit in a loop"),
    "flower": Entrant("Flower, on Ray", "flower"),
    "fedjax": Entrant("FedJAX", "fedjax"),
}


@dataclass(frozen=True)
class Work:
    """One amount of work, the same for every entrant.

    Attributes:
        title: what it is, for tables.
        model: "2nn" or "cnn".
        cohorts: for each round, the list of the clients that take part.
        entrants: the names of those that do it.
        warm_up: so many rounds are not timed: the first ones, in which things are compiled.
        repetitions: each in a fresh process.
        examples: how many each client holds; 600 is its full share of MNIST.
    """

    title: str
    model: str
    cohorts: list
    entrants: tuple
    warm_up: int = 1
    repetitions: int = 2
    examples: int = 600


def _same(clients, rounds):
    # There are 100 clients; a larger cohort begins again with the first.
    return [[client % 100 for client in range(clients)]] * rounds


def _varying(rounds):
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 11, rounds)
    return [rng.choice(100, size, replace=False).tolist() for size in sizes]


def _all_but(*names):
    return tuple(name for name in ENTRANTS if name not in names)


WORKS = {
    "2nn": Work("2NN, 10 clients a round", "2nn", _same(10, 10), _all_but(), 2, 3),
    # The Keras loop takes its clients one after the other: a hundred tell no more than ten.
    "2nn-100": Work("2NN, 100 clients a round", "2nn", _same(100, 3), _all_but("keras_loop")),
    "cnn": Work(
        "CNN, 10 clients a round", "cnn", _same(10, 3), _all_but("fedtutor_worker", "floor_c")
    ),
    # The worker is sent all the cohort's examples in each round: a thousand clients are too many.
    "2nn-1000": Work(
        "2NN, 1000 clients a round", "2nn", _same(1000, 3), (FLOOR, OURS), repetitions=1
    ),
    "long": Work(
        "2NN, 500 rounds of 1 to 10 small clients",
        "2nn",
        _varying(500),
        (FLOOR, TUTORIAL, "fedtutor_worker", OURS),
        repetitions=1,
        examples=20,
    ),
}
READ_MEMORY_EVERY = 50  # rounds, in the work "long"


@dataclass(frozen=True)
class Goal:
    """Something that fedtutor aims at: a measured number that should not pass a limit.

    Attributes:
        text: the goal in words.
        measure: which number, a function of `report`.
        works: the works that it is taken from.
        limit: the bound.
    """

    text: str
    measure: str
    works: tuple
    limit: float


GOALS = (
    Goal("2NN: at most 1.1 times the one-thread floor's time", "over_one_thread", ("2nn",), 1.1),
    Goal("100 clients: at most 1.1 times the same", "over_one_thread", ("2nn-100",), 1.1),
    Goal("CNN: at most 1.0 times the faster floor's time", "over_faster_floor", ("cnn",), 1.0),
    Goal("first round after at most 0.65 of the tutorials' time", "first_round", ("2nn",), 0.65),
    Goal(
        "peak memory at most the tutorials', in every work",
        "peak_memory",
        ("2nn", "2nn-100", "cnn", "long"),
        1.0,
    ),
    Goal(
        "time per client within 10% from 10 to 1000 clients",
        "time_per_client",
        ("2nn", "2nn-100", "2nn-1000"),
        1.1,
    ),
    Goal("memory flat: at round 500 within 5% of round 100", "memory_growth", ("long",), 1.05),
)
