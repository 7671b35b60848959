"""Tells right from wrong, from outside of the learner's process.

Whatever a learner's notebook does to the checker in its own process, it earns nothing by it: the
judge sends arguments that it has drawn, and looks at what comes back.
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
from fedtutor.exercises.problem import imports_of
from fedtutor.exercises.values import plain

GRACE = 30  # seconds that an answer may take on top of its limit: the machine may be busy


@dataclass(frozen=True)
class Judged:
    """What running and judging a notebook came to.

    Attributes:
        text: the executed notebook; empty where there is none. It was written by the learner's
            process: nothing in it can be trusted.
        outcomes: {name of the exercise: Outcome}, for all exercises of the lesson.
        silent: the names of those whose cells handed nothing in; they ended before, perhaps.
        stopped: why the notebook was stopped early; None if it was not.
    """

    text: str
    outcomes: dict
    silent: set
    stopped: str | None


def judge(room, notebook, secret):
    """Run a notebook and judge its answers.

    Args:
        room: a `sandbox.Room` for the notebook's lesson.
        notebook: its text.
        secret: a text; the numbers that the checks draw follow from it.

    Returns:
        A `Judged`.
    """
    outcomes, silent = {}, set()
    with tempfile.TemporaryDirectory(prefix="judge-") as folder:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(Path(folder) / "judge"))
            listener.listen()
            listener.settimeout(0.2)
            running = room.run(notebook, folder)
            try:
                while running.is_on:
                    with contextlib.suppress(TimeoutError):
                        connection, _ = listener.accept()
                        with connection:
                            _hear(connection, room.lesson, secret, outcomes, silent)
            except BaseException:
                running.stop("the grading was stopped")
                raise
            finally:
                text = running.result()
    why = f"The notebook was stopped before this: {running.stopped}." if running.stopped else (
        "Its cell was not reached, or had been replaced."
    )  # fmt: skip
    for name in room.lesson.exercises:
        outcomes.setdefault(name, Outcome(NOT_ATTEMPTED, why))
    return Judged(text, outcomes, silent, running.stopped)


def _hear(connection, lesson, secret, outcomes, silent):
    """Hear what a learner's process has to say about one exercise, once."""
    connection.settimeout(GRACE)
    try:
        claim = codec.receive(connection)
        exercise = lesson.exercises[claim["exercise"]]
        if exercise.name not in outcomes:
            # Set before it is asked: whoever breaks off the questioning gets no second one.
            outcomes[exercise.name] = Outcome(NOT_YET, _BROKEN_OFF)
            if not claim["given"]:
                silent.add(exercise.name)
            answer = _Heard(connection, bool(claim["attempted"]), claim["value"])
            outcomes[exercise.name] = exercise.examine(answer, seed_of(secret, exercise))
        codec.send(connection, _last_word(exercise, outcomes[exercise.name]))
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        pass  # it does not keep to the protocol, and earns nothing


_BROKEN_OFF = "The process that was asked for the answer gave none."


@dataclass(frozen=True)
class _Heard:
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
            return Reply(problem=_BROKEN_OFF)


def _last_word(exercise, outcome):
    lesson = exercise.lesson
    module = importlib.import_module(f"fedtutor.exercises.{lesson.module}")
    solution = ""
    if isinstance(exercise, FunctionExercise) and not outcome.solved:
        solution = f"{imports_of(module)}\n\n\n{exercise.solution_source()}\n"
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
