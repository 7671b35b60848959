"""How good the model is, and in which rounds that is measured."""

import difflib
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_federated as tff
from tensorflow_federated.python.common_libs import structure

from fedtutor import arguments, health, labeling
from fedtutor.clients import as_floats
from fedtutor.federated.history import TRAINING_COLUMNS, History, Run
from fedtutor.federated.process import new_model, num_outputs, shapes


class Evaluator:
    """Measures model weights on one collection of examples, all in one place.

    Args:
        build_model: a function without arguments that returns a new Keras model.
        images: (n, height, width), as for `ClientDatasets`.
        labels: (n,) class numbers, as for `ClientDatasets`.
        scale: what to divide the images by, as for `ClientDatasets`.

    Calling it with a model's weights (`tff.learning.models.ModelWeights`, or a list of arrays in
    Keras's order) returns `{"accuracy": …, "loss": …}`: the share of right answers, and the mean
    cross-entropy in nats.

    Raises:
        ValueError: a label is no class of the model, or an argument isn't what it has to be.

    Lesson: 04_averaging_with_tff.
    """

    names = ("accuracy", "loss")

    def __init__(
        self,
        build_model: Callable[[], tf.keras.Model],
        images: Any,
        labels: Any,
        *,
        scale: float | None = None,
    ) -> None:
        self._images = as_floats(images, scale=scale)
        given = labeling.vector(labels)
        self._labels, usable = labeling.class_numbers(given)
        if not 0 < len(self._images) == len(given):
            raise ValueError(f"There are {len(self._images)} images, but {len(given)} labels.")
        self._model = new_model(build_model)
        num_classes = num_outputs(self._model, self._images[:1])
        if num_classes is not None:
            usable &= self._labels < num_classes
        if not usable.all():
            classes = "from 0 up" if num_classes is None else f"from 0 to {num_classes - 1}"
            first = np.flatnonzero(~usable)[0]
            raise ValueError(
                f"{np.sum(~usable):,} of the {len(given):,} labels are not whole numbers {classes}, "
                f"the classes of the model; the first is labels[{first}] = "
                f"{arguments.shown(given[first])}. Correct these labels, or leave the examples out."
            )
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

    def require_fit(self, weights: Any) -> None:
        """Raise a ValueError if the weights belong to another model than the one measured here."""
        if not isinstance(weights, tff.learning.models.ModelWeights):
            return
        ours = shapes(tff.learning.models.ModelWeights.from_model(self._model))
        theirs = shapes(weights)
        if ours != theirs:
            raise ValueError(
                f"evaluate measures a model with weights of shapes {ours}, but the process trains "
                f"one with {theirs}. Build both with the same build_model."
            )


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
        if evaluate is not None and not callable(evaluate):
            raise ValueError(
                f"evaluate is {arguments.shown(evaluate)}, but must be a function that takes the "
                "model's weights, such as federated.Evaluator(...)."
            )
        self._process, self._evaluate = process, evaluate
        self._every, self._last_round = every, last_round
        self._until = None if until is None else _target(until)

    def try_out(self, run: Run) -> None:
        """Make sure that a run can be measured, before it spends a round on it.

        A function of the caller's own is called once, on the model that the run starts from.
        """
        names = {"round", *_training_columns(self._process), *chain(*run.history.rows)}
        if self._evaluate is not None:
            if type(self._evaluate) is Evaluator:
                self._evaluate.require_fit(health.model_weights(self._process, run.state))
                names |= {*Evaluator.names}
            else:
                names |= {*_numbers(self._evaluate(self._process.get_model_weights(run.state)))}
        if self._until is not None and self._until[0] not in names:
            close = difflib.get_close_matches(self._until[0], names, 1)
            raise ValueError(
                f"until waits for {self._until[0]!r}, which is never measured"
                + (f"; did you mean {close[0]!r}?" if close else ".")
                + f" This run measures {', '.join(sorted(names))}."
                + (" Pass evaluate to measure more." if self._evaluate is None else "")
            )

    def of_round(self, round_num: int, state: Any) -> dict[str, float]:
        """What `evaluate` says after a round; empty where nothing is measured."""
        due = round_num == self._last_round or round_num % self._every == 0
        if self._evaluate is None or not due:
            return {}
        return _numbers(self._evaluate(self._process.get_model_weights(state)))

    def reached(self, history: History) -> bool:
        """Whether a round has reached the target."""
        return self._until is not None and history.first_round(*self._until) is not None


# What the run itself writes into each row of its history.
_TAKEN = ("round", "train_loss", "train_accuracy", "num_examples", "left_out")


def _target(until):
    if not isinstance(until, tuple | list) or len(until) != 2 or not isinstance(until[0], str):
        raise ValueError(
            f"until is {arguments.shown(until)}, but must be a name and a number, such as "
            '("accuracy", 0.9).'
        )
    return until[0], arguments.number(f"The value of until for {until[0]!r}", until[1])


def _training_columns(process):
    """The columns of the history that the clients' training fills."""
    try:
        metrics = process.next.type_signature.result.metrics.member.client_work.train
        measured = {name for name, _ in structure.iter_elements(metrics)}
    except AttributeError:
        measured = set(TRAINING_COLUMNS)
    return {ours for theirs, ours in TRAINING_COLUMNS.items() if theirs in measured}


def _numbers(measured):
    """What a caller's `evaluate` returned, with Python's numbers."""
    if not isinstance(measured, Mapping):
        hint = " Is its `return` missing?" if measured is None else ""
        raise ValueError(
            f"evaluate returned {arguments.shown(measured)}, but must return a dict of numbers, "
            f'such as {{"accuracy": 0.9}}.{hint}'
        )
    row = {}
    for name, value in measured.items():
        if not isinstance(name, str) or name in _TAKEN:
            raise ValueError(
                f"evaluate returned a number named {name!r}, but names must be strings, and "
                f"{', '.join(_TAKEN)} are the run's own."
            )
        try:
            row[name] = np.asarray(value).item()
        except ValueError:
            row[name] = None
        if not isinstance(row[name], int | float):
            raise ValueError(
                f"evaluate returned {arguments.shown(value)} as {name!r}, but each value must be a "
                "single number."
            )
    return row
