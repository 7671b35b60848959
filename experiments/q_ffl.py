"""Does q-FFL make federated learning fairer to real people? And is it the fairness, or the short steps?

The setting of lesson 05: the first model goes out to 530 people's devices, each keeps a fifth of its
digits for testing and trains on the rest; ten people take part in a round, E=1, B=10, learning rate 0.1,
100 rounds. Five rules combine the ten updates d (from the model to the client's weights), with F the
model's loss on the client's own training digits before it trains:

    mean      the mean of the ten updates (q-FFL with q = 0)
    q-FFL     Algorithm 2 of Li et al. 2020 (q-FedAvg), with L = 1 / learning rate: clients with a high
              loss count more (F**q), and the step is divided by an estimate of the curvature
    short     the control: the mean of the ten updates, shortened to the length of the step that q-FFL
              would make here: nobody counts more
    weights   the updates weighted by F**q, divided by the sum of these weights. Such a step is longer
              than the mean's, because it averages over fewer people
    scaled    the same, scaled to the length of the mean of the ten updates: only the direction differs

    python experiments/q_ffl.py

writes data/results/q_ffl.csv: one row per rule, q, seed and measured round (60, 70, …, 100), with the
mean and the worst tenth of the 530 people's accuracies on their own held-out digits, and the means of the
297 people who wrote the test digits, of the employees and of the students among them, and the mean length
of the step of the server over the ten rounds before, as a share of the mean update's length. Finished
runs are kept in build/experiments/q_ffl. NumPy only.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from shared import perceptron
from who_benefits import split

from fedtutor import data, federated, models, partition

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "experiments" / "q_ffl"
SEEDS = (1, 2, 3, 4, 5)
ROUNDS, COHORT, RATE = 100, 10, 0.1
RULES = [("mean", 0), ("q-FFL", 1), ("q-FFL", 5), ("short", 5), ("weights", 5), ("scaled", 5)]


def combine(rule, q, updates, losses):
    """The server's step, from the clients' updates (n, d) and their losses (n,)."""
    mean = updates.mean(axis=0)
    if rule == "mean":
        return mean
    shares = losses**q
    if rule in ("weights", "scaled"):
        weighted = (shares / shares.sum()) @ updates
        if rule == "weights":
            return weighted
        return weighted * (np.linalg.norm(mean) / np.linalg.norm(weighted))
    squares = np.sum(updates**2, axis=1) / RATE**2
    curvature = q * losses ** (q - 1) * squares + shares / RATE
    fair = (shares @ updates / RATE) / curvature.sum()
    if rule == "q-FFL":
        return fair
    return mean * (np.linalg.norm(fair) / np.linalg.norm(mean))


class World:
    """The devices, and the 297 people who wrote the test digits."""

    def __init__(self):
        digits = data.load_mnist()
        _, held = data.volunteers_and_devices(digits.writer_train)
        self.x = perceptron.pixels(digits.x_train[held])
        self.y, self.people = digits.y_train[held], partition.by_writer(digits.writer_train[held])
        self.x_test = perceptron.pixels(digits.x_test)
        self.y_test, self.strangers = digits.y_test, partition.by_writer(digits.writer_test)
        series = np.array([digits.series_test[part[0]] for part in self.strangers])
        self.student = series == data.STUDENTS
        self.first = models.first_model(digits).get_weights()

    def loss(self, weights, part):
        chances = perceptron.probabilities(weights, self.x[part])
        of_label = chances[np.arange(len(part)), self.y[part]]
        return -np.mean(np.log(np.maximum(of_label, 1e-7)))

    def measure(self, weights, held_out):
        def of_each(x, y, parts):
            right = perceptron.right(weights, x, y)
            return np.array([right[part].mean() for part in parts])

        own = np.sort(of_each(self.x, self.y, held_out))
        strangers = of_each(self.x_test, self.y_test, self.strangers)
        return {
            "mean": own.mean(),
            "worst_tenth": own[: -(-len(own) // 10)].mean(),
            "strangers": strangers.mean(),
            "employees": strangers[~self.student].mean(),
            "students": strangers[self.student].mean(),
        }

    def run(self, rule, q, seed):
        train, held_out = split(self.people, seed)
        weights, rows, lengths = self.first, [], []
        for number in range(1, ROUNDS + 1):
            old, updates, losses = perceptron.flat(weights), [], []
            for client in federated.sample_cohort(len(train), COHORT, number, seed=seed):
                part = train[client]
                losses.append(self.loss(weights, part))
                order = [seed, client, number]
                new = perceptron.train(
                    weights, self.x[part], self.y[part], learning_rate=RATE, seed=order
                )
                updates.append(perceptron.flat(new) - old)
            updates, losses = np.array(updates), np.array(losses, np.float32)
            added = combine(rule, q, updates, losses).astype(np.float32)
            lengths.append(np.linalg.norm(added) / np.linalg.norm(updates.mean(axis=0)))
            weights = perceptron.unflat(old + added, weights)
            if number >= 60 and number % 10 == 0:
                row = {"round": number, **self.measure(weights, held_out)}
                rows.append({**row, "step": np.mean(lengths[-10:])})
        return pd.DataFrame(rows)

    def kept(self, rule, q, seed):
        """The same, read from the disk if it was run before."""
        path = KEPT / f"{rule}_{q}_{seed}.csv"
        if not path.exists():
            table = self.run(rule, q, seed).round(4)
            path.parent.mkdir(parents=True, exist_ok=True)
            table.to_csv(path, index=False)
            print(path.stem, *table.mean().round(4)[1:], flush=True)
        return pd.read_csv(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "results")
    args = parser.parse_args()
    world, tables = World(), []
    for seed in args.seeds:
        for rule, q in RULES:
            table = world.kept(rule, q, seed)
            columns = {"rule": rule, "q": q, "seed": seed}
            tables.append(table.assign(**columns)[[*columns, *table.columns]])
    pd.concat(tables).to_csv(args.out / "q_ffl.csv", index=False)


if __name__ == "__main__":
    main()
