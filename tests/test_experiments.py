"""The 2NN in NumPy that the experiments share."""

import numpy as np
import pytest

from experiments.shared import perceptron
from fedtutor import by_hand, models


@pytest.fixture(scope="module")
def device(mnist):
    """A model, and the 23 digits of a device: the last batch of an epoch holds three."""
    return (
        models.perceptron_2nn(seed=1).get_weights(),
        perceptron.pixels(mnist.x_train[:23]),
        mnist.y_train[:23],
    )


def equal(some, others):
    for array, other in zip(some, others, strict=True):
        np.testing.assert_allclose(array, other, rtol=0, atol=1e-5)


def test_training_in_numpy_is_that_of_by_hand(device):
    weights, x, y = device
    options = {"learning_rate": 0.1, "epochs": 3, "seed": [1, 2, 3]}
    for batch_size in (10, 7, 23):
        model = models.perceptron_2nn()
        model.set_weights(weights)
        images = x.reshape(-1, 28, 28)
        expected = by_hand.train(model, images, y, batch_size=batch_size, **options)
        equal(perceptron.train(weights, x, y, batch_size=batch_size, **options), expected)
        chances = perceptron.probabilities(expected, x)
        np.testing.assert_allclose(chances, model(images), rtol=0, atol=1e-5)
        labels = np.argmax(model(images), axis=1)
        assert perceptron.right(expected, x, labels).all()
    equal(weights, models.perceptron_2nn(seed=1).get_weights())


def test_the_head_alone_is_the_last_layer_of_the_same_step(device):
    weights, x, y = device
    options = {"learning_rate": 0.1, "batch_size": 23}
    whole, head = (perceptron.train(weights, x, y, head=head, **options) for head in (False, True))
    equal(head, [*weights[:4], *whole[4:]])
    longer = perceptron.train(weights, x, y, learning_rate=0.1, epochs=5, head=True)
    equal(longer[:4], weights[:4])
    assert np.abs(longer[4] - weights[4]).max() > 0.01


def test_a_correction_is_added_to_the_gradient_of_every_step(device):
    """A model whose gradient is corrected away rests, and 0.1 more moves all weights alike."""
    weights, x, y = device
    options = {"learning_rate": 0.1, "batch_size": 23}
    after = perceptron.train(weights, x, y, **options)
    back = [10 * (new - old) for old, new in zip(weights, after)]
    equal(perceptron.train(weights, x, y, correction=back, epochs=4, **options), weights)
    more = [array + np.float32(0.1) for array in back]
    moved = perceptron.train(weights, x, y, correction=more, **options)
    equal(moved, [array - np.float32(0.01) for array in weights])


def test_a_flat_model_keeps_its_numbers(device):
    weights, _, _ = device
    vector = perceptron.flat(weights)
    assert vector.shape == (199_210,)
    for array, again in zip(weights, perceptron.unflat(vector, weights), strict=True):
        assert np.array_equal(array, again)
