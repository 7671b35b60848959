"""Can it go on? A client's data before its first round, and the model after each round.

TFF says nothing here. A client whose update is NaN or infinite gets the weight zero in the average,
and with federated averaging its metrics are dropped too: a round in which all of them diverge
changes nothing and reports a loss of 0.0, the best there is. A model with nothing to train, or a
learning rate of 0, changes nothing either, round after round.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_federated as tff
import tree

from fedtutor import arguments
from fedtutor.clients import BadClientError as BadClientError
from fedtutor.clients import ClientDatasets

NOTHING_TRAINABLE = (
    "The model has no trainable weights, so no round would change it. Either all of its layers are "
    "frozen (set layer.trainable = True), or it has no weights before its first call (begin it with "
    "tf.keras.Input, or call it once on a batch inside build_model)."
)
_NAMED_AT_MOST = 5
# What TensorFlow says of a label that is no class of the model.
_LABEL_ERROR = re.compile(r"label value of -?\d+ which is outside the valid range of \[0, (\d+)\)")


class Inspection:
    """Looks at a client's data when a run first meets the client, and remembers what it saw.

    Labels are compared with the number of classes, where it is known: from the `num_classes` of the
    process (`fed_avg` sets it), or from the error of a round.

    Args:
        process: a `LearningProcess`, or anything with its `next`.
        clients: a `ClientDatasets`, or anything with its `len` and `cohort`.
        bad_clients: what happens to those that can't train: "raise" or "leave out".

    Raises:
        ValueError: another choice of `bad_clients`, no process or no clients, or the clients promise
            other batches (their `element_spec`) than the process takes.
    """

    def __init__(self, process: Any, clients: Any, bad_clients: str) -> None:
        for name in ("initialize", "next", "get_model_weights"):
            if not hasattr(process, name):
                raise ValueError(
                    f"process is {arguments.shown(process)}, but must be a LearningProcess, such "
                    "as federated.fed_avg returns."
                )
        if not hasattr(clients, "cohort") or not hasattr(clients, "__len__"):
            raise ValueError(
                f"clients is {arguments.shown(clients)}, but must be a federated.ClientDatasets, "
                "or anything with its len and cohort."
            )
        if bad_clients not in ("raise", "leave out"):
            raise ValueError(f'bad_clients is {bad_clients!r}, but must be "raise" or "leave out".')
        self._clients, self._choice = clients, bad_clients
        self._expected = _batch_type(process, clients)
        self._num_classes = getattr(process, "num_classes", None)
        self._seen = {}

    def complaint(self, client: int, round_num: int) -> str | None:
        """What keeps a client from training, as half a sentence; None where nothing does."""
        if client not in self._seen:
            try:
                data = self._data(client, round_num)
                self._seen[client] = _look(data, self._expected, self._num_classes)
            except BadClientError as error:
                self._seen[client] = _Look(error.complaint)
        return self._seen[client].complaint

    def explains(self, error: Exception) -> bool:
        """Whether an error of a round says how many classes there are, which wasn't known before.

        From here on, clients with other labels are bad ones: sort the cohort out again.
        """
        told = _LABEL_ERROR.search(str(error))
        if told is None or self._num_classes is not None:
            return False
        self._num_classes = int(told[1])
        self._seen.clear()
        return True

    def _data(self, client: int, round_num: int) -> Iterable[Any]:
        # Reading through a dataset takes as long as a round of a small model; arrays take no time.
        # A class derived from ClientDatasets may have other datasets.
        if type(self._clients) is ClientDatasets:
            return [self._clients.examples(client)]
        # Not the one that is trained on: tf.data's shuffle counts how often it has been read.
        (batches,) = self._clients.cohort([client], round_num)
        return batches

    def doubts_about_labels(self, weights: Any) -> str | None:
        """Why labels may be what made a model diverge, where the number of classes isn't known."""
        labels = [label for look in self._seen.values() for label in look.label_range]
        weights = tree.flatten(getattr(weights, "trainable", weights))
        outputs = np.shape(weights[-1])[-1:] if weights else ()
        if self._num_classes is not None or not labels or not outputs or max(labels) < outputs[0]:
            return None
        return (
            f"Look at the labels too: the largest is {max(labels)}, but the model's last weights are "
            f"for {outputs[0]} outputs, so for labels 0 to {outputs[0] - 1}."
        )

    def left_out(self, rows: list[dict[str, Any]]) -> dict[int, str]:
        """Why the clients that the rows of a history call left out were: {client: complaint}."""
        return {
            client: self.complaint(client, row["round"]) or "its data has changed since then"
            for row in rows
            for client in row.get("left_out", ())
        }

    def sort_out(self, cohort: np.ndarray, round_num: int) -> tuple[np.ndarray, dict[int, str]]:
        """Split a cohort into the clients that can train and those that can't.

        Args:
            cohort: (n,) integers, the clients.
            round_num: the round whose data is looked at.

        Returns:
            The cohort without the bad clients, an array, and these as {client: complaint}.

        Raises:
            BadClientError: a client is bad and the choice is "raise", or all of them are.
        """
        bad = {int(client): self.complaint(int(client), round_num) for client in cohort}
        bad = {client: complaint for client, complaint in bad.items() if complaint is not None}
        told = [f"client {client}: {complaint}" for client, complaint in bad.items()]
        told = "; ".join(told[:_NAMED_AT_MOST] + ["and others"][: len(told) > _NAMED_AT_MOST])
        labels = [label for look in self._seen.values() for label in look.label_range]
        if bad and labels and min(labels) > 0 and max(labels) == self._num_classes:
            told += ". The labels seem to start at 1: subtract 1 from all of them"
        if bad and self._choice == "raise":
            raise BadClientError(
                f"In round {round_num}, {told}. Fix this data, or train without it: "
                'bad_clients="leave out".'
            )
        if len(bad) == len(cohort):
            raise BadClientError(
                f"Nobody is left to train in round {round_num}: {told}. Fix this data, or choose "
                "more clients_per_round."
            )
        return np.array([client for client in cohort if int(client) not in bad]), bad


def model_weights(process: Any, state: Any) -> Any:
    """The weights in a state of the process.

    Args:
        process: a `LearningProcess`, or anything with its `get_model_weights`.
        state: one of its states.
    """
    # TFF's states show their weights. Asking the process is a computation, which takes a while.
    weights = getattr(state, "global_model_weights", None)
    return process.get_model_weights(state) if weights is None else weights


def is_finite(process: Any, state: Any) -> bool:
    """Whether the weights of a state of the process are free of NaN and infinity.

    Args:
        process: a `LearningProcess`, or anything with its `get_model_weights`.
        state: one of its states.
    """
    return all(np.isfinite(array).all() for array in tree.flatten(model_weights(process, state)))


def has_trainable_weights(process: Any, state: Any) -> bool:
    """Whether a round can change anything in the model.

    Args:
        process: a `LearningProcess`, or anything with its `get_model_weights`.
        state: one of its states.
    """
    weights = model_weights(process, state)
    return len(tree.flatten(getattr(weights, "trainable", weights))) > 0


def standstill(process: Any, before: Any, after: Any) -> str | None:
    """Why a round that changed no weight may have changed none; None if it changed one.

    Args:
        process: a `LearningProcess`, or anything with its `get_model_weights`.
        before: the state before the round.
        after: the state after it.
    """
    pairs = zip(*(tree.flatten(model_weights(process, state)) for state in (before, after)))
    if not all(np.array_equal(a, b) for a, b in pairs):
        return None
    if hasattr(process, "get_hparams"):
        for path, value in tree.flatten_with_path(process.get_hparams(after)):
            if "learning_rate" in path and np.all(np.asarray(value) == 0):
                side = {"client_work": "clients'", "finalizer": "server's"}.get(path[0], path[0])
                return f"The {side} learning rate is 0. Choose one above 0."
    return (
        "Check that the learning rates of the clients and of the server are not 0 or tiny, and that "
        "the layers you want to train are trainable."
    )


def has_diverged(process: Any, output: Any, row: Mapping[str, Any]) -> bool:
    """Whether a round has left the numbers that can be computed with.

    Args:
        process: a `LearningProcess`, or anything with its `get_model_weights`.
        output: what its `next` returned.
        row: the round's row of the history.
    """
    server = output.metrics.get("finalizer")
    return bool(
        not np.isfinite(row.get("train_loss", 0.0))
        # No client's update was finite.
        or row.get("num_examples") == 0
        # Their average was not: TFF's server then keeps the weights it had, and counts it here.
        or (isinstance(server, Mapping) and server.get("update_non_finite", 0) > 0)
        or not is_finite(process, output.state)
    )


def _batch_type(process, clients):
    """What a batch has to be, as a TFF type; None where neither side says."""
    signature = getattr(process.next, "type_signature", None)
    taken = None if signature is None else signature.parameter[1].member.element
    spec = getattr(clients, "element_spec", None)
    given = None if spec is None else tff.types.tensorflow_to_type(spec)
    if taken is not None and given is not None and not taken.is_assignable_from(given):
        raise ValueError(
            f"A batch of these clients is {given}, but the process takes {taken}. Build the "
            "process with the element_spec of the clients."
        )
    return taken if given is None else given


@dataclass
class _Look:
    """What was seen of a client's data: what is wrong with it, and its smallest and largest label."""

    complaint: str | None
    label_range: tuple[int, ...] = ()


def _look(batches, expected, num_classes):
    if isinstance(batches, tf.data.Dataset):
        complaint = _other_type(batches.element_spec, expected)
        if complaint is not None:
            return _Look(complaint)
        # In large pieces and without tf.data's own tuning, which costs more than it saves here.
        plain = tf.data.Options()
        plain.experimental_optimization.apply_default_optimizations = False
        plain.autotune.enabled = False
        batches = batches.rebatch(1000).with_options(plain).as_numpy_iterator()
        expected = None
    examples = spoilt = 0
    strange, label_range = [], ()
    for batch in batches:
        batch = tree.map_structure(np.asarray, batch)
        spec = tree.map_structure(lambda array: tf.TensorSpec(array.shape, array.dtype), batch)
        complaint = _other_type(spec, expected)
        if complaint is not None:
            return _Look(complaint)
        finite = [_finite_examples(array) for array in tree.flatten(batch)]
        examples += len(finite[0])
        spoilt += np.sum(~np.logical_and.reduce(finite))
        labels = _labels_of(batch)
        if labels.size:
            ends = [int(labels.min()), int(labels.max()), *label_range]
            label_range = min(ends), max(ends)
        if num_classes is not None:
            strange.extend(labels[(labels < 0) | (labels >= num_classes)].tolist())
    complaint = None
    if examples == 0:
        complaint = "it has no examples"
    elif spoilt:
        complaint = f"{spoilt} of the {examples} examples it trains on hold NaN or infinite values"
    elif strange:
        complaint = (
            f"{len(strange)} of the {examples} examples it trains on "
            f"{'has a label' if len(strange) == 1 else 'have labels'} other than 0 to "
            f"{num_classes - 1}, the classes of the model: {strange[0]}"
            + ", for instance"
            * (len(strange) > 1)
        )
    return _Look(complaint, label_range)


def _labels_of(batch):
    """The class numbers of a batch `(x, y)`; an empty array where y holds something else."""
    labels = batch.get("y") if isinstance(batch, Mapping) else batch[-1]
    is_number = isinstance(labels, np.ndarray) and labels.dtype.kind in "iu"
    return labels.reshape(-1) if is_number else np.empty(0, np.int64)


def _other_type(spec, expected):
    given = tff.types.tensorflow_to_type(spec)
    if expected is None or expected.is_assignable_from(given):
        return None
    return f"its batches are {given}, but should be {expected}"


def _finite_examples(array):
    """(examples,) bool: which examples of a batch are finite throughout."""
    array = np.atleast_1d(array)
    if array.dtype.kind not in "fc":
        return np.ones(len(array), bool)
    return np.isfinite(array).all(axis=tuple(range(1, array.ndim)))
