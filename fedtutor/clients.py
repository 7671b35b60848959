"""What each client holds, batch by batch, as TFF takes it."""

import functools

import numpy as np
import tensorflow as tf


class ClientDatasets:
    """What each client holds, as TFF takes it: one `tf.data.Dataset` per client and round.

    A dataset gives batches `(x, y)`: x (batch, 28, 28) float32, y (batch,) int32. It
    holds `local_epochs` passes over the client's examples, each in a new random order; the order
    depends on the seed, the client and the round alone, so a run can be repeated and resumed.

    Args:
        images: (n, height, width), everybody's images: uint8 from 0 to 255, which become 0 to 1, or
            floats, which stay as they are.
        labels: (n,) integers, everybody's labels.
        parts: a list of index arrays, one per client, as `partition` gives them.
        batch_size: McMahan's B; None takes all of a client's examples as one batch (B = infinity).
        local_epochs: McMahan's E.
        seed: an int.

    Raises:
        ValueError: the shapes disagree, there are no clients, a client has no examples, or a number
            is below 1.

    Lesson: 03_averaging_by_hand.
    """

    def __init__(self, images, labels, parts, *, batch_size=10, local_epochs=1, seed=0):
        if len(images) != len(labels):
            raise ValueError(f"There are {len(images)} images, but {len(labels)} labels.")
        if len(parts) == 0:
            raise ValueError("There are no clients: parts is empty.")
        for client, part in enumerate(parts):
            if len(part) == 0:
                raise ValueError(f"Client {client} has no examples. Leave it out of parts.")
        if (batch_size is not None and batch_size < 1) or local_epochs < 1:
            raise ValueError(
                f"batch_size ({batch_size}) and local_epochs ({local_epochs}) must be 1 or more."
            )
        self._images, self._labels, self._parts = images, labels, parts
        self.batch_size, self.local_epochs, self.seed = batch_size, local_epochs, seed

    def __len__(self):
        return len(self._parts)

    @property
    def num_examples(self):
        """(clients,) int64: how many examples each client holds."""
        return np.array([len(part) for part in self._parts])

    @property
    def element_spec(self):
        """What one batch is, as TFF's `input_spec` wants it; the batch size is left open."""
        shape = self._images.shape[1:]
        return (
            tf.TensorSpec((None, *shape), tf.float32),
            tf.TensorSpec((None,), tf.int32),
        )

    def examples(self, client):
        """All that `client` holds, in no batches: x (n, 28, 28) float32, y (n,) int32.

        Raises:
            IndexError: there is no such client.
        """
        return self._gather(self._part(client))

    def dataset(self, client, round_num=1):
        """The batches that `client` trains on in round `round_num`.

        Raises:
            IndexError: there is no such client.
        """
        part = self._part(client)
        rng = np.random.default_rng([self.seed, client, round_num])
        size = min(self.batch_size or len(part), len(part))
        full = len(part) - len(part) % size
        pieces = []
        for _ in range(self.local_epochs):
            order = rng.permutation(part)
            pieces.append(self._batches(order[:full].reshape(-1, size)))
            if full < len(part):
                pieces.append(self._batches(order[None, full:]))
        return functools.reduce(tf.data.Dataset.concatenate, pieces)

    def cohort(self, clients, round_num=1):
        """The datasets of several clients, in their order: what `process.next` takes."""
        return [self.dataset(client, round_num) for client in clients]

    def _part(self, client):
        if not 0 <= client < len(self):
            raise IndexError(
                f"There is no client {client}: they are numbered 0 to {len(self) - 1}."
            )
        return self._parts[client]

    def _gather(self, index):
        return as_floats(self._images[index]), self._labels[index].astype(np.int32)

    def _batches(self, index):
        # Whole batches, gathered here: one element per example would cost more than the training.
        return tf.data.Dataset.from_tensor_slices(self._gather(index))


def as_floats(images):
    """Images as models take them: whole numbers from 0 to 255 become 0 to 1, floats stay.

    Args:
        images: an array of any shape, uint8 or floats.

    Returns:
        The same shape, float32.
    """
    images = np.asarray(images)
    whole = images.dtype.kind != "f"
    return images.astype(np.float32) / np.float32(255 if whole else 1)
