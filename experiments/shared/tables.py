"""What the tables of McMahan 2017 count: the rounds of federated averaging to a test accuracy.

As in the paper, the learning rate is tuned in each cell on a grid with the ratio 10^(1/3), and the rounds
are read from the running best of the test accuracy, interpolated between measurements. Unlike in the
paper, the rate is tuned with the first seed, and other seeds run at it.

A rate is given up once it has used the rounds of the best one so far, or twice the paper's. The search
starts from a rate that was good in earlier runs, and moves while a neighbor on the grid is faster.
"""

import multiprocessing
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf

from fedtutor import data, federated, partition

ROOT = Path(__file__).resolve().parents[2]
RESULTS, KEPT = ROOT / "data" / "results", ROOT / "build" / "experiments"
NUM_CLIENTS = 100


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Args:
        partition: iid or shards (two on each of the 100 clients).
        batch_size: McMahan's B; 0 is B = infinity.
        clients_per_round: McMahan's C, times 100.
        local_epochs: McMahan's E.
        measure_every: after how many rounds each to measure. Where a round is short, measuring takes
            longer than training.
    """

    partition: str
    batch_size: int
    clients_per_round: int = 10
    local_epochs: int = 1
    measure_every: int = 1


@dataclass(frozen=True)
class Table:
    """A table of the paper, or the part of it that is run here.

    Args:
        name: the results are name.csv and name_rates.csv.
        build_model: the model.
        target: the test accuracy.
        columns: the fields of `Cell` that tell the cells apart.
        cells: for each cell, the paper's rounds, and where the search of the learning rate starts, in
            steps of the grid from 0.1.
    """

    name: str
    build_model: Callable[[], tf.keras.Model]
    target: float
    columns: tuple[str, ...]
    cells: dict[Cell, tuple[int, int]]

    def fields(self, cell):
        return {column: asdict(cell)[column] for column in self.columns}


def fill(table, seeds):
    """Tune the rate of every cell with the first seed, run the other seeds, and write the results."""
    runs, rates, rows = Runs(table), {}, []
    for seed in seeds:
        for cell, (paper, start) in table.cells.items():
            if seed == seeds[0]:
                rates[cell] = best_rate(runs, cell, 2 * paper, start, seed)
            rounds = runs.rounds(cell, rates[cell], seed, 2 * paper)
            row = table.fields(cell) | {"learning_rate": rates[cell], "seed": seed}
            rows.append(row | {"rounds": rounds, "paper": paper})
            # After each cell, so that a call that is stopped leaves what it has.
            save(table, pd.DataFrame(rows), table.name)
            tried = runs.found[runs.found["seed"] == seeds[0]]
            save(table, tried, f"{table.name}_rates")


def save(table, rows, name):
    """Write a result, in the order of the table."""
    up = {column: column != "batch_size" for column in table.columns}
    order = sorted(up, key="batch_size local_epochs partition clients_per_round".split().index)
    order += ["learning_rate", "seed"]
    rows = rows.sort_values(order, ascending=[up.get(column, True) for column in order])
    rows.round({"rounds": 1}).to_csv(RESULTS / f"{name}.csv", index=False)


def best_rate(runs, cell, most_rounds, start, seed):
    """Move along the grid of rates while a neighbor is faster."""
    best, step, waiting, tried = most_rounds, start, [start, start + 1, start - 1], set()
    while waiting:
        here = waiting.pop(0)
        tried.add(here)
        rounds = runs.rounds(cell, rate_of(here), seed, best)
        if rounds <= best:
            best, step = rounds, here
            waiting = [near for near in (here + 1, here - 1) if near not in tried]
    return rate_of(step)


def rate_of(step):
    return float(f"{0.1 * 10 ** (step / 3):.3g}")


class Runs:
    """Every run that is done, with its cell, rate and seed; kept in a file."""

    def __init__(self, table):
        self._table, self._path = table, KEPT / f"{table.name}.csv"
        self.found = pd.read_csv(self._path) if self._path.is_file() else pd.DataFrame()

    def rounds(self, cell, rate, seed, most_rounds):
        """The rounds to the target, from the file if they are known."""
        run = self._table.fields(cell) | {"learning_rate": rate, "seed": seed}
        if len(self.found):
            same = (self.found[list(run)] == list(run.values())).all(axis=1)
            if same.any():
                return self.found["rounds"][same].iloc[0]
        # What a long run leaves in memory goes with its process.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            unnamed = replace(self._table, cells={})
            rounds = pool.apply(rounds_to_target, (unnamed, cell, rate, seed, most_rounds))
        row = pd.DataFrame([run | {"rounds": rounds}])
        self.found = pd.concat([self.found, row], ignore_index=True)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self.found.to_csv(self._path, index=False)
        print(*self._table.fields(cell).values(), f"learning rate {rate:g}, seed {seed}:", end=" ")
        print(f"{rounds:.1f} rounds", flush=True)
        return rounds


def rounds_to_target(table, cell, learning_rate, seed, most_rounds):
    """The rounds to the target, interpolated; NaN if it isn't reached within `most_rounds`."""
    digits = data.load_mnist()
    cut = partition.iid if cell.partition == "iid" else partition.label_shards
    clients = federated.ClientDatasets(
        digits.x_train,
        digits.y_train,
        cut(digits.y_train, NUM_CLIENTS, seed=seed),
        batch_size=cell.batch_size or None,
        local_epochs=cell.local_epochs,
        seed=seed,
    )
    process = federated.fed_avg(
        table.build_model, clients.element_spec, client_learning_rate=learning_rate
    )
    history = federated.run_rounds(
        process,
        clients,
        int(np.ceil(most_rounds)),
        clients_per_round=cell.clients_per_round,
        seed=seed,
        state=federated.start_from(process, table.build_model(seed=seed)),
        evaluate=federated.Evaluator(table.build_model, digits.x_test, digits.y_test),
        evaluate_every=cell.measure_every,
        until=("accuracy", table.target),
        progress=False,
    ).history
    measured = history.to_frame()["accuracy"].dropna()
    best = measured.cummax()
    if best.empty or best.iloc[-1] < table.target:
        return np.nan
    return float(np.interp(table.target, [0, *best], [0, *best.index]))
