"""What every entrant is told, and what it must answer. NumPy and the standard library only.

The folder of a work, written once by `benchmarks.prepare` and read by every entrant:

    work.json    model, batch_size, learning_rate, and for each round the clients that take part
    images.npy   (n, 28, 28) uint8         labels.npy  (n,) uint8
    parts.npy    (clients, size) int64, which examples each client holds
    initial.npz  the first weights, in Keras's order

An entrant answers with RESULT_FILE (JSON: the marks of its clock, the versions of its packages) and
with its last weights beside it, which the driver measures on the test digits.
"""

import json
import sys
import time
from importlib import metadata
from pathlib import Path

import numpy as np


class Work:
    """One work, as an entrant sees it.

    Attributes:
        model: "2nn" or "cnn".
        cohorts: for each round, the list of the clients that take part.
        batch_size, learning_rate: of the clients' SGD; one pass over their examples a round.
        initial: the first weights, a list of float32 arrays.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.__dict__.update(json.loads((self.folder / "work.json").read_text()))
        with np.load(self.folder / "initial.npz") as arrays:
            self.initial = [arrays[name] for name in arrays.files]
        # Mapped, not read: only the pages of the requested clients enter memory.
        self._images = np.load(self.folder / "images.npy", mmap_mode="r")
        self._labels = np.load(self.folder / "labels.npy")
        self._parts = np.load(self.folder / "parts.npy")
        self.marks = []

    def client(self, number):
        """A client's examples: x (size, 28, 28) float32 from 0 to 1, y (size,) int32."""
        part = self._parts[number]
        return self._images[part].astype(np.float32) / 255, self._labels[part].astype(np.int32)

    def everybody(self):
        """The examples of all clients that ever take part: {client: (x, y)}."""
        return {number: self.client(number) for number in sorted(set(sum(self.cohorts, [])))}

    def mark(self):
        """Note the time. The clock is the same in all processes of a machine."""
        self.marks.append(time.monotonic())

    def rounds(self):
        """The cohorts, one after the other; what is done with each is timed."""
        self.mark()
        for cohort in self.cohorts:
            yield cohort
            self.mark()

    def answer(self, weights, *packages):
        """Hand in the last weights, and name the packages that the work was done with."""
        result = Path(sys.argv[2])
        np.savez(result.with_suffix(".npz"), *(np.asarray(array) for array in weights))
        versions = {name: metadata.version(name) for name in packages}
        result.write_text(json.dumps({"marks": self.marks, "versions": versions}))


class Average:
    """The weighted average of models that come in one by one; none of them is kept."""

    def __init__(self):
        self._sums, self._total = None, 0

    def add(self, weights, num_examples):
        scaled = [num_examples * np.asarray(array) for array in weights]
        if self._sums is None:
            self._sums = scaled
        else:
            for ours, theirs in zip(self._sums, scaled):
                ours += theirs
        self._total += num_examples

    def result(self):
        return [array / np.float32(self._total) for array in self._sums]


def work():
    """The work that this program was started for."""
    return Work(sys.argv[1])
