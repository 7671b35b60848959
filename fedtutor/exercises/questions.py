"""Exercises whose answer is a value, or one of a few letters."""

from fedtutor.exercises import values
from fedtutor.exercises.base import Exercise, OwnAnswer
from fedtutor.exercises.values import difference


class ValueExercise(Exercise):
    """A question whose answer is a value, given to `check`.

    The declaring class holds `answer`, the right value, or, if more than one number is right,
    `verify(value)`, which returns None or a sentence; `solution`, a text: an expression for the answer;
    and `mistakes`, a dictionary from wrong values to what is wrong with them.

    Args:
        tolerance: how far a float may be from the answer.
    """

    def __init__(self, lesson, declaration, *, tolerance=1e-3, **settings):
        super().__init__(lesson, declaration, **settings)
        self.tolerance = tolerance

    def check(self, value):
        """Check a learner's answer, and show the outcome."""
        self._take(OwnAnswer(value is not ..., value))
        if self.outcome.solved:
            self._show()
        else:
            dots = "Replace the dots with your answer. " if value is ... else ""
            self._show(dots + self._stuck)

    @property
    def _unchecked(self):
        return f"Your answer has not been checked. Run `exercise.{self.name}.check({self.name})`."

    def solution_source(self):
        return f"{self.name} = {self._declaration.solution}"

    @property
    def _right_answer(self):
        return getattr(self._declaration, "answer", 0.0)

    def _complaint(self, answer, rng):
        value = answer.given()
        if value is None:
            return "Your answer is None. `print` shows a value but returns None: leave it out."
        verify = getattr(self._declaration, "verify", None)
        expected = 0.0 if verify else self._declaration.answer
        fits = values.kind(value) == values.kind(expected)
        if verify and fits:
            found = verify(value)
        else:
            found = difference(expected, value, tolerance=self.tolerance)
        if found is None:
            return None
        for wrong, message in getattr(self._declaration, "mistakes", {}).items():
            if difference(wrong, value, tolerance=self.tolerance) is None:
                return f"You answered {values.short(value)}. {message}"
        if not fits:
            return f"Your answer is {found}"
        return found if verify else f"It is not {values.short(value)}."


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
        chosen = value.strip(" .()\n\t").lower() if isinstance(value, str) else None
        if chosen not in options:
            letters = ", ".join(f'"{letter}"' for letter in options)
            return f"Answer with one of the letters {letters}."
        return None if chosen == self._declaration.answer else self._declaration.mistakes[chosen]
