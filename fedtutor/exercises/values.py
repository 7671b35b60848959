"""What learners' functions take and return, as plain values, and how two of them differ."""

import decimal
import fractions
import itertools
import math
import numbers
from collections.abc import Hashable

import numpy as np

from fedtutor.exercises.numeric import array_of_numbers

_MOST_CHARACTERS = 70
_MOST_DIGITS = 10  # of a float


class Other:
    """Something that is not a plain value; only the name of its type is kept."""

    def __init__(self, kind):
        self.kind = kind


def plain(value):
    """The same value without the library that made it.

    Args:
        value: anything.

    Returns:
        None, bool, int, float, str, bytes, a NumPy array of numbers (also for tensors, variables,
        columns of pandas), or a list, tuple or dict of these, all of exactly these types; an `Other`
        for anything else, such as a complex number or an array with masked entries. NumPy's numbers
        become Python's, whole numbers of more than 64 bits become floats, and a set becomes a sorted
        list.
    """
    if value is None or isinstance(value, (bool, Other)):
        return value
    # A subclass can define what `int(value)` or `iter(value)` say. These methods read what it holds.
    if isinstance(value, (str, bytes)):
        return str.__str__(value) if isinstance(value, str) else bytes.__bytes__(value)
    if isinstance(value, (np.generic, numbers.Number)):
        return _number(value)
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, range):
        return list(value)
    if isinstance(value, list):
        return [plain(part) for part in list.__iter__(value)]
    if isinstance(value, tuple):
        return tuple(plain(part) for part in tuple.__iter__(value))
    if isinstance(value, (set, frozenset)):
        return sorted((plain(part) for part in value), key=repr)
    if isinstance(value, dict):
        return {plain_key(key): plain(part) for key, part in dict.items(value)}
    if hasattr(value, "_asdict"):
        return plain(dict(value._asdict()))
    # Tensors, variables and columns; a data set's `numpy` is something else.
    for method in ("numpy", "to_numpy"):
        if hasattr(value, method) and hasattr(value, "dtype"):
            return plain(getattr(value, method)())
    return Other(type(value).__name__)


def plain_or_other(value):
    """The same as `plain`, but an `Other` for what raises an exception when it is read."""
    try:
        return plain(value)
    except Exception:
        return Other(type(value).__name__)


def _number(value):
    if isinstance(value, np.generic):
        value = float(value) if isinstance(value, np.longdouble) else value.item()
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        whole = int.__int__(value)
        return whole if abs(whole) < 2**63 else _as_float(whole)
    if isinstance(value, float):
        return float.__float__(value)
    if type(value) in (fractions.Fraction, decimal.Decimal):
        return _as_float(value)
    # NumPy has texts, bytes and tuples, too.
    return plain(value) if isinstance(value, (str, bytes, tuple)) else Other(type(value).__name__)


def _as_float(number):
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def plain_key(key):
    """The same for a key of a dictionary."""
    found = plain(key)
    return found if isinstance(found, Hashable) else Other(type(key).__name__)


def _array(array):
    if np.ma.is_masked(array):
        return Other("masked array")
    array = np.asarray(array)  # no subclass, such as a matrix
    if array.ndim == 0:
        return plain(array.item())
    if array.dtype.kind in "biuf":
        return array.astype(np.float64) if array.dtype == np.longdouble else array
    if array.dtype.kind in "OSU":
        return plain(array.tolist())
    return Other(f"array of {array.dtype.name}")


def difference(expected, given, *, tolerance=1e-5):
    """How a value differs from the expected one.

    Lists, tuples and arrays are all the same here: only shapes and numbers count. Two numbers are
    equal if they differ by at most the tolerance, or, above 1, by that share of the number. If a whole
    number is expected, it must be that number, but may be written as a float.

    Args:
        expected, given: plain values.
        tolerance: a float; 0 means exactly equal.

    Returns:
        None if they are equal; otherwise the end of a sentence that begins "It returned".
    """
    if given is None and expected is not None:
        return "None. Is the `return` missing?"
    found = _differ(expected, given, tolerance)
    if found is None:
        return None
    *places, sentence = found
    return _where(places) + sentence


def has_lists_for_arrays(expected, given):
    """Whether there is a list anywhere in a value where the expected one, of the same form, has an array."""
    if isinstance(expected, np.ndarray):
        return isinstance(given, (list, tuple))
    if isinstance(expected, (list, tuple)) and isinstance(given, (list, tuple)):
        return any(has_lists_for_arrays(one, other) for one, other in zip(expected, given))
    return False


def _where(places):
    """Where it is: the keys of dictionaries, and the positions in lists and arrays between them."""
    text = ""
    for is_place, group in itertools.groupby(places, lambda place: place[0] == "in place"):
        group = [at for _, at in group]
        if not is_place:
            text += "".join(f"under {key!r}: " for key in group)
        elif len(group) == 1:
            text += f"in place {group[0]}: "
        else:
            chain = "".join(f"[{str(at).strip('()')}]" for at in group)
            text += f"in place `{chain}`: "
    return text


def _differ(expected, given, tolerance):
    """None, or `[place, ..., sentence]`: the way to the difference from outside, and what it is."""
    if given is None:
        return None if expected is None else ["None, where a value is expected."]
    if isinstance(given, Other):
        return [f"a value of type {given.kind}, where {kind(expected)} is expected."]
    if isinstance(expected, (list, tuple, np.ndarray)):
        return _sequences_differ(expected, given, tolerance)
    if isinstance(expected, dict):
        return _dicts_differ(expected, given, tolerance)
    if isinstance(expected, (int, float)):  # also bool
        if isinstance(given, np.ndarray) and given.shape == (1,):
            return [f"an array with one number, where {kind(expected)} is expected: add `[0]`."]
        if isinstance(given, tuple) and given and all(_three_digits(part) for part in given[1:]):
            return [
                "a tuple, where a number is expected. If you wrote a number with commas: Python writes "
                "1000000 or 1_000_000."
            ]
        if not isinstance(given, (int, float)):
            return [f"{kind(given)}, where {kind(expected)} is expected."]
        return None if _near(expected, given, tolerance) else [_instead(expected, given)]
    if kind(expected) != kind(given):
        return [f"{kind(given)}, where {kind(expected)} is expected."]
    return None if expected == given else [_instead(expected, given)]


def _three_digits(part):
    return isinstance(part, int) and 0 <= part < 1000


def kind(value):
    """What kind of value it is, in words, with its article."""
    if value is None:
        return "None"
    for types, words in _KINDS:
        if isinstance(value, types):
            return words
    return f"a value of type {getattr(value, 'kind', type(value).__name__)}"


_KINDS = (
    (bool, "True or False"),
    ((int, float), "a number"),
    (str, "a string"),
    (np.ndarray, "an array"),
    (list, "a list"),
    (tuple, "a tuple"),
    (dict, "a dictionary"),
)


def short(value, digits=_MOST_DIGITS):
    """A value as one would type it, cut if it is long; floats are rounded to so many digits first."""
    if isinstance(value, np.ndarray) and value.size <= 12:
        value = value.tolist()
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, float):
        value = float(f"{value:.{digits}g}")
        return f"{value:.7g}" if abs(value) < 1e4 else f"{value:.{_MOST_DIGITS}g}"
    if isinstance(value, (list, tuple)):
        inside = ", ".join(_first_parts(value, digits))
        text = f"[{inside}]" if isinstance(value, list) else f"({inside})"
    else:
        text = repr(value)
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"


def _first_parts(value, digits):
    """The parts of a list, as `short` writes them; not those that it cuts off anyway."""
    length = 0
    for part in value:
        if length > _MOST_CHARACTERS:
            break
        yield (text := short(part, digits))
        length += len(text)


def _instead(expected, given, digits=_MOST_DIGITS):
    return f"{short(given, digits)}, where {short(expected, digits)} is expected."


def _near(expected, given, tolerance):
    if isinstance(expected, bool) or isinstance(given, bool):
        return bool(expected) == bool(given) and expected in (0, 1) and given in (0, 1)
    if np.isnan(expected) or np.isnan(given):
        return bool(np.isnan(expected) and np.isnan(given))
    if np.isinf(expected) or np.isinf(given):
        return expected == given
    return abs(expected - given) <= _allowed(expected, tolerance)


def _allowed(expected, tolerance):
    """How far a value may be from a number, or from each number of an array."""
    whole = np.asarray(expected).dtype.kind in "biu"
    return (min(tolerance, 1e-9) if whole else tolerance) * np.maximum(1.0, np.abs(expected))


def _sequences_differ(expected, given, tolerance):
    if not isinstance(given, (list, tuple, np.ndarray)):
        return [f"{kind(given)}, where {kind(expected)} is expected."]
    numbers = [_as_numbers(expected), _as_numbers(given)]
    if all(array is not None for array in numbers):
        return _arrays_differ(*numbers, tolerance, (expected, given))
    if len(expected) != len(given):
        return [f"{len(given)} {_parts(given)}, where {len(expected)} are expected."]
    for place, (one, other) in enumerate(zip(expected, given)):
        found = _differ(one, other, tolerance)
        if found is not None:
            return [("in place", place), *found]
    return None


def _parts(value):
    return "value" if len(value) == 1 else "values"


def _as_numbers(value):
    """An array of the numbers in a list of numbers; None for anything else."""
    if not isinstance(value, np.ndarray) and any(isinstance(part, np.ndarray) for part in value):
        return None
    return array_of_numbers(value)


def _arrays_differ(expected, given, tolerance, written):
    if expected.shape != given.shape:
        if expected.ndim == given.ndim == 1:
            return [f"{len(given)} {_parts(given)}, where {len(expected)} are expected."]
        return [f"the shape {given.shape}, where {expected.shape} is expected."]
    one, other = expected.astype(np.float64), given.astype(np.float64)
    same = np.isnan(one) & np.isnan(other)
    with np.errstate(invalid="ignore"):
        near = np.isfinite(one) & (abs(one - other) <= _allowed(expected, tolerance))
        same |= (one == other) | near
    if same.all():
        return None
    # A float32's seventh digit depends on the processor.
    digits = 6 if np.float32 in (expected.dtype, given.dtype) else _MOST_DIGITS
    if expected.size <= 12:
        return [_instead(*written, digits)]
    place = tuple(int(i) for i in np.argwhere(~same)[0])
    at = place[0] if len(place) == 1 else place
    return [("in place", at), _instead(float(one[place]), float(other[place]), digits)]


def _dicts_differ(expected, given, tolerance):
    if not isinstance(given, dict):
        return [f"{kind(given)}, where {kind(expected)} is expected."]
    missing = [key for key in expected if key not in given]
    if missing:
        return [f"a dictionary without {missing[0]!r}."]
    more = [key for key in given if key not in expected]
    if more:
        return [f"a dictionary with {short(more[0])}, which the task doesn't ask for."]
    for key, part in expected.items():
        found = _differ(part, given[key], tolerance)
        if found is not None:
            return [("under", key), *found]
    return None
