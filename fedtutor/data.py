"""The digits: the real MNIST, read from the course's own file and checked on the way in.

MNIST is the work of Yann LeCun, Corinna Cortes and Christopher J. C. Burges (CC BY-SA 3.0);
`data/README.md` says how the file was made. Nothing here downloads anything.
"""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fedtutor import arguments

if TYPE_CHECKING:
    import pandas as pd

FILE_NAME = "mnist.npz"
FILE_SHA256 = "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64"

# name: (shape, SHA-256 of the array's bytes in C order)
ARRAYS = {
    "x_train": (
        (60000, 28, 28),
        "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    ),
    "y_train": ((60000,), "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"),
    "x_test": ((10000, 28, 28), "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161"),
    "y_test": ((10000,), "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"),
}

_PACKAGE = Path(__file__).resolve().parent
# In a checkout, and in an installed package.
FOLDERS = (_PACKAGE.parent / "data", _PACKAGE / "_data")

_REMEDY = (
    "Restore it with `git checkout data/mnist.npz`, or install fedtutor again, "
    "or copy the file from another copy of the course."
)


class DataError(Exception):
    """The digits are missing or are not the ones that the course was written with."""


@dataclass(frozen=True)
class Mnist:
    """The MNIST digits. Grey levels: 0 is paper, 255 is full ink.

    Attributes:
        x_train: (60000, 28, 28) uint8, the training images.
        y_train: (60000,) uint8, which digit each one shows, 0 to 9.
        x_test: (10000, 28, 28) uint8.
        y_test: (10000,) uint8.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def load_mnist(path: str | Path | None = None) -> Mnist:
    """Load the digits and make sure that they are the right ones.

    Args:
        path: an `mnist.npz` of your own, or the folder that holds it. Without it, the file in the
            checkout's `data/` is read, else the one inside the installed package.

    Returns:
        An `Mnist`. The arrays are fresh with each call: change them as you like.

    Raises:
        DataError: the file is missing, truncated or altered; the message says which and what to do.

    Lesson: 00_start_here uses it first, 01_one_computer looks at what is inside.
    """
    file = _find(path)
    raw = file.read_bytes()
    arrays = _read(file, raw)
    if hashlib.sha256(raw).hexdigest() != FILE_SHA256:
        # The same digits, saved again by another program, are still the same digits.
        _check(file, arrays)
    return Mnist(**arrays)


def general_and_devices(
    labels: Any, num_general: int = 1000, *, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Set a small general collection apart from everything that the devices will hold.

    The first model of the course learns from the general part; the devices share out the rest, so
    what they teach it later is new to it.

    Args:
        labels: (n,) integers, the digit of each example.
        num_general: how many examples go into the general part.
        seed: an int; the same seed gives the same split.

    Returns:
        Two sorted int64 index arrays, `(general, devices)`: disjoint, and all examples together.

    Raises:
        ValueError: `num_general` leaves nothing on one of the sides.

    Lesson: 01_one_computer.
    """
    total = len(arguments.array("labels", labels))
    num_general = arguments.whole("num_general", num_general, -(2**63))
    if not 0 < num_general < total:
        raise ValueError(
            f"num_general is {num_general}, but must be between 1 and {total - 1}: "
            f"there are {total} examples, and both sides need some."
        )
    order = np.random.default_rng(arguments.seed(seed)).permutation(total)
    return np.sort(order[:num_general]), np.sort(order[num_general:])


def results(name: str) -> "pd.DataFrame":
    """Read the committed result of an experiment that is too long for a lesson.

    Args:
        name: the name of a file in `data/results/`, such as `fedavg_2nn_iid.csv`; the README there
            says which command makes it.

    Returns:
        A pandas DataFrame.

    Raises:
        DataError: there is no such result.

    Lesson: 01_one_computer.
    """
    for folder in FOLDERS:
        file = folder / "results" / name
        if file.is_file():
            import pandas as pd  # half a second that most lessons don't need

            return pd.read_csv(file)
    looked = " nor in ".join(str(folder / "results") for folder in FOLDERS)
    raise DataError(f"There is no result {name} in {looked}. `make experiments` makes them all.")


def _find(path):
    if path is None:
        for folder in FOLDERS:
            if (folder / FILE_NAME).is_file():
                return folder / FILE_NAME
        looked = " nor in ".join(str(folder) for folder in FOLDERS)
        raise DataError(f"The digits are missing: {FILE_NAME} is not in {looked}. {_REMEDY}")
    file = Path(path)
    if file.is_dir():
        file = file / FILE_NAME
    if not file.is_file():
        raise DataError(f"The digits are missing: there is no file {file}. {_REMEDY}")
    return file


def _read(file, raw):
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as archive:
            found = set(archive.files)
            if not found >= set(ARRAYS):
                missing = ", ".join(sorted(set(ARRAYS) - found))
                raise DataError(f"{file} is not the course's MNIST: it has no {missing}. {_REMEDY}")
            return {name: archive[name] for name in ARRAYS}
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, AttributeError) as error:
        raise DataError(
            f"{file} cannot be read as an .npz archive of {len(raw):,} bytes; it is probably "
            f"truncated or damaged ({error}). {_REMEDY}"
        ) from error


def _check(file, arrays):
    for name, (shape, digest) in ARRAYS.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != np.uint8:
            raise DataError(
                f"{file} has been altered: {name} should be uint8 of shape {shape}, "
                f"but is {array.dtype} of shape {array.shape}. {_REMEDY}"
            )
        actual = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
        if actual != digest:
            raise DataError(
                f"{file} has been altered: the SHA-256 of {name} should be {digest[:12]}…, "
                f"but is {actual[:12]}…. {_REMEDY}"
            )
