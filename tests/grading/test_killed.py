"""The processes that grade: what one of them does, or suffers, is nothing to the others."""

import os

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


def test_everybody_else_is_graded_also_if_nothing_is_graded_before_a_process_is_killed(run):
    graded, problem = run("kills 1", "kills 2", "a", "b", "c", "d", "e", "kills 3")
    assert graded == ["a", "b", "c", "d", "e"] and "kills 1, kills 2, kills 3" in problem


def test_if_no_process_can_start_that_is_said_soon(run):
    graded, problem = run(*"abcdefgh", start=killers.start_and_be_killed)
    assert graded == [] and "--jobs 1" in problem


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is only one core")
def test_each_process_has_cores_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(grade, "_grade", killers.tell_the_cores)
    found = {tuple(cores) for _, cores in grade._grade_in_parallel(2, range(4), (tmp_path,))}
    assert sorted(core for cores in found for core in cores) == sorted(os.sched_getaffinity(0))
    assert len(found) == 2
