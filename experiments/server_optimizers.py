"""Can another rule beat averaging? Five rules, each with its rates tuned, on two shards per device.

The 2NN starts from random weights. 100 devices hold two shards each of the first 55,000 training
digits; ten take part in a round and train for one epoch (E=1, B=10), for 40 rounds. In four rules, the
clients train by plain SGD, and the server turns the mean of their updates into the next model (`step`
below):

    FedAvg   adds the mean update, times the server rate
    FedAvgM  adds a momentum of the mean updates (0.9)
    FedAdam  Adam's step (beta 0.9 and 0.99, tau 0.001), as Reddi et al. 2021, Algorithm 2
    FedYogi  Yogi's step, with the same numbers

In the fifth, SCAFFOLD (Karimireddy et al. 2020), the server adds the mean update, like FedAvg with the
server rate 1. But each local step follows the gradient minus the client's control variate plus the
server's. A client's control variate is the mean of the plain gradients of its last round (option II of
Algorithm 1), and the client keeps it until it is drawn again, ten rounds later on average; the server's is
the mean of all 100. All start at zero.

First, every rule is tuned with seed 0: each combination of a client rate and a server rate of the grid
runs once, and is measured on the last 5,000 training digits, which no device holds. Then seeds 1 to 5
run with each rule's best rates, and measure on the 10,000 test digits. Two more settings run at the
client rate 0.05: FedAvg with the server rate 1, and FedAdam with the best server rate for that client
rate. Every second round is measured; what counts is the mean over the rounds 22, 24, …, 40.

    python experiments/server_optimizers.py

writes data/results/server_optimizers_tuning.csv (one row per rule and pair of rates) and
data/results/server_optimizers.csv (one row per setting, seed and measured round). A run that is
finished is kept in build/experiments/server_optimizers, so that the command can be stopped and
continued. NumPy only.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from shared import perceptron

from fedtutor import data, federated, models, partition

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "experiments" / "server_optimizers"
SEEDS = (1, 2, 3, 4, 5)
ROUNDS, CLIENTS, COHORT, TRAINING = 40, 100, 10, 55_000
STEPS = 55  # of a client in a round: it holds 550 digits, ten a batch
LAST = range(22, 41, 2)
CLIENT_RATES = (0.05, 0.1, 0.2, 0.4)
SERVER_RATES = {
    "FedAvg": (1.0,),
    "FedAvgM": (0.03, 0.1, 0.3),
    "FedAdam": (0.005, 0.015, 0.05),
    "FedYogi": (0.005, 0.015, 0.05),
    "SCAFFOLD": (1.0,),
}
MOMENTUM, BETA_1, BETA_2, TAU = 0.9, 0.9, 0.99, 1e-3
LOW = 0.05


def step(rule, delta, state, rate):
    """What to add to the model (a flat vector), and the rule's new state (momentum and scale)."""
    m, v = state
    if rule in ("FedAvg", "SCAFFOLD"):
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

    def update(self, weights, part, rate, seed, correction=None):
        """What one client sends, as a vector: its new weights minus the old ones."""
        if correction is not None:
            correction = perceptron.unflat(correction, weights)
        x, y = self.x[part], self.y[part]
        new = perceptron.train(weights, x, y, learning_rate=rate, seed=seed, correction=correction)
        return perceptron.flat(new) - perceptron.flat(weights)

    def run(self, rule, client_rate, server_rate, seed, where):
        """The accuracies after the rounds 2, 4, …, 40; a run that diverges stays at chance."""
        parts = partition.label_shards(self.y, CLIENTS, 2, seed=seed)
        weights = models.perceptron_2nn(seed=seed).get_weights()
        zero = np.zeros_like(perceptron.flat(weights))
        state = zero, np.full_like(zero, TAU**2)
        controls = np.zeros((CLIENTS, zero.size), np.float32)  # the clients', for SCAFFOLD
        rows = []
        for number in range(1, ROUNDS + 1):
            cohort = federated.sample_cohort(CLIENTS, COHORT, number, seed=seed)
            corrections, updates = [None] * COHORT, []
            if rule == "SCAFFOLD":
                corrections = controls.mean(axis=0) - controls[cohort]
            for client, correction in zip(cohort, corrections):
                order = [seed, client, number]
                updates.append(self.update(weights, parts[client], client_rate, order, correction))
            delta = np.mean(updates, axis=0)
            if rule == "SCAFFOLD":
                mean_steps = -np.array(updates) / np.float32(STEPS * client_rate)
                controls[cohort] = mean_steps - corrections
            added, state = step(rule, delta, state, np.float32(server_rate))
            weights = perceptron.unflat(perceptron.flat(weights) + added, weights)
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
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
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
