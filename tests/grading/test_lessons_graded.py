"""Every lesson can be graded: in the sandbox, solved exercises earn all points, others none."""

import json

import pytest

from fedtutor import exercises
from fedtutor.grading import course, judge, sandbox
from tests.exercises.filling import fill
from tests.grading.learners import answers_that_run_alone, only_the_exercises

LESSONS = course.lessons_with_exercises()


@pytest.fixture(params=LESSONS)
def graded(request, needs_sandbox):
    """For each lesson, a function that returns the names of the exercises that some answers solve."""
    lesson = exercises.lesson(request.param.partition("_")[2])
    short = only_the_exercises(json.loads(LESSONS[request.param].read_text()))

    def solved_with(answers):
        with sandbox.NotebookRunner(lesson) as runner:
            judgment = judge.judge(runner, json.dumps(fill(short, lesson, answers)), "a secret")
        assert judgment.stopped is None
        unsolved = {n: o for n, o in judgment.outcomes.items() if n in answers and not o.solved}
        assert not unsolved
        return {name for name, outcome in judgment.outcomes.items() if outcome.solved}

    return lesson, solved_with


def test_exercises_can_be_solved_all_together_or_without_each_other(graded):
    """No exercise depends on another one being solved, and none solves another one."""
    lesson, solved_with = graded
    answers = answers_that_run_alone(lesson)
    assert solved_with(answers) == set(answers)
    every_second = dict(list(answers.items())[1::2])
    assert solved_with(every_second) == set(every_second)
