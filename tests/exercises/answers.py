"""Answers to an exercise, as learners write them, with what the checker must say.

Each exercise has a file here, LESSON/EXERCISE.py, with an `answers = Answers()` in it:

    @answers.right                     at least three, in different styles
    def megabytes(...): ...

    @answers.wrong("one way only")     at least four; the text must be in the message
    def megabytes(...): ...

Values and letters go through the same two: `answers.right(5900)`, `answers.wrong("one client")(590)`.
"""

import importlib
from pathlib import Path

from fedtutor import exercises

FOLDER = Path(__file__).resolve().parent


class Answers:
    def __init__(self):
        self.all = []  # (answer, the text that its message must hold, or None if it is right)

    def right(self, answer):
        self.all.append((answer, None))
        return answer

    def wrong(self, text):
        def mark(answer):
            self.all.append((answer, text))
            return answer

        return mark


def every_exercise():
    """All exercises of all lessons that there are."""
    return [
        exercise
        for module in exercises.LESSONS
        for exercise in exercises.lesson(module).exercises.values()
    ]


def answers_to(exercise):
    """The collected answers of an exercise, or None where it has no file."""
    module = exercise.lesson.module
    if not (FOLDER / module / f"{exercise.name}.py").is_file():
        return None
    return importlib.import_module(f"tests.exercises.{module}.{exercise.name}").answers
