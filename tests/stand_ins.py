"""Processes and clients that stand in for real ones in tests of runs that go wrong."""

import time
from types import SimpleNamespace

import numpy as np
import tensorflow as tf
import tree

from fedtutor import federated, models, partition


class Arithmetic:
    """A process without TFF: its weights are a plain function of the rounds and of the data.

    Args:
        size: how many weights.
        seconds: how long a round takes.
        on_round: a function that is told the number of each round as it begins.
    """

    def __init__(self, size=4, seconds=0, on_round=None):
        self._size, self._seconds, self._on_round = size, seconds, on_round

    def initialize(self):
        return {"weights": np.linspace(0, 1, self._size, dtype=np.float32), "rounds": 0}

    def next(self, state, cohort):
        if self._on_round is not None:
            self._on_round(state["rounds"] + 1)
        time.sleep(self._seconds)
        values = np.concatenate([x.ravel() for batches in cohort for x, _ in batches])
        weights = np.sin(3 * state["weights"] + values.mean()).astype(np.float32)
        train = {"loss": weights.mean(), "num_examples": np.int64(sum(map(len, cohort)))}
        return SimpleNamespace(
            state={"weights": weights, "rounds": state["rounds"] + 1},
            metrics={"client_work": {"train": train}},
        )

    def get_model_weights(self, state):
        return [state["weights"]]


class Numbers:
    """Clients without TFF: a list of two batches each, drawn again in every round."""

    def __init__(self, num_clients=6):
        self._num_clients = num_clients

    def __len__(self):
        return self._num_clients

    def cohort(self, clients, round_num):
        return [self._batches(client, round_num) for client in clients]

    def _batches(self, client, round_num):
        rng = np.random.default_rng([client, round_num])
        return [(rng.random((3, 2), np.float32), np.arange(3)) for _ in range(2)]


def same(a, b):
    tree.assert_same_structure(a, b)
    return all(
        np.asarray(x).tobytes() == np.asarray(y).tobytes()
        for x, y in zip(tree.flatten(a), tree.flatten(b))
    )


def five_clients(few):
    """Real ones, IID, of a few digits."""
    return federated.ClientDatasets(*few, partition.iid(few[1], 5, seed=0), batch_size=8)


def regression(clients):
    """A real process that trains on them."""
    return federated.fed_avg(
        models.logistic_regression, clients.element_spec, client_learning_rate=0.1
    )


class Spoilt:
    """Clients, some of which hold something else; like `ClientDatasets` in its methods alone."""

    def __init__(self, clients, **spoil):
        self._clients, self._spoil = clients, {int(key[1:]): how for key, how in spoil.items()}
        self.batch_size, self.local_epochs, self.seed = 8, 1, 0
        self.element_spec = clients.element_spec
        self.asked = []

    def __len__(self):
        return len(self._clients)

    def dataset(self, client, round_num=1):
        self.asked.append((int(client), round_num))
        return self._spoil.get(client, lambda data: data)(self._clients.dataset(client, round_num))

    def cohort(self, clients, round_num=1):
        return [self.dataset(client, round_num) for client in clients]


def empty(data):
    return data.take(0)


def with_nan(data):
    """In one example of each of the five batches."""
    return data.map(lambda x, y: (tf.concat([x[:1] * np.nan, x[1:]], 0), y))
