"""Makes data/mnist_writers.npz from the two extended label files of QMNIST.

    python tools/writers.py FOLDER

The folder holds `qmnist-train-labels-idx2-int.gz` and `qmnist-test-labels-idx2-int.gz`, from the
repository facebookresearch/qmnist. QMNIST's training digits are MNIST's, in the same order; so are the
first 10,000 of its test digits. The checksum of the archive depends on the compression library. Those of
the arrays don't, and `fedtutor.data` checks them.
"""

import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parent.parent / "data" / "mnist_writers.npz"

# raw file: its SHA-256
FILES = {
    "qmnist-train-labels-idx2-int.gz": "2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f",
    "qmnist-test-labels-idx2-int.gz": "9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06",
}

# The columns that are kept, as QMNIST's README numbers them.
SERIES, WRITER = 1, 2


def table(raw: bytes) -> np.ndarray:
    """Read an idx2-int file.

    Args:
        raw: the bytes, not compressed: a header of three big-endian 32-bit integers (0x0C02, rows,
            columns), then the numbers row by row.

    Returns:
        (rows, columns) int32.

    Raises:
        ValueError: it is no such file.
    """
    kind, rows, columns = np.frombuffer(raw, ">i4", count=3)
    if kind != 0x0C02:
        raise ValueError(f"This is no idx2-int file: it begins with {kind:#06x}, not 0x0c02.")
    return np.frombuffer(raw, ">i4", offset=12).reshape(rows, columns).astype(np.int32)


def arrays(train: np.ndarray, test: np.ndarray) -> dict[str, np.ndarray]:
    """Who wrote each of MNIST's digits, from the tables of both label files.

    Returns:
        {name: array}, as `fedtutor.data.Mnist` describes them.
    """
    mnists = {"train": train[:60_000], "test": test[:10_000]}
    return {f"writer_{name}": rows[:, WRITER].astype(np.int16) for name, rows in mnists.items()} | {
        f"series_{name}": rows[:, SERIES].astype(np.uint8) for name, rows in mnists.items()
    }


def main() -> None:
    """Write the archive to TARGET."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    tables = []
    for file, sha256 in FILES.items():
        raw = (Path(sys.argv[1]) / file).read_bytes()
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise SystemExit(f"{file} is not the original: its SHA-256 should be {sha256}.")
        tables.append(table(gzip.decompress(raw)))
    np.savez_compressed(TARGET, **arrays(*tables))
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
