"""How to try a function that takes or returns models, data sets or computations, not plain values.

A probe takes the learner's function and plain arguments, turns these into what the function needs,
calls it, and returns plain values. Probes run where the learner's function is; in grading, that is the
learner's own process, so nothing here may show a solution.
"""

import functools

import numpy as np

from fedtutor.exercises.calls import Unfit, ask
from fedtutor.exercises.tff_probes import client_datasets as client_datasets
from fedtutor.exercises.tff_probes import federated_computation as federated_computation
from fedtutor.exercises.tff_probes import learning_process as learning_process
from fedtutor.exercises.tff_probes import process_output as process_output
from fedtutor.exercises.tff_probes import tff_model as tff_model
from fedtutor.exercises.values import plain


def label_shards_twice(function, labels, num_clients, shards_per_client, seed):
    """Calls it with two seeds.

    Returns:
        A list: what it returns with `seed` and with `seed + 1`; or what it returns, if that is not a list.
    """
    both = []
    for one in (seed, seed + 1):
        parts = ask(function, labels, num_clients, shards_per_client, one)
        if not isinstance(plain(parts), (list, tuple, np.ndarray)):
            return parts
        both.append(parts)
    return both


def model_and_cohort(function, model, global_weights, cohort, learning_rate, *others):
    """Calls it with a small Keras model and one data set for each client.

    Args:
        model: four arrays, the model's weights before and after the call: so that an answer can't rely
            on them, or return the model's variables.
        global_weights: four arrays like them.
        cohort: `(x, y)` for each client; the batches hold four of its examples.
        learning_rate, others: passed on as they are.

    Returns:
        What the function returns.
    """
    keras_model = _two_layers(*(kernel.shape for kernel in model[::2]))
    keras_model.set_weights(model)
    data_sets = [_in_batches(x, y) for x, y in cohort]
    given = ask(function, keras_model, global_weights, data_sets, learning_rate, *others)
    keras_model.set_weights(model)
    return given


def model_and_batches(function, model, global_weights, batches, learning_rate):
    """The same for a function of one client, whose `batches` are `(x, y)`, too."""

    def of_one(keras_model, global_weights, cohort, learning_rate):
        return ask(function, keras_model, global_weights, cohort[0], learning_rate)

    given = model_and_cohort(of_one, model, global_weights, [batches], learning_rate)
    if isinstance(given, tuple) and len(given) == 2 and hasattr(given[1], "numpy"):
        if isinstance(given[0], list) and any(hasattr(array, "numpy") for array in given[0]):
            # TensorFlow can't multiply these weights by shares that are computed from this number.
            raise Unfit(
                "Both the weights and the number of examples are TensorFlow's tensors. Return the number "
                "of examples as a number: `int(…)`."
            )
    return given


def _in_batches(x, y):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((x, y)).batch(4)


@functools.cache  # compiling for a new model takes longer than everything else
def _two_layers(first, second):
    """A network of two dense layers, whose kernels have these shapes, for square images."""
    import tensorflow as tf

    side = round(first[0] ** 0.5)
    return tf.keras.Sequential(
        [
            tf.keras.Input((side, side)),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(first[1], activation="relu"),
            tf.keras.layers.Dense(second[1], activation="softmax"),
        ]
    )
