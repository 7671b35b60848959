"""Values that hold nothing but numbers, and slips that concern all of them."""

import numpy as np


def array_of_numbers(value):
    """A number, an array of numbers, or nested lists of both, as one array.

    Args:
        value: a plain value.

    Returns:
        An array, perhaps the value itself; None for anything else, and for parts of different length.
    """
    # NumPy would give every text in a list the room of the longest one.
    if not _holds_only_numbers(value):
        return None
    try:
        array = np.asarray(value)
    except ValueError:  # parts of different length
        return None
    return array if array.dtype.kind in "biuf" else None


def _holds_only_numbers(value):
    if isinstance(value, (list, tuple)):
        return all(map(_holds_only_numbers, value))
    return isinstance(value, (int, float)) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "biuf"
    )


def numeric_slip(pairs):
    """What makes all of a function's numbers wrong in the same simple way, as a sentence; or None.

    Args:
        pairs: the expected and the given value of each case, plain values.
    """
    numbers = [(_numbers(expected), _numbers(given)) for expected, given in pairs]
    # Before anything is copied: what is given may be large.
    if any(one is None or other is None or one.shape != other.shape for one, other in numbers):
        return None
    expected, given = (
        np.concatenate([one.ravel().astype(np.float64) for one in side]) for side in zip(*numbers)
    )
    if _equal(given, expected):
        return None
    if _equal(given, 100 * expected):
        return (
            "It is 100 times as large as it should be: the task asks for a share, not for percent."
        )
    if _equal(given, expected / 100):
        return "It is a hundredth of what it should be."
    for digits in range(6):
        if _equal(given, np.round(expected, digits)):
            return "It is rounded. Return the exact number."
    return None


def _numbers(value):
    array = array_of_numbers(value)
    return None if array is None or array.dtype.kind == "b" else array


def _equal(one, other):
    return np.allclose(one, other, rtol=1e-9, atol=1e-12, equal_nan=True)
