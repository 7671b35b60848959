"""Checks a learner's answers from outside the learner's process.

Tampering with the checks in the learner's own process earns nothing: the judge sends arguments that it
has drawn itself, and checks what comes back.
"""

import contextlib
import importlib
import inspect
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fedtutor.exercises import codec
from fedtutor.exercises.base import seed_of
from fedtutor.exercises.calls import Reply
from fedtutor.exercises.functions import FunctionExercise
from fedtutor.exercises.outcome import NOT_ATTEMPTED, NOT_YET, Outcome
from fedtutor.exercises.problem import standalone_solution
from fedtutor.exercises.values import plain
from fedtutor.grading.sandbox import NotebookRunner

GRACE = 30  # extra seconds for an answer, on top of its time limit: the machine may be busy


@dataclass(frozen=True)
class Judgment:
    """The result of running and judging a notebook.

    Attributes:
        text: the executed notebook; empty if there is none. The learner's process wrote it, so
            nothing in it can be trusted.
        outcomes: {name of the exercise: Outcome}, for all exercises of the lesson.
        unanswered: the names of the exercises that were reached without an answer, perhaps because
            the answer cell ended early.
        stopped: why the notebook was stopped early; None if it wasn't.
    """

    text: str
    outcomes: dict[str, Outcome]
    unanswered: set[str]
    stopped: str | None


def judge(runner: NotebookRunner, notebook: str, secret: str) -> Judgment:
    """Run a notebook and judge its answers.

    Args:
        runner: runs notebooks of this notebook's lesson.
        notebook: the notebook's text.
        secret: the seed for the numbers that the checks draw.

    Returns:
        The outcomes of all exercises, with the executed notebook.
    """
    outcomes, unanswered = {}, set()
    with tempfile.TemporaryDirectory(prefix="judge-") as folder:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(Path(folder) / "judge"))
            listener.listen()
            listener.settimeout(0.2)
            running = runner.start(notebook, folder)
            try:
                while running.is_running:
                    with contextlib.suppress(TimeoutError):
                        connection, _ = listener.accept()
                        with connection:
                            _judge_exercise(connection, runner.lesson, secret, outcomes, unanswered)
            except BaseException:
                running.stop("the grading was stopped")
                raise
            finally:
                text = running.result()
    if running.stopped:
        why = f"The notebook was stopped before this exercise: {running.stopped}."
    else:
        why = "Its cell was not reached, or had been replaced."
    for name in runner.lesson.exercises:
        outcomes.setdefault(name, Outcome(NOT_ATTEMPTED, why))
    return Judgment(text, outcomes, unanswered, running.stopped)


def _judge_exercise(connection, lesson, secret, outcomes, unanswered):
    """Judge the exercise that a connection from the learner's process is about, but only once."""
    connection.settimeout(GRACE)
    try:
        claim = codec.receive(connection)
        exercise = lesson.exercises[claim["exercise"]]
        if exercise.name not in outcomes:
            # Set before the first question: a process that hangs up gets no second try.
            outcomes[exercise.name] = Outcome(NOT_YET, _NO_ANSWER)
            if not claim["given"]:
                unanswered.add(exercise.name)
            answer = _RemoteAnswer(connection, bool(claim["attempted"]), claim["value"])
            outcomes[exercise.name] = exercise.examine(answer, seed_of(secret, exercise))
        codec.send(connection, _verdict(exercise, outcomes[exercise.name]))
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        pass  # it doesn't follow the protocol, and earns nothing


_NO_ANSWER = "The notebook's process did not answer when it was asked for the result."


@dataclass(frozen=True)
class _RemoteAnswer:
    """A learner's answer in another process; the counterpart of `base.OwnAnswer`."""

    connection: socket.socket
    attempted: bool
    value: object

    def given(self):
        return plain(self.value)

    def call(self, exercise, args):
        probe = None if exercise.probe is None else exercise.probe.__name__
        self.connection.settimeout(exercise.limit + GRACE)
        try:
            question = {"args": list(args), "probe": probe, "limit": exercise.limit}
            codec.send(self.connection, question)
            reply = codec.receive(self.connection)
            changed = reply["changed"]
            return Reply(
                value=plain(reply["value"]),
                problem=None if reply["problem"] is None else str(reply["problem"])[:500],
                changed=changed if changed in range(len(args)) else None,
            )
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            return Reply(problem=_NO_ANSWER)


def _verdict(exercise, outcome):
    """What the learner's process gets at the end: the verdict, and what the rest of the lesson needs."""
    lesson, solution = exercise.lesson, ""
    if isinstance(exercise, FunctionExercise) and not outcome.solved:
        solution = standalone_solution(exercise)
    return {
        "verdict": exercise.verdict(outcome),
        "solved": outcome.solved,
        "solution": solution,
        "revealed": {
            name: inspect.getsource(getattr(importlib.import_module(f"fedtutor.{name}"), function))
            for name, functions in lesson.hides.items()
            for function in functions
            if function == exercise.name
        },
    }
