"""McMahan 2017, Table 1: the rounds that the 2NN needs to 97% test accuracy, in all 16 filled cells.

100 clients of 600 digits, E=1; B=10 and B=infinity; IID and two shards; 1, 10, 20, 50 or 100 clients a
round. As in the paper, the learning rate is tuned in each cell on a grid with the ratio 10^(1/3), and
the rounds are read from the running best of the test accuracy, interpolated between measurements.
Unlike the paper, the rate is tuned with seed 1 and then two more seeds are run at it.

A rate is given up once it has used the rounds of the best one so far. The search starts from a rate
that was good in earlier runs, and moves while a neighbor on the grid is faster.

    python experiments/table1_2nn.py

writes data/results/table1_2nn.csv: one row per cell and seed, at the cell's best rate; `batch_size` 0 is
B=infinity, `paper` the paper's rounds. And data/results/table1_2nn_rates.csv: every rate that was tried
with seed 1; without `rounds`, it was slower than the best. About an hour on 2 quiet cores. Each finished run is
kept in build/experiments/table1_2nn.csv, so a call that was stopped goes on where it was.
"""

import argparse
import multiprocessing
from pathlib import Path

import numpy as np
import pandas as pd

from fedtutor import data, federated, models, partition

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "data" / "results"
RUNS = ROOT / "build" / "experiments" / "table1_2nn.csv"
TARGET = 0.97
SEEDS = (1, 2, 3)
NUM_CLIENTS = 100
CELL = ["partition", "batch_size", "clients_per_round"]
# (partition, batch size, clients a round): the paper's rounds, and where the search of the rate starts,
# in steps of the grid from 0.1. The cells that take longest are at the end.
CELLS = {
    ("iid", 10, 1): (316, -1),
    ("iid", 10, 10): (87, 1),
    ("iid", 10, 20): (77, 1),
    ("shards", 10, 10): (664, 0),
    ("shards", 10, 20): (619, 0),
    ("iid", 0, 1): (1455, 1),
    ("iid", 0, 10): (1474, 2),
    ("shards", 0, 10): (1796, 2),
    ("shards", 10, 1): (3275, -3),
    ("shards", 0, 1): (4278, 0),
    ("iid", 0, 20): (1658, 2),
    ("shards", 0, 20): (1528, 2),
    ("iid", 10, 50): (75, 1),
    ("iid", 10, 100): (70, 1),
    ("shards", 10, 50): (443, 0),
    ("shards", 10, 100): (380, 0),
}


def rate_of(step):
    return float(f"{0.1 * 10 ** (step / 3):.3g}")


def rounds_to_target(cell, learning_rate, seed, most_rounds):
    """The rounds to the target, interpolated; NaN if it isn't reached within `most_rounds`."""
    kind, batch_size, clients_per_round = cell
    digits = data.load_mnist()
    cut = partition.iid if kind == "iid" else partition.label_shards
    clients = federated.ClientDatasets(
        digits.x_train,
        digits.y_train,
        cut(digits.y_train, NUM_CLIENTS, seed=seed),
        batch_size=batch_size or None,
        seed=seed,
    )
    process = federated.fed_avg(
        models.perceptron_2nn, clients.element_spec, client_learning_rate=learning_rate
    )
    history = federated.run_rounds(
        process,
        clients,
        most_rounds,
        clients_per_round=clients_per_round,
        seed=seed,
        state=federated.start_from(process, models.perceptron_2nn(seed=seed)),
        evaluate=federated.Evaluator(models.perceptron_2nn, digits.x_test, digits.y_test),
        # Where a round is short, measuring would take longer than training.
        evaluate_every=5 if clients_per_round == 1 or batch_size == 0 else 1,
        until=("accuracy", TARGET),
        progress=False,
    ).history
    measured = history.to_frame()["accuracy"].dropna()
    best = measured.cummax()
    if best.empty or best.iloc[-1] < TARGET:
        return np.nan
    return float(np.interp(TARGET, [0, *best], [0, *best.index]))


def _in_a_process_of_its_own(*arguments):
    """What a long run leaves in memory goes with its process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(rounds_to_target, arguments)


class Runs:
    """Every run that is done, with its cell, rate and seed; kept in a file."""

    def __init__(self, path):
        self._path = path
        self.table = pd.read_csv(path) if path.is_file() else pd.DataFrame()

    def rounds(self, cell, rate, seed, most_rounds):
        known = self.table
        if len(known):
            known = known[(known[CELL] == list(cell)).all(axis=1)]
            known = known[(known["learning_rate"] == rate) & (known["seed"] == seed)]
        if len(known) == 0:
            found = _in_a_process_of_its_own(cell, rate, seed, int(np.ceil(most_rounds)))
            row = dict(zip(CELL, cell)) | {"learning_rate": rate, "seed": seed, "rounds": found}
            self.table = pd.concat([self.table, pd.DataFrame([row])], ignore_index=True)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self.table.to_csv(self._path, index=False)
            print(*cell, f"learning rate {rate:g}, seed {seed}: {found:.1f} rounds", flush=True)
            return found
        return known["rounds"].iloc[0]


def best_rate(runs, cell):
    """Move along the grid while a neighbor is faster."""
    most_rounds, step = CELLS[cell]
    best, waiting, tried = most_rounds, [step, step + 1, step - 1], set()
    while waiting:
        here = waiting.pop(0)
        tried.add(here)
        rounds = runs.rounds(cell, rate_of(here), SEEDS[0], best)
        if rounds <= best:
            best, step = rounds, here
            waiting = [near for near in (here + 1, here - 1) if near not in tried]
    return rate_of(step)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--cells", type=int, default=len(CELLS), help="only the first so many")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    args = parser.parse_args()

    runs = Runs(RUNS)
    cells = {cell: paper for cell, (paper, _) in list(CELLS.items())[: args.cells]}
    rates = {cell: best_rate(runs, cell) for cell in cells}
    rows = []
    for seed in args.seeds:
        for cell, paper in cells.items():
            rounds = runs.rounds(cell, rates[cell], seed, paper)
            row = dict(zip(CELL, cell)) | {"learning_rate": rates[cell], "seed": seed}
            rows.append(row | {"rounds": rounds, "paper": paper})
        # After each seed, so that a call that is stopped leaves what it has.
        save(pd.DataFrame(rows), "table1_2nn.csv")
        save(runs.table[runs.table["seed"] == SEEDS[0]], "table1_2nn_rates.csv")


def save(table, name):
    order = ["batch_size", "partition", "clients_per_round", "learning_rate", "seed"]
    table = table.sort_values(order, ascending=[False, True, True, True, True])
    table.round({"rounds": 1}).to_csv(RESULTS / name, index=False)


if __name__ == "__main__":
    main()
