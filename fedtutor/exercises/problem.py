"""Exercises: how one is declared, checked, hinted at and solved.

A lesson's module declares its exercises with `Lesson`. In the lesson, a learner's definition is
checked as it is made:

    from fedtutor.exercises import averaging_by_hand as exercise

    @exercise.weighted_average
    def weighted_average(client_weights, num_examples):
        ...
"""

import ast
import functools
import hashlib
import inspect
import os
import re
import textwrap
from dataclasses import dataclass

import numpy as np

from fedtutor.exercises import calls, values, view
from fedtutor.exercises.outcome import BROKEN, CORRECT, NOT_ATTEMPTED, NOT_YET, Outcome
from fedtutor.exercises.values import difference, plain


class NotSolved(Exception):
    """Raised under nbgrader by an exercise that is not solved, which so earns nothing."""

    def _render_traceback_(self):
        return [str(self)]


class Lesson:
    """The exercises of one lesson, in their order.

    Args:
        notebook: the lesson's file name without its ending, such as "03_averaging_by_hand".
        hides: functions of fedtutor that would give an answer away, as {module: their names}. In
            grading each is put aside until the exercise of the same name has been judged.
    """

    def __init__(self, notebook, hides=None):
        self.notebook, self.hides = notebook, hides or {}
        self.exercises = {}

    @property
    def module(self):
        return self.notebook.partition("_")[2]

    def function(self, **settings):
        """Declare an exercise whose answer is a function; decorates a class, see `FunctionExercise`."""
        return functools.partial(self._declare, FunctionExercise, settings)

    def value(self, **settings):
        """Declare an exercise whose answer is a value; decorates a class, see `ValueExercise`."""
        return functools.partial(self._declare, ValueExercise, settings)

    def choice(self, **settings):
        """Declare a multiple-choice question; decorates a class, see `ChoiceExercise`."""
        return functools.partial(self._declare, ChoiceExercise, settings)

    def _declare(self, kind, settings, declaration):
        exercise = kind(self, declaration, **settings)
        self.exercises[exercise.name] = exercise
        return exercise

    def summary(self):
        """Show what of the lesson is solved and what is left."""
        everybody = self.exercises.values()
        done = [exercise for exercise in everybody if exercise.outcome.solved]
        earned, total = (sum(e.points for e in some) for some in (done, everybody))
        rows = [
            repr(view.Note(f"{e.number} {e.name}: {e.status}", status=e.status)) for e in everybody
        ]
        view.show(
            view.Note(
                f"{len(done)} of {len(everybody)} exercises, {earned} of {total} points",
                status=CORRECT if len(done) == len(everybody) else NOT_ATTEMPTED,
                code="\n".join(rows),
            )
        )


class Exercise:
    """What all kinds of exercises share.

    Args:
        lesson: a `Lesson`.
        declaration: a class; its name is the exercise's. It may hold `because`, a sentence that is
            shown with a correct answer.
        points: what it is worth to a grader.
        minutes: how long it takes.
        hints: one to three sentences, from a nudge to nearly all.
    """

    def __init__(self, lesson, declaration, *, points, minutes, hints):
        self.lesson, self.name = lesson, declaration.__name__
        self.points, self.minutes, self.hints = points, minutes, hints
        self.outcome = Outcome(NOT_ATTEMPTED)
        self._declaration = declaration
        self._hints_given = 0

    @property
    def status(self):
        return self.outcome.status

    @property
    def number(self):
        return list(self.lesson.exercises).index(self.name) + 1

    def hint(self):
        """Show the next hint; after the last one, begin again with the first."""
        number = self._hints_given % len(self.hints)
        self._hints_given += 1
        more = "" if number + 1 < len(self.hints) else " This was the last hint."
        title = f"Hint {number + 1} of {len(self.hints)}"
        view.show(view.Note(title, self.hints[number] + more))

    def solution(self):
        """Show the course's solution."""
        view.show(view.Note("One way to solve it", code=self.solution_source()))

    def solution_source(self):
        """The text of the course's solution, as it would stand in the lesson."""
        raise NotImplementedError

    def earned(self):
        """Show the points; under nbgrader, raise `NotSolved` where there are none.

        This is what the locked cell after an exercise calls.
        """
        if os.environ.get("NBGRADER_EXECUTION") and not self.outcome.solved:
            raise NotSolved(self.verdict(self.outcome))
        print(self._points(self.outcome))

    def verdict(self, outcome):
        """What a graded notebook says: the points, and what was wrong."""
        points = self._points(outcome)
        if outcome.solved:
            return points
        return f"{points} {outcome.status.capitalize()}. {outcome.message}".rstrip()

    def _points(self, outcome):
        points = self.points if outcome.solved else 0
        return f"Exercise {self.number}: {points} of {self.points} point{'s' * (self.points != 1)}."

    def examine(self, answer, seed):
        """Check an answer.

        Args:
            answer: what knows the learner's answer, such as `OwnAnswer`.
            seed: an int or a list of ints, for the numbers that the check draws.

        Returns:
            An `Outcome`.
        """
        if not answer.attempted:
            return Outcome(NOT_ATTEMPTED)
        try:
            complaint = self._complaint(answer, np.random.default_rng(seed))
        except Exception as error:  # a mistake of ours must not look like one of theirs
            return Outcome(
                BROKEN,
                "The check itself has failed. This is a mistake of the course and not yours; "
                f"please report it: {type(error).__name__}: {error}",
            )
        if complaint is not None:
            return Outcome(NOT_YET, complaint)
        return Outcome(CORRECT, getattr(self._declaration, "because", ""))

    def _complaint(self, answer, rng):
        raise NotImplementedError

    def _show(self, foot=""):
        title = f"{self.name}: {self.status}"
        view.show(view.Note(title, self.outcome.message, foot=foot, status=self.status))

    @property
    def _stuck(self):
        return f"Stuck? `exercise.{self.name}.hint()`"


@dataclass(frozen=True)
class OwnAnswer:
    """A learner's answer in this process.

    Attributes:
        attempted: whether there is one.
        value: the function, or the value.
    """

    attempted: bool
    value: object = None

    def call(self, exercise, args):
        return calls.call(self.value, args, limit=exercise.limit, probe=exercise.probe)

    def given(self):
        return plain(self.value)


class Case:
    """Arguments to call a function with.

    Args:
        args: plain values.
        about: what is special here, such as "with a single client"; None for the plain cases.
    """

    def __init__(self, *args, about=None):
        self.args, self.about = args, about


def mistake(message):
    """Mark a function as a wrong answer that learners write, and say what is wrong with it."""

    def mark(function):
        function.misconception = message
        return function

    return mark


class FunctionExercise(Exercise):
    """An exercise whose answer is a function. Used as its decorator, it checks what is defined.

    The declaring class holds functions (not methods):

    - `solution`: the course's own, complete by itself but for the module's imports; it is shown;
    - `cases(rng)`: gives `Case`s. The first ones are plain, the others at the edges. Whatever is
      drawn from `rng` differs in grading;
    - any number of functions marked with `mistake`: wrong answers that learners write. Whoever does
      the same is told so;
    - `verify(result, *args)`, where more than one result is right: gives None or a sentence. Without
      it, results are compared with the solution's.

    Args:
        tolerance: how far two floats may be apart, see `values.difference`.
        limit: how many seconds a call may take.
        probe: how the function is tried where the arguments or results are no plain values; one of
            the functions in `probes`.
        repeatable: whether two calls with the same arguments must give the same.
        keep_inputs: whether the function must leave its arguments as they are.
    """

    def __init__(
        self,
        lesson,
        declaration,
        *,
        tolerance=1e-5,
        limit=5.0,
        probe=None,
        repeatable=True,
        keep_inputs=True,
        **settings,
    ):
        super().__init__(lesson, declaration, **settings)
        self.tolerance, self.limit, self.probe = tolerance, limit, probe
        self._repeatable, self._keep_inputs = repeatable, keep_inputs
        self.solve = declaration.solution
        self.solve.__name__ = self.solve.__qualname__ = self.name
        self.mistakes = [f for f in vars(declaration).values() if hasattr(f, "misconception")]
        self.yours = None

    def __call__(self, function):
        """Check a learner's function.

        Returns:
            The function itself if it is correct; else the course's solution, so that the lesson goes
            on. `yours` is then the learner's.
        """
        self.yours = function
        own = inspect.unwrap(function) if callable(function) else function
        attempted = not (own is self.solve or own is self or calls.is_untouched(function))
        self.outcome = self.examine(OwnAnswer(attempted, function), _seed(self))
        if self.outcome.solved:
            self._show()
            return function
        until = (
            f"Until it is correct, `{self.name}` is the course's solution, and the lesson goes on."
        )
        yours = f" Yours is `exercise.{self.name}.yours`." if attempted else ""
        self._show(f"{until}{yours} {self._stuck}")
        return self.solve

    def solution_source(self):
        source = textwrap.dedent(inspect.getsource(self.solve))
        return re.sub(r"^def solution\(", f"def {self.name}(", source).rstrip()

    @property
    def parameters(self):
        """The names of the function's arguments."""
        return list(inspect.signature(self.solve).parameters)

    def _complaint(self, answer, rng):
        wrong = []
        for number, case in enumerate(self._declaration.cases(rng)):
            reply = answer.call(self, case.args)
            if reply.problem is not None:
                return reply.problem + (f" This happens {case.about}." if case.about else "")
            if reply.changed is not None and self._keep_inputs:
                return (
                    f"It changes `{self.parameters[reply.changed]}`, which belongs to the caller. "
                    "Work with a copy, or build something new."
                )
            found = self._judge(case, reply.value)
            if found is not None:
                wrong.append((case, reply, found))
            elif number == 0 and self._repeatable:
                again = answer.call(self, case.args)
                if difference(reply.value, again.value, tolerance=self.tolerance) is not None:
                    return "Called twice with the same arguments, it gives two different results."
        if not wrong:
            return None
        return self._known_mistake(wrong) or self._first_of(wrong)

    def _judge(self, case, value):
        verify = getattr(self._declaration, "verify", None)
        if verify is None:
            return difference(self._call(self.solve, case).value, value, tolerance=self.tolerance)
        if value is None or isinstance(value, values.Other):
            return difference([], value)
        return verify(value, *case.args)

    def _call(self, function, case):
        return calls.call(function, case.args, limit=10 * self.limit, probe=self.probe)

    def _known_mistake(self, wrong):
        """The misconception that explains every wrong result, or None."""
        for function in self.mistakes:
            replies = (self._call(function, case) for case, _, _ in wrong)
            if all(
                same.problem is None
                and difference(same.value, reply.value, tolerance=self.tolerance) is None
                for same, (_, reply, _) in zip(replies, wrong)
            ):
                return function.misconception
        return None

    def _first_of(self, wrong):
        case, reply, found = wrong[0]
        verified = hasattr(self._declaration, "verify")
        if reply.value is None or (verified and isinstance(reply.value, values.Other)):
            return f"It gives back {found}"
        if verified:
            return found
        return f"{self._begin(case)} gives back {found}"

    def _begin(self, case):
        """A sentence's beginning: the case and the call, where that is short enough to read."""
        args = ", ".join(values.short(plain(arg)) for arg in case.args)
        call = (
            "it" if len(args) > 100 or "…" in args or "array" in args else f"`{self.name}({args})`"
        )
        about = f"{case.about}, " if case.about else ""
        text = about + call
        return text[0].upper() + text[1:]


class ValueExercise(Exercise):
    """A question whose answer is a value, given to `check`.

    The declaring class holds `answer`, the right value, or `right(value)`, which says whether a value
    is right; `solution`, a text: the expression that gives it; and `mistakes`, a dictionary from
    wrong values to what is wrong with them.

    Args:
        tolerance: how far a float may be from the answer.
    """

    def __init__(self, lesson, declaration, *, tolerance=1e-3, **settings):
        super().__init__(lesson, declaration, **settings)
        self.tolerance = tolerance

    def check(self, value):
        """Check a learner's answer, and say how it is."""
        self.outcome = self.examine(OwnAnswer(value is not ..., value), _seed(self))
        if self.outcome.solved:
            self._show()
        else:
            dots = "Put your answer in the place of the dots. " if value is ... else ""
            self._show(dots + self._stuck)

    def solution_source(self):
        return f"{self.name} = {self._declaration.solution}"

    def _complaint(self, answer, rng):
        value = answer.given()
        expected = getattr(self._declaration, "answer", 0.0)
        right = getattr(self._declaration, "right", None)
        if right is None:
            found = difference(expected, value, tolerance=self.tolerance)
        else:
            found = None if isinstance(value, (int, float)) else difference(0.0, value)
            found = found or (None if right(value) else "")
        if found is None:
            return None
        for wrong, message in getattr(self._declaration, "mistakes", {}).items():
            if difference(wrong, value, tolerance=self.tolerance) is None:
                return message
        if values.kind(value) != values.kind(expected):
            return f"Your answer is {found}"
        return f"It is not {values.short(value)}."


class ChoiceExercise(ValueExercise):
    """A question with a few answers to choose from, named by letters.

    The declaring class holds `options`, a dictionary from letters to texts; `answer`, the right
    letter; and `mistakes`, a dictionary from each other letter to what is wrong with it.
    """

    def solution_source(self):
        return f'{self.name} = "{self._declaration.answer}"'

    def _complaint(self, answer, rng):
        value = answer.given()
        options = self._declaration.options
        if not isinstance(value, str) or value.strip().lower() not in options:
            letters = ", ".join(f'"{letter}"' for letter in options)
            return f"Answer with one of the letters {letters}."
        chosen = value.strip().lower()
        return None if chosen == self._declaration.answer else self._declaration.mistakes[chosen]


def imports_of(module):
    """The import statements that a lesson's module needs for its solutions, as text."""
    tree = ast.parse(inspect.getsource(module))
    return "\n".join(
        ast.unparse(node)
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and not getattr(node, "module", "").startswith("fedtutor.exercises")
    )


def seed_of(secret, exercise):
    """The seed of an exercise's check: the same for every learner, and new with each secret."""
    text = f"{secret}/{exercise.lesson.notebook}/{exercise.name}"
    return list(hashlib.sha256(text.encode()).digest()[:16])


def _seed(exercise):
    return seed_of(os.environ.get("FEDTUTOR_SECRET", ""), exercise)
