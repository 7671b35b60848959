"""LoRA: a small adapter for each person in place of a model for each person.

The setting of experiments/personal_models.py, real people. Each device tunes the shared model on its own
digits: all of it, its last layer alone, or low-rank adapters. An adapter of rank r leaves the weights of
a layer W as they are and adds A @ B to them, with A of shape (inputs, r) and B of shape (r, outputs); A
begins with random numbers and B with zeros, so that the model begins as the shared one. All three layers
have adapters, their biases stay as they are, and only A and B are trained.

RATE was chosen by `--validation` (0.1 to 0.8; the best for each rank), as in experiments/personal_models.py.

    python experiments/personal_adapters.py

writes data/results/personal_adapters.csv: one row per seed and way of tuning, with the numbers that a
device has to keep (or send), how many of the devices' held-out digits are right, and the mean accuracy
on the same 500 test digits. Every fifth of the 530 devices is tuned.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import personal_models as people
from shared import perceptron

RESULTS = Path(__file__).resolve().parent.parent / "data" / "results"
SEEDS = (1, 2, 3, 4, 5)
RANKS = (1, 4, 16)
RATE = 0.2
COMPARED = (0.1, 0.2, 0.4, 0.8)  # by --validation


def adapters(shapes, rank, rng):
    """A and B of each layer. A's columns have a length of about 1, B is zero."""
    return [
        (
            rng.normal(0, inputs**-0.5, (inputs, rank)).astype(np.float32),
            np.zeros((rank, outputs), np.float32),
        )
        for inputs, outputs in shapes
    ]


def tune_adapters(shared, x, y, rank, *, rate, epochs=people.EPOCHS, seed=0):
    """The shared model with adapters that were trained on these digits, as the weights of a 2NN."""
    rng = np.random.default_rng(seed)
    batches = list(perceptron.batches(len(y), epochs=epochs, seed=rng))
    kernels, biases = shared[::2], shared[1::2]
    parts = adapters([kernel.shape for kernel in kernels], rank, rng)
    for batch in batches:
        inputs = [x[batch]]
        for kernel, bias, (a, b) in zip(kernels, biases, parts):
            value = inputs[-1] @ kernel + (inputs[-1] @ a) @ b + bias
            inputs.append(np.maximum(value, 0))
        error = perceptron.output_error(value, y[batch], rate)
        for layer in (2, 1, 0):
            x_in, kernel, (a, b) = inputs[layer], kernels[layer], parts[layer]
            before = (error @ kernel.T + (error @ b.T) @ a.T) * (x_in > 0) if layer else None
            step_a, step_b = x_in.T @ (error @ b.T), (x_in @ a).T @ error
            a -= step_a
            b -= step_b
            error = before
    return [
        array
        for kernel, bias, (a, b) in zip(kernels, biases, parts)
        for array in (kernel + a @ b, bias)
    ]


def ways(shapes, rates=None):
    """Each way of tuning: its name, how many numbers it changes, and a function."""
    total = sum(inputs * outputs + outputs for inputs, outputs in shapes)
    last = shapes[-1][0] * shapes[-1][1] + shapes[-1][1]
    yield "shared", 0, lambda shared, x, y, seed: shared
    yield "all", total, lambda shared, x, y, seed: people.tune(shared, x, y, seed=seed)
    yield "head", last, lambda shared, x, y, seed: people.tune(shared, x, y, head=True, seed=seed)
    for rank in RANKS:
        numbers = rank * sum(map(sum, shapes))
        for rate in rates or [RATE]:
            name = f"rank {rank}" + (f" rate {rate}" if rates else "")
            yield name, numbers, low_rank(rank, rate)


def low_rank(rank, rate):
    return lambda shared, x, y, seed: tune_adapters(shared, x, y, rank, rate=rate, seed=seed)


def measure(digits, shared, train, held_out, seed, rates=None):
    """One row per way of tuning."""
    shapes = [kernel.shape for kernel in shared[::2]]
    rows = []
    for name, numbers, way in ways(shapes, rates):
        own = asked = everybody = devices = 0
        for client in range(0, len(train), 5):
            x, y = digits.x[train[client]], digits.labels[train[client]]
            weights = way(shared, x, y, [seed, client])
            own += people.num_right(
                weights, digits.x[held_out[client]], digits.labels[held_out[client]]
            )
            asked += len(held_out[client])
            everybody += people.num_right(weights, digits.x_test, digits.y_test)
            devices += 1
        rows.append(
            {"seed": seed, "tuned": name, "numbers": numbers, "devices": devices}
            | {"held_out": asked, "own_right": own, "own_accuracy": own / asked}
            | {"all_accuracy": everybody / devices / len(digits.y_test)}
        )
        print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--validation",
        action="store_true",
        help="compare rates on digits held back from the training; writes no result",
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help="the folder for the results")
    args = parser.parse_args()
    digits = people.Digits()
    parts = people.deal("people", digits, 1)
    if args.validation:
        train, validation = people.split(people.split(parts, 1)[0], 2)
        measure(digits, people.shared_model(digits, train, 1), train, validation, 1, rates=COMPARED)
        return
    tables = []
    for seed in SEEDS:
        train, held_out = people.split(parts, seed)
        shared = people.shared_model(digits, train, seed)
        tables.append(measure(digits, shared, train, held_out, seed))
        args.out.mkdir(parents=True, exist_ok=True)
        pd.concat(tables).round(4).to_csv(args.out / "personal_adapters.csv", index=False)


if __name__ == "__main__":
    main()
