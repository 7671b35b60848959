"""A Keras model as a TFF process, and the state that the process starts from."""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_federated as tff
import tree

from fedtutor import arguments, compat, health, runtime


def tff_model(
    build_model: Callable[[], tf.keras.Model], input_spec: Any
) -> Callable[[], tff.learning.models.VariableModel]:
    """Turn a Keras model builder into the `model_fn` that TFF's algorithms expect.

    Args:
        build_model: a function without arguments that returns a new, uncompiled Keras classifier
            with probabilities as output, such as `models.perceptron_2nn`. A model that has no weights
            before its first call is built here, from the `input_spec`.
        input_spec: what one batch is, such as `ClientDatasets.element_spec`.

    Returns:
        A function without arguments that returns a `tff.learning.models.VariableModel`, with the
        cross-entropy as loss and the accuracy as metric.

    Lesson: 04_averaging_with_tff writes it out.
    """

    return _ModelFn(build_model, input_spec)


class _ModelFn:
    """A `model_fn`, which remembers the form of the model it last built."""

    def __init__(self, build_model, input_spec):
        _require_builder(build_model)
        self._build_model, self._input_spec = build_model, input_spec
        self.num_classes = self.num_trainable = None

    def __call__(self):
        model = new_model(self._build_model)
        x_spec = self._input_spec["x" if isinstance(self._input_spec, Mapping) else 0]
        self.num_classes = num_outputs(model, _one_example(x_spec))
        self.num_trainable = len(model.trainable_variables)
        return tff.learning.models.from_keras_model(
            model,
            loss=tf.keras.losses.SparseCategoricalCrossentropy(),
            input_spec=self._input_spec,
            metrics=[tf.keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        )


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
        A `tff.learning.templates.LearningProcess`. Its `num_classes` says how many outputs the model
        has, and so which labels it can learn.

    Raises:
        ValueError: a learning rate isn't above 0, or the model can't learn: nothing in it is
            trainable.

    Source: McMahan et al. 2017 (arXiv 1602.05629), Algorithm 1. Lesson: 04_averaging_with_tff.
    """
    client_learning_rate = _learning_rate("client_learning_rate", client_learning_rate)
    server_learning_rate = _learning_rate("server_learning_rate", server_learning_rate)
    model_fn = tff_model(build_model, input_spec)
    process = tff.learning.algorithms.build_weighted_fed_avg(
        model_fn,
        client_optimizer_fn=tff.learning.optimizers.build_sgdm(client_learning_rate),
        server_optimizer_fn=tff.learning.optimizers.build_sgdm(server_learning_rate),
    )
    compat.revive_keras_models()
    if model_fn.num_trainable == 0:
        raise ValueError(health.NOTHING_TRAINABLE)
    process.num_classes = model_fn.num_classes
    return process


def start_from(process: tff.learning.templates.LearningProcess, model: tf.keras.Model) -> Any:
    """The server's state before the first round, with the weights of a Keras model.

    Args:
        process: a `LearningProcess`.
        model: a Keras model of the same architecture as the process was built with.

    Returns:
        A state for `process.next`.

    Raises:
        ValueError: it is no Keras model, or its weights have other shapes.

    Lesson: 00_start_here sends out its first model this way.
    """
    if not isinstance(model, tf.keras.Model):
        raise ValueError(
            f"model is {arguments.shown(model)}, but must be a Keras model"
            + (", such as models.perceptron_2nn()." if callable(model) else ".")
        )
    if not model.built:
        raise ValueError(
            "The model has no weights before its first call. Call it once on a batch, for instance "
            "model(tf.zeros((1, 28, 28))), and then start from it."
        )
    runtime.ensure()
    state = process.initialize()
    weights = tff.learning.models.ModelWeights.from_model(model)
    ours, theirs = shapes(process.get_model_weights(state)), shapes(weights)
    if ours != theirs:
        raise ValueError(
            f"The process was built for weights of shapes {ours}, but the model has {theirs}."
        )
    return process.set_model_weights(state, weights)


def starting_state(process: Any, state: Any) -> Any:
    """The state that a run starts from, after a look at whether the process can start from it.

    Args:
        process: a `LearningProcess`, or anything with its `initialize` and `get_model_weights`.
        state: what was passed as `state`; None means the process's own first state.

    Raises:
        ValueError: it is no state of this process, it isn't finite, or nothing in it is trainable.
    """
    if state is None:
        state = process.initialize()
    elif hasattr(process.next, "type_signature"):
        _require_state_of(process, state)
    if not health.is_finite(process, state):
        raise ValueError("The state to start from holds weights that are NaN or infinite.")
    if not health.has_trainable_weights(process, state):
        raise ValueError(health.NOTHING_TRAINABLE)
    return state


def new_model(build_model: Callable[[], tf.keras.Model]) -> tf.keras.Model:
    """A new model from its builder.

    Args:
        build_model: what was passed as `build_model`.

    Raises:
        ValueError: it is no builder, or doesn't return a Keras model.
    """
    _require_builder(build_model)
    model = build_model()
    if not isinstance(model, tf.keras.Model):
        hint = " Is its `return` missing?" if model is None else ""
        if type(model).__module__.split(".")[0] == "keras":
            hint = " This is Keras 3, which TFF can't use: build the model with tf.keras."
        raise ValueError(
            f"build_model returned {arguments.shown(model)}, but must return a new Keras model.{hint}"
        )
    return model


def num_outputs(model: tf.keras.Model, x: Any) -> int | None:
    """How many outputs a model has. A model without weights gets them here, by its first call.

    Args:
        model: a Keras model.
        x: a batch to call it with, or a function that returns one.

    Returns:
        The number of outputs; None if an output isn't a vector.

    Raises:
        ValueError: the model can't be built from such a batch.
    """
    shape = getattr(model, "output_shape", None) if model.built else None
    if shape is None:
        options = {"training": False} if "training" in signature(model.call).parameters else {}
        try:
            shape = model(x() if callable(x) else x, **options).shape
        except Exception as error:
            raise ValueError(
                "The model has no weights before its first call, and calling it with a batch as the "
                f"clients hold it failed ({type(error).__name__}: {str(error).splitlines()[0]}). "
                "Begin it with tf.keras.Input, or call it once on a batch inside build_model."
            ) from error
    return shape[-1] if isinstance(shape, tuple | tf.TensorShape) and len(shape) == 2 else None


def shapes(weights: tff.learning.models.ModelWeights) -> list[tuple[int, ...]]:
    """The shapes of a model's weights, the trainable ones first.

    Args:
        weights: a `ModelWeights`.
    """
    return [tuple(np.shape(w)) for w in [*weights.trainable, *weights.non_trainable]]


def _require_builder(build_model):
    if isinstance(build_model, tf.keras.Model) or not callable(build_model):
        raise ValueError(
            f"build_model is {arguments.shown(build_model)}, but must be a function that returns a "
            "new model each time: pass models.cnn, not models.cnn()."
        )


def _one_example(x_spec):
    """A function that returns a batch of one example, of the given form."""

    def zeros(spec):
        return tf.zeros([1 if size is None else size for size in spec.shape], spec.dtype)

    return lambda: tree.map_structure(zeros, x_spec)


def _learning_rate(name, value):
    rate = arguments.number(name, value, least=0)
    if rate == 0:
        raise ValueError(f"{name} is 0, so no round would change the model. Choose one above 0.")
    return rate


def _require_state_of(process, state):
    if hasattr(state, "state"):
        raise ValueError("state is the result of a run or of a round. Pass its .state.")
    if isinstance(state, tf.keras.Model):
        raise ValueError(
            "state is a Keras model. Pass federated.start_from(process, model) to start from it."
        )
    own = process.initialize()
    try:
        tree.assert_same_structure(own, state, check_types=False)
    except (TypeError, ValueError):
        raise ValueError(
            f"state is {arguments.shown(state)}, which is no state of this process. Pass the "
            "state of a run of the same process, or federated.start_from(process, model)."
        ) from None
    ours, theirs = (
        [np.shape(w) for w in tree.flatten(health.model_weights(process, s))] for s in (own, state)
    )
    if ours != theirs:
        raise ValueError(
            f"state is of another model: its weights have shapes {theirs}, but the process was "
            f"built for {ours}."
        )
