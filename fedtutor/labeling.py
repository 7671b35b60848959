"""Labels: which of them are missing, and which are class numbers that a model can learn."""

from typing import Any

import numpy as np

from fedtutor import arguments

_LARGEST = np.iinfo(np.int32).max


def vector(labels: Any, name: str = "labels") -> np.ndarray:
    """One label per example, of any kind.

    Args:
        labels: what was passed.
        name: what the caller knows the argument as.

    Returns:
        (n,) array.

    Raises:
        ValueError: it isn't one label per example.
    """
    found = arguments.array(name, labels)
    if found.ndim == 2 and found.shape[1] == 1:
        # A table with one column, such as df[["digit"]].
        found = found[:, 0]
    if found.ndim != 1:
        hint = (
            " If each row marks its class with a 1 (one-hot), pass labels.argmax(axis=1)."
            if name == "labels" and found.ndim == 2
            else ""
        )
        raise ValueError(
            f"{name} must be one value per example, shape (n,), but have shape {found.shape}.{hint}"
        )
    return found


def complete(labels: Any, name: str = "labels") -> np.ndarray:
    """One label per example, of any kind that can be sorted, and none of them missing.

    Args:
        labels: what was passed.
        name: what the caller knows the argument as.

    Returns:
        (n,) array.

    Raises:
        ValueError: a label is missing (NaN, None, NA, NaT), or the labels can't be sorted.
    """
    found = vector(labels, name)
    gaps = missing(found)
    if gaps.any():
        first = np.flatnonzero(gaps)[0]
        raise ValueError(
            f"{gaps.sum():,} of the {len(found):,} {name} are missing; the first is {name}[{first}] "
            f"= {arguments.shown(found[first])}. Leave these examples out, for instance with "
            f"keep = ~pd.isna({name}), then {name}[keep] and images[keep]."
        )
    if found.dtype.kind == "O":
        try:
            np.sort(found)
        except TypeError as error:
            raise ValueError(
                f"{name} holds values of different kinds, which can't be sorted ({error}). Turn "
                "them all into numbers or all into strings."
            ) from None
    return found


def missing(labels: np.ndarray) -> np.ndarray:
    """Which labels are missing.

    Args:
        labels: (n,) array of any kind.

    Returns:
        (n,) bool.
    """
    if labels.dtype.kind in "fc":
        return np.isnan(labels)
    if labels.dtype.kind in "mMO":
        import pandas as pd

        return np.asarray(pd.isna(labels), bool)
    return np.zeros(len(labels), bool)


def class_numbers(labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Labels as class numbers, as far as they are such numbers.

    Args:
        labels: what was passed as `labels`.

    Returns:
        `(numbers, usable)`: (n,) int32, and (n,) bool, which of them are whole numbers from 0 up.
        The number of a label that isn't usable is -1.

    Raises:
        ValueError: labels are not numbers at all: strings, dates, one-hot rows.
    """
    found = vector(labels)
    if found.dtype.kind == "O":
        found = _numbers(found)
    if found.dtype.kind not in "biuf":
        raise ValueError(
            f"labels holds {arguments.shown(found[0])}, but a model learns class numbers: whole "
            "numbers from 0 up. Number the classes with "
            "classes, labels = np.unique(labels, return_inverse=True)."
        )
    if found.dtype.kind == "b":
        found = found.astype(np.int32)
    with np.errstate(invalid="ignore"):
        usable = (found >= 0) & (found <= _LARGEST)
        if found.dtype.kind == "f":
            usable &= found == np.floor(found)
    return np.where(usable, found, -1).astype(np.int32), usable


def _numbers(labels: np.ndarray) -> np.ndarray:
    """Python objects as floats, NaN where one is missing; unchanged if one isn't a number."""
    gaps = missing(labels)
    given = labels[~gaps]
    if any(isinstance(label, str | bytes) for label in given):
        return given.astype(str)
    numbers = np.full(len(labels), np.nan)
    try:
        numbers[~gaps] = given.astype(np.float64)
    except (TypeError, ValueError):
        return given
    return numbers
