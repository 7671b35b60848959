"""A Keras model as a TFF process, and the state that the process starts from."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_federated as tff

from fedtutor import compat, runtime


def tff_model(
    build_model: Callable[[], tf.keras.Model], input_spec: Any
) -> Callable[[], tff.learning.models.VariableModel]:
    """Turn a Keras model builder into the `model_fn` that TFF's algorithms expect.

    Args:
        build_model: a function without arguments that returns a new, uncompiled Keras classifier
            with probabilities as output, such as `models.perceptron_2nn`.
        input_spec: what one batch is, such as `ClientDatasets.element_spec`.

    Returns:
        A function without arguments that returns a `tff.learning.models.VariableModel`, with the
        cross-entropy as loss and the accuracy as metric.

    Lesson: 04_averaging_with_tff writes it out.
    """

    def model_fn():
        return tff.learning.models.from_keras_model(
            build_model(),
            loss=tf.keras.losses.SparseCategoricalCrossentropy(),
            input_spec=input_spec,
            metrics=[tf.keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        )

    return model_fn


def fed_avg(
    build_model: Callable[[], tf.keras.Model],
    input_spec: Any,
    *,
    client_learning_rate: float,
    server_learning_rate: float = 1.0,
) -> tff.learning.templates.LearningProcess:
    """Federated averaging, weighted by the clients' numbers of examples.

    Args:
        build_model: as for `tff_model`.
        input_spec: as for `tff_model`.
        client_learning_rate: the learning rate of the clients' SGD.
        server_learning_rate: 1.0 replaces the model by the clients' average, as McMahan 2017 does.

    Returns:
        A `tff.learning.templates.LearningProcess`.

    Source: McMahan et al. 2017 (arXiv 1602.05629), Algorithm 1. Lesson: 04_averaging_with_tff.
    """
    process = tff.learning.algorithms.build_weighted_fed_avg(
        tff_model(build_model, input_spec),
        client_optimizer_fn=tff.learning.optimizers.build_sgdm(client_learning_rate),
        server_optimizer_fn=tff.learning.optimizers.build_sgdm(server_learning_rate),
    )
    compat.revive_keras_models()
    return process


def start_from(process: tff.learning.templates.LearningProcess, model: tf.keras.Model) -> Any:
    """The server's state before the first round, with the weights of a Keras model.

    Args:
        process: a `LearningProcess`.
        model: a Keras model of the same architecture as the process was built with.

    Returns:
        A state for `process.next`.

    Raises:
        ValueError: the weights have other shapes.

    Lesson: 00_start_here sends out its first model this way.
    """
    runtime.ensure()
    state = process.initialize()
    weights = tff.learning.models.ModelWeights.from_model(model)
    ours = [np.shape(w) for w in process.get_model_weights(state).trainable]
    theirs = [tuple(w.shape) for w in weights.trainable]
    if ours != theirs:
        raise ValueError(
            f"The process was built for weights of shapes {ours}, but the model has {theirs}."
        )
    return process.set_model_weights(state, weights)
