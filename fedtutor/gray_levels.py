"""What the numbers of an image mean: which of them is full ink.

Models take gray levels from 0 (paper) to 1 (ink). The rule by which a collection becomes that:

| the collection holds | it is divided by |
| --- | --- |
| booleans, or whole numbers 0 and 1 (of any dtype, uint8 too) | 1: it stays |
| uint8 | 255 |
| whole numbers up to 255, of any other dtype (floats too), and the largest is 128 or more | 255 |
| whole numbers up to 65,535, and the largest is 32,768 or more | 65,535 |
| floats that are not all whole, or up to 1, or below 0 (standardized) | 1: they stay |

Anything else could mean two things: 0 to 16, 0 to 4,095, fractions up to 200, whole numbers below
0. Such a collection is refused, and `scale` decides.
"""

from typing import Any

import numpy as np

from fedtutor import arguments


def as_floats(images: Any, *, scale: float | None = None) -> np.ndarray:
    """Images as models take them, with gray levels from 0 to 1.

    Args:
        images: an array of any shape. Pass a whole collection, not one image at a time: its
            largest value decides, by the rule of `full_ink`.
        scale: what to divide by; None for that rule. 1 keeps the numbers as they are.

    Returns:
        The same shape, float32.

    Raises:
        ValueError: the images aren't numbers, or it can't be decided what full ink is.
    """
    images = as_numbers(images)
    return divided(images, checked_scale(images, scale))


def full_ink(images: np.ndarray) -> float:
    """Which number means full ink in a collection of images.

    Whole numbers are gray levels: 0 and 1; 0 to 255; or 0 to 65,535. Floats stay as they are, unless
    they all are whole numbers and so the same gray levels in another dtype. (The top
    of `gray_levels.py` has the rule as a table.)

    Args:
        images: an array of any shape, booleans or numbers.

    Returns:
        1.0, 255.0 or 65535.0.

    Raises:
        ValueError: it can't be decided.
    """
    if images.dtype.kind == "b" or images.size == 0:
        return 1.0
    least, most = _range(images)
    if images.dtype.kind == "f" and (most <= 1 or least < 0):
        return 1.0
    if images.dtype == np.uint8:
        return 255.0 if most > 1 else 1.0
    if images.dtype.kind == "f" and not _all_whole(images):
        if most < 128:
            return 1.0
    elif least >= 0:
        if most <= 1:
            return 1.0
        if 128 <= most <= 255:
            return 255.0
        if 32_768 <= most <= 65_535:
            return 65_535.0
    raise ValueError(
        f"images is {images.dtype} from {least:g} to {most:g}: that doesn't say which number means "
        "full ink. Models take 0 to 1. Divide the images by that number yourself, or pass it as "
        f"scale, for instance scale={_guess(most)}; scale=1 keeps the numbers as they are."
    )


def as_numbers(images: Any) -> np.ndarray:
    """Images as an array of booleans or real numbers.

    Args:
        images: what was passed as `images`.

    Raises:
        ValueError: they aren't numbers.
    """
    images = arguments.array("images", images)
    if images.dtype.kind == "O":
        try:
            images = images.astype(np.float64)
        except (TypeError, ValueError):
            pass
    if images.dtype.kind not in "biuf":
        raise ValueError(
            f"images holds {arguments.shown(images.flat[0])} ({images.dtype}), but must hold gray "
            "levels: numbers."
        )
    return images


def checked_scale(images: np.ndarray, scale: float | None) -> float:
    """What to divide a collection by.

    Args:
        images: an array of numbers.
        scale: what was passed as `scale`; None lets `full_ink` decide.

    Raises:
        ValueError: `scale` isn't a number above 0, or is None and it can't be decided.
    """
    return full_ink(images) if scale is None else arguments.number("scale", scale, above=0)


def divided(images: np.ndarray, scale: float) -> np.ndarray:
    """Images divided by their scale, as float32.

    Args:
        images: an array of numbers.
        scale: a number above 0.
    """
    floats = images.astype(np.float32)
    return floats if scale == 1 else floats / np.float32(scale)


def _range(images: np.ndarray) -> tuple[float, float]:
    """The smallest and the largest finite number; 0 and 0 where there is none."""
    least, most = np.fmin.reduce(images, axis=None), np.fmax.reduce(images, axis=None)
    if not (np.isfinite(least) and np.isfinite(most)):
        finite = images[np.isfinite(images)]
        if finite.size == 0:
            return 0.0, 0.0
        least, most = finite.min(), finite.max()
    return float(least), float(most)


def _all_whole(images: np.ndarray) -> bool:
    few = images.reshape(-1)[:10_000]
    # NaN and infinite values are the data inspection's business.
    return all(
        bool(((some == np.floor(some)) | ~np.isfinite(some)).all()) for some in (few, images)
    )


def _guess(most: float) -> int:
    return next((top for top in (16, 255, 1023, 4095, 16_383, 65_535) if most <= top), int(most))
