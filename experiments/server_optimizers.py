"""Can a server rule beat an average? Four rules, each with its rates tuned, on two shards per device.

The 2NN starts from random weights. 100 devices hold two shards each of the first 55,000 training
digits; ten take part in a round and train for one epoch (E=1, B=10), for 40 rounds. The server's rule
turns the mean of their updates into the next model (`step` below):

    FedAvg   adds the mean update, times the server rate
    FedAvgM  adds a momentum of the mean updates (0.9)
    FedAdam  Adam's step (beta 0.9 and 0.99, tau 0.001), as Reddi et al. 2021, Algorithm 2
    FedYogi  Yogi's step, with the same numbers

First, every rule is tuned with seed 0: each combination of a client rate and a server rate of the grid
runs once, and is measured on the last 5,000 training digits, which no device holds. Then seeds 1 to 3
run with each rule's best rates, and measure on the 10,000 test digits. Two more settings run at the
client rate 0.05: FedAvg with the server rate 1, and FedAdam with the best server rate for that client
rate. Every second round is measured; what counts is the mean over the rounds 22, 24, …, 40.

    python experiments/server_optimizers.py

writes data/results/server_optimizers_tuning.csv (one row per rule and pair of rates) and
data/results/server_optimizers.csv (one row per setting, seed and measured round). A run that is
finished is kept in build/experiments/server_optimizers, so that the command can be stopped and
continued. NumPy only: a server rule needs nothing but the cohort's mean update.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from shared import perceptron

from fedtutor import data, federated, models, partition

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "experiments" / "server_optimizers"
ROUNDS, CLIENTS, COHORT, TRAINING = 40, 100, 10, 55_000
LAST = range(22, 41, 2)
CLIENT_RATES = (0.05, 0.1, 0.2, 0.4)
SERVER_RATES = {
    "FedAvg": (1.0,),
    "FedAvgM": (0.03, 0.1, 0.3),
    "FedAdam": (0.005, 0.015, 0.05),
    "FedYogi": (0.005, 0.015, 0.05),
}
MOMENTUM, BETA_1, BETA_2, TAU = 0.9, 0.9, 0.99, 1e-3
LOW = 0.05


def step(rule, delta, state, rate):
    """What to add to the model (a flat vector), and the rule's new state (momentum and scale)."""
    m, v = state
    if rule == "FedAvg":
        return rate * delta, state
    if rule == "FedAvgM":
        m = MOMENTUM * m + delta
        return rate * m, (m, v)
    m = BETA_1 * m + (1 - BETA_1) * delta
    if rule == "FedAdam":
        v = BETA_2 * v + (1 - BETA_2) * delta**2
    else:
        v = v - (1 - BETA_2) * delta**2 * np.sign(v - delta**2)
    return rate * m / (np.sqrt(v) + TAU), (m, v)


class World:
    """The digits: on devices, held back for tuning, and for testing."""

    def __init__(self):
        digits = data.load_mnist()
        x = perceptron.pixels(digits.x_train)
        self.x, self.y = x[:TRAINING], digits.y_train[:TRAINING]
        self.validation = x[TRAINING:], digits.y_train[TRAINING:]
        self.test = perceptron.pixels(digits.x_test), digits.y_test

    def run(self, rule, client_rate, server_rate, seed, where):
        """The accuracies after the rounds 2, 4, …, 40; a run that diverges stays at chance."""
        parts = partition.label_shards(self.y, CLIENTS, 2, seed=seed)
        weights = models.perceptron_2nn(seed=seed).get_weights()
        zero = np.zeros_like(perceptron.flat(weights))
        state = zero, np.full_like(zero, TAU**2)
        rows = []
        for number in range(1, ROUNDS + 1):
            old, updates = perceptron.flat(weights), []
            for client in federated.sample_cohort(CLIENTS, COHORT, number, seed=seed):
                part = parts[client]
                order = [seed, client, number]
                new = perceptron.train(
                    weights, self.x[part], self.y[part], learning_rate=client_rate, seed=order
                )
                updates.append(perceptron.flat(new) - old)
            added, state = step(rule, np.mean(updates, axis=0), state, np.float32(server_rate))
            weights = perceptron.unflat(old + added, weights)
            if number % 2 == 0 and (where == "test" or number in LAST):
                right = perceptron.right(weights, *getattr(self, where))
                rows.append((number, right.mean()))
        return pd.DataFrame(rows, columns=["round", "accuracy"])

    def kept(self, rule, client_rate, server_rate, seed, where):
        """The same, read from the disk if it was run before."""
        path = KEPT / f"{where}_{rule}_{client_rate}_{server_rate}_{seed}.csv"
        if not path.exists():
            with np.errstate(all="ignore"):  # some rates diverge
                table = self.run(rule, client_rate, server_rate, seed, where)
            path.parent.mkdir(parents=True, exist_ok=True)
            table.round(4).to_csv(path, index=False)
            print(path.stem, round(pd.read_csv(path)["accuracy"][-10:].mean(), 4), flush=True)
        return pd.read_csv(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "results")
    args = parser.parse_args()
    world, rows = World(), []
    for rule, server_rates in SERVER_RATES.items():
        for client_rate in CLIENT_RATES:
            for server_rate in server_rates:
                table = world.kept(rule, client_rate, server_rate, 0, "validation")
                rows.append((rule, client_rate, server_rate, table["accuracy"].mean()))
    tuning = pd.DataFrame(rows, columns=["rule", "client_rate", "server_rate", "accuracy"])
    tuning.round(4).to_csv(args.out / "server_optimizers_tuning.csv", index=False)

    best = tuning.loc[tuning.groupby("rule", sort=False)["accuracy"].idxmax()]
    settings = [("tuned", *row) for row in best.itertuples(index=False)]
    low = tuning[(tuning["client_rate"] == LOW) & (tuning["rule"] == "FedAdam")]
    settings.append(("untuned", *low.loc[low["accuracy"].idxmax()]))
    settings.append(("untuned", "FedAvg", LOW, 1.0, None))
    tables = []
    for seed in args.seeds:
        for which, rule, client_rate, server_rate, _ in settings:
            table = world.kept(rule, client_rate, server_rate, seed, "test")
            columns = {"rule": rule, "setting": which, "client_rate": client_rate}
            columns |= {"server_rate": server_rate, "seed": seed}
            tables.append(table.assign(**columns)[[*columns, "round", "accuracy"]])
    pd.concat(tables).round(4).to_csv(args.out / "server_optimizers.csv", index=False)


if __name__ == "__main__":
    main()
