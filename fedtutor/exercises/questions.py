"""Exercises whose answer is a value, or one of a few letters."""

from fedtutor.exercises import values
from fedtutor.exercises.base import Exercise, OwnAnswer, own_seed
from fedtutor.exercises.values import difference


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
        self.outcome = self.examine(OwnAnswer(value is not ..., value), own_seed(self))
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
