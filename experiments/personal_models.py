"""A model for each device: what tuning the shared model on the device's own digits changes.

The setting of lesson 05: nine volunteers' digits train the first model, the digits of the other 530
people are on devices, each device keeps a fifth of them for testing, and federated averaging (200
rounds, ten devices each, rate 0.1) makes the shared model. Then each device tunes the shared model on
its own training digits. The digits are dealt out in four ways:

    people  each of 530 devices holds what one person wrote
    shards  the same digits, sorted by label; each of 100 devices gets two shards
    iid     the same digits, shuffled and dealt to 530 devices
    style   the same digits, sorted by slant and stroke and dealt to 530 devices (`style_skew`)

and, to see what the tuning learns, with the shared model of `people`, but with the digits of 2, 5 or 20
people mixed on their devices: `2 writers`, `5 writers`, `20 writers`. The digits of each label are
shuffled among the people of a group, training digits among training digits and held-out digits among
held-out digits, so that each device has as many digits of each label as before. As with `iid` and
`style`, every second device is measured.

The models of a device:

    first    `models.first_model`, trained on the volunteers' digits
    shared   the federated model
    tuned    shared, then EPOCHS epochs on the device's training digits
    mix25, mix50, mix75  shared + a * (tuned - shared), for a = 0.25, 0.5, 0.75
    head     shared, then only the last layer is tuned
    five, twenty  shared, then tuned on only 5 or 20 of the device's digits
    alone    first, then tuned in the same way: without federated learning

RATE and EPOCHS were chosen by `--validation`, which holds back a fifth of each device's training digits,
trains a shared model on the rest, tunes and measures on what was held back, prints, and leaves the test
digits alone.

    python experiments/personal_models.py

writes data/results/personal_models.csv: for `people`, `shards` and `iid`, one row per seed and device, with the
number of its held-out digits, how many of them each model gets right (`own_...`), and how many of 500
test digits, the same for all (`all_...`); and data/results/personal_models_means.csv: for all seven, one
row per seed and model. The seed decides the held-out digits, the cohorts and the order of the digits,
and how the digits are dealt out. Each seed and partition is kept in build/experiments as soon as it is
done, so a run that was stopped goes on from there; `--fresh` begins again.
"""

import argparse
import shutil
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from shared import perceptron
from who_benefits import split

from fedtutor import by_hand, data, federated, models, partition

ROOT = Path(__file__).resolve().parent.parent
RESULTS, KEPT = ROOT / "data" / "results", ROOT / "build" / "experiments" / "personal_models"
SEEDS = (1, 2, 3, 4, 5)
RATE, EPOCHS = 0.05, 5
RATES, EPOCHS_COMPARED = (0.02, 0.05, 0.1), (1, 5, 10)  # by --validation
SHARED_RATE, ROUNDS = 0.1, 200
WRITERS = (2, 5, 20)
ROW_BY_ROW = ("people", "shards", "iid")
ALL_DEVICES, EVERY_SECOND = slice(None), slice(None, None, 2)

tune = partial(perceptron.train, learning_rate=RATE, epochs=EPOCHS)


def deal(name, digits, seed):
    if name == "people":
        return partition.by_writer(digits.writers)
    if name == "shards":
        return partition.label_shards(digits.labels, 100, 2, seed=seed)
    num_devices = len(np.unique(digits.writers))
    if name == "iid":
        return partition.iid(digits.labels, num_devices, seed=seed)
    return partition.style_skew(digits.images, num_devices, seed=seed)


def mix_writers(parts, labels, writers, rng):
    """Shuffle the digits of each label among `writers` people in a row; the labels stay in place."""
    mixed = []
    for start in range(0, len(parts), writers):
        group = parts[start : start + writers]
        together = np.concatenate(group)
        for label in range(10):
            places = np.flatnonzero(labels[together] == label)
            together[places] = rng.permutation(together[places])
        mixed += np.split(together, np.cumsum([len(part) for part in group])[:-1])
    return mixed


class Digits:
    """The digits on the devices, 500 test digits, and the first model."""

    def __init__(self):
        digits = data.load_mnist()
        _, held = data.volunteers_and_devices(digits.writer_train)
        self.images, self.labels = digits.x_train[held], digits.y_train[held].astype(np.int32)
        self.writers = digits.writer_train[held]
        self.student = digits.series_train[held] == data.STUDENTS
        self.x = perceptron.pixels(self.images)
        sample = np.random.default_rng(0).choice(len(digits.y_test), 500, replace=False)
        self.x_test, self.y_test = perceptron.pixels(digits.x_test[sample]), digits.y_test[sample]
        self.first = models.first_model(digits)


def shared_model(digits, train, seed):
    """Federated averaging: ROUNDS rounds of ten devices, one epoch each."""
    weights = digits.first.get_weights()
    for round_num in range(1, ROUNDS + 1):
        cohort = federated.sample_cohort(len(train), 10, round_num, seed=seed)
        updates = [
            perceptron.train(
                weights,
                digits.x[train[client]],
                digits.labels[train[client]],
                learning_rate=SHARED_RATE,
                seed=[seed, round_num, client],
            )
            for client in cohort
        ]
        weights = by_hand.weighted_average(updates, [len(train[client]) for client in cohort])
        weights = [array.astype(np.float32) for array in weights]
    return weights


def num_right(weights, x, labels):
    return int(perceptron.right(weights, x, labels).sum())


def mix(shared, tuned, share):
    return [a + share * (b - a) for a, b in zip(shared, tuned)]


def own_models(digits, shared, train, seed, everything):
    """Each model of one device, by its name."""
    x, y = digits.x[train], digits.labels[train]
    tuned = tune(shared, x, y, seed=seed)
    found = {"shared": shared, "tuned": tuned, "mix50": mix(shared, tuned, 0.5)}
    if everything:
        found |= {
            "first": digits.first.get_weights(),
            "mix25": mix(shared, tuned, 0.25),
            "mix75": mix(shared, tuned, 0.75),
            "head": tune(shared, x, y, seed=seed, head=True),
            "five": tune(shared, x[:5], y[:5], seed=seed),
            "twenty": tune(shared, x[:20], y[:20], seed=seed),
            "alone": tune(digits.first.get_weights(), x, y, seed=seed),
        }
    return found


def measure(digits, shared, parts, seed, everything, devices):
    """One row per device: how many of its own and of everybody's digits each model gets right."""
    rows = []
    for client in range(len(parts[0]))[devices]:
        train, held_out = parts[0][client], parts[1][client]
        found = own_models(digits, shared, train, [seed, client], everything)
        x, y = digits.x[held_out], digits.labels[held_out]
        rows.append(
            {"seed": seed, "client": client, "student": int(digits.student[train[0]])}
            | {"held_out": len(held_out), "digits": len(train)}
            | {f"own_{name}": num_right(weights, x, y) for name, weights in found.items()}
            | {
                f"all_{name}": num_right(weights, digits.x_test, digits.y_test)
                for name, weights in found.items()
            }
        )
    return pd.DataFrame(rows)


def measure_mixed(digits, shared, train, held_out, seed):
    """The tables of the same people, with the digits of 2, 5 or 20 of them mixed."""
    tables = {}
    for writers in WRITERS:
        # Neighbors in the list of people may be alike, so the groups are drawn.
        rng = np.random.default_rng([seed, writers])
        order = rng.permutation(len(train))
        mixed = [
            mix_writers([part[person] for person in order], digits.labels, writers, rng)
            for part in (train, held_out)
        ]
        name = f"{writers} writers"
        tables[name] = measure(digits, shared, mixed, seed, False, EVERY_SECOND)
    return tables


def run(name, digits, seed):
    """The tables of one partition and one seed, by the name of the partition."""
    train, held_out = split(deal(name, digits, seed), seed)
    shared = shared_model(digits, train, seed)
    everything = name in ("people", "shards")
    devices = ALL_DEVICES if everything else EVERY_SECOND
    tables = {name: measure(digits, shared, (train, held_out), seed, everything, devices)}
    if name == "people":
        tables |= measure_mixed(digits, shared, train, held_out, seed)
    return tables


def means(name, table):
    """One row per model of one partition and one seed."""
    rows = []
    for model in [column[4:] for column in table.columns if column.startswith("own_")]:
        own, shared = table[f"own_{model}"], table["own_shared"]
        rows.append(
            {
                "partition": name,
                "seed": table["seed"].iloc[0],
                "model": model,
                "devices": len(table),
                "held_out": table["held_out"].sum(),
                "own_accuracy": own.sum() / table["held_out"].sum(),
                "better": (own > shared).sum(),
                "worse": (own < shared).sum(),
                "all_accuracy": table[f"all_{model}"].mean() / 500,
            }
        )
    return pd.DataFrame(rows)


def validate(digits):
    """Print what each rate and number of epochs gets right on digits held back from the training."""
    for name in ("people", "shards"):
        train, validation = split(split(deal(name, digits, 1), 1)[0], 2)
        shared = shared_model(digits, train, 1)
        settings = [(rate, epochs) for rate in RATES for epochs in EPOCHS_COMPARED]
        right, asked = np.zeros(1 + len(settings), int), 0
        for client in range(0, len(train), 5):
            x, y = digits.x[train[client]], digits.labels[train[client]]
            own = [
                tune(shared, x, y, learning_rate=rate, epochs=epochs, seed=[1, client])
                for rate, epochs in settings
            ]
            held = digits.x[validation[client]], digits.labels[validation[client]]
            right += [num_right(weights, *held) for weights in [shared, *own]]
            asked += len(held[1])
        for setting, count in zip(["shared", *settings], right):
            print(f"{name}, {setting}: {count / asked:.4f} of {asked}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--validation",
        action="store_true",
        help="compare settings on digits held back from the training; writes no result",
    )
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run kept")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the folder for the results")
    args = parser.parse_args()
    digits = Digits()
    if args.validation:
        validate(digits)
        return
    if args.fresh:
        shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir(parents=True, exist_ok=True)
    for seed in SEEDS:
        for name in ("people", "shards", "iid", "style"):
            if (KEPT / f"{seed} {name}.csv").exists():
                continue
            began = time.perf_counter()
            tables = run(name, digits, seed)
            for each, table in reversed(tables.items()):  # the partition's own table last
                table.to_csv(KEPT / f"{seed} {each}.csv", index=False)
                print(means(each, table).round(3).to_string(index=False), flush=True)
            print(f"seed {seed}, {name}: {time.perf_counter() - began:.0f} s", flush=True)
        save(args.out)


def save(folder):
    """Put the kept tables together. Called after each seed, so that there is always a result."""
    kept = {}
    for path in sorted(KEPT.glob("*.csv")):
        seed, name = path.stem.split(" ", 1)
        kept.setdefault(name, []).append(pd.read_csv(path))
    folder.mkdir(parents=True, exist_ok=True)
    order = ["people", "shards", *(f"{writers} writers" for writers in WRITERS), "iid", "style"]
    rows = [table.assign(partition=n) for n in ROW_BY_ROW for table in kept.get(n, [])]
    devices = pd.concat(rows).convert_dtypes()
    devices["student"] = devices["student"].where(devices["partition"] == "people")
    devices = devices[["partition", *devices.columns.drop("partition")]]
    devices.to_csv(folder / "personal_models.csv", index=False)
    summary = pd.concat([means(n, table) for n in order for table in kept.get(n, [])])
    summary.round(4).to_csv(folder / "personal_models_means.csv", index=False)


if __name__ == "__main__":
    main()
