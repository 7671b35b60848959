"""Grades a made-up class with one command, and compares each grade with the one that was earned.

    python -m tests.grading.class_of_thirty [--lesson 02_many_devices] [--learners 30]

Each learner hands in the whole lesson, with a right answer, a wrong answer or none to each exercise,
drawn from the answers in tests/exercises. Not part of `make test`: it takes as long as grading a class.
"""

import argparse
import csv
import inspect
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fedtutor import exercises
from fedtutor.exercises import problem
from fedtutor.exercises.functions import FunctionExercise
from fedtutor.grading import course
from tests.exercises.answers import answers_to
from tests.exercises.filling import fill


def texts_of(exercise):
    """Collect the answers to an exercise that run on their own, as a learner would type them.

    Returns:
        `([right answers], [wrong answers])`.
    """
    right_and_wrong = [], []
    for answer, message in answers_to(exercise).all:
        if not isinstance(exercise, FunctionExercise):
            text = repr(answer)
        elif inspect.isfunction(answer) and answer.__name__ == exercise.name:
            if calls_helpers(answer):
                continue
            imports = problem.imports_of(inspect.getmodule(answer)).splitlines()
            lines = inspect.getsource(answer).rstrip().splitlines()
            while not lines[0].startswith("def "):
                del lines[0]
            text = "\n".join([i for i in imports if " tests." not in i] + lines)
        else:
            continue
        try:
            known = {} if isinstance(exercise, FunctionExercise) else {"__builtins__": {}}
            exec(text, known)
        except Exception:  # np.int64(3), nan: such names are not defined in the lesson
            continue
        right_and_wrong[message is not None].append(text)
    return right_and_wrong


def calls_helpers(answer):
    """Whether an answer calls other functions of its module, which a notebook wouldn't have."""
    module = inspect.getmodule(answer)
    named = set(re.findall(r"\w+", inspect.getsource(answer))) - {answer.__name__}
    things = [vars(module).get(name) for name in named]
    return any(inspect.isfunction(t) and t.__module__ == module.__name__ for t in things)


def hand_in(name, learners, folder, rng):
    """Write the learners' notebooks.

    Returns:
        {learner: {exercise: the points it should earn}}.
    """
    lesson = exercises.lesson(name.partition("_")[2])
    untouched = json.loads(course.lessons_with_exercises()[name].read_text(encoding="utf-8"))
    texts = {name: texts_of(exercise) for name, exercise in lesson.exercises.items()}
    earned = {}
    for number in range(learners):
        learner, answers = f"learner {number + 1:02}", {}
        earned[learner] = dict.fromkeys(texts, 0)
        for exercise, (right, wrong) in texts.items():
            kind = rng.choice(["right", "right", "wrong", "none"])
            if kind != "none":
                answers[exercise] = rng.choice(right if kind == "right" else wrong)
            if kind == "right":
                earned[learner][exercise] = lesson.exercises[exercise].points
        notebook = fill(untouched, lesson, answers)
        (folder / f"{learner}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return earned


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--lesson", default="02_many_devices", choices=course.lessons_with_exercises()
    )
    parser.add_argument("--learners", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        submissions, out = Path(folder) / "submissions", Path(folder) / "grades"
        submissions.mkdir()
        rng = random.Random(arguments.seed)
        earned = hand_in(arguments.lesson, arguments.learners, submissions, rng)
        begin = time.monotonic()
        command = [Path(sys.executable).with_name("fedtutor"), "grade", submissions, "--out", out]
        subprocess.run(command, check=True)
        seconds = time.monotonic() - begin
        with (out / "grades.csv").open(encoding="utf-8") as file:
            rows = {row["learner"]: row for row in csv.DictReader(file)}
        pages = len(list((out / "feedback").iterdir()))
    graded = {
        learner: {exercise: int(rows[learner][exercise]) for exercise in points}
        for learner, points in earned.items()
    }
    sums_agree = all(int(rows[n]["points"]) == sum(points.values()) for n, points in earned.items())
    print(f"{len(rows)} grades and {pages} pages of feedback in {seconds:.0f} seconds")
    differ = {n: (earned[n], graded[n]) for n in earned if earned[n] != graded[n]}
    for learner, (expected, found) in differ.items():
        print(f"{learner}: expected {expected}, graded {found}")
    if differ or not sums_agree or not len(rows) == pages == arguments.learners:
        sys.exit("Some grades differ from what was earned.")
    print("Every grade is what was earned.")


if __name__ == "__main__":
    main()
