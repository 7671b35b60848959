"""How a client's data set is laid out in tensors, and how few layouts are enough.

A function is traced for a layout. Clients differ: in the size of their last batch, of their only
batch, of whatever else they hold. `SharedLayouts` finds the layout that serves them all, so that a
cohort of real people, no two of whom hold the same number of examples, needs one function, not one
for each person.
"""

import dataclasses
from collections import Counter
from dataclasses import dataclass

import tensorflow as tf

UNKNOWN = -1  # a batch size
SMALLER = ("none", "last", "any")


@dataclass(frozen=True)
class Layout:
    """How a data set is laid out in a list of tensors.

    Attributes:
        kind: "rows" and "batches" become the sequences of those names; "graph" is the serialized
            graph of a `tf.data.Dataset`, and "variant" is its variant tensor.
        num_tables: how many arrays hold the rows.
        steps: for "rows", how the order is made: `(name, setting, number of inputs)` each.
        maps: what is done with each element: `(serialized function, number of captures)` each.
        batch_size: the usual size of a batch; `UNKNOWN`; or None if the elements are single rows.
        smaller: which batches may have another size: "none"; "last", those that come after all
            batches of the usual size; or "any".
    """

    kind: str
    num_tables: int = 0
    steps: tuple = ()
    maps: tuple = ()
    batch_size: int | None = None
    smaller: str = "none"

    def with_batches(self, batch_size: int, smaller: str) -> "Layout":
        return dataclasses.replace(self, batch_size=batch_size, smaller=smaller)


VARIANT, GRAPH = Layout("variant"), Layout("graph")


class SharedLayouts:
    """The layouts that one argument of a computation has had so far."""

    _MOST_SIZES = 2  # batch sizes that get a function of their own

    def __init__(self) -> None:
        self._smaller = {}  # family -> for each batch size, the most general `smaller` so far
        self._specs = {}  # family -> the most general spec so far

    def share(self, values: list) -> None:
        """Give values that can share a function the same layout and spec.

        Args:
            values: a list of `convert.Packed`, one for each client; changed in place.
        """
        families = {}
        for value in values:
            families.setdefault(_family(value), []).append(value)
        for family, members in families.items():
            self._share_specs(family, members)
            if members[0].layout.batch_size is not None:
                self._share_sizes(family, members)

    def _share_specs(self, family, members):
        specs = {value.spec for value in members} | {self._specs.get(family, members[0].spec)}
        if len(specs) > 1:
            specs = {tuple(map(_common, zip(*specs, strict=True)))}
        (self._specs[family],) = specs
        for value in members:
            value.spec = self._specs[family]

    def _share_sizes(self, family, members):
        smaller_so_far = self._smaller.setdefault(family, {})
        size = self._usual_size(members, smaller_so_far)
        smaller = "any"
        if size != UNKNOWN:
            # Batches of another size can all come after those of the usual size: there are none.
            kinds = [
                layout.smaller
                if layout.batch_size == size
                else max("last", layout.smaller, key=_rank)
                for layout in (value.layout for value in members)
            ]
            smaller = max(smaller_so_far.get(size, "none"), *kinds, key=_rank)
            smaller_so_far[size] = smaller
        for value in members:
            value.layout = value.layout.with_batches(size, smaller)

    def _usual_size(self, members, so_far):
        """The batch size of at least half of the members, if that isn't yet another one."""
        known = Counter(value.layout.batch_size for value in members)
        del known[UNKNOWN]
        if not known:
            return next(iter(so_far)) if len(so_far) == 1 else UNKNOWN
        size = max(known, key=lambda size: (known[size], size))
        new = size not in so_far and len(so_far) == self._MOST_SIZES
        return UNKNOWN if new or 2 * known[size] < known.total() else size


_rank = SMALLER.index


def _family(value):
    """Values of one family can share a layout: they differ in sizes alone."""
    layout = value.layout
    if layout.batch_size is not None:
        layout = layout.with_batches(UNKNOWN, "any")
    return layout, tuple((spec.dtype, spec.shape.rank) for spec in value.spec)


def _common(specs):
    first, *others = specs
    return first.most_specific_common_supertype(others) or tf.TensorSpec(None, first.dtype)
