"""A Keras model becomes a TFF process, and a process becomes a run of rounds.

The lessons write this loop out in full. From lesson 05 on they call it from here.
"""

import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf
import tensorflow_federated as tff

from fedtutor import checkpoints, compat, runtime
from fedtutor.progress import Progress


class ClientDatasets:
    """What each client holds, as TFF takes it: one `tf.data.Dataset` per client and round.

    A dataset gives batches `(x, y)`: x (batch, 28, 28) float32 from 0 to 1, y (batch,) int32. It
    holds `local_epochs` passes over the client's examples, each in a new random order; the order
    depends on the seed, the client and the round alone, so a run can be repeated and resumed.

    Args:
        images: (n, height, width) uint8, everybody's images.
        labels: (n,) integers, everybody's labels.
        parts: a list of index arrays, one per client, as `partition` gives them.
        batch_size: McMahan's B; None takes all of a client's examples as one batch (B = infinity).
        local_epochs: McMahan's E.
        seed: an int.

    Raises:
        ValueError: the shapes disagree, there are no clients, a client has no examples, or a number
            is below 1.

    Lesson: 03_averaging_by_hand.
    """

    def __init__(self, images, labels, parts, *, batch_size=10, local_epochs=1, seed=0):
        if len(images) != len(labels):
            raise ValueError(f"There are {len(images)} images, but {len(labels)} labels.")
        if len(parts) == 0:
            raise ValueError("There are no clients: parts is empty.")
        for client, part in enumerate(parts):
            if len(part) == 0:
                raise ValueError(f"Client {client} has no examples. Leave it out of parts.")
        if (batch_size is not None and batch_size < 1) or local_epochs < 1:
            raise ValueError(
                f"batch_size ({batch_size}) and local_epochs ({local_epochs}) must be 1 or more."
            )
        self._images, self._labels, self._parts = images, labels, parts
        self.batch_size, self.local_epochs, self.seed = batch_size, local_epochs, seed

    def __len__(self):
        return len(self._parts)

    @property
    def num_examples(self):
        """(clients,) int64: how many examples each client holds."""
        return np.array([len(part) for part in self._parts])

    @property
    def element_spec(self):
        """What one batch is, as TFF's `input_spec` wants it; the batch size is left open."""
        shape = self._images.shape[1:]
        return (
            tf.TensorSpec((None, *shape), tf.float32),
            tf.TensorSpec((None,), tf.int32),
        )

    def dataset(self, client, round_num=1):
        """The batches that `client` trains on in round `round_num`.

        Raises:
            IndexError: there is no such client.
        """
        if not 0 <= client < len(self):
            raise IndexError(
                f"There is no client {client}: they are numbered 0 to {len(self) - 1}."
            )
        part = self._parts[client]
        rng = np.random.default_rng([self.seed, client, round_num])
        size = min(self.batch_size or len(part), len(part))
        full = len(part) - len(part) % size
        pieces = []
        for _ in range(self.local_epochs):
            order = rng.permutation(part)
            pieces.append(self._batches(order[:full].reshape(-1, size)))
            if full < len(part):
                pieces.append(self._batches(order[None, full:]))
        return functools.reduce(tf.data.Dataset.concatenate, pieces)

    def cohort(self, clients, round_num=1):
        """The datasets of several clients, in their order: what `process.next` takes."""
        return [self.dataset(client, round_num) for client in clients]

    def _batches(self, index):
        # Whole batches, gathered here: one element per example would cost more than the training.
        images = self._images[index].astype(np.float32) / np.float32(255)
        return tf.data.Dataset.from_tensor_slices((images, self._labels[index].astype(np.int32)))


def tff_model(build_model, input_spec):
    """Make of a Keras builder the `model_fn` that TFF's algorithms take.

    Args:
        build_model: a function without arguments that gives a new, uncompiled Keras classifier with
            probabilities as output, such as `models.perceptron_2nn`.
        input_spec: what one batch is, such as `ClientDatasets.element_spec`.

    Returns:
        A function without arguments that gives a `tff.learning.models.VariableModel`, with the
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


def fed_avg(build_model, input_spec, *, client_learning_rate, server_learning_rate=1.0):
    """Federated averaging, weighted by the clients' numbers of examples.

    Args:
        build_model: as for `tff_model`.
        input_spec: as for `tff_model`.
        client_learning_rate: of the clients' SGD.
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


def start_from(process, model):
    """The server's state before the first round, with the weights of a Keras model.

    Args:
        process: a `LearningProcess`.
        model: a Keras model of the same architecture as the process was built with.

    Returns:
        A state for `process.next`.

    Raises:
        ValueError: the weights have other shapes.

    Lesson: 00_start_here sends out its first model so.
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


def sample_cohort(num_clients, clients_per_round, round_num, *, seed):
    """Choose the clients of one round, uniformly and without repetition.

    Args:
        num_clients: how many there are.
        clients_per_round: how many take part.
        round_num: which round, from 1; each has a draw of its own.
        seed: an int.

    Returns:
        (clients_per_round,) int64, in increasing order. It depends on the arguments alone, so a
        resumed run meets the same clients.

    Raises:
        ValueError: more clients are wanted than there are, or fewer than one.

    Source: McMahan et al. 2017, Algorithm 1. Lesson: 03_averaging_by_hand.
    """
    if not 1 <= clients_per_round <= num_clients:
        raise ValueError(
            f"clients_per_round is {clients_per_round}, but must be between 1 and {num_clients}."
        )
    rng = np.random.default_rng([seed, round_num])
    return np.sort(rng.choice(num_clients, clients_per_round, replace=False))


@dataclass
class History:
    """What was measured, one row (a dict) per round, starting with round 1."""

    rows: list[dict[str, float]] = field(default_factory=list)

    def __getitem__(self, name):
        """One column as a list; rounds that did not measure it are left out."""
        return [row[name] for row in self.rows if name in row]

    def __len__(self):
        return len(self.rows)

    def to_frame(self):
        """A pandas DataFrame with the round as index; NaN where a round did not measure."""
        return pd.DataFrame(self.rows).set_index("round")

    def first_round(self, name, at_least):
        """The first round whose `name` reached `at_least`, or None."""
        return next((row["round"] for row in self.rows if row.get(name, -np.inf) >= at_least), None)


@dataclass
class Run:
    """What `run_rounds` gives back: the server's last state and the history."""

    state: Any
    history: History


def run_rounds(
    process,
    clients,
    num_rounds,
    *,
    clients_per_round=None,
    seed=0,
    state=None,
    evaluate=None,
    evaluate_every=1,
    until=None,
    checkpoint_dir=None,
    checkpoint_every=10,
    progress=True,
):
    """Run federated rounds: choose a cohort, let it train, combine, measure, and again.

    Args:
        process: a `LearningProcess`, such as `fed_avg` gives.
        clients: a `ClientDatasets`.
        num_rounds: the number of the last round.
        clients_per_round: how many take part in each; None means all.
        seed: an int, of the choice of cohorts.
        state: where to start; None means `process.initialize()`.
        evaluate: a function that takes the server's model weights and gives a dict of numbers, such
            as `Evaluator`. They enter the history with its own names.
        evaluate_every: measure in each so-many-th round, and in the last.
        until: `(name, value)`: stop after the first round whose measured `name` is at least that.
        checkpoint_dir: a folder. If it holds checkpoints of this run, the run is continued from the
            newest, to exactly the same numbers as if it had never stopped.
        checkpoint_every: save after each so-many-th round, and after the last.
        progress: False keeps it silent.

    Returns:
        A `Run`. Each row of its history has `round`, `train_loss`, `train_accuracy` (both measured
        by the clients before their own step on each batch, mean over their examples),
        `num_examples`, and what `evaluate` gave.

    Raises:
        ValueError: a number is out of range.
        checkpoints.CheckpointError: the folder holds another run's checkpoints.

    Lesson: 04_averaging_with_tff writes the loop out.
    """
    if num_rounds < 1 or evaluate_every < 1 or checkpoint_every < 1:
        raise ValueError("num_rounds, evaluate_every and checkpoint_every must be 1 or more.")
    clients_per_round = len(clients) if clients_per_round is None else clients_per_round
    runtime.ensure()
    state = process.initialize() if state is None else state
    history, done = History(), 0
    identity = {
        "clients": len(clients),
        "clients_per_round": clients_per_round,
        "batch_size": clients.batch_size,
        "local_epochs": clients.local_epochs,
        "data_seed": clients.seed,
        "cohort_seed": seed,
    }
    if checkpoint_dir is not None:
        found = checkpoints.load_latest(checkpoint_dir, state, identity)
        if found is not None:
            done, state, history.rows = found

    with Progress(num_rounds, done=min(done, num_rounds), show=progress) as bar:
        for round_num in range(done + 1, num_rounds + 1):
            if _reached(history, until):
                break
            cohort = sample_cohort(len(clients), clients_per_round, round_num, seed=seed)
            output = process.next(state, clients.cohort(cohort, round_num))
            state = output.state
            row = {"round": round_num, **_training_metrics(output.metrics)}
            last = round_num == num_rounds
            if evaluate is not None and (last or round_num % evaluate_every == 0):
                row.update(evaluate(process.get_model_weights(state)))
            history.rows.append(row)
            bar.step(**{name: row[name] for name in ("train_loss", "accuracy") if name in row})
            done_early = _reached(history, until)
            if checkpoint_dir is not None and (
                last or done_early or round_num % checkpoint_every == 0
            ):
                checkpoints.save(checkpoint_dir, round_num, state, history.rows, identity)
    return Run(state, history)


class Evaluator:
    """Measures model weights on one collection of examples, all in one place.

    Args:
        build_model: a function without arguments that gives a new Keras model.
        images: (n, height, width) uint8.
        labels: (n,) integers.

    Calling it with a model's weights (`tff.learning.models.ModelWeights`, or a list of arrays in
    Keras's order) gives `{"accuracy": …, "loss": …}`: the share of right answers, and the mean
    cross-entropy in nats.

    Lesson: 04_averaging_with_tff.
    """

    def __init__(self, build_model, images, labels):
        self._images = images.astype(np.float32) / np.float32(255)
        self._labels = labels.astype(np.int32)
        self._model = build_model()
        self._model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def __call__(self, weights):
        if isinstance(weights, tff.learning.models.ModelWeights):
            weights.assign_weights_to(self._model)
        else:
            self._model.set_weights(weights)
        loss, accuracy = self._model.evaluate(
            self._images, self._labels, batch_size=1000, verbose=0
        )
        return {"accuracy": accuracy, "loss": loss}


def _training_metrics(metrics):
    train = metrics["client_work"]["train"]
    names = {"loss": "train_loss", "accuracy": "train_accuracy", "num_examples": "num_examples"}
    return {ours: train[theirs].item() for theirs, ours in names.items() if theirs in train}


def _reached(history, until):
    return until is not None and history.first_round(*until) is not None
