"""Drift in one round: what one client's model still knows, and what the average of ten knows.

A 2NN learns for five rounds from IID clients. Then comes one round, with ten clients of one partition and
E local epochs each (B = 10, learning rate 0.05). Every client's model, and the average of the ten, is
measured on the 10,000 test digits. Partitions, with 60,000 digits each:

    111 digits each: `iid` and `shards` (two each) on 539 devices; `people`, what 539 people really wrote
    600 digits each: `iid`, `shards` and `dirichlet` (alpha 0.1) on 100 devices, as in McMahan 2017

    python experiments/drift.py

writes data/results/drift.csv: one row per size, partition, seed and E: `start` is the accuracy before
the round, `client` the mean accuracy of the ten clients' models, `own` and `other` the same on the labels
that a client holds and on those that it doesn't (empty where every client holds all), `average` the
accuracy of the average, `cosine` the mean cosine between two clients' updates, and `length` the mean length
of an update. About four minutes on 2 cores. A run that was stopped goes on where it was.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from fedtutor import by_hand, data, models, partition

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "data" / "results" / "drift.csv"
PARTS = ROOT / "build" / "experiments" / "drift"
SEEDS = (1, 2, 3, 4, 5)
EPOCHS = {111: (1, 5, 20), 600: (1, 2, 5, 10)}
RATE = 0.05


def partitions(size, digits, seed):
    labels, num_clients = digits.y_train, {111: 539, 600: 100}[size]
    parts = {
        "iid": partition.iid(labels, num_clients, seed=seed),
        "shards": partition.label_shards(labels, num_clients, 2, seed=seed),
    }
    if size == 600:
        return parts | {"dirichlet": partition.dirichlet(labels, num_clients, 0.1, seed=seed)}
    return parts | {"people": partition.by_writer(digits.writer_train)}


class Digits:
    """Everybody's digits, and a model to compute with."""

    def __init__(self, digits):
        self.x, self.y = digits.x_train / np.float32(255), digits.y_train.astype(np.int32)
        self._x_test, self._y_test = digits.x_test / np.float32(255), digits.y_test
        self._model = models.perceptron_2nn()

    def train(self, weights, part, rate, epochs, seed):
        self._model.set_weights(weights)
        x, y = self.x[part], self.y[part]
        return by_hand.train(self._model, x, y, learning_rate=rate, epochs=epochs, seed=seed)

    def right(self, weights):
        self._model.set_weights(weights)
        return np.argmax(self._model(self._x_test), axis=1) == self._y_test

    def of_labels(self, right, own):
        """The shares of right answers on the labels that a client holds, and on the others."""
        held = np.isin(self._y_test, own)
        return right[held].mean(), right[~held].mean() if not held.all() else np.nan


def first_rounds(digits, parts, seed):
    """Five IID rounds from random weights."""
    weights = models.perceptron_2nn(seed).get_weights()
    for number in range(1, 6):
        cohort = np.random.default_rng([seed, number]).choice(100, 10, replace=False)
        returned = [digits.train(weights, parts[k], 0.1, 1, [seed, int(k), number]) for k in cohort]
        weights = by_hand.weighted_average(returned, [len(parts[k]) for k in cohort])
    return weights


def one_round(digits, start, parts, all_epochs, seed):
    """Yields one row per number of epochs."""
    cohort = np.random.default_rng([seed, 6]).choice(len(parts), 10, replace=False)
    returned, done = [start] * 10, 0
    for epochs in all_epochs:
        returned = [
            digits.train(weights, parts[k], RATE, epochs - done, [seed, int(k), epochs])
            for k, weights in zip(cohort, returned)
        ]
        done = epochs
        right = [digits.right(weights) for weights in returned]
        of_labels = [digits.of_labels(r, digits.y[parts[k]]) for r, k in zip(right, cohort)]
        average = by_hand.weighted_average(returned, [len(parts[k]) for k in cohort])
        own, other = zip(*of_labels)
        yield {
            "epochs": epochs,
            "start": digits.right(start).mean(),
            "client": np.mean(right),
            "own": np.mean(own),
            # A client that holds all labels has no others.
            "other": np.nanmean(other) if not np.isnan(other).all() else np.nan,
            "average": digits.right(average).mean(),
            **geometry(returned, start),
        }


def geometry(returned, start):
    """The mean cosine over all pairs of clients' updates, and the mean length of an update."""
    updates = np.array(
        [np.concatenate([(a - b).ravel() for a, b in zip(w, start)]) for w in returned]
    )
    lengths = np.linalg.norm(updates, axis=1)
    updates /= lengths[:, None]
    cosines = (updates @ updates.T)[np.triu_indices(len(updates), 1)]
    return {"cosine": cosines.mean(), "length": lengths.mean()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--out", type=Path, default=RESULT)
    args = parser.parse_args()

    mnist = data.load_mnist()
    digits, tables = Digits(mnist), []
    for seed in args.seeds:
        start = None
        for size, all_epochs in EPOCHS.items():
            for name, parts in partitions(size, mnist, seed).items():
                file = PARTS / f"{size}_{name}_{seed}.csv"
                if not file.is_file():
                    if start is None:
                        iid = partition.iid(mnist.y_train, 100, seed=seed)
                        start = first_rounds(digits, iid, seed)
                    table = pd.DataFrame(one_round(digits, start, parts, all_epochs, seed))
                    for column, value in (("seed", seed), ("partition", name), ("digits", size)):
                        table.insert(0, column, value)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    table.round(4).to_csv(file, index=False)
                tables.append(pd.read_csv(file))
                print(tables[-1].to_string(header=False, index=False), flush=True)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    pd.concat(tables).to_csv(args.out, index=False)


if __name__ == "__main__":
    main()
