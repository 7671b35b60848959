"""How good the model is, and in which rounds that is measured."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_federated as tff

from fedtutor.clients import as_floats
from fedtutor.federated.history import History


class Evaluator:
    """Measures model weights on one collection of examples, all in one place.

    Args:
        build_model: a function without arguments that returns a new Keras model.
        images: (n, height, width), uint8 or floats, as for `ClientDatasets`.
        labels: (n,) integers.

    Calling it with a model's weights (`tff.learning.models.ModelWeights`, or a list of arrays in
    Keras's order) returns `{"accuracy": …, "loss": …}`: the share of right answers, and the mean
    cross-entropy in nats.

    Lesson: 04_averaging_with_tff.
    """

    def __init__(self, build_model: Callable[[], tf.keras.Model], images: Any, labels: Any) -> None:
        self._images = as_floats(images)
        self._labels = labels.astype(np.int32)
        self._model = build_model()
        self._model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def __call__(self, weights: Any) -> dict[str, float]:
        if isinstance(weights, tff.learning.models.ModelWeights):
            weights.assign_weights_to(self._model)
        else:
            self._model.set_weights(weights)
        loss, accuracy = self._model.evaluate(
            self._images, self._labels, batch_size=1000, verbose=0
        )
        return {"accuracy": accuracy, "loss": loss}


class Measurements:
    """When a run measures its model, and when it has reached its target.

    Args:
        process: as for `run_rounds`.
        evaluate: as for `run_rounds`.
        every: measure after each so many rounds.
        last_round: measure after this round too.
        until: as for `run_rounds`.
    """

    def __init__(
        self,
        process: Any,
        evaluate: Callable[[Any], Mapping[str, float]] | None,
        every: int,
        last_round: int,
        until: tuple[str, float] | None,
    ) -> None:
        self._process, self._evaluate, self._until = process, evaluate, until
        self._every, self._last_round = every, last_round

    def of_round(self, round_num: int, state: Any) -> dict[str, float]:
        """What `evaluate` says after a round; empty where nothing is measured."""
        due = round_num == self._last_round or round_num % self._every == 0
        if self._evaluate is None or not due:
            return {}
        return dict(self._evaluate(self._process.get_model_weights(state)))

    def reached(self, history: History) -> bool:
        """Whether a round has reached the target."""
        return self._until is not None and history.first_round(*self._until) is not None
