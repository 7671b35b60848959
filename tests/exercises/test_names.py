"""A function is judged as it will run: its own name means itself, whatever had the name before."""

import math

import pytest

from fedtutor.exercises import examined, problem
from fedtutor.exercises.outcome import CORRECT, NOT_YET

lesson = problem.Lesson("99_names")


@lesson.function(points=1, minutes=1, hints=("none",))
class factorial:
    def solution(n):
        return math.factorial(n)

    def cases(rng):
        yield problem.Case(3)
        yield problem.Case(4)


# The old one is right, so under the old name this answer would be right too.
OLD = "def factorial(n): return 1 if n < 2 else n * factorial(n - 1)\nold = factorial\n"
RECURSIVE = OLD.replace("old = factorial", "")
CALLS_THE_OLD = "def factorial(n):\n    return factorial(n)\n"


def defined(text, decorator, before=OLD):
    names = {"exercise": decorator}
    exec(before, names)  # as in a notebook, where it may be a cell far above
    exec(f"@exercise\n{text}", names)
    return names


def test_an_answer_that_calls_the_older_function_of_its_name_is_told_so():
    defined(CALLS_THE_OLD, factorial)
    assert factorial.outcome.status == NOT_YET
    assert "calls itself without end. Inside `factorial`" in factorial.outcome.message


@pytest.mark.parametrize("before", ["", OLD, "factorial = 3"])
def test_a_recursive_answer_is_right_whatever_had_its_name_before(before):
    defined(RECURSIVE, factorial, before)
    assert factorial.outcome.status == CORRECT, factorial.outcome.message


def test_after_the_check_the_name_is_what_it_was():
    names = {}
    exec(RECURSIVE, names)
    mine = names.pop("factorial")
    assert factorial(mine) is mine and "factorial" not in names
    names["factorial"] = 3
    assert factorial(mine) is mine and names["factorial"] == 3


def test_in_grading_it_is_the_same():
    stand_in = examined.Exercise("names", "factorial")
    names = defined(CALLS_THE_OLD, stand_in)
    names["factorial"] = names["old"]
    assert "calls itself without end" in stand_in._answer([3], None, 5.0)["problem"]
    assert names["factorial"] is names["old"]
