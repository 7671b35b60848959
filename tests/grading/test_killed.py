"""A process that is killed while it grades costs only the notebook that it was grading."""

import pytest

from fedtutor.grading import grade
from tests.grading import killers


@pytest.fixture
def run(monkeypatch):
    """A function that grades some files; returns those that were graded, and what went wrong."""

    def run(*files, start=killers.start_nothing):
        monkeypatch.setattr(grade, "_grade", killers.grade_or_be_killed)
        monkeypatch.setattr(grade, "_start_process", start)
        graded, problem = [], ""
        try:
            for submission, result in grade._grade_in_parallel(2, map(killers.Handed, files), ()):
                assert submission.file == result
                graded.append(result)
        except grade.GradingError as error:
            problem = str(error)
        return sorted(graded), problem

    return run


def test_everybody_else_is_graded_and_the_message_names_the_file(run):
    graded, problem = run("a.ipynb", "kills it.ipynb", "b.ipynb", "c.ipynb", "d.ipynb", "e.ipynb")
    assert graded == ["a.ipynb", "b.ipynb", "c.ipynb", "d.ipynb", "e.ipynb"]
    assert "killed while it graded kills it.ipynb, perhaps" in problem and "--jobs 1" in problem


def test_if_no_process_can_start_that_is_said_soon(run):
    graded, problem = run(*"abcdefgh", start=killers.start_and_be_killed)
    assert graded == [] and "--jobs 1" in problem
