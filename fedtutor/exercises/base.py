"""What all kinds of exercises share."""

import hashlib
import os
import sys
from dataclasses import dataclass

import numpy as np

from fedtutor.exercises import calls, view
from fedtutor.exercises.outcome import BROKEN, CORRECT, NOT_ATTEMPTED, NOT_YET, Outcome
from fedtutor.exercises.values import plain_or_other


class NotSolved(Exception):
    """Raised under nbgrader by an exercise that is not solved and therefore earns nothing."""

    def _render_traceback_(self):
        return [str(self)]


class CheckFailed(Exception):
    """Raised by a check that can't decide, so that nobody gets points, or loses them, by that."""


class Exercise:
    """What all kinds of exercises share.

    `outcome` is that of the newest answer. `solved` says whether any answer was correct: trying a wrong
    answer afterwards, to see what happens, costs no points.

    Args:
        lesson: a `Lesson`.
        declaration: a class; its name is the exercise's. It may hold `because`, a sentence that is
            shown with a correct answer.
        points: what it is worth to a grader.
        minutes: how long it takes.
        hints: one to three sentences, from a nudge to nearly the answer.
    """

    def __init__(self, lesson, declaration, *, points, minutes, hints):
        self.lesson, self.name = lesson, declaration.__name__
        self.points, self.minutes, self.hints = points, minutes, hints
        self.outcome, self.solved = Outcome(NOT_ATTEMPTED), False
        self._declaration = declaration
        self._hints_given = 0

    @property
    def status(self):
        return self.outcome.status

    @property
    def number(self):
        return list(self.lesson.exercises).index(self.name) + 1

    def hint(self):
        """Show the next hint; after the last hint, start over."""
        number = self._hints_given % len(self.hints)
        self._hints_given += 1
        more = "" if number + 1 < len(self.hints) else " This was the last hint."
        title = f"Hint {number + 1} of {len(self.hints)}"
        view.show(view.Note(title, self.hints[number] + more))

    def solution(self):
        """Show the course's solution."""
        view.show(view.Note("One way to solve it", code=self.solution_source()))

    def solution_source(self):
        """The text of the course's solution, as it would be written in the lesson."""
        raise NotImplementedError

    def earned(self):
        """Show the points; under nbgrader, raise `NotSolved` if there are none.

        This is what the locked cell after an exercise calls.
        """
        if os.environ.get("NBGRADER_EXECUTION") and not self.solved:
            raise NotSolved(self.verdict(self.outcome))
        print(self._points(self.solved))
        own = sys._getframe(1).f_globals.get(self.name, ...)
        if self.status == NOT_ATTEMPTED and own is not ... and not self._is_ours(own):
            print(self._unchecked)

    def verdict(self, outcome):
        """What a graded notebook says: the points, and what was wrong."""
        points = self._points(outcome.solved)
        if outcome.solved:
            return points
        return f"{points} {outcome.status.capitalize()}. {outcome.message}".rstrip()

    def _points(self, solved):
        points = self.points if solved else 0
        return f"Exercise {self.number}: {points} of {self.points} point{'s' * (self.points != 1)}."

    def _is_ours(self, value):
        """Whether it is what the lesson itself binds to the exercise's name."""
        return False

    def examine(self, answer, seed):
        """Check an answer.

        Args:
            answer: something that holds the learner's answer, such as `OwnAnswer`.
            seed: an int or a list of ints, for the numbers that the check draws.

        Returns:
            An `Outcome`.
        """
        if not answer.attempted:
            return Outcome(NOT_ATTEMPTED)
        try:
            complaint = self._complaint(answer, np.random.default_rng(seed))
        except Exception as error:  # a mistake of ours must not look like one of theirs
            if not isinstance(error, CheckFailed) and self._works():
                return Outcome(
                    NOT_YET,
                    "Your answer can't be compared with the right one: there is a value of another kind in "
                    "it, or a number that is far too large.",
                )
            return Outcome(
                BROKEN,
                "The check itself has failed. This is a mistake in the course, not yours. Please report "
                f"it: {type(error).__name__}: {error}",
            )
        if complaint is not None:
            return Outcome(NOT_YET, complaint)
        return Outcome(CORRECT, getattr(self._declaration, "because", ""))

    def forget(self):
        """Forget what was computed for earlier checks."""

    def _complaint(self, answer, rng):
        raise NotImplementedError

    def _works(self):
        """Whether the check accepts the course's own answer, or at least has no mistake."""
        try:
            self._complaint(OwnAnswer(True, self._right_answer), np.random.default_rng(0))
        except Exception:
            return False
        return True

    @property
    def _right_answer(self):
        raise NotImplementedError

    def _take(self, answer):
        """Check a learner's answer, here in the lesson."""
        self.outcome = self.examine(answer, own_seed(self))
        self.solved |= self.outcome.solved

    def _show(self, *foot):
        if self.solved and not self.outcome.solved:
            foot = ("You have already solved this exercise, and you keep its points.", *foot)
        title = f"{self.name}: {self.status}"
        view.show(view.Note(title, self.outcome.message, foot="\n".join(foot), status=self.status))

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
        return plain_or_other(self.value)


def seed_of(secret, exercise):
    """The seed of an exercise's check: the same for every learner, different for each secret."""
    text = f"{secret}/{exercise.lesson.notebook}/{exercise.name}"
    return list(hashlib.sha256(text.encode()).digest()[:16])


def own_seed(exercise):
    """The seed of the checks in this process."""
    return seed_of(os.environ.get("FEDTUTOR_SECRET", ""), exercise)
