"""The digits and who wrote them: the real MNIST, read from the course's own files and checked.

MNIST is the work of Yann LeCun, Corinna Cortes and Christopher J. C. Burges (CC BY-SA 3.0); that each
digit has its writer again is the work of Chhavi Yadav and Léon Bottou (QMNIST, arXiv 1905.10498).
`data/README.md` says how the files were made. Nothing here downloads anything.
"""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fedtutor import arguments, labeling

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Archive:
    """A file of arrays that the course brings along.

    Attributes:
        name: the file's.
        content: what is in it, for messages.
        sha256: of the file.
        arrays: {name: (shape, dtype, SHA-256 of the array's bytes in C order)}.
    """

    name: str
    content: str
    sha256: str
    arrays: dict[str, tuple[tuple[int, ...], str, str]]


DIGITS = Archive(
    "mnist.npz",
    "MNIST",
    "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64",
    {
        "x_train": (
            (60000, 28, 28), "uint8",
            "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
        ),
        "y_train": (
            (60000,), "uint8", "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"
        ),
        "x_test": (
            (10000, 28, 28), "uint8",
            "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
        ),
        "y_test": (
            (10000,), "uint8", "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"
        ),
    },
)  # fmt: skip
WRITERS = Archive(
    "mnist_writers.npz",
    "list of MNIST's writers",
    "78eaba637dce649cab01ba9bbb5755151c38256a64b9e2b178459ac93897c895",
    {
        "writer_train": (
            (60000,), "int16", "10804de73fa65ca45f6076e667137549cf9ae06d02951ed59eedf22380647e8c"
        ),
        "writer_test": (
            (10000,), "int16", "0d0942e0273f6e345d5998ccc814d9e200ed607a1b6d73f324a92ed0e2da5e90"
        ),
        "series_train": (
            (60000,), "uint8", "b982c3bbf12a4930b57fedb4ee6549f261ab606e0a90e648691d41147c4bfc01"
        ),
        "series_test": (
            (10000,), "uint8", "9bb963021e5fa11444001bafbd7fc9cb1fec87a96f6ed56f7b76cbeb075652da"
        ),
    },
)  # fmt: skip

EMPLOYEES, STUDENTS = 0, 4  # the two series of NIST's that MNIST's digits come from

_PACKAGE = Path(__file__).resolve().parent
# In a checkout, and in an installed package.
FOLDERS = (_PACKAGE.parent / "data", _PACKAGE / "_data")


class DataError(Exception):
    """The course's data are missing or are not the ones that it was written with."""


@dataclass(frozen=True)
class Mnist:
    """The MNIST digits and the people who wrote them. Gray levels: 0 is paper, 255 is full ink.

    Nobody is on both sides: 539 people wrote the training digits, 297 others the test digits.

    Attributes:
        x_train: (60000, 28, 28) uint8, the training images.
        y_train: (60000,) uint8, which digit each one shows, 0 to 9.
        x_test: (10000, 28, 28) uint8.
        y_test: (10000,) uint8.
        writer_train: (60000,) int16, the number that NIST gave the person who wrote each one.
        writer_test: (10000,) int16.
        series_train: (60000,) uint8, `EMPLOYEES` (0) of the Census Bureau or high-school `STUDENTS`
            (4).
        series_test: (10000,) uint8.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    writer_train: np.ndarray
    writer_test: np.ndarray
    series_train: np.ndarray
    series_test: np.ndarray


def load_mnist(path: str | Path | None = None) -> Mnist:
    """Load the digits and who wrote them, and make sure that they are the right ones.

    Args:
        path: an `mnist.npz` of your own, or the folder that holds it. Without it, the file in the
            checkout's `data/` is read, else the one inside the installed package.

    Returns:
        An `Mnist`. The arrays are fresh with each call: change them as you like.

    Raises:
        DataError: a file is missing, truncated or altered; the message says which and what to do.

    Lesson: 00_start_here uses it first, 01_one_computer looks at what is inside.
    """
    # The digits have passed their check, so the course's list of writers fits them, wherever they are.
    return Mnist(**_load(DIGITS, path), **_load(WRITERS))


def volunteers_and_devices(
    writers: Any, num_volunteers: int = 9, *, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Pick the volunteers whose digits train the first model; everyone else keeps theirs on a device.

    Nobody is on both sides, so the people who hold a device are new to the first model.

    Args:
        writers: (n,) integers, who wrote each example, such as `Mnist.writer_train`.
        num_volunteers: how many people give their examples away.
        seed: an int; the same seed picks the same people.

    Returns:
        Two sorted int64 index arrays, `(general, on_devices)`: the examples of the volunteers and
        those of everyone else. Disjoint, and all examples together.

    Raises:
        ValueError: `num_volunteers` leaves nobody on one of the sides.

    Lesson: 00_start_here sends the model out, 01_one_computer trains it step by step.
    """
    writers = labeling.complete(writers, "writers")
    people = np.unique(writers)
    num_volunteers = arguments.whole("num_volunteers", num_volunteers, -(2**63))
    if not 0 < num_volunteers < len(people):
        raise ValueError(
            f"num_volunteers is {num_volunteers}, but must be between 1 and {len(people) - 1}: "
            f"{len(people)} people wrote these examples, and some must be left with a device."
        )
    volunteers = np.random.default_rng(arguments.seed(seed)).permutation(people)[:num_volunteers]
    general = np.isin(writers, volunteers)
    return np.flatnonzero(general), np.flatnonzero(~general)


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


def _load(archive, path=None):
    file = _find(archive, path)
    raw = file.read_bytes()
    arrays = _read(archive, file, raw)
    if hashlib.sha256(raw).hexdigest() != archive.sha256:
        # The same arrays, saved again by another program, are still the same arrays.
        _check(archive, file, arrays)
    return arrays


def _find(archive, path):
    if path is None:
        for folder in FOLDERS:
            if (folder / archive.name).is_file():
                return folder / archive.name
        looked = " nor in ".join(str(folder) for folder in FOLDERS)
        raise DataError(f"Data are missing: {archive.name} is not in {looked}. {_remedy(archive)}")
    file = Path(path)
    if file.is_dir():
        file = file / archive.name
    if not file.is_file():
        raise DataError(f"Data are missing: there is no file {file}. {_remedy(archive)}")
    return file


def _read(archive, file, raw):
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as content:
            found = set(content.files)
            if not found >= set(archive.arrays):
                missing = ", ".join(sorted(set(archive.arrays) - found))
                raise DataError(
                    f"{file} is not the course's {archive.content}: it has no {missing}. "
                    f"{_remedy(archive)}"
                )
            return {name: content[name] for name in archive.arrays}
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, AttributeError) as error:
        raise DataError(
            f"{file} cannot be read as an .npz archive of {len(raw):,} bytes; it is probably "
            f"truncated or damaged ({error}). {_remedy(archive)}"
        ) from error


def _check(archive, file, arrays):
    for name, (shape, dtype, digest) in archive.arrays.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != dtype:
            raise DataError(
                f"{file} has been altered: {name} should be {dtype} of shape {shape}, "
                f"but is {array.dtype} of shape {array.shape}. {_remedy(archive)}"
            )
        actual = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
        if actual != digest:
            raise DataError(
                f"{file} has been altered: the SHA-256 of {name} should be {digest[:12]}…, "
                f"but is {actual[:12]}…. {_remedy(archive)}"
            )


def _remedy(archive):
    return (
        f"Restore it with `git checkout data/{archive.name}`, or install fedtutor again, "
        "or copy the file from another copy of the course."
    )
