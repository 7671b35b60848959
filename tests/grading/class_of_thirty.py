"""A class is graded by one command, and each grade is compared with the one that was earned.

    python -m tests.grading.class_of_thirty [--lesson 02_many_devices] [--learners 30]

Each learner hands in the whole lesson; to each exercise a right answer, a wrong one or none, drawn
from those in tests/exercises. Not part of `make test`: it takes as long as grading a class does.
"""

import argparse
import csv
import inspect
import json
import random
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
    """([right answers], [wrong answers]) as a learner would type them, as far as they stand alone."""
    sorted_out = [], []
    for answer, message in answers_to(exercise).all:
        if not isinstance(exercise, FunctionExercise):
            text = repr(answer)
        elif inspect.isfunction(answer) and answer.__name__ == exercise.name:
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
        except Exception:  # np.int64(3), nan: its name is not known in the lesson
            continue
        sorted_out[message is not None].append(text)
    return sorted_out


def hand_in(name, learners, folder, rng):
    """Write the learners' notebooks; gives {learner: {exercise: the points it earns}}."""
    lesson = exercises.lesson(name.partition("_")[2])
    whole = json.loads(course.lessons_with_exercises()[name].read_text(encoding="utf-8"))
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
        notebook = fill(whole, lesson, answers)
        (folder / f"{learner}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return earned


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--lesson", default="02_many_devices", choices=course.lessons_with_exercises()
    )
    parser.add_argument("--learners", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        submissions, out = Path(place) / "submissions", Path(place) / "grades"
        submissions.mkdir()
        rng = random.Random(asked.seed)
        earned = hand_in(asked.lesson, asked.learners, submissions, rng)
        begin = time.monotonic()
        command = [Path(sys.executable).with_name("fedtutor"), "grade", submissions, "--out", out]
        subprocess.run(command, check=True)
        seconds = time.monotonic() - begin
        with (out / "grades.csv").open(encoding="utf-8") as file:
            rows = {row["learner"]: row for row in csv.DictReader(file)}
        pages = len(list((out / "feedback").iterdir()))
    given = {
        learner: {exercise: int(rows[learner][exercise]) for exercise in points}
        for learner, points in earned.items()
    }
    sums = all(int(rows[n]["points"]) == sum(points.values()) for n, points in earned.items())
    print(f"{len(rows)} grades and {pages} pages of feedback in {seconds:.0f} seconds")
    differ = {n: (earned[n], given[n]) for n in earned if earned[n] != given[n]}
    for learner, (expected, found) in differ.items():
        print(f"{learner}: expected {expected}, graded {found}")
    if differ or not sums or not len(rows) == pages == asked.learners:
        sys.exit("Some grades are not those that were earned.")
    print("Every grade is the one that was earned.")


if __name__ == "__main__":
    main()
