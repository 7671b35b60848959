"""FedProx and its stragglers, in the setting of Li et al. 2020, with a control: is mu only a smaller step?

1,000 devices hold digits of two labels each, in very unequal amounts (10 to 600, most of them few). A
round invites ten of them. One of the ten completes all 20 epochs; the other nine are stragglers and complete
1 to 20, drawn at random. The model is logistic regression, SGD with batches of 10.

    drop   the server drops the stragglers
    keep   the server also averages their partial work, each device by its number of digits
    prox   the same, and the proximal term (mu / 2) * |w - w_global|^2 is added to each device's loss

The controls keep partial work with mu = 0 and take smaller steps (a smaller rate) or fewer (fewer epochs).

    python experiments/fedprox_stragglers.py

writes data/results/fedprox_stragglers.csv: one row per rule, rate, number of epochs, mu, seed and round,
with the accuracy on the 10,000 test digits. About four minutes on 2 cores. A run that was stopped goes
on where it was.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from fedtutor import data

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "data" / "results" / "fedprox_stragglers.csv"
PARTS = ROOT / "build" / "experiments" / "fedprox_stragglers"
ROUNDS, SEEDS = 60, (1, 2, 3, 4, 5)
# name, learning rate, epochs, mu
RULES = (
    ("drop", 0.03, 20, 0.0),
    ("keep", 0.03, 20, 0.0),
    ("prox", 0.03, 20, 0.1),
    ("prox", 0.03, 20, 1.0),
    ("prox", 0.1, 20, 1.0),
    ("keep", 0.1, 20, 0.0),
    ("keep", 0.01, 20, 0.0),
    ("keep", 0.003, 20, 0.0),
    ("keep", 0.03, 5, 0.0),
    ("keep", 0.03, 1, 0.0),
)


def two_label_devices(labels, num_devices, seed):
    """The positions that each device holds: two labels, 10 to 600 digits, as lesson 06 writes it."""
    rng = np.random.default_rng(seed)
    of_label = [np.flatnonzero(labels == label) for label in range(10)]
    devices = []
    for size in np.minimum(10 + rng.lognormal(3, 1.2, num_devices), 600):
        two = rng.choice(10, 2, replace=False)
        halves = [rng.choice(of_label[c], int(size / 2), replace=False) for c in two]
        devices.append(np.concatenate(halves))
    return devices


def gradient(w, x, y):
    """Of the mean cross-entropy of logistic regression; x (n, 785) ends in a 1 for the bias."""
    scores = x @ w
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return x.T @ p / np.float32(len(y))


def local_work(w_global, x, y, epochs, learning_rate, mu, rng):
    """What one device returns."""
    w = w_global.copy()
    for _ in range(epochs):
        order = rng.permutation(len(y))
        for start in range(0, len(y), 10):
            batch = order[start : start + 10]
            g = gradient(w, x[batch], y[batch])
            if mu:
                g += mu * (w - w_global)
            w -= learning_rate * g
    return w


def run(images, labels, x_test, y_test, rule, learning_rate, most_epochs, mu, seed):
    """The accuracy after each round."""
    devices = two_label_devices(labels, 1000, seed)
    learning_rate, mu = np.float32(learning_rate), np.float32(mu)
    w = np.zeros((785, 10), np.float32)
    accuracies = []
    for round_num in range(1, ROUNDS + 1):
        rng = np.random.default_rng([seed, round_num])
        cohort = rng.choice(1000, 10, replace=False)
        epochs = rng.integers(1, most_epochs + 1, 10)
        epochs[0] = most_epochs  # the one that is no straggler
        kept = cohort[:1] if rule == "drop" else cohort
        returned = [
            local_work(w, images[devices[k]], labels[devices[k]], e, learning_rate, mu, rng)
            for k, e in zip(kept, epochs)
        ]
        sizes = [len(devices[k]) for k in kept]
        w = np.average(returned, axis=0, weights=sizes).astype(np.float32)
        accuracies.append(np.mean(np.argmax(x_test @ w, axis=1) == y_test))
    return accuracies


def with_bias(images):
    """(n, 785) float32: the pixels from 0 to 1, and a 1."""
    flat = images.reshape(len(images), 784) / np.float32(255)
    return np.concatenate([flat, np.ones((len(flat), 1), np.float32)], axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--out", type=Path, default=RESULT)
    args = parser.parse_args()

    digits = data.load_mnist()
    images, x_test = with_bias(digits.x_train), with_bias(digits.x_test)
    labels, y_test = digits.y_train.astype(int), digits.y_test
    tables = []
    for rule, rate, epochs, mu in RULES:
        for seed in args.seeds:
            part = PARTS / f"{rule}_{rate:g}_{epochs}_{mu:g}_{seed}.csv"
            if not part.is_file():
                accuracies = run(images, labels, x_test, y_test, rule, rate, epochs, mu, seed)
                table = pd.DataFrame(
                    {
                        "rule": rule, "learning_rate": rate, "epochs": epochs, "mu": mu,
                        "seed": seed, "round": range(1, ROUNDS + 1), "accuracy": accuracies,
                    }
                )  # fmt: skip
                part.parent.mkdir(parents=True, exist_ok=True)
                table.round(4).to_csv(part, index=False)
            tables.append(pd.read_csv(part))
        late = pd.concat(tables[-len(args.seeds) :])["accuracy"][lambda a: a.index >= ROUNDS - 20]
        print(f"{rule}, rate {rate:g}, {epochs} epochs, mu {mu:g}: {late.mean():.1%}", flush=True)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    pd.concat(tables).to_csv(args.out, index=False)


if __name__ == "__main__":
    main()
