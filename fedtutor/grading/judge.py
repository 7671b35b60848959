"""Checks a learner's answers from outside the learner's process.

Tampering with the checks in the learner's own process earns nothing: the judge sends arguments that it
has drawn itself, and checks what comes back.
"""

import contextlib
import dataclasses
import hashlib
import importlib
import inspect
import os
import socket
import tempfile
import time
from collections import Counter
from dataclasses import dataclass

import nbformat

from fedtutor.exercises import codec
from fedtutor.exercises.base import seed_of
from fedtutor.exercises.calls import Reply
from fedtutor.exercises.functions import FunctionExercise
from fedtutor.exercises.outcome import NOT_ATTEMPTED, NOT_YET, Outcome
from fedtutor.exercises.problem import standalone_solution
from fedtutor.exercises.values import plain_or_other
from fedtutor.grading.plain_text import quoted
from fedtutor.grading.sandbox import NotebookRunner

GRACE = 30  # extra seconds for an answer, on top of its time limit: the machine may be busy
MOST_CHARACTERS = 1000  # of a message about an answer
MOST_QUOTED = 500  # of them in the words of the learner's process, which can be anything
# About one exercise, or about none. Honest ones send up to 3.3 MB, and ask for their points once.
MOST_RECEIVED = 2 * codec.MOST_BYTES
MOST_CONNECTIONS = 200


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
        cell_stopped: whether one of its cells took too long, and the rest went on.
        slow: the names of the exercises whose answer took all the time that it may take.
    """

    text: str
    outcomes: dict[str, Outcome]
    unanswered: set[str]
    stopped: str | None
    cell_stopped: bool
    slow: set[str]


def judge(runner: NotebookRunner, notebook: str, secret: str) -> Judgment:
    """Run a notebook and judge its answers.

    The checks draw their numbers from the secret and from everything of the notebook that can run. So
    the same notebook always earns the same. But a notebook that has learned from an earlier page of
    feedback, its own or somebody else's, is another one, and is asked about other numbers.

    Args:
        runner: runs notebooks of this notebook's lesson.
        notebook: the notebook's text.
        secret: the seed for the numbers that the checks draw.

    Returns:
        The outcomes of all exercises, with the executed notebook.
    """
    notebook = what_runs(notebook)
    seed = f"{secret}/{hashlib.sha256(notebook.encode(errors='surrogatepass')).hexdigest()}"
    bench = _Bench(runner.lesson, seed)
    with tempfile.TemporaryDirectory(prefix="judge-", dir=runner.folder) as folder:
        with socket.socket(socket.AF_UNIX) as listener:
            _bind(listener, folder)
            listener.listen()
            listener.settimeout(0.2)
            running = runner.start(notebook, folder)
            try:
                while running.is_running:
                    with contextlib.suppress(TimeoutError):
                        connection, _ = listener.accept()
                        with connection:
                            bench.hear(connection)
                    if bench.is_flooded:
                        running.stop("it sent the judge much more than any lesson does")
                        break
            except BaseException:
                running.stop("the grading was stopped")
                raise
            finally:
                text = running.result()
    for exercise in runner.lesson.exercises.values():
        exercise.forget()
    if running.stopped:
        why = f"The notebook was stopped before this exercise: {running.stopped}."
    else:
        why = "Its cell was not reached, or had been replaced."
    for name in runner.lesson.exercises:
        bench.outcomes.setdefault(name, Outcome(NOT_ATTEMPTED, why))
    return Judgment(
        text, bench.outcomes, bench.unanswered, running.stopped, running.cell_stopped, bench.slow
    )


def _bind(listener, folder):
    """Bind a socket to "judge" in a folder, however long the folder's path is."""
    number = os.open(folder, os.O_PATH)
    try:
        listener.bind(f"/proc/self/fd/{number}/judge")
    finally:
        os.close(number)


def what_runs(notebook: str) -> str:
    """Reduce a notebook to what its kernel executes.

    Nothing else goes into the sandbox, where a program could find it: no outputs, no text, no metadata.

    Args:
        notebook: the notebook's text.

    Returns:
        The text of a notebook with as many cells, of which only code cells hold something.
    """
    cells = [
        nbformat.v4.new_code_cell(cell.source, id=f"cell-{number}")
        if cell.cell_type == "code"
        else nbformat.v4.new_markdown_cell(id=f"cell-{number}")
        for number, cell in enumerate(nbformat.reads(notebook, as_version=4).cells)
    ]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells))


class _Bench:
    """Judges the exercises that one notebook's process asks about, as long as it keeps to the limits.

    Attributes:
        outcomes: {name of an exercise: Outcome}, for those that were asked about.
        unanswered, slow: see `Judgment`.
    """

    def __init__(self, lesson, seed):
        self.outcomes, self.unanswered, self.slow = {}, set(), set()
        self._lesson, self._seed = lesson, seed
        # {name: number}; what is about no exercise, or about one that is over its limit, is under None.
        self._received, self._connections = Counter(), Counter()

    @property
    def is_flooded(self):
        """Whether too much has arrived that is about no exercise."""
        return self._received[None] > MOST_RECEIVED or self._connections[None] > MOST_CONNECTIONS

    def hear(self, connection):
        """Judge the exercise that a connection from the learner's process is about, but only once."""
        connection.settimeout(GRACE)
        line, about = _Line(connection, MOST_RECEIVED), None
        try:
            claim = _message(codec.receive(line), "exercise", "given", "attempted", "value")
            name = claim["exercise"]
            exercise = self._lesson.exercises.get(name) if _is_text(name) else None
            if exercise is None:
                return
            line.left -= self._received[name]
            if self._connections[name] == MOST_CONNECTIONS:
                self.outcomes[name] = Outcome(NOT_YET, _TOO_OFTEN)
            elif line.left < 0:
                self.outcomes[name] = Outcome(NOT_YET, _TOO_MUCH)
            else:
                about = name
                self._judge(exercise, line, claim)
            codec.send(connection, _verdict(exercise, self.outcomes[name]))
        except (OSError, EOFError, codec.CodecError):
            pass  # it doesn't follow the protocol, and earns nothing
        finally:
            self._connections[about] += 1
            self._received[about] += line.received

    def _judge(self, exercise, line, claim):
        if exercise.name in self.outcomes:
            return
        # Set before the first question: a process that hangs up gets no second try.
        self.outcomes[exercise.name] = Outcome(NOT_YET, _NO_ANSWER)
        if claim["given"] is not True:
            self.unanswered.add(exercise.name)
        answer = _RemoteAnswer(line, claim["attempted"] is True, claim["value"])
        outcome = exercise.examine(answer, seed_of(self._seed, exercise))
        if answer.slow and not outcome.solved:
            self.slow.add(exercise.name)
        if line.left < 0:
            outcome = Outcome(NOT_YET, _TOO_MUCH)
        message = _legible(outcome.message)
        self.outcomes[exercise.name] = dataclasses.replace(outcome, message=message)


class _Line:
    """A connection with a learner's process, of which only so much is read.

    Attributes:
        left: how many bytes may still be read; negative if there were more.
        received: how many have been read.
    """

    def __init__(self, connection, left):
        self._connection = connection
        self.left, self.received = left, 0
        self.settimeout, self.sendall = connection.settimeout, connection.sendall

    def recv(self, size):
        if self.left < 0:
            raise codec.CodecError("this is more than is read")
        piece = self._connection.recv(min(size, self.left + 1))
        self.left -= len(piece)
        self.received += len(piece)
        return piece


def _message(received, *keys):
    """Make sure that what was received is a dictionary with certain keys."""
    if not isinstance(received, dict) or not set(keys) <= set(received):
        raise codec.CodecError("this is not what was asked for")
    return received


def _is_text(value):
    return isinstance(value, str)


def _legible(text):
    """A message, cut, and without characters that control a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text[:MOST_CHARACTERS])


_NO_ANSWER = "The notebook's process did not answer when it was asked for the result."
_TOO_MUCH = "All the values it returned are too large together. The task asks for much less."
_TOO_OFTEN = f"Its points were asked for more than {MOST_CONNECTIONS} times. Ask for them once."


@dataclass
class _RemoteAnswer:
    """A learner's answer in another process; the counterpart of `base.OwnAnswer`.

    Attributes:
        slow: whether a call took all the time that it may take. The machine may have been busy.
    """

    connection: _Line
    attempted: bool
    value: object
    slow: bool = False

    def given(self):
        return plain_or_other(self.value)

    def call(self, exercise, args):
        probe = None if exercise.probe is None else exercise.probe.__name__
        self.connection.settimeout(exercise.limit + GRACE)
        begin = time.monotonic()
        try:
            question = {"args": list(args), "probe": probe, "limit": exercise.limit}
            codec.send(self.connection, question)
            reply = _message(codec.receive(self.connection), "value", "problem", "changed")
        except (OSError, EOFError, codec.CodecError):
            return Reply(problem=_NO_ANSWER)
        finally:
            self.slow |= time.monotonic() - begin > exercise.limit
        problem, changed = reply["problem"], reply["changed"]
        if problem is not None:
            if not _is_text(problem):
                return Reply(problem=_NO_ANSWER)
            return Reply(problem=f"Your notebook reports: {quoted(problem, MOST_QUOTED)}")
        if not (type(changed) is int and 0 <= changed < len(args)):
            changed = None
        return Reply(value=plain_or_other(reply["value"]), changed=changed)


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
