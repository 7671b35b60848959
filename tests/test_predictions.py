"""A guess is shown beside the outcome, and only where there is one."""

import numpy as np
import pytest

from fedtutor import predictions


@pytest.mark.parametrize(
    "guess, shown",
    [(95, "95"), ("b", "b"), (0.9, "0.9"), (None, "None"), ("", ""), (np.array([1, 2]), "[1 2]")],
    ids=repr,
)
def test_a_guess_stands_beside_the_outcome(capsys, guess, shown):
    predictions.compare(guess, "93%")
    assert capsys.readouterr().out == f"You guessed: {shown}. What came out: 93%.\n"


def test_without_a_guess_nothing_is_printed(capsys):
    predictions.compare(..., "93%")
    assert capsys.readouterr().out == ""
