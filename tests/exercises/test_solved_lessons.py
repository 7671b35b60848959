"""Every lesson with all its exercises solved; as it is shipped, nbval runs it."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from fedtutor import exercises
from fedtutor.exercises.outcome import CORRECT, Outcome
from fedtutor.grading import cells, course
from tests.conftest import ROOT
from tests.exercises.filling import fill

sys.path.insert(0, str(ROOT / "tools"))
import lessons as tool  # noqa: E402

LESSONS = course.lessons_with_exercises()


def lesson_of(name):
    return exercises.lesson(name.partition("_")[2])


@pytest.fixture(scope="module")
def executed():
    """{name: the future of a solved lesson}. Two run side by side: each waits for itself at times."""

    def run(name):
        return tool.execute(fill(tool.read(LESSONS[name]), lesson_of(name)), LESSONS[name])

    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(run, name) for name in LESSONS}


@pytest.mark.parametrize("name", LESSONS)
def test_with_all_solutions_filled_in_each_exercise_is_correct(name, executed):
    notebook = executed[name].result()
    said = {
        cells.points_in(cell): "".join(output["text"] for output in cell["outputs"])
        for cell in notebook["cells"]
        if cells.points_in(cell)
    }
    assert said == {
        exercise.name: exercise.verdict(Outcome(CORRECT)) + "\n"
        for exercise in lesson_of(name).exercises.values()
    }
    assert "not yet" not in json.dumps([cell.get("outputs") for cell in notebook["cells"]])


def test_every_lesson_has_exercises_and_every_module_a_lesson():
    assert [name.partition("_")[2] for name in LESSONS] == list(exercises.LESSONS)
    assert list(LESSONS) == [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
