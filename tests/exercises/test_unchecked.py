"""An answer that was written but never checked is no answer, and the cell of the points says so."""

import pytest

from fedtutor.exercises import one_computer, start_here
from fedtutor.exercises.outcome import NOT_ATTEMPTED, Outcome


@pytest.fixture(autouse=True)
def untouched(monkeypatch):
    for exercise in (start_here.megabytes, start_here.digits_in_training):
        monkeypatch.setattr(exercise, "outcome", Outcome(NOT_ATTEMPTED))
        monkeypatch.setattr(exercise, "solved", False)


def earned(code, capsys):
    """What `earned()` prints in a lesson in which this code has run."""
    exec(code, {"exercise": start_here})
    return capsys.readouterr().out


def test_a_function_without_its_decorator(capsys):
    said = earned("def megabytes(*args):\n    return 1\nexercise.megabytes.earned()", capsys)
    assert "Exercise 3: 0 of 2 points." in said and "Is `@exercise.megabytes` above it?" in said


def test_a_value_that_was_not_checked(capsys):
    said = earned("digits_in_training = 11_959\nexercise.digits_in_training.earned()", capsys)
    assert "Run `exercise.digits_in_training.check(digits_in_training)`." in said


@pytest.mark.parametrize(
    "code",
    [
        "exercise.megabytes.earned()",
        "digits_in_training = ...\nexercise.digits_in_training.earned()",
        "@exercise.megabytes\ndef megabytes(*args):\n    ...\nexercise.megabytes.earned()",
        "@exercise.megabytes\ndef megabytes(*args):\n    return 1\nexercise.megabytes.earned()",
    ],
    ids=["nothing", "dots", "an untouched function", "a checked function"],
)
def test_otherwise_nothing_is_said(code, capsys):
    said = earned(code, capsys)
    assert "of" in said and "not been checked" not in said


def test_a_function_is_not_checked_like_a_value(capsys):
    one_computer.worst_class.check(lambda confusion: (0, 1))
    assert "write `@exercise.worst_class` above it" in capsys.readouterr().out
