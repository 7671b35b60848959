"""The 2NN in NumPy: `train` computes what `by_hand.train` does with Keras, several times faster.

A model is the list of its six arrays, as `models.perceptron_2nn().get_weights()` returns them: the kernel
and the bias of each layer. Digits are rows of 784 pixels, as `pixels` returns them.
"""

import numpy as np

from fedtutor.gray_levels import as_floats


def pixels(images):
    """(n, 784) float32, from 0 (paper) to 1 (ink)."""
    return as_floats(images).reshape(len(images), -1)


def forward(weights, x):
    """What the two hidden layers and the last layer return, the last before its softmax."""
    w1, b1, w2, b2, w3, b3 = weights
    hidden_1 = np.maximum(x @ w1 + b1, 0)
    hidden_2 = np.maximum(hidden_1 @ w2 + b2, 0)
    return hidden_1, hidden_2, hidden_2 @ w3 + b3


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def probabilities(weights, x):
    """(n, 10)"""
    return softmax(forward(weights, x)[-1])


def right(weights, x, y):
    """(n,) True for each digit that the model gets right."""
    return np.argmax(forward(weights, x)[-1], axis=1) == y


def output_error(scores, y, learning_rate):
    """The learning rate times the gradient of the mean cross-entropy with respect to the scores."""
    error = softmax(scores)
    error[np.arange(len(y)), y] -= 1
    error *= learning_rate / len(y)
    return error


def sgd_step(weights, x, y, learning_rate, head=False):
    """Change a model by one step on one batch, in place; `head`: its last layer only."""
    w1, b1, w2, b2, w3, b3 = weights
    hidden_1, hidden_2, scores = forward(weights, x)
    error_3 = output_error(scores, y, learning_rate)
    if not head:
        error_2 = error_3 @ w3.T * (hidden_2 > 0)
        error_1 = error_2 @ w2.T * (hidden_1 > 0)
        w1 -= x.T @ error_1
        b1 -= error_1.sum(axis=0)
        w2 -= hidden_1.T @ error_2
        b2 -= error_2.sum(axis=0)
    w3 -= hidden_2.T @ error_3
    b3 -= error_3.sum(axis=0)


def batches(num_examples, *, batch_size=10, epochs=1, seed=0):
    """Yields the positions of each step's examples, in the orders of `by_hand.train`."""
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(num_examples)
        for start in range(0, num_examples, batch_size):
            yield order[start : start + batch_size]


def train(
    weights, x, y, *, learning_rate, batch_size=10, epochs=1, seed=0, head=False, correction=None
):
    """Train a 2NN on one device's digits.

    Args:
        weights: six arrays; they stay as they are.
        x: (n, 784) float32.
        y: (n,) integers.
        learning_rate: a float.
        batch_size: McMahan's B; the last batch of an epoch may be smaller.
        epochs: McMahan's E, each in a new random order.
        seed: as for `np.random.default_rng`; it decides the orders.
        head: train the last layer only.
        correction: six arrays that are added to the gradient in every step, as SCAFFOLD does.

    Returns:
        Six new arrays.
    """
    # The weights of a pixel that is paper in all of these digits have no gradient. Only a correction
    # moves them.
    ink = np.flatnonzero(x.any(axis=0)) if correction is None else slice(None)
    x, trained = x[:, ink], [weights[0][ink].copy(), *(array.copy() for array in weights[1:])]
    steps = [np.float32(learning_rate) * array for array in correction or ()]
    for batch in batches(len(y), batch_size=batch_size, epochs=epochs, seed=seed):
        sgd_step(trained, x[batch], y[batch], learning_rate, head)
        for array, step in zip(trained, steps):
            array -= step
    first = weights[0].copy()
    first[ink] = trained[0]
    return [first, *trained[1:]]


def flat(weights):
    """All numbers of a model in one vector."""
    return np.concatenate([array.ravel() for array in weights])


def unflat(vector, like):
    """The arrays whose numbers `flat` has put in a vector, in the shapes of `like`."""
    ends = np.cumsum([array.size for array in like])[:-1]
    return [part.reshape(w.shape) for part, w in zip(np.split(vector, ends), like)]
