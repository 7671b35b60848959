"""Every lesson can be graded: in the sandbox, solved exercises earn all points, others none."""

import json

import pytest

from fedtutor import exercises
from fedtutor.grading import course, judge, sandbox
from tests.exercises.filling import fill
from tests.grading.learners import answers_that_need_no_lesson, only_the_exercises

LESSONS = course.lessons_with_exercises()


@pytest.fixture(params=LESSONS)
def graded(request, needs_sandbox):
    """A function from answers to the names of the exercises that they solve, for each lesson."""
    lesson = exercises.lesson(request.param.partition("_")[2])
    short = only_the_exercises(json.loads(LESSONS[request.param].read_text()))

    def solved_with(answers):
        with sandbox.Room(lesson) as room:
            judged = judge.judge(room, json.dumps(fill(short, lesson, answers)), "a secret")
        assert judged.stopped is None
        wrong = {n: o.message for n, o in judged.outcomes.items() if n in answers and not o.solved}
        assert not wrong
        return {name for name, outcome in judged.outcomes.items() if outcome.solved}

    return lesson, solved_with


def test_all_solved_earns_everything_and_every_other_one_only_its_own(graded):
    """So no exercise needs another one to be solved, and none solves another."""
    lesson, solved_with = graded
    answers = answers_that_need_no_lesson(lesson)
    assert solved_with(answers) == set(answers)
    every_other = dict(list(answers.items())[1::2])
    assert solved_with(every_other) == set(every_other)
