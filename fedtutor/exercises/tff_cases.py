"""What the functions of lesson 04 are tried with."""

import numpy as np

from fedtutor.exercises.functions import Case

_MANY = 200_001  # digits of one client


def batches_for_a_model(rng):
    """Cases for a builder of models: a batch of images and labels, the number of classes, and a seed."""
    seed = int(rng.integers(1000))
    yield Case(*_batch(rng, (28, 28), 10), 10, seed)
    yield Case(*_batch(rng, (12, 16), 7), 7, seed, about="with images of 12 by 16 pixels")


def _batch(rng, shape, num_classes):
    images = rng.uniform(0, 1, (40, *shape)).astype(np.float32)
    return images, rng.integers(0, num_classes, 40).astype(np.int32)


def reported_metrics(rng):
    """Cases with what TFF reports after a round of federated averaging, and the number of clients."""
    yield Case(_metrics(rng, 600, 6000), 10)
    yield Case(_metrics(rng, 487, 4823), 9, about="with nine clients of different sizes")
    batches = int(rng.integers(100, 1000))
    examples = 32 * batches - int(rng.integers(32))
    yield Case(_metrics(rng, batches, examples), 25, about="with batches of 32 digits")
    yield Case(_metrics(rng, 60, 600), 1, about="with a single client")
    yield Case(_metrics(rng, 3, 1800), 3, about="with one batch per client")


def _metrics(rng, num_batches, num_examples):
    loss, accuracy = (float(x) for x in rng.uniform(0.1, 0.9, 2))
    train = {"accuracy": accuracy, "loss": loss}
    return {
        "distributor": (),
        "client_work": {
            "train": {**train, "num_examples": num_examples, "num_batches": num_batches}
        },
        "aggregator": {"mean_value": (), "mean_weight": ()},
        "finalizer": {"update_non_finite": 0},
    }


def clients_of_some_sizes(rng):
    """Cases for a computation: the shape of an image, how many digits each client holds, a batch size."""
    yield Case((28, 28), [25, 10, 7], 10, about="with clients of 25, 10 and 7 digits")
    one, two, three = (int(n) for n in rng.integers(1, 60, 3))
    yield Case(
        (12, 16),
        [one, 0, two, three],
        8,
        about=f"with clients of {one}, 0, {two} and {three} digits of 12 by 16 pixels",
    )


def images_labels_and_parts(rng):
    """Cases for a `ClientDatasets`: images, labels, and the positions that each client holds."""
    yield Case(*_held(rng, [12, 12, 12]))
    # Neither the first nor the last, the average or the median number is the largest.
    yield Case(*_held(rng, [18, 40, 7]), about="with clients of 18, 40 and 7 digits")
    yield Case(*_held(rng, [5]), about="with a single client")
    yield Case(*_held(rng, [3, 650]), about="with a client of 650 digits")
    images, labels, parts = _held(rng, [4, 9])
    yield Case(images / np.float32(255), labels, parts, about="with images that are already floats")
    # More than a learner would type. Its images are small, so that it is fast.
    yield Case(*_held(rng, [400, _MANY], side=1), about=f"with a client of {_MANY:,} digits")


def _held(rng, sizes, side=4):
    total = sum(sizes)
    images = rng.integers(0, 256, (total, side, side)).astype(np.uint8)
    labels = rng.integers(0, 10, total).astype(np.uint8)
    return images, labels, np.split(rng.permutation(total), np.cumsum(sizes)[:-1])


def processes(rng):
    """Cases for a few rounds: the number of the first state, the rounds before it, and clients' data."""
    first, later, *clients = (int(n) for n in rng.integers(10, 900, 6))
    yield Case(first, 0, clients[:3])
    yield Case(later, 3, clients[3:], about="with a state after three rounds, and one client")
