"""What callers pass in: converted once and checked once, at the door of each public function.

An array is never indexed by its own rules after that: a pandas Series whose index is shuffled, for
instance, would return other elements than the positions say. Every error names the argument, the
value, and what to do.
"""

import os
import reprlib
import warnings
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

import numpy as np

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
# A product such as 0.29 * 100 misses the whole number by its rounding error.
_ROUNDING = 1e-9


def array(name: str, value: Any) -> np.ndarray:
    """Convert a list, a pandas Series or DataFrame, a tensor or an array, by position.

    Args:
        name: what the caller knows the argument as.
        value: what was passed.

    Returns:
        An array of at least one dimension. It may share its memory with `value`. Masked elements
        become NaN, or None where the others aren't numbers.

    Raises:
        ValueError: `value` is no array, or its rows have different lengths.
    """
    if isinstance(value, np.ma.MaskedArray):
        value = _unmasked(value)
    is_array = hasattr(value, "__array__") or isinstance(value, Sequence)
    if isinstance(value, str | bytes | Mapping | Set | Iterator) or not is_array:
        raise ValueError(
            f"{name} is {_kind(value)}, but must be an array, a list, a pandas Series or a tensor."
        )
    try:
        found = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{name} can't become an array, because its rows have different lengths ({error})."
        ) from None
    if found.dtype.kind in "US" and not hasattr(value, "dtype") and found.ndim == 1:
        if not all(isinstance(element, str | bytes) for element in value):
            # NumPy would turn the NaN in ["a", nan] into the text "nan".
            found = np.array(value, dtype=object)
    if found.ndim == 0:
        raise ValueError(f"{name} is the single value {shown(value)}, but must be an array.")
    return found


def whole(name: str, value: Any, least: int, most: int | None = None) -> int:
    """A whole number as a Python int: 10, 10.0, `np.uint8(10)`, or a scalar tensor.

    Args:
        name: what the caller knows the argument as.
        value: what was passed.
        least: the smallest number allowed.
        most: the largest number allowed; None for no limit.

    Raises:
        ValueError: `value` isn't a whole number, or is out of range.
    """
    number = _scalar(value)
    limits = f"from {least} up" if most is None else f"between {least} and {most}"
    if isinstance(number, float) and np.isfinite(number):
        if abs(number - round(number)) > _ROUNDING * max(1.0, abs(number)):
            raise ValueError(
                f"{name} is {number!r}, but must be a whole number {limits}. For a share of "
                "something, round it: round(0.1 * len(clients)), for instance."
            )
        number = round(number)
    if not isinstance(number, int):
        raise ValueError(f"{name} is {shown(value)}, but must be a whole number {limits}.")
    if number < least or (most is not None and number > most):
        more = f"{least} or more" if most is None else limits
        raise ValueError(f"{name} is {number}, but must be {more}.")
    return number


def seed(value: Any) -> int:
    """A seed as a Python int.

    Args:
        value: what was passed as `seed`.

    Raises:
        ValueError: `value` isn't a whole number from 0 up.
    """
    if value is None:
        raise ValueError(
            "seed is None, but must be a whole number from 0 up: without a seed, every call would "
            "draw other numbers, and nobody could repeat the result. Pass seed=0, for instance."
        )
    return whole("seed", value, 0)


def number(
    name: str, value: Any, *, above: float | None = None, least: float | None = None
) -> float:
    """A finite number as a Python float.

    Args:
        name: what the caller knows the argument as.
        value: what was passed.
        above: the number must be larger than this; None for no limit.
        least: the number must not be smaller than this; None for no limit.

    Raises:
        ValueError: `value` isn't a number, is NaN or infinite, or out of range.
    """
    found = _scalar(value)
    is_number = isinstance(found, int | float) and np.isfinite(found)
    if not is_number or (above is not None and found <= above) or (
        least is not None and found < least
    ):  # fmt: skip
        limits = "" if above is None else f" above {above}"
        limits += "" if least is None else f" from {least} up"
        raise ValueError(f"{name} is {shown(value)}, but must be a number{limits}.")
    return float(found)


def index_arrays(parts: Any, num_examples: int, *, overlaps: bool = True) -> list[np.ndarray]:
    """Who holds what, as one int64 array of positions for each client.

    Args:
        parts: what was passed as `parts`: one array of positions for each client.
        num_examples: how many examples there are to point at.
        overlaps: whether an example may belong to several clients, or to one client twice.

    Raises:
        ValueError: `parts` is something else, or holds something else than positions.
    """
    if isinstance(parts, Mapping):
        raise ValueError(
            "parts is a dictionary, but must be a list with one array of positions for each "
            "client. Pass list(parts.values()): the clients are then numbered in that order."
        )
    if isinstance(parts, str | bytes | Set) or not hasattr(parts, "__iter__"):
        raise ValueError(
            f"parts is {_kind(parts)}, but must be a list with one array of positions for each "
            "client."
        )
    parts = list(array("parts", parts) if hasattr(parts, "__array__") else parts)
    found = [_positions(client, part, num_examples) for client, part in enumerate(parts)]
    everything = np.concatenate([np.empty(0, np.int64), *found])
    if everything.size and not (0 <= everything.min() and everything.max() < num_examples):
        _complain_of_range(found, num_examples)
    if not overlaps and (np.bincount(everything, minlength=1) > 1).any():
        _complain_of_overlap(found, everything)
    return found


def shown(value: Any) -> str:
    """A value as an error message quotes it: short, and numbers without NumPy's name of the type.

    Args:
        value: the value.
    """
    text = reprlib.repr(value.item() if isinstance(value, np.generic) else value)
    if not text.startswith("<"):
        return text
    # Python's default, which only says where in memory the object is.
    return getattr(value, "__name__", None) or _kind(value)


def warn(message: str) -> None:
    """Warn at the line of the caller's own code that called into fedtutor.

    Args:
        message: the text.
    """
    warnings.warn(message, UserWarning, skip_file_prefixes=(_PACKAGE,))


def _positions(client: int, part: Any, num_examples: int) -> np.ndarray:
    name = f"parts[{client}]"
    if not hasattr(part, "__len__") and np.ndim(part) == 0 and not isinstance(part, Iterator):
        raise ValueError(
            f"{name} is {shown(part)}, but must be an array of client {client}'s positions. parts "
            "is a list with one array for each client; for a single client, pass [parts]."
        )
    found = array(name, part)
    if found.size == 0:
        return np.empty(0, np.int64)
    if found.dtype.kind == "b":
        raise ValueError(
            f"{name} is a mask of True and False, but must hold the positions of client "
            f"{client}'s examples. Pass np.flatnonzero(mask) for each client."
        )
    if found.dtype.kind not in "iu":
        raise ValueError(
            f"{name} holds {shown(found.flat[0])}, but must hold the positions of client "
            f"{client}'s examples: whole numbers from 0 to {num_examples - 1}."
            + (" Pass part.astype(int) for each client." if found.dtype.kind == "f" else "")
        )
    if found.ndim != 1:
        raise ValueError(
            f"{name} has shape {found.shape}, but must be one list of client {client}'s positions."
        )
    if found.dtype == np.uint64:
        found = np.minimum(found, np.iinfo(np.int64).max)
    return found.astype(np.int64)


def _complain_of_range(parts: list[np.ndarray], num_examples: int) -> None:
    for client, part in enumerate(parts):
        wrong = part[(part < 0) | (part >= num_examples)]
        if wrong.size:
            hint = (
                "Negative positions don't count from the end here."
                if wrong[0] < 0
                else "Were parts made for another, larger collection?"
            )
            raise ValueError(
                f"parts[{client}] holds position {wrong[0]}, but there are {num_examples} "
                f"examples, at positions 0 to {num_examples - 1}. {hint}"
            )


def _complain_of_overlap(parts: list[np.ndarray], everything: np.ndarray) -> None:
    twice = np.flatnonzero(np.bincount(everything) > 1)[0]
    owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    first, second = owners[everything == twice][:2]
    who = (
        f"parts[{first}] holds position {twice} twice"
        if first == second
        else f"Position {twice} is in parts[{first}] and in parts[{second}]"
    )
    raise ValueError(
        f"{who}, but each example belongs to one client, once. If you mean it, pass "
        "allow_overlaps=True."
    )


def _scalar(value: Any) -> Any:
    """A number as Python's own; anything else as it is."""
    if isinstance(value, bool | np.bool_):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, np.generic) or (hasattr(value, "__array__") and np.ndim(value) == 0):
        item = np.asarray(value).item()
        return item if isinstance(item, int | float) and not isinstance(item, bool) else None
    return None


def _unmasked(value: np.ma.MaskedArray) -> np.ndarray:
    if not np.ma.is_masked(value):
        return value.data
    if value.dtype.kind in "iuf":
        return value.astype(np.result_type(value.dtype, np.float32)).filled(np.nan)
    return value.astype(object).filled(None)


def _kind(value: Any) -> str:
    name = {"dict": "dictionary", "str": "string", "NoneType": "None"}.get(
        type(value).__name__, type(value).__name__
    )
    return name if value is None else f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
