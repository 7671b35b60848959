"""The learner's side of the connection under `fedtutor grade`.

In the process that runs a learner's notebook, these replace a lesson's exercises: the process holds no
solution, and no check that could be tampered with. A judge outside asks what the learner's function
returns, decides whether it is right, and only then sends the solution, so that the lesson goes on.
"""

import contextlib
import functools
import importlib
import os
import re
import socket

from fedtutor.exercises import calls, codec, probes
from fedtutor.exercises.base import NotSolved
from fedtutor.exercises.values import plain

ADDRESS = "FEDTUTOR_JUDGE"


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
                codec.send(connection, self._answer(**message))
        for module, source in message["revealed"].items():
            exec(source, importlib.import_module(f"fedtutor.{module}").__dict__)
        if message["solved"]:
            print(message["verdict"])
            return
        if message["solution"]:
            self._go_on_with(message["solution"])
        raise NotSolved(message["verdict"])

    @property
    def _given(self):
        """Whether the answer's cell ran far enough to hand anything in, even the untouched dots."""
        return self._function is not None or self._value is not ...

    def _claim(self):
        if self._function is not None:
            return {"attempted": not calls.is_untouched(self._function), "value": None}
        return {"attempted": self._value is not ..., "value": plain(self._value)}

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
