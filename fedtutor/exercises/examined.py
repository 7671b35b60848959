"""The learner's side of the connection under `fedtutor grade`.

In the process that runs a learner's notebook, these replace a lesson's exercises: the process holds no
solution, and no check that could be tampered with. A judge outside asks what the learner's function
returns, decides whether it is right, and only then sends the solution, so that the lesson goes on.
"""

import contextlib
import functools
import hashlib
import importlib
import os
import re
import socket
from pathlib import Path

from fedtutor.exercises import calls, codec, probes
from fedtutor.exercises.base import NotSolved
from fedtutor.exercises.values import Other, plain_or_other

ADDRESS = "FEDTUTOR_JUDGE"
KNOWN = "_known"  # a folder of the package: results of hidden functions that the lesson needs early
_revealed = {}


class Exercise:
    """Takes a learner's answer and answers the judge's questions with it."""

    def __init__(self, lesson, name):
        self.lesson, self.name = lesson, name
        self._function, self._value = None, ...

    def __call__(self, function):
        self._function = function
        return function

    def check(self, value):
        self._value = value

    def hint(self):
        print("There are no hints while a lesson is graded.")

    solution = hint

    def earned(self):
        """Let the judge ask.

        Raises:
            NotSolved: the answer is not correct, or there is none.
        """
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(os.environ[ADDRESS])
            codec.send(connection, {"exercise": self.name, "given": self._given, **self._claim()})
            while "verdict" not in (message := codec.receive(connection)):
                self._send(connection, self._answer(**message))
        for module, source in message["revealed"].items():
            names = importlib.import_module(f"fedtutor.{module}").__dict__
            exec(source, names)
            _revealed[f"{module}.{self.name}"] = names[self.name]
        if message["solved"]:
            print(message["verdict"])
            return
        if message["solution"]:
            self._go_on_with(message["solution"])
        raise NotSolved(message["verdict"])

    @staticmethod
    def _send(connection, reply):
        try:
            codec.send(connection, reply)
        except codec.CodecError:
            problem = "What it returns is too large. The task asks for much less."
            codec.send(connection, {"value": None, "problem": problem, "changed": None})

    @property
    def _given(self):
        """Whether the answer's cell ran far enough to hand anything in, even the untouched dots."""
        return self._function is not None or self._value is not ...

    def _claim(self):
        if self._function is not None:
            return {"attempted": not calls.is_untouched(self._function), "value": None}
        value = plain_or_other(self._value)
        try:
            codec.dumps(value)
        except codec.CodecError:
            value = Other(type(self._value).__name__)
        return {"attempted": self._value is not ..., "value": value}

    def _answer(self, args, probe, limit):
        probe = None if probe is None else getattr(probes, probe)
        reply = calls.call(self._function, tuple(args), limit=limit, probe=probe)
        return {"value": reply.value, "problem": reply.problem, "changed": reply.changed}

    def _go_on_with(self, source):
        from IPython import get_ipython

        names = {}
        # It may import a function that is hidden: if its exercise was skipped, it stays hidden.
        with contextlib.suppress(ImportError):
            exec(source, names)
            get_ipython().user_ns[self.name] = names[self.name]


@functools.cache
def exercise(lesson, name):
    """The stand-in for one exercise, the same one at each call."""
    return Exercise(lesson, name)


def attribute(lesson, name):
    """What a lesson's module, which is hidden for grading, returns for a name."""
    if name.startswith("__"):
        raise AttributeError(name)
    return (lambda: None) if name == "summary" else exercise(lesson, name)


class _Exercises:
    """The lesson's exercises, as `exercise` names them."""

    def __init__(self, lesson):
        self._lesson = lesson

    def __getattr__(self, name):
        return attribute(self._lesson, name)


def keep_name(lesson):
    """Let `exercise` mean the lesson's exercises in each cell that answers one or asks for its points.

    In all other cells, it is whatever the learner has made of it: a variable with this name must not
    cost the points of the exercises below.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    own = {}

    def bind(info):
        if _NEEDS_THE_NAME.search(info.raw_cell or ""):
            own["exercise"] = shell.user_ns.get("exercise")
            shell.user_ns["exercise"] = _Exercises(lesson)

    def unbind(_):
        before = own.pop("exercise", None)
        if before is not None and isinstance(shell.user_ns.get("exercise"), _Exercises):
            shell.user_ns["exercise"] = before

    shell.events.register("pre_run_cell", bind)
    shell.events.register("post_run_cell", unbind)


_NEEDS_THE_NAME = re.compile(r"@exercise\.\w|\bexercise\.\w+\.(check|earned)\(")


def known(name, arguments):
    """What a function returns that is hidden until its exercise has been judged.

    Args:
        name: the function, such as "partition.heterogeneity".
        arguments: {name: value}.

    Returns:
        Its result, if it has been revealed, or if the lesson itself calls it like this further up.

    Raises:
        RuntimeError: it is still hidden.
    """
    if name in _revealed:
        return _revealed[name](**arguments)
    try:
        return codec.loads(
            Path(__file__).parents[1].joinpath(KNOWN, key_of(name, arguments)).read_bytes()
        )
    except (OSError, codec.CodecError):
        raise RuntimeError(f"`{name}` is hidden until its exercise has been graded.") from None


def key_of(name, arguments):
    """A name for the file that holds the result of a call."""
    return hashlib.sha256(codec.dumps(plain_or_other([name, *arguments.items()]))).hexdigest()
