"""Who holds which examples: ways to divide a collection among clients.

Each function returns a list with one int64 index array per client. The arrays are disjoint, sorted
and cover all examples exactly once; the same seed gives the same arrays. They only say who holds
what: `federated.ClientDatasets` turns them into each client's training data.

Labels and images may be lists, arrays, pandas Series or DataFrames, or tensors. The index arrays hold
positions, counted from 0, whatever the index of a Series says.

Lesson: 02_many_devices compares them.
"""

from typing import Any

import numpy as np

from fedtutor import arguments, gray_levels, labeling


def iid(labels: Any, num_clients: int, *, seed: int) -> list[np.ndarray]:
    """Deal the examples out at random, in shares as equal as can be.

    Args:
        labels: (n,) array; only its length matters.
        num_clients: how many clients, at most n.
        seed: an int.

    Returns:
        A list of `num_clients` index arrays; their sizes differ by one at most.

    Raises:
        ValueError: fewer examples than clients.

    Source: McMahan et al. 2017 (arXiv 1602.05629), section 3, "IID". Lesson: 02_many_devices.
    """
    labels = labeling.vector(labels)
    num_clients = _clients(num_clients, len(labels))
    order = np.random.default_rng(arguments.seed(seed)).permutation(len(labels))
    return _sorted(np.array_split(order, num_clients))


def label_shards(
    labels: Any, num_clients: int, shards_per_client: int = 2, *, seed: int
) -> list[np.ndarray]:
    """Sort by label, cut into equal shards, give each client a few: the "pathological" split.

    With MNIST's 60,000 digits, 100 clients and two shards of 300 each, most clients know only two
    digits.

    Args:
        labels: (n,) integers.
        num_clients: how many clients.
        shards_per_client: how many shards each client gets.
        seed: an int; decides the order within a label and which client gets which shard.

    Returns:
        A list of `num_clients` index arrays, equal in size up to one example per shard.

    Raises:
        ValueError: there are fewer examples than shards, or a label is missing.

    Source: McMahan et al. 2017 (arXiv 1602.05629), section 3, "Pathological Non-IID".
    Lesson: 02_many_devices.
    """
    labels = labeling.complete(labels)
    num_clients = _clients(num_clients, len(labels))
    shards_per_client = arguments.whole("shards_per_client", shards_per_client, 1)
    num_shards = num_clients * shards_per_client
    if num_shards > len(labels):
        raise ValueError(
            f"{num_clients} clients with {shards_per_client} shards each need {num_shards} shards, "
            f"but there are only {len(labels)} examples. Ask for fewer clients or fewer shards."
        )
    rng = np.random.default_rng(arguments.seed(seed))
    order = rng.permutation(len(labels))
    by_label = order[np.argsort(labels[order], kind="stable")]
    shards = np.array_split(by_label, num_shards)
    hands = rng.permutation(num_shards).reshape(num_clients, shards_per_client)
    return _sorted(np.concatenate([shards[shard] for shard in hand]) for hand in hands)


def dirichlet(
    labels: Any, num_clients: int, alpha: float, *, seed: int, min_size: int = 10
) -> list[np.ndarray]:
    """Share each label out in proportions drawn from a Dirichlet distribution.

    A large alpha gives everyone nearly the same mix; a small one gives each label to a few clients.
    The sizes of the clients vary too.

    Args:
        labels: (n,) integers.
        num_clients: how many clients.
        alpha: the concentration, above 0. 100 is close to IID, 0.1 is far from it.
        seed: an int.
        min_size: no client gets fewer examples than this; the draw is repeated until this holds.

    Returns:
        A list of `num_clients` index arrays.

    Raises:
        ValueError: alpha is not above 0, there are too few examples, a label is missing, or a hundred
            draws found no split in which every client has `min_size` examples.

    Source: Hsu, Qi and Brown 2019 (arXiv 1909.06335), section 3, who draw the labels of each client
    and keep all clients equal in size; drawing the clients of each label, with a minimum size, is
    the variant of Li et al. 2022 (arXiv 2102.02079), section 4. Lesson: 02_many_devices.
    """
    labels = labeling.complete(labels)
    min_size = arguments.whole("min_size", min_size, 0)
    num_clients = _clients(num_clients, len(labels), min_size)
    alpha = arguments.number("alpha", alpha, above=0)
    rng = np.random.default_rng(arguments.seed(seed))
    of_label = [rng.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    concentration = np.full(num_clients, alpha)
    for _ in range(_DRAWS):
        cuts = [_cuts(rng.dirichlet(concentration), len(members), rng) for members in of_label]
        sizes = sum(np.diff(cut) for cut in cuts)
        if sizes.min() >= min_size:
            pieces = [np.split(members, cut[1:-1]) for members, cut in zip(of_label, cuts)]
            return _sorted(np.concatenate(hand) for hand in zip(*pieces))
    raise ValueError(
        f"No luck in {_DRAWS} draws: with alpha={alpha:g} and {num_clients} clients, some client "
        f"always had fewer than min_size={min_size} examples. "
        "Take a larger alpha, fewer clients or a smaller min_size."
    )


def quantity_skew(
    labels: Any, num_clients: int, alpha: float, *, seed: int, min_size: int = 10
) -> list[np.ndarray]:
    """Give everyone the same mix of labels, but very different amounts.

    Args:
        labels: (n,) array; only its length matters, since the examples are dealt at random.
        num_clients: how many clients.
        alpha: the concentration of the Dirichlet draw of the sizes, above 0; small is unequal.
        seed: an int.
        min_size: every client gets this many examples before the rest is shared out.

    Returns:
        A list of `num_clients` index arrays.

    Raises:
        ValueError: alpha is not above 0, or there are too few examples for `min_size` each.

    Source: Li et al. 2022 (arXiv 2102.02079), section 4, "Quantity Skew". Lesson: 02_many_devices.
    """
    labels = labeling.vector(labels)
    min_size = arguments.whole("min_size", min_size, 0)
    num_clients = _clients(num_clients, len(labels), min_size)
    alpha = arguments.number("alpha", alpha, above=0)
    rng = np.random.default_rng(arguments.seed(seed))
    order = rng.permutation(len(labels))
    spare = len(labels) - min_size * num_clients
    shares = rng.dirichlet(np.full(num_clients, alpha))
    sizes = min_size + np.diff(_cuts(shares, spare, rng))
    return _sorted(np.split(order, np.cumsum(sizes)[:-1]))


def style_skew(images: Any, num_clients: int, *, seed: int, noise: float = 0.5) -> list[np.ndarray]:
    """Give each client the digits of one handwriting: alike in slant and in thickness of stroke.

    A constructed counterpart of `by_writer`: one kind of difference, for any number of clients and for
    images whose writers nobody knows. All images are placed on a map of two coordinates, slant and
    stroke thickness, and the map is cut into fields of equal population: strips of like slant, and in
    each strip, like thickness.

    Args:
        images: (n, height, width) gray levels, 0 for paper.
        num_clients: how many clients.
        seed: an int; decides the noise, and which client gets which field.
        noise: nobody writes the same way twice. Before the map is cut, each image moves by a normal
            draw of this many standard deviations in either coordinate; 0 gives clean cuts.

    Returns:
        A list of `num_clients` index arrays; their sizes differ by a few at most.

    Raises:
        ValueError: not a stack of images, one that holds NaN or infinite values, fewer images than
            clients, or a negative noise.

    Source: our own; slant by image moments as in Hu 1962. Lesson: 02_many_devices.
    """
    images = _finite(_stack(images))
    num_clients = _clients(num_clients, len(images))
    noise = arguments.number("noise", noise, least=0)
    rng = np.random.default_rng(arguments.seed(seed))
    across, along = (
        _standardized(measure(images)) + noise * rng.standard_normal(len(images))
        for measure in (slant, stroke_thickness)
    )
    num_strips = max(1, round(num_clients**0.5))
    fields = []
    # A strip with more fields in it must be wider, or its clients would hold less.
    fields_per_strip = [len(strip) for strip in np.array_split(np.arange(num_clients), num_strips)]
    ends = np.cumsum(fields_per_strip)[:-1] * len(images) // num_clients
    for strip, count in zip(np.split(np.argsort(across, kind="stable"), ends), fields_per_strip):
        fields += np.array_split(strip[np.argsort(along[strip], kind="stable")], count)
    return _sorted(fields[field] for field in rng.permutation(num_clients))


def by_writer(writers: Any) -> list[np.ndarray]:
    """Give each person's examples to a device of that person's own.

    The partition that nobody constructed: everyone holds what they wrote. On MNIST's training digits
    these are 539 people with 19 to 131 digits each.

    Args:
        writers: (n,) array, who wrote each example: numbers or names.

    Returns:
        A list with one index array per person, in the order of `np.unique(writers)`. Nothing
        about this partition is random, and there is no number of clients to choose.

    Raises:
        ValueError: there are no examples, or a writer is missing.

    Source: Yadav and Bottou 2019 (arXiv 1905.10498), who traced MNIST's digits to their writers.
    Lesson: 02_many_devices.
    """
    writers = labeling.complete(writers, "writers")
    if len(writers) == 0:
        raise ValueError("writers is empty: there is nobody to give an example to.")
    _, codes = np.unique(writers, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    return _sorted(np.split(order, np.cumsum(np.bincount(codes))[:-1]))


def heterogeneity(labels: Any, parts: Any) -> float:
    """How much the clients' labels differ from those of all clients together.

    For each client, the total variation distance between its label distribution and the overall
    one: the share of its examples that would have to change their label for it to look like all
    clients together. The measure is the mean over the clients.

    Args:
        labels: (n,) integers.
        parts: a list of index arrays into `labels`.

    Returns:
        A float from 0.0 (every client looks like all together) to almost 1.0. With 100 clients of
        MNIST about 0.05 for IID (chance alone does that) and 0.80 for two shards each. Compare it with
        what chance gives to clients of the same sizes.

    Raises:
        ValueError: there are no parts, one is empty or holds other things than positions, or a label
            is missing.

    Lesson: 02_many_devices.
    """
    labels = labeling.complete(labels)
    parts = arguments.index_arrays(parts, len(labels))
    if len(parts) == 0 or any(len(part) == 0 for part in parts):
        raise ValueError("heterogeneity needs at least one client, and none without examples.")
    classes, codes = np.unique(labels, return_inverse=True)
    counts = np.stack([np.bincount(codes[part], minlength=len(classes)) for part in parts])
    shares = counts / counts.sum(axis=1, keepdims=True)
    whole = counts.sum(axis=0) / counts.sum()
    return float(np.abs(shares - whole).sum(axis=1).mean() / 2)


def slant(images: Any) -> np.ndarray:
    """How far each image leans to the right, by its second moments.

    Args:
        images: (n, height, width) gray levels, 0 for paper.

    Returns:
        (n,) float64: pixels to the right per pixel upwards, 0.0 for an upright or an empty image.

    Source: Hu 1962, "Visual pattern recognition by moment invariants". Lesson: 02_many_devices.
    """
    return _by_the_slice(_slant, _stack(images))


def stroke_thickness(images: Any) -> np.ndarray:
    """How thick the strokes of each image are: twice its ink over the length of its outline.

    A stroke of length L and thickness w has an area of L·w and, seen from both sides, an outline of
    2·L. The area is the zeroth moment of the image, the outline that of its gradient.

    Args:
        images: (n, height, width) gray levels, 0 for paper.

    Returns:
        (n,) float64, in pixels; 0.0 for an empty image.

    Lesson: 02_many_devices.
    """
    return _by_the_slice(_stroke_thickness, _stack(images))


_DRAWS = 100
# This many images at a time: their float copies stay small, and near the processor.
_SLICE = 200


def _by_the_slice(measure, images):
    """Apply `measure`, which returns one number per image of a stack, slice by slice."""
    slices = [images[start : start + _SLICE] for start in range(0, len(images), _SLICE)]
    return np.concatenate([measure(few) for few in slices or [images]])


def _slant(images):
    row, column = np.indices(images.shape[1:]).reshape(2, -1).astype(np.float64)
    moments = np.stack([np.ones_like(row), row, column, row * column, row**2], axis=1)
    mass, down, right, crossed, upright = (images.reshape(len(images), row.size) @ moments).T
    mass = np.maximum(mass, 1e-12)
    crossed = crossed / mass - (down / mass) * (right / mass)
    upright = upright / mass - (down / mass) ** 2
    # Rows count downwards, so a stroke that leans right has a negative covariance.
    return np.divide(-crossed, upright, out=np.zeros(len(images)), where=upright > 1e-9)


def _stroke_thickness(images):
    # A margin of paper, so that strokes at the border have both sides of their outline too.
    ink = np.pad(images, ((0, 0), (2, 2), (2, 2))).astype(np.float32)
    # Central differences.
    down = (ink[:, 2:, 1:-1] - ink[:, :-2, 1:-1]) / 2
    right = (ink[:, 1:-1, 2:] - ink[:, 1:-1, :-2]) / 2
    outline = np.sqrt(down**2 + right**2).sum(axis=(1, 2), dtype=np.float64)
    area = ink.sum(axis=(1, 2), dtype=np.float64)
    return np.divide(2 * area, outline, out=np.zeros(len(ink)), where=outline > 0)


def _cuts(shares, total, rng):
    """Cut `total` things in proportion to `shares`: the `len(shares) + 1` places of the cuts.

    All cuts move by the same random fraction before they are rounded down. So everybody gets their
    share on average; otherwise the first client would get too little of each label, the last too much.
    """
    places = (np.cumsum(shares)[:-1] * total + rng.random()).astype(int)
    return np.concatenate([[0], np.minimum(places, total), [total]])


def _sorted(parts):
    return [np.sort(part).astype(np.int64) for part in parts]


def _standardized(values):
    spread = values.std()
    return (values - values.mean()) / (spread if spread > 0 else 1.0)


def _stack(images):
    images = gray_levels.as_numbers(images)
    if images.ndim != 3:
        hint = ": images.reshape(-1, 28, 28), for instance" if images.ndim == 2 else ""
        raise ValueError(
            f"images must have shape (n, height, width), but have shape {images.shape}{hint}."
        )
    return images


def _finite(images):
    if images.dtype.kind == "f":
        wrong = ~np.isfinite(images).all(axis=(1, 2))
        if wrong.any():
            raise ValueError(
                f"{wrong.sum():,} of the {len(images):,} images hold NaN or infinite values; the "
                f"first is images[{np.flatnonzero(wrong)[0]}]. Such an image has no style: leave it "
                "out, or correct it."
            )
    return images


def _clients(num_clients, num_examples, min_size=1):
    num_clients = arguments.whole("num_clients", num_clients, 1)
    if num_clients * min_size > num_examples:
        raise ValueError(
            f"{num_clients} clients cannot share {num_examples} examples: each needs at least "
            f"{min_size}. Ask for fewer clients."
        )
    return num_clients
