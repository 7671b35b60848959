"""The limit of the machine: the 2NN's loop by hand in C, which skips zeros (see floor_c.c)."""

import ctypes
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.entrants import contract

THREADS = 2


def library():
    """The compiled C file."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "floor_c.so"
        source = Path(__file__).with_suffix(".c")
        flags = "-O3 -march=native -ffast-math -shared -fPIC".split()
        subprocess.run(["gcc", *flags, source, "-o", target, "-lm"], check=True)
        return ctypes.CDLL(str(target))


work = contract.work()
compiled = library()
examples = work.everybody()


def train(task):
    number, seed = task
    x, y = examples[number]
    order = np.random.default_rng(seed).permutation(len(y))
    trained = [array.copy() for array in weights]
    pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in [*trained, x, y, order]]
    # Python's lock is released meanwhile, so two threads compute side by side.
    failed = compiled.train(*pointers, len(y), work.batch_size, ctypes.c_float(work.learning_rate))
    assert not failed
    return trained, len(y)


weights = work.initial
with ThreadPoolExecutor(THREADS) as pool:
    for round_num, cohort in enumerate(work.rounds()):
        average = contract.Average()
        tasks = [(number, [round_num, place]) for place, number in enumerate(cohort)]
        for update in pool.map(train, tasks):
            average.add(*update)
        weights = average.result()
work.answer(weights, "numpy")
