import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from fedtutor import data, models

SIZES = {
    models.logistic_regression: 7_850,
    models.perceptron_2nn: 199_210,
    models.cnn: 1_663_370,
}


@pytest.mark.parametrize("build", SIZES)
def test_a_model_has_the_literatures_size_and_gives_probabilities(build, few):
    model = build()
    assert model.count_params() == SIZES[build]
    probabilities = model(few[0][:5].astype(np.float32) / 255).numpy()
    assert probabilities.shape == (5, 10)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("build", SIZES)
def test_the_seed_decides_the_first_weights(build):
    first, again, other = (build(seed).get_weights() for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not np.array_equal(first[0], other[0])


def test_layers_of_the_same_shape_do_not_start_alike():
    weights = models.perceptron_2nn(0).get_weights()
    assert not np.array_equal(weights[0][:200, :], weights[2])


@pytest.mark.parametrize("build", SIZES)
def test_a_model_is_uncompiled_and_can_be_compiled_and_trained(build, few):
    model = build()
    assert getattr(model, "optimizer", None) is None
    model.compile(tf.keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    images = few[0].astype(np.float32) / 255
    losses = model.fit(images, few[1], batch_size=20, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_the_first_model_gets_87_percent_right_and_is_the_same_each_time(mnist):
    first, again = models.first_model(mnist), models.first_model()
    for a, b in zip(first.get_weights(), again.get_weights()):
        assert np.allclose(a, b, atol=1e-3)
    answers = first(mnist.x_test.astype(np.float32) / 255).numpy().argmax(axis=1)
    assert 0.86 < (answers == mnist.y_test).mean() < 0.88
    assert getattr(first, "optimizer", None) is None


def test_the_first_model_learns_from_the_volunteers_alone(mnist):
    _, devices = data.volunteers_and_devices(mnist.writer_train)
    # Without any digit of the devices, it is the same model.
    images = mnist.x_train.copy()
    images[devices] = 0
    blank = dataclasses.replace(mnist, x_train=images)
    for a, b in zip(
        models.first_model(blank).get_weights(), models.first_model(mnist).get_weights()
    ):
        assert np.allclose(a, b, atol=1e-3)
