"""A Keras model becomes a TFF process, and a process becomes a run of rounds.

The lessons write this loop out in full. From lesson 05 on they call it from here.
"""

import warnings
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf
import tensorflow_federated as tff
import tree

from fedtutor import checkpoints, compat, health, runtime
from fedtutor.clients import ClientDatasets as ClientDatasets
from fedtutor.clients import as_floats
from fedtutor.progress import Progress


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
    """What `run_rounds` gives back.

    Attributes:
        state: the server's last state; of a run that diverged, the last one before.
        history: a `History`; of a run that diverged, with the round in which it did.
        left_out: what is wrong with the data of each client that was left out, as {client: text}.
        diverged: the round whose training loss or model was NaN or infinite; None if none was.
    """

    state: Any
    history: History
    left_out: dict[int, str] = field(default_factory=dict)
    diverged: int | None = None

    @property
    def rounds(self):
        """How many rounds the state has behind it."""
        return len(self.history) - (self.diverged is not None)


_last_run = None


def last_run():
    """What the latest `run_rounds` of this Python has done, also where it did not come to its end.

    After Ctrl-C (in a notebook: the stop button), or after an error, the rounds that were done are
    here: `federated.last_run().history`.

    Returns:
        A `Run`, up to its last whole round; None before the first.
    """
    return _last_run


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
    bad_clients="raise",
    checkpoint_dir=None,
    checkpoint_every=10,
    progress=True,
):
    """Run federated rounds: choose a cohort, let it train, combine, measure, and again.

    A run that diverges stops there, with a warning. A run that is interrupted or fails leaves what
    it has done to `last_run`, and as a checkpoint if it writes any.

    Args:
        process: a `LearningProcess`, such as `fed_avg` gives.
        clients: a `ClientDatasets`, or anything with its `len` and `cohort`.
        num_rounds: the number of the last round.
        clients_per_round: how many take part in each; None means all.
        seed: an int, of the choice of cohorts.
        state: where to start; None means `process.initialize()`.
        evaluate: a function that takes the server's model weights and gives a dict of numbers, such
            as `Evaluator`. They enter the history with its own names.
        evaluate_every: measure in each so-many-th round, and in the last.
        until: `(name, value)`: stop after the first round whose measured `name` is at least that.
        bad_clients: what becomes of a client whose data is empty, of another shape or type than the
            process takes, or holds NaN or infinite values: "raise" an error, or "leave out" of
            every round, the rest trains. Looked at once, when a client is first chosen.
        checkpoint_dir: a folder. If it holds checkpoints of this run, the run is continued from the
            newest, to exactly the same numbers as if it had never stopped.
        checkpoint_every: save after each so-many-th round, and when the run ends, however it does.
            (`kill -9` leaves no time for that.)
        progress: False keeps it silent.

    Returns:
        A `Run`. Each row of its history has `round`, `train_loss`, `train_accuracy` (both measured
        by the clients before their own step on each batch, mean over their examples; NaN where TFF
        dropped them all, since they diverged), `num_examples` (without those TFF dropped), with
        "leave out" also `left_out` (a list of clients), and what `evaluate` gave.

    Raises:
        ValueError: a number is out of range, or the clients' batches do not fit the process.
        health.BadClientError: a client is bad, or everybody in a cohort is left out.
        checkpoints.CheckpointError: the folder holds checkpoints, but none that can be used: they
            are damaged, or another run's.

    Lesson: 04_averaging_with_tff writes the loop out.
    """
    global _last_run
    if num_rounds < 1 or evaluate_every < 1 or checkpoint_every < 1:
        raise ValueError("num_rounds, evaluate_every and checkpoint_every must be 1 or more.")
    clients_per_round = len(clients) if clients_per_round is None else clients_per_round
    inspection = health.Inspection(process, clients, bad_clients)
    runtime.ensure()
    run = Run(process.initialize() if state is None else state, History())
    if not health.is_finite(process, run.state):
        raise ValueError("The state to start from holds weights that are NaN or infinite.")
    if checkpoint_dir is not None:
        identity = _identity(process, run.state, clients, clients_per_round, seed)
        found = checkpoints.load_latest(checkpoint_dir, run.state, identity)
        if found is not None:
            _, state, rows = found
            run = Run(state, History(rows), inspection.left_out(rows))
    saved = run.rounds
    reached = any(_reached(row, until) for row in run.history.rows)

    try:
        with Progress(num_rounds, done=min(saved, num_rounds), show=progress) as bar:
            while run.rounds < num_rounds and not reached:
                round_num = run.rounds + 1
                cohort = sample_cohort(len(clients), clients_per_round, round_num, seed=seed)
                cohort, bad = inspection.sort_out(cohort, round_num)
                output = process.next(run.state, clients.cohort(cohort, round_num))
                row = {"round": round_num, **_training_metrics(output.metrics)}
                if bad_clients == "leave out":
                    row["left_out"] = list(bad)
                rows = [*run.history.rows, row]
                if health.has_diverged(process, output, row):
                    run = replace(run, history=History(rows), diverged=round_num)
                    break
                last = round_num == num_rounds
                if evaluate is not None and (last or round_num % evaluate_every == 0):
                    row.update(evaluate(process.get_model_weights(output.state)))
                # All at once: whenever Ctrl-C comes, the state and the history belong together.
                run = Run(output.state, History(rows), run.left_out | bad)
                reached = _reached(row, until)
                bar.step(**{name: row[name] for name in ("train_loss", "accuracy") if name in row})
                if checkpoint_dir is not None and round_num % checkpoint_every == 0:
                    checkpoints.save(checkpoint_dir, round_num, run.state, rows, identity)
                    saved = round_num
    except KeyboardInterrupt:
        if run.rounds > 0:
            again = "" if checkpoint_dir is None else ", and the same call again continues there"
            warnings.warn(
                f"Interrupted after round {run.rounds}. Nothing up to there is lost: "
                f"federated.last_run() gives it{again}.",
                stacklevel=2,
            )
        raise
    finally:
        _last_run = run
        if checkpoint_dir is not None and run.rounds > saved:
            rows = run.history.rows[: run.rounds]
            checkpoints.save(checkpoint_dir, run.rounds, run.state, rows, identity)
    if run.diverged:
        warnings.warn(
            f"Round {run.diverged} diverged: the training loss or the model is NaN or infinite. The "
            f"run ends here, with the model of round {run.rounds}. Try a smaller learning rate.",
            stacklevel=2,
        )
    return run


class Evaluator:
    """Measures model weights on one collection of examples, all in one place.

    Args:
        build_model: a function without arguments that gives a new Keras model.
        images: (n, height, width), uint8 or floats, as for `ClientDatasets`.
        labels: (n,) integers.

    Calling it with a model's weights (`tff.learning.models.ModelWeights`, or a list of arrays in
    Keras's order) gives `{"accuracy": …, "loss": …}`: the share of right answers, and the mean
    cross-entropy in nats.

    Lesson: 04_averaging_with_tff.
    """

    def __init__(self, build_model, images, labels):
        self._images = as_floats(images)
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
    row = {ours: train[theirs].item() for theirs, ours in names.items() if theirs in train}
    if row.get("num_examples") == 0:
        # The mean over no examples; TFF says 0.
        row |= {name: np.nan for name in ("train_loss", "train_accuracy") if name in row}
    return row


def _reached(row, until):
    return until is not None and row.get(until[0], -np.inf) >= until[1]


def _identity(process, state, clients, clients_per_round, seed):
    """What tells this run from another one, in a checkpoint."""
    identity = {
        "clients": len(clients),
        "clients_per_round": clients_per_round,
        "batch_size": getattr(clients, "batch_size", None),
        "local_epochs": getattr(clients, "local_epochs", None),
        "data_seed": getattr(clients, "seed", None),
        "cohort_seed": seed,
    }
    if hasattr(process, "get_hparams"):
        # The state carries the learning rates: a run that is continued goes on with its old ones.
        for path, value in tree.flatten_with_path(process.get_hparams(state)):
            identity[" ".join(map(str, path))] = str(np.asarray(value))
    return identity
