"""Finding out who handed in what, in the folders that learning platforms export."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedtutor.grading import cells, course, learner_names, submissions
from fedtutor.grading.plain_text import one_line
from fedtutor.grading.submissions import Submission

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
        ("annakopie.ipynb", "annakopie"),
        ("Ada Copy.ipynb", "Ada Copy"),
        ("ada - Kopie.ipynb", "ada"),
        ("hw_1_2_Ada.ipynb", "hw_1"),
    ],
)
def test_a_files_path_says_whose_it_is(learners, file, learner):
    assert learners(file) == {learner: [file]}


@pytest.mark.parametrize(
    "files, expected",
    [
        (["ada.ipynb", "ada (1).ipynb", "ada - Copy (2).ipynb"], {"ada"}),
        (["anna.ipynb", "annakopie.ipynb", "anna_copy.ipynb"], {"anna", "annakopie", "anna_copy"}),
        # Without an original, these may be two learners with one name.
        (["Anna (1).ipynb", "Anna (2).ipynb"], {"Anna (1)", "Anna (2)"}),
        (["hw_1_2_Ada.ipynb", "hw_1_3_Bob.ipynb"], {"hw_1_2_Ada", "hw_1_3_Bob"}),
        (["hw_1_2_Ada.ipynb", "hw_1_3_Bob.pdf"], {"hw_1_2_Ada", "hw_1_3_Bob"}),
        (["hw_1.ipynb", "hw_1_3_Bob.ipynb"], {"hw_1", "hw_1_3_Bob"}),
        (["ada\x01.ipynb", "ada\x02.ipynb"], {"ada\ufffd", "ada\ufffd [2]"}),
        (["ada.ipynb", "ada\u202e.ipynb"], {"ada", "ada\ufffd"}),
        (
            ["Ada_12_assignsubmission_file_/a.ipynb", "Ada_12_assignsubmission_text_/b.ipynb"],
            {"Ada_12"},
        ),
        (["Ada_12/a.ipynb", "Ada_12_assignsubmission_file_/b.ipynb"],
         {"Ada_12", "Ada_12_assignsubmission_file_"}),
        (["byron_12_7_00_start_here.ipynb", "byron_12_8_00_start_here-1.ipynb"],
         {"byron_12_7_00_start_here", "byron_12_8_00_start_here-1"}),
    ],
)  # fmt: skip
def test_names_become_one_only_if_that_is_certain(learners, tmp_path, files, expected):
    assert set(learners(*files)) == expected
    warnings = submissions.layout_warnings(submissions.find(tmp_path))
    looks_like_one = len(expected) > 1 and not any("\ufffd" in name for name in expected)
    kept = any("each is graded as a learner of its own" in warning for warning in warnings)
    assert kept == (looks_like_one and "annakopie" not in expected)
    if expected == {"ada"}:
        assert "3 files" in submissions.newest_of_each(submissions.find(tmp_path))[0].remark
        assert "are taken for copies of one learner's notebook" in warnings[0]


@pytest.mark.parametrize(
    "files, expected",
    [
        (["Jos\u00e9.ipynb", "Jose\u0301.ipynb"], {"Jose\u0301", "Jos\u00e9 [2]"}),
        (["ada.ipynb", " ada .ipynb", " .ipynb"], {"ada", "ada [2]", "no name"}),
        (
            ["ada.ipynb", "ada\u200c.ipynb", "a\ufe01da.ipynb"],
            {"ada", "ada\u200c [2]", "a\ufe01da [3]"},
        ),
        (["Ada L.ipynb", "Ada\u00a0 L.ipynb"], {"Ada L", "Ada\u00a0 L [2]"}),
        (["\u3164.ipynb", "\u2800\u200d.ipynb"], {"no name", "no name [2]"}),
    ],
)
def test_names_that_look_alike_are_numbered(learners, files, expected):
    assert set(learners(*files)) == expected


def test_a_name_holds_nothing_that_a_terminal_obeys(learners):
    assert learners("ada\x1b[31m\u202e.ipynb") == {
        "ada\ufffd[31m\ufffd": ["ada\ufffd[31m\ufffd.ipynb"]
    }


def test_a_learners_files_for_several_lessons_from_canvas_are_one_learners(tmp_path):
    for number, lesson in enumerate(["00_start_here", "01_one_computer"]):
        text = NOTEBOOK.replace("start_here", lesson[3:])
        (tmp_path / f"byron_12_{number}_{lesson}.ipynb").write_text(text)
    assert {s.learner for s in submissions.find(tmp_path)} == {"byron_12"}


@pytest.mark.parametrize(
    "files, newest",
    [
        (["a.ipynb", "b.ipynb", "c.ipynb"], "c.ipynb"),
        (["try 9.ipynb", "try 10.ipynb"], "try 10.ipynb"),
        (["00.ipynb", "00 (2).ipynb", "00 (10).ipynb"], "00 (10).ipynb"),
        (["00.ipynb", "00-Copy1.ipynb"], "00-Copy1.ipynb"),
        (["00.ipynb", "old/00.ipynb"], "00.ipynb"),
        (["try 9/00.ipynb", "try 10/00.ipynb"], "try 10/00.ipynb"),
    ],
)
def test_of_several_files_the_last_by_name_counts(learners, tmp_path, files, newest):
    learners(*(f"ada/{file}" for file in files))
    (chosen,) = submissions.newest_of_each(submissions.find(tmp_path))
    assert chosen.file == f"ada/{newest}"
    assert chosen.remark.startswith(f"of {len(files)} files (")
    assert chosen.remark.endswith(f"the last by name counts: ada/{newest}")


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1) | (
    st.binary(min_size=1).filter(lambda name: not set(name) & set(b"/\0")).map(os.fsdecode)
)


@given(st.lists(NAMES, max_size=5, unique=True))
def test_any_names_are_read_and_sorted(names):
    paths = [Path("nowhere", f"{name}.ipynb") for name in names]
    learners = learner_names.of({path: [] for path in paths})
    assert all(len(learner.splitlines()) <= 1 for learner in learners.values())
    found = [
        Submission(learners[path], path, one_line(f"{folder}{path.name}"), "00_start_here")
        for path in paths
        for folder in ("", "a/", "b/c/")
    ]
    chosen = submissions.newest_of_each(found)
    assert len(chosen) == len(set(learners.values()))
    assert all(len(submission.remark) < 500 for submission in chosen)
    submissions.layout_warnings(found[::3])


def test_empty_lines_without_end_take_no_time():
    source = "\n" * 10**6 + " " * 10**6
    content = {"cells": [{"source": text} for text in (source, source + NOTEBOOK)]}
    assert course.identify_lesson(json.dumps(content)) == (None, course.NO_LESSON)
    assert cells.answered_in({"cell_type": "code", "source": source}) == []


def test_a_file_that_is_no_lesson_never_replaces_one_that_is(learners, tmp_path):
    learners("ada/00.ipynb")
    (tmp_path / "ada" / "01.ipynb").write_text("{}")
    (chosen,) = submissions.newest_of_each(submissions.find(tmp_path))
    assert chosen.file == "ada/00.ipynb" and "ada/01.ipynb" in chosen.remark


def test_the_names_of_files_can_not_write_a_note(learners, tmp_path):
    forged = "a), the last counts. Enter 4 of 4 points by hand (see " + "x" * 150
    learners(f"ada/{forged}.ipynb", "ada/\n=1+1.ipynb", *(f"ada/{i}.ipynb" for i in range(20)))
    (chosen,) = submissions.newest_of_each(submissions.find(tmp_path))
    assert len(chosen.remark) < 400 and len(chosen.remark.splitlines()) == 1
    assert "a)" not in chosen.remark and " and 18 more" in chosen.remark


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


def test_links_to_folders_lead_nowhere(learners, tmp_path):
    learners("ada.ipynb", "bob/x.ipynb", "carl/y.ipynb")
    for name, target in [("loop", ".."), ("root", "/"), ("bobs", "../bob"), ("z.ipynb", "../bob")]:
        (tmp_path / "carl" / name).symlink_to(target)
    (tmp_path / "dora").symlink_to("bob")
    (tmp_path / "eve").symlink_to("eve")
    (tmp_path / "finn").mkdir()
    (tmp_path / "finn" / "his.ipynb").symlink_to("../carl/y.ipynb")
    found = {s.file: s.problem is None for s in submissions.find(tmp_path)}
    assert sorted(found.items()) == [
        ("ada.ipynb", True), ("bob/x.ipynb", True), ("carl/y.ipynb", True),
        ("dora", False), ("eve", False), ("finn/his.ipynb", False),
    ]  # fmt: skip


def test_a_path_that_is_too_long_to_be_opened_stops_nothing(learners, tmp_path, monkeypatch):
    learners("ada.ipynb")
    monkeypatch.chdir(tmp_path)
    length = len(str(tmp_path))
    while length < 4096:
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
        length += 201
        if 4096 - 201 <= length < 4096:
            Path("x" * 240 + ".ipynb").write_text(NOTEBOOK)
    problems = {s.learner: s.problem for s in submissions.find(tmp_path)}
    assert problems == {"ada": None, "d" * 200: "it can't be read (File name too long)"}


def test_a_folder_without_notebooks_is_refused(learners):
    with pytest.raises(ValueError, match="no notebooks"):
        learners("quentin.zip")


def test_a_folder_that_may_belong_to_several_learners_causes_a_warning(learners, tmp_path):
    learners("tut 1/lea.ipynb", "tut 1/max.ipynb", "ada/00.ipynb", "ada/00 (1).ipynb", "b.ipynb")
    (warning,) = submissions.layout_warnings(submissions.find(tmp_path))
    assert warning.startswith("tut 1: this folder holds 2 notebooks of 00_start_here (lea, max).")
    assert "grade this folder separately" in warning


def test_several_learners_in_a_folder_are_noticed_even_if_their_files_have_the_same_name(
    learners, tmp_path
):
    learners("tut 1/lea/00.ipynb", "tut 1/max/00.ipynb")
    (warning,) = submissions.layout_warnings(submissions.find(tmp_path))
    assert warning.startswith(
        "tut 1: this folder holds 2 notebooks of 00_start_here (lea/00, max/00)"
    )


def test_what_can_not_be_looked_at_stops_nothing(learners, tmp_path, monkeypatch):
    """For anybody but root, a link can lead to where not even a `stat` is allowed."""
    (tmp_path / "eve").symlink_to("/forbidden/place")
    real = os.stat

    def stat(path, *args, **kwargs):
        if str(path).endswith("eve") and kwargs.get("follow_symlinks", True):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", stat)
    assert set(learners("ada.ipynb")) == {"ada", "eve"}


def test_a_file_that_nests_without_end_is_no_notebook_and_stops_nobody_elses_grading():
    assert course.identify_lesson("[" * 200_000)[0] is None
