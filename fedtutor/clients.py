"""What each client holds, batch by batch, as TFF takes it."""

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np
import tensorflow as tf

from fedtutor import arguments, gray_levels, labeling
from fedtutor.gray_levels import as_floats as as_floats


class BadClientError(ValueError):
    """A client's data can't be trained on. The message names the client and says what is wrong.

    Attributes:
        complaint: what is wrong, as half a sentence; None where the error is about several clients.
    """

    def __init__(self, message: str, complaint: str | None = None) -> None:
        super().__init__(message)
        self.complaint = complaint


class ClientDatasets:
    """What each client holds, as TFF takes it: one `tf.data.Dataset` per client and round.

    A dataset holds batches `(x, y)`: x (batch, 28, 28) float32, y (batch,) int32. It
    holds `local_epochs` passes over the client's examples, each in a new random order; the order
    depends on the seed, the client and the round alone, so a run can be repeated and resumed.

    Args:
        images: (n, height, width), everybody's images. Gray levels become 0 to 1: whole numbers are
            divided by 255 or 65,535, and 0 and 1 stay. Floats stay as they are, unless all of them
            are whole numbers. (`gray_levels.full_ink` has the rule.)
        labels: (n,) class numbers, everybody's labels: whole numbers from 0 up. A label that is
            something else makes its client a bad one, see `run_rounds`.
        parts: a list of arrays of positions, one per client, as `partition` returns them.
        batch_size: McMahan's B; None takes all of a client's examples as one batch (B = infinity).
        local_epochs: McMahan's E.
        seed: an int.
        scale: what to divide the images by, where the rule doesn't fit; 1 keeps them as they are.
        allow_overlaps: whether an example may belong to several clients, or to one client twice.

    The arrays may be lists, pandas Series or DataFrames, or tensors. Positions count from 0; the
    index of a Series doesn't matter.

    Raises:
        ValueError: an argument isn't what it has to be. The message names it.

    Lesson: 03_averaging_by_hand.
    """

    def __init__(
        self,
        images: Any,
        labels: Any,
        parts: Any,
        *,
        batch_size: int | None = 10,
        local_epochs: int = 1,
        seed: int = 0,
        scale: float | None = None,
        allow_overlaps: bool = False,
    ) -> None:
        self._images = gray_levels.as_numbers(images)
        # The whole collection decides, so that no client's images are scaled by a rule of their own.
        self._scale = gray_levels.checked_scale(self._images, scale)
        self._given_labels = labeling.vector(labels)
        self._labels, usable = labeling.class_numbers(self._given_labels)
        self._unusable = None if usable.all() else ~usable
        if len(self._images) != len(self._labels):
            raise ValueError(
                f"There are {len(self._images)} images, but {len(self._labels)} labels."
            )
        self._parts = arguments.index_arrays(parts, len(self._labels), overlaps=allow_overlaps)
        if len(self._parts) == 0:
            raise ValueError("There are no clients: parts is empty.")
        for client, part in enumerate(self._parts):
            if len(part) == 0:
                raise ValueError(f"Client {client} has no examples. Leave it out of parts.")
        if batch_size is not None:
            batch_size = arguments.whole("batch_size", batch_size, 1)
        self.batch_size = batch_size
        self.local_epochs = arguments.whole("local_epochs", local_epochs, 1)
        self.seed = arguments.seed(seed)

    def __len__(self) -> int:
        return len(self._parts)

    @property
    def num_examples(self) -> np.ndarray:
        """(clients,) int64: how many examples each client holds."""
        return np.array([len(part) for part in self._parts])

    @property
    def element_spec(self) -> tuple[tf.TensorSpec, tf.TensorSpec]:
        """What one batch is, as TFF's `input_spec` wants it; the batch size is left open."""
        shape = self._images.shape[1:]
        return (
            tf.TensorSpec((None, *shape), tf.float32),
            tf.TensorSpec((None,), tf.int32),
        )

    def examples(self, client: int) -> tuple[np.ndarray, np.ndarray]:
        """All that `client` holds, not in batches: x (n, 28, 28) float32, y (n,) int32.

        Raises:
            IndexError: there is no such client.
            BadClientError: a label of the client is no class number.
        """
        return self._gather(self._part(client))

    def dataset(self, client: int, round_num: int = 1) -> tf.data.Dataset:
        """The batches that `client` trains on in round `round_num`.

        Raises:
            IndexError: there is no such client.
            BadClientError: a label of the client is no class number.
        """
        part = self._part(client)
        round_num = arguments.whole("round_num", round_num, 0)
        rng = np.random.default_rng([self.seed, int(client), round_num])
        size = min(self.batch_size or len(part), len(part))
        full = len(part) - len(part) % size
        pieces = []
        for _ in range(self.local_epochs):
            order = rng.permutation(part)
            pieces.append(self._batches(order[:full].reshape(-1, size)))
            if full < len(part):
                pieces.append(self._batches(order[None, full:]))
        return functools.reduce(tf.data.Dataset.concatenate, pieces)

    def cohort(self, clients: Iterable[int], round_num: int = 1) -> list[tf.data.Dataset]:
        """The datasets of several clients, in their order: what `process.next` takes."""
        return [self.dataset(client, round_num) for client in clients]

    def _part(self, client: int) -> np.ndarray:
        client = arguments.whole("client", client, -(2**63))
        if not 0 <= client < len(self):
            raise IndexError(
                f"There is no client {client}: they are numbered 0 to {len(self) - 1}."
            )
        part = self._parts[client]
        if self._unusable is not None and self._unusable[part].any():
            raise self._bad_labels(client, part)
        return part

    def _bad_labels(self, client: int, part: np.ndarray) -> BadClientError:
        wrong = part[self._unusable[part]]
        first = f"labels[{wrong[0]}] = {arguments.shown(self._given_labels[wrong[0]])}"
        complaint = (
            f"{len(wrong)} of its {len(part)} labels {'is' if len(wrong) == 1 else 'are'} no class "
            f"number (a whole number from 0 up): {first}" + ", for instance" * (len(wrong) > 1)
        )
        return BadClientError(
            f"Client {client}: {complaint}. Correct the label, or leave the example out of parts.",
            complaint,
        )

    def _gather(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return gray_levels.divided(self._images[index], self._scale), self._labels[index]

    def _batches(self, index: np.ndarray) -> tf.data.Dataset:
        # Whole batches, gathered here: one element per example would cost more than the training.
        return tf.data.Dataset.from_tensor_slices(self._gather(index))
