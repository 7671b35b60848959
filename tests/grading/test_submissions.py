"""Finding out who handed in what, in the folders that learning platforms export."""

import pytest

from fedtutor.grading import course, submissions

NOTEBOOK = """{"cells": [{"source": "from fedtutor.exercises import start_here as exercise"}]}"""


@pytest.fixture
def learners(tmp_path):
    """A function that creates files and returns {learner: [files]}."""

    def make(*files):
        for name in files:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(NOTEBOOK)
        found = {}
        for submission in submissions.find(tmp_path):
            found.setdefault(submission.learner, []).append(submission.file)
        return found

    return make


@pytest.mark.parametrize(
    "file, learner",
    [
        ("ada.ipynb", "ada"),
        ("ada (1).ipynb", "ada"),
        ("ada - Copy (2).ipynb", "ada"),
        ("ada-Copy1.ipynb", "ada"),
        ("Jörg Groß/deep/down/00.ipynb", "Jörg Groß"),
        ("Ada Lovelace_123_assignsubmission_file_/00.ipynb", "Ada Lovelace_123"),
        ("lovelaceada_12_345_00_start_here.ipynb", "lovelaceada_12"),
        ("lovelaceada_LATE_12_345_00_start_here-1.ipynb", "lovelaceada_12"),
        ("ada_00_start_here.ipynb", "ada_00_start_here"),
    ],
)
def test_a_files_path_says_whose_it_is(learners, file, learner):
    assert learners(file) == {learner: [file]}


def test_files_that_operating_systems_leave_behind_are_ignored(learners):
    files = (
        "ada/00.ipynb", ".DS_Store", "__MACOSX/ada.ipynb", "ada/.ipynb_checkpoints/00.ipynb",
        "ada/__MACOSX/._00.ipynb", "desktop.ini", ".ipynb_checkpoints/x.ipynb",
    )  # fmt: skip
    assert learners(*files) == {"ada": ["ada/00.ipynb"]}


def test_a_learner_who_hands_in_something_else_is_listed_too(learners, tmp_path):
    (tmp_path / "tina").mkdir()
    found = learners("ada.ipynb", "quentin.zip", "rita.py", "sven/00.txt", "ada.txt")
    assert found == {
        "ada": ["ada.ipynb"], "quentin": ["quentin.zip"], "rita": ["rita.py"], "sven": ["sven"],
        "tina": ["tina"],
    }  # fmt: skip
    problems = {s.learner: s.problem for s in submissions.find(tmp_path)}
    assert problems["ada"] is None
    assert problems["rita"] == "rita.py is not a notebook (*.ipynb)"
    assert problems["sven"] == problems["tina"] == "there is no notebook in its folder"


def test_links_are_not_followed(learners, tmp_path_factory, tmp_path):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.ipynb").write_text(NOTEBOOK)
    (tmp_path / "eve").symlink_to(outside)
    (tmp_path / "mallory.ipynb").symlink_to(outside / "secret.ipynb")
    learners("ada.ipynb")
    problems = {s.learner: s.problem for s in submissions.find(tmp_path)}
    assert problems["ada"] is None and problems["eve"] and problems["mallory"]


def test_a_folder_without_notebooks_is_refused(learners):
    with pytest.raises(ValueError, match="no notebooks"):
        learners("quentin.zip")


def test_a_folder_that_may_belong_to_several_learners_causes_a_warning(learners, tmp_path):
    learners("tut 1/lea.ipynb", "tut 1/max.ipynb", "ada/00.ipynb", "ada/00 (1).ipynb", "b.ipynb")
    (warning,) = submissions.layout_warnings(submissions.find(tmp_path))
    assert warning.startswith("tut 1: this folder holds 2 notebooks of 00_start_here (lea, max).")
    assert "grade this folder separately" in warning


def test_a_file_that_nests_without_end_is_no_notebook_and_stops_nobody_elses_grading():
    assert course.identify_lesson("[" * 200_000)[0] is None
