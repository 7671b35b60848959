"""The loop over the rounds: choose a cohort, let it train, combine, measure, and again."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

import numpy as np

from fedtutor import arguments, health, runtime
from fedtutor.federated import saving
from fedtutor.federated.evaluation import Measurements
from fedtutor.federated.history import History, Run
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
        ValueError: more clients are wanted than there are, or fewer than one.

    Source: McMahan et al. 2017, Algorithm 1. Lesson: 03_averaging_by_hand.
    """
    if not 1 <= clients_per_round <= num_clients:
        raise ValueError(
            f"clients_per_round is {clients_per_round}, but must be between 1 and {num_clients}."
        )
    rng = np.random.default_rng([seed, round_num])
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

    A run that diverges stops there, with a warning. A run that is interrupted or fails leaves what
    it has done to `last_run`, and as a checkpoint if it writes any.

    Args:
        process: a `LearningProcess`, such as `fed_avg` returns.
        clients: a `ClientDatasets`, or anything with its `len` and `cohort`.
        num_rounds: the number of the last round.
        clients_per_round: how many take part in each; None means all.
        seed: an int, of the choice of cohorts.
        state: where to start; None means `process.initialize()`.
        evaluate: a function that takes the server's model weights and returns a dict of numbers,
            such as `Evaluator`. They enter the history under their own names.
        evaluate_every: measure after each so many rounds, and after the last.
        until: `(name, value)`: stop after the first round whose measured `name` is at least that.
        bad_clients: what happens to a client whose data is empty, of another shape or type than the
            process takes, or holds NaN or infinite values: "raise" an error, or "leave out" of
            every round, so that the others train. Looked at once, when a client is first chosen.
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
        ValueError: a number is out of range, or the clients' batches do not fit the process.
        health.BadClientError: a client is bad, or everybody in a cohort is left out.
        checkpoints.CheckpointError: the folder holds checkpoints, but none that can be used: they
            are damaged, or another run's.

    Lesson: 04_averaging_with_tff writes the loop out.
    """
    if num_rounds < 1 or evaluate_every < 1 or checkpoint_every < 1:
        raise ValueError("num_rounds, evaluate_every and checkpoint_every must be 1 or more.")
    clients_per_round = len(clients) if clients_per_round is None else clients_per_round
    inspection = health.Inspection(process, clients, bad_clients)
    measurements = Measurements(process, evaluate, evaluate_every, num_rounds, until)
    runtime.ensure()
    start = Run(process.initialize() if state is None else state, History())
    if not health.is_finite(process, start.state):
        raise ValueError("The state to start from holds weights that are NaN or infinite.")
    saves = saving.RunCheckpoints(
        checkpoint_dir,
        checkpoint_every,
        lambda: saving.identity(process, start.state, clients, clients_per_round, seed),
    )

    with _Recording(saves.continued(start, inspection), saves) as recording:
        done = min(recording.run.rounds, num_rounds)
        with Progress(num_rounds, done=done, show=progress) as bar:
            while recording.run.rounds < num_rounds:
                run = recording.run
                if measurements.reached(run.history):
                    break
                round_num = run.rounds + 1
                cohort = sample_cohort(len(clients), clients_per_round, round_num, seed=seed)
                cohort, bad = inspection.sort_out(cohort, round_num)
                output = process.next(run.state, clients.cohort(cohort, round_num))
                row = {"round": round_num, **_training_metrics(output.metrics)}
                if bad_clients == "leave out":
                    row["left_out"] = list(bad)
                if health.has_diverged(process, output, row):
                    recording.run = run.diverging(row)
                    break
                row |= measurements.of_round(round_num, output.state)
                # In one assignment: whenever Ctrl-C comes, state and history belong together.
                recording.run = run.after(output.state, row, bad)
                bar.step(**{name: row[name] for name in ("train_loss", "accuracy") if name in row})
                saves.after_round(recording.run)
    run = recording.run
    if run.diverged:
        arguments.warn(
            f"Round {run.diverged} diverged: the training loss or the model is NaN or infinite. The "
            f"run ends here, with the model of round {run.rounds}. Try a smaller learning rate."
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


def _training_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    train = metrics["client_work"]["train"]
    names = {"loss": "train_loss", "accuracy": "train_accuracy", "num_examples": "num_examples"}
    row = {ours: train[theirs].item() for theirs, ours in names.items() if theirs in train}
    if row.get("num_examples") == 0:
        # The mean over no examples; TFF says 0.
        row |= {name: np.nan for name in ("train_loss", "train_accuracy") if name in row}
    return row
