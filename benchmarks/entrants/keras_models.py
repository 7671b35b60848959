"""McMahan's two models as a learner writes them in Keras.

A copy of what `fedtutor.models` builds: the stock entrants import nothing of fedtutor, not even the
settings that it gives TensorFlow on import.
"""

import tensorflow as tf


def build(name):
    """The "2nn" or the "cnn", new and uncompiled."""
    keras = tf.keras.layers
    if name == "2nn":
        body = [keras.Flatten(), keras.Dense(200, "relu"), keras.Dense(200, "relu")]
    else:
        body = [
            keras.Reshape((28, 28, 1)),
            keras.Conv2D(32, 5, padding="same", activation="relu"),
            keras.MaxPooling2D(2),
            keras.Conv2D(64, 5, padding="same", activation="relu"),
            keras.MaxPooling2D(2),
            keras.Flatten(),
            keras.Dense(512, "relu"),
        ]
    return tf.keras.Sequential([tf.keras.Input((28, 28)), *body, keras.Dense(10, "softmax")])
