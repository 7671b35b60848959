"""McMahan 2017, Table 1: the rounds that the 2NN needs to 97% test accuracy, in all 16 filled cells.

100 clients of 600 digits, E=1; B=10 and B=infinity; IID and two shards; 1, 10, 20, 50 or 100 clients a
round. How the rates are tuned and the rounds counted: shared/tables.py.

    python experiments/table1_2nn.py

writes data/results/table1_2nn.csv: one row per cell and seed, at the cell's best rate; `batch_size` 0 is
B=infinity, `paper` the paper's rounds. And data/results/table1_2nn_rates.csv: every rate that was tried
with seed 1; without `rounds`, it was slower than the best. About an hour and a half on 2 quiet cores.
`--seeds 1 2 3` runs more seeds at the same rates. Each finished run is kept in
build/experiments/table1_2nn.csv, so a call that was stopped goes on where it was.
"""

import argparse

from shared.tables import Cell, Table, fill

from fedtutor import models

# The paper's rounds, and where the search of the rate starts, in steps of the grid from 0.1. The cells
# that take longest are at the end.
CELLS = {
    Cell("iid", 10, 1, measure_every=5): (316, -1),
    Cell("iid", 10, 10): (87, 1),
    Cell("iid", 10, 20): (77, 1),
    Cell("shards", 10, 10): (664, 0),
    Cell("shards", 10, 20): (619, 0),
    Cell("iid", 0, 1, measure_every=5): (1455, 1),
    Cell("iid", 0, 10, measure_every=5): (1474, 2),
    Cell("shards", 0, 10, measure_every=5): (1796, 2),
    Cell("shards", 10, 1, measure_every=5): (3275, -3),
    Cell("shards", 0, 1, measure_every=5): (4278, 0),
    Cell("iid", 0, 20, measure_every=5): (1658, 2),
    Cell("shards", 0, 20, measure_every=5): (1528, 2),
    Cell("iid", 10, 50): (75, 1),
    Cell("iid", 10, 100): (70, 1),
    Cell("shards", 10, 50): (443, 0),
    Cell("shards", 10, 100): (380, 0),
}
CELL = ("partition", "batch_size", "clients_per_round")
TABLE = Table("table1_2nn", models.perceptron_2nn, 0.97, CELL, CELLS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=(1,))
    fill(TABLE, parser.parse_args().seeds)
