"""Federated averaging written out by hand, with NumPy and Keras and no framework.

McMahan 2017's Algorithm 1 in five short functions. Lesson 03 shows the first three line by line as
they are here; `weighted_average` and `federated_round` are its exercises. Lesson 04 sets all of them
beside TFF, which must arrive at the same weights. `train` makes a client's steps faster, for the lessons
from 06 on, which train hundreds of models.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from fedtutor import arguments

cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy()


def sgd_step(model: tf.keras.Model, x: Any, y: Any, learning_rate: Any) -> None:
    """Change a model by one step of gradient descent on one batch.

    Args:
        model: a Keras classifier with probabilities as output; its weights are changed.
        x: (batch, 28, 28) float32, or whatever else the model takes.
        y: (batch,) int32, the right class of each example.
        learning_rate: a float, or a float32 scalar tensor.

    Lesson: 03_averaging_by_hand.
    """
    with tf.GradientTape() as tape:
        loss = cross_entropy(y, model(x, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    for variable, gradient in zip(model.trainable_variables, gradients):
        variable.assign_sub(learning_rate * gradient)


@tf.function(reduce_retracing=True)
def local_training(
    model: tf.keras.Model, batches: tf.data.Dataset, learning_rate: tf.Tensor | float
) -> tf.Tensor:
    """Make one step for each batch, compiled: several times faster than step by step in Python.

    Args:
        model: as for `sgd_step`; each new model is compiled for once, which takes about a second.
        batches: a `tf.data.Dataset` of pairs `(x, y)`.
        learning_rate: a float32 scalar tensor. (A Python float works, but is compiled in: each new
            value costs another second.)

    Returns:
        An int32 scalar tensor: how many examples the batches held.

    Lesson: 03_averaging_by_hand.
    """
    num_examples = 0
    for x, y in batches:
        sgd_step(model, x, y, learning_rate)
        num_examples += len(y)
    return num_examples


def client_update(
    model: tf.keras.Model,
    global_weights: Sequence[np.ndarray],
    batches: tf.data.Dataset,
    learning_rate: float,
) -> tuple[list[np.ndarray], int]:
    """What one client does in a round: start from the global weights, learn from its own batches.

    Args:
        model: a Keras classifier to compute with. Its weights are overwritten, so one model can play
            all clients in turn.
        global_weights: a list of arrays, in the order and the shapes of `model.get_weights()`.
        batches: a `tf.data.Dataset` of the client's batches `(x, y)`, all E passes over its examples
            one after the other, as `federated.ClientDatasets.dataset` gives them.
        learning_rate: a float.

    Returns:
        `(weights, num_examples)`: a list of float32 arrays like `global_weights`, and an int, how
        many examples the batches held (with E passes, E times what the client holds).

    Raises:
        ValueError: the global weights do not fit the model (from Keras).

    Source: McMahan et al. 2017 (arXiv 1602.05629), Algorithm 1, ClientUpdate.
    Lesson: 03_averaging_by_hand.
    """
    model.set_weights(global_weights)
    num_examples = local_training(model, batches, tf.constant(learning_rate, tf.float32))
    return model.get_weights(), int(num_examples)


def train(
    model: tf.keras.Model,
    x: np.ndarray,
    y: np.ndarray,
    *,
    learning_rate: float,
    batch_size: int = 10,
    epochs: int = 1,
    seed: int | Sequence[int] = 0,
) -> list[np.ndarray]:
    """Train a model on one device's examples, as `client_update` does, in about half the time.

    `client_update` reads its batches from a `tf.data.Dataset`, which takes as long as the training
    of a small model. Here the examples are passed once, and the compiled loop picks its batches.

    Args:
        model: a Keras classifier with probabilities as output; its weights are changed. Each new
            model is compiled for once, which takes about a second.
        x: (n, 28, 28) float32, as `federated.ClientDatasets.examples` returns them.
        y: (n,) int32, the right class of each example.
        learning_rate: a float.
        batch_size: McMahan's B; the last batch of an epoch may be smaller.
        epochs: McMahan's E, each in a new random order.
        seed: an int, or a list of ints such as `[seed, client, round]`; it decides the orders.

    Returns:
        The weights after the last step, a list of float32 arrays.

    Source: McMahan et al. 2017 (arXiv 1602.05629), Algorithm 1, ClientUpdate.
    Lesson: 06_drift; 03_averaging_by_hand explains the algorithm.
    """
    rng = np.random.default_rng(seed)
    orders = np.array([rng.permutation(len(y)) for _ in range(epochs)], np.int32)
    _train_in_order(
        model, tf.constant(x), tf.constant(y), orders, tf.constant(batch_size),
        tf.constant(learning_rate, tf.float32),
    )  # fmt: skip
    return model.get_weights()


@tf.function(reduce_retracing=True)
def _train_in_order(model, x, y, orders, batch_size, learning_rate):
    for order in orders:
        for start in tf.range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            sgd_step(model, tf.gather(x, batch), tf.gather(y, batch), learning_rate)


def weighted_average(
    client_weights: Iterable[Sequence[np.ndarray]], num_examples: Sequence[float]
) -> list[np.ndarray]:
    """Average the clients' weights, each in proportion to its number of examples.

    Args:
        client_weights: one list of arrays per client, all of the same shapes.
        num_examples: one number per client; only their proportions matter.

    Returns:
        A list of arrays of these shapes; float32 arrays stay float32.

    Raises:
        ValueError: not as many numbers as clients, not as many arrays from each client, or arrays
            of different shapes.
        ZeroDivisionError: the numbers add up to zero.

    Source: McMahan et al. 2017 (arXiv 1602.05629), Algorithm 1. Lesson: 03_averaging_by_hand.
    """
    # As Python's numbers, which don't overflow: np.uint8(200) + np.uint8(100) is 44.
    num_examples = arguments.array("num_examples", num_examples).tolist()
    total = sum(num_examples)
    return [
        sum(n / total * np.asarray(array) for n, array in zip(num_examples, arrays, strict=True))
        for arrays in zip(*client_weights, strict=True)
    ]


def federated_round(
    model: tf.keras.Model,
    global_weights: Sequence[np.ndarray],
    cohort: Iterable[tf.data.Dataset],
    learning_rate: float,
) -> list[np.ndarray]:
    """One round: every client of the cohort learns, and the server averages what comes back.

    Args:
        model: a Keras classifier to compute with; its weights are overwritten.
        global_weights: a list of arrays, in the order and the shapes of `model.get_weights()`.
        cohort: a `tf.data.Dataset` for each client that takes part, as
            `federated.ClientDatasets.cohort` gives them.
        learning_rate: a float.

    Returns:
        The new global weights, a list of float32 arrays.

    Raises:
        ValueError: the global weights do not fit the model, or the cohort is empty.

    Source: McMahan et al. 2017 (arXiv 1602.05629), Algorithm 1. Lesson: 03_averaging_by_hand.
    """
    updates = []
    for batches in cohort:
        updates.append(client_update(model, global_weights, batches, learning_rate))
    if not updates:
        raise ValueError("The cohort is empty: pass the batches of at least one client.")
    client_weights, num_examples = zip(*updates)
    return weighted_average(client_weights, num_examples)
