"""Every lesson with all its exercises solved; as it is shipped, nbval runs it."""

import json
import sys

import pytest

from fedtutor import exercises
from fedtutor.exercises.outcome import CORRECT, Outcome
from fedtutor.grading import cells, course
from tests.conftest import ROOT
from tests.exercises.filling import fill

sys.path.insert(0, str(ROOT / "tools"))
import lessons as tool  # noqa: E402

LESSONS = course.lessons_with_exercises()


@pytest.mark.parametrize("name", LESSONS)
def test_with_all_solutions_filled_in_each_exercise_is_correct(name):
    lesson = exercises.lesson(name.partition("_")[2])
    executed = tool.execute(fill(tool.read(LESSONS[name]), lesson), LESSONS[name])
    said = {
        cells.points_in(cell): "".join(output["text"] for output in cell["outputs"])
        for cell in executed["cells"]
        if cells.points_in(cell)
    }
    assert said == {
        exercise.name: exercise.verdict(Outcome(CORRECT)) + "\n"
        for exercise in lesson.exercises.values()
    }
    assert "not yet" not in json.dumps([cell.get("outputs") for cell in executed["cells"]])


def test_every_lesson_has_exercises_and_every_module_a_lesson():
    assert [name.partition("_")[2] for name in LESSONS] == list(exercises.LESSONS)
    assert list(LESSONS) == [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
