"""The literature's models, in Keras: uncompiled, seeded, ready for centralized or federated training.

All of them take a batch of digits, (batch, 28, 28) float32 with gray levels from 0 (paper) to 1
(ink), and give (batch, 10) float32 probabilities, one per digit.
"""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from fedtutor import arguments, data


def logistic_regression(seed: int = 0) -> tf.keras.Model:
    """The smallest model of the course: one linear layer and a softmax; 7,850 parameters.

    Args:
        seed: an int; the same seed gives the same first weights.

    Returns:
        An uncompiled Keras model.

    Lesson: 03_averaging_by_hand.
    """
    return _sequential(seed, [tf.keras.layers.Flatten()], widths=[])


def perceptron_2nn(seed: int = 0) -> tf.keras.Model:
    """McMahan's 2NN: two hidden layers of 200 ReLU units; 199,210 parameters.

    Args:
        seed: an int; the same seed gives the same first weights.

    Returns:
        An uncompiled Keras model.

    Source: McMahan et al. 2017 (arXiv 1602.05629), section 3. Lesson: 01_one_computer.
    """
    return _sequential(seed, [tf.keras.layers.Flatten()], widths=[200, 200])


def cnn(seed: int = 0) -> tf.keras.Model:
    """McMahan's CNN: two 5x5 convolutions (32, 64 channels), 512 ReLU units; 1,663,370 parameters.

    Each convolution keeps the image's size and is followed by a 2x2 max pooling.

    Args:
        seed: an int; the same seed gives the same first weights.

    Returns:
        An uncompiled Keras model.

    Source: McMahan et al. 2017 (arXiv 1602.05629), section 3. Lesson: 01_one_computer.
    """
    keras = tf.keras.layers
    init = _initializers(arguments.seed(seed) + 1000)
    body = [keras.Reshape((28, 28, 1))]
    for channels in (32, 64):
        body += [
            keras.Conv2D(
                channels, 5, padding="same", activation="relu", kernel_initializer=next(init)
            ),
            keras.MaxPooling2D(2),
        ]
    return _sequential(seed, [*body, keras.Flatten()], widths=[512])


def first_model(mnist: data.Mnist | None = None) -> tf.keras.Model:
    """The first model that is sent to the devices: a 2NN that has seen nine people's 1,037 digits.

    It learns from the volunteers of `data.volunteers_and_devices` alone, by 20 epochs of SGD
    (learning rate 0.1, batches of 10). Each call trains it again, in about three seconds on two
    cores, so every lesson can be run by itself. (It is the same each time, unless TensorFlow's
    global seed has been set: that enters the order of the digits.)

    Args:
        mnist: the digits, where they are loaded already.

    Returns:
        An uncompiled Keras model with the trained weights.

    Lesson: 01_one_computer makes it step by step; 00, 05 and 08 send it out.
    """
    mnist = data.load_mnist() if mnist is None else mnist
    general, _ = data.volunteers_and_devices(mnist.writer_train)
    images = np.asarray(mnist.x_train)[general].astype(np.float32) / 255
    labels = np.asarray(mnist.y_train)[general]
    model = perceptron_2nn(seed=0)
    # Compiling a wrapper leaves the model itself uncompiled, as TFF wants it.
    trainer = tf.keras.Sequential([model])
    trainer.compile(tf.keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy")
    batches = tf.data.Dataset.from_tensor_slices((images, labels))
    batches = batches.shuffle(len(general), seed=0).batch(10)
    trainer.fit(batches, epochs=20, verbose=0)
    return model


def _sequential(seed, body, widths):
    init = _initializers(arguments.seed(seed))
    dense = tf.keras.layers.Dense
    return tf.keras.Sequential(
        [
            tf.keras.Input((28, 28)),
            *body,
            *(dense(width, activation="relu", kernel_initializer=next(init)) for width in widths),
            dense(10, activation="softmax", kernel_initializer=next(init)),
        ]
    )


def _initializers(seed: int) -> Iterator[tf.keras.initializers.Initializer]:
    """One Glorot initializer per layer, each with a seed of its own."""
    layer = 0
    while True:
        yield tf.keras.initializers.GlorotUniform(seed=1_000_003 * seed + layer)
        layer += 1
