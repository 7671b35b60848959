"""The loop over the rounds: choose a cohort, let it train, combine, measure, and again."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

import numpy as np

from fedtutor import arguments, health, runtime
from fedtutor.federated import saving
from fedtutor.federated.evaluation import Measurements
from fedtutor.federated.history import TRAINING_COLUMNS, History, Run
from fedtutor.federated.process import starting_state
from fedtutor.progress import Progress


def sample_cohort(
    num_clients: int, clients_per_round: int, round_num: int, *, seed: int
) -> np.ndarray:
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
        ValueError: more clients are wanted than there are, fewer than one, or a number isn't whole.

    Source: McMahan et al. 2017, Algorithm 1. Lesson: 03_averaging_by_hand.
    """
    num_clients = arguments.whole("num_clients", num_clients, 1)
    clients_per_round = arguments.whole("clients_per_round", clients_per_round, 1, num_clients)
    round_num = arguments.whole("round_num", round_num, 0)
    rng = np.random.default_rng([arguments.seed(seed), round_num])
    return np.sort(rng.choice(num_clients, clients_per_round, replace=False))


def run_rounds(
    process: Any,
    clients: Any,
    num_rounds: int,
    *,
    clients_per_round: int | None = None,
    seed: int = 0,
    state: Any = None,
    evaluate: Callable[[Any], Mapping[str, float]] | None = None,
    evaluate_every: int = 1,
    until: tuple[str, float] | None = None,
    bad_clients: str = "raise",
    checkpoint_dir: str | Path | None = None,
    checkpoint_every: int = 10,
    progress: bool = True,
) -> Run:
    """Run federated rounds: choose a cohort, let it train, combine, measure, and again.

    A run that diverges stops there, with a warning. A round that changes nothing is reported by a
    warning too. A run that is interrupted or fails leaves what
    it has done to `last_run`, and as a checkpoint if it writes any.

    Args:
        process: a `LearningProcess`, such as `fed_avg` returns. With `tff.learning.secure_aggregator`
            the numbers are those of secure aggregation, but nothing is encrypted: this process adds
            the updates up in the clear.
        clients: a `ClientDatasets`, or anything with its `len` and `cohort`.
        num_rounds: the number of the last round.
        clients_per_round: how many take part in each; None means all.
        seed: an int, of the choice of cohorts.
        state: where to start; None means `process.initialize()`.
        evaluate: a function that takes the server's model weights and returns a dict of numbers,
            such as `Evaluator`. They enter the history under their own names. A function of your own
            is called once before the first round too, so that a mistake in it costs no round.
        evaluate_every: measure after each so many rounds, and after the last.
        until: `(name, value)`: stop after the first round whose measured `name` is at least that.
        bad_clients: what happens to a client whose data is empty, of another shape or type than the
            process takes, holds NaN or infinite values, or labels that are no class of the model:
            "raise" an error, or "leave out" of every round, so that the others train. Looked at
            once, when a client is first chosen.
        checkpoint_dir: a folder. If it holds checkpoints of this run, the run is continued from the
            newest, to exactly the same numbers as if it had never stopped.
        checkpoint_every: save after each so many rounds, and when the run ends, however it does.
            (`kill -9` leaves no time for that.)
        progress: False keeps it silent.

    Returns:
        A `Run`. Each row of its history has `round`, `train_loss`, `train_accuracy` (both measured
        by the clients before their own step on each batch, mean over their examples; NaN where TFF
        dropped them all, since they diverged), `num_examples` (without those TFF dropped), with
        "leave out" also `left_out` (a list of clients), and what `evaluate` returned.

    Raises:
        ValueError: an argument isn't what it has to be, or doesn't fit the process; the message names
            it, and no round has been run.
        health.BadClientError: a client is bad, or everybody in a cohort is left out.
        checkpoints.CheckpointError: the folder holds checkpoints, but none that can be used: they
            are damaged, or another run's.

    Lesson: 04_averaging_with_tff writes the loop out.
    """
    num_rounds = arguments.whole("num_rounds", num_rounds, 1)
    evaluate_every = arguments.whole("evaluate_every", evaluate_every, 1)
    checkpoint_every = arguments.whole("checkpoint_every", checkpoint_every, 1)
    seed = arguments.seed(seed)
    inspection = health.Inspection(process, clients, bad_clients)
    if clients_per_round is None:
        clients_per_round = len(clients)
    clients_per_round = arguments.whole("clients_per_round", clients_per_round, 1, len(clients))
    measurements = Measurements(process, evaluate, evaluate_every, num_rounds, until)
    runtime.ensure()
    start = Run(starting_state(process, state), History())
    saves = saving.RunCheckpoints(
        checkpoint_dir,
        checkpoint_every,
        lambda: saving.identity(process, start.state, clients, clients_per_round, seed),
    )
    start = saves.continued(start, inspection)
    if start.rounds < num_rounds and not measurements.reached(start.history):
        measurements.try_out(start)

    done = min(start.rounds, num_rounds)
    warned = False
    with (
        _Recording(start, saves) as recording,
        Progress(num_rounds, done=done, show=progress) as bar,
    ):
        while (run := recording.run).rounds < num_rounds:
            if measurements.reached(run.history):
                break
            round_num = run.rounds + 1
            cohort = sample_cohort(len(clients), clients_per_round, round_num, seed=seed)
            output, bad = _train(process, clients, inspection, run.state, cohort, round_num)
            row = {"round": round_num, **_training_metrics(output.metrics)}
            if bad_clients == "leave out":
                row["left_out"] = list(bad)
            if health.has_diverged(process, output, row):
                recording.run = run.diverging(row)
                break
            if not warned:
                warned = _warn_of_standstill(process, run.state, output.state, round_num)
            row |= measurements.of_round(round_num, output.state)
            # In one assignment: whenever Ctrl-C comes, state and history belong together.
            recording.run = run.after(output.state, row, bad)
            bar.step(**{name: row[name] for name in ("train_loss", "accuracy") if name in row})
            saves.after_round(recording.run)
    run = recording.run
    if run.diverged:
        doubts = inspection.doubts_about_labels(health.model_weights(process, run.state))
        arguments.warn(
            f"Round {run.diverged} diverged: the training loss or the model is NaN or infinite. The "
            f"run ends here, with the model of round {run.rounds}. "
            + (doubts or "Try a smaller learning rate.")
        )
    return run


def last_run() -> Run | None:
    """What the latest `run_rounds` of this Python has done, even if it didn't reach its end.

    After Ctrl-C (in a notebook: the stop button), or after an error, the rounds that were done are
    here: `federated.last_run().history`.

    Returns:
        A `Run`, up to its last whole round; None before the first.
    """
    return _Recording.latest


class _Recording:
    """Keeps what a run has done, for `last_run` and as a checkpoint, however the run ends."""

    latest: ClassVar[Run | None] = None

    def __init__(self, run: Run, saves: saving.RunCheckpoints) -> None:
        self.run, self._saves = run, saves

    def __enter__(self) -> "_Recording":
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _Recording.latest = self.run
        self._saves.save(self.run)
        if isinstance(error, KeyboardInterrupt) and self.run.rounds > 0:
            again = "" if self._saves.folder is None else ", and the same call continues there"
            arguments.warn(
                f"Interrupted after round {self.run.rounds}. Nothing up to there is lost: "
                f"federated.last_run() returns it{again}."
            )


def _train(
    process: Any,
    clients: Any,
    inspection: health.Inspection,
    state: Any,
    cohort: np.ndarray,
    round_num: int,
) -> tuple[Any, dict[int, str]]:
    """Let the clients of a cohort train that can: what `next` returned, and who was left out."""
    able, bad = inspection.sort_out(cohort, round_num)
    try:
        return process.next(state, clients.cohort(able, round_num)), bad
    except Exception as error:
        if not inspection.explains(error):
            raise
    return _train(process, clients, inspection, state, cohort, round_num)


def _warn_of_standstill(process: Any, before: Any, after: Any, round_num: int) -> bool:
    reason = health.standstill(process, before, after)
    if reason is not None:
        arguments.warn(
            f"Round {round_num} changed nothing: each weight of the model is exactly what it was "
            f"before. {reason}"
        )
    return reason is not None


def _training_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    train = metrics["client_work"]["train"]
    row = {
        ours: np.asarray(train[theirs]).item()
        for theirs, ours in TRAINING_COLUMNS.items()
        if theirs in train
    }
    if row.get("num_examples") == 0:
        # The mean over no examples; TFF says 0.
        row |= {name: np.nan for name in ("train_loss", "train_accuracy") if name in row}
    return row
