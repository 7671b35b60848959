"""`fedtutor course` lays out a working nbgrader course, from release to grades."""

import csv
import hashlib
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fedtutor import lessons
from fedtutor.grading import course
from tests.grading.learners import (
    HALF,
    NAME,
    REPLACES_THE_CHECKER,
    SOLVED,
    beginning_with,
    with_answers,
)

BIN = Path(sys.executable).parent


def nbgrader(folder, *words):
    """Run nbgrader as an instructor does: in the course's folder, with the environment activated."""
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [BIN / "nbgrader", *words], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course") / "fl"
    done = subprocess.run(
        [BIN / "fedtutor", "course", folder, "--lesson", NAME],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert NAME in done.stdout
    return folder


def test_the_released_notebook_is_the_lesson_with_its_points_locked(folder):
    released = json.loads((folder / "release" / NAME / f"{NAME}.ipynb").read_text())
    source = json.loads((folder / "source" / NAME / f"{NAME}.ipynb").read_text())
    assert [c["source"] for c in released["cells"]] == [c["source"] for c in source["cells"]]
    assert not any(c.get("outputs") for c in released["cells"])
    locked = [c for c in released["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]
    assert len(locked) == 3 and all(c["metadata"]["editable"] is False for c in locked)


def test_only_the_instructor_can_read_the_secret_and_it_stays_the_same(folder):
    secret = folder / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    before = secret.read_text()
    course.lay_out(folder, lessons=[NAME])
    assert secret.read_text() == before and len(before) > 20


def test_an_update_keeps_what_the_instructor_has_edited(tmp_path):
    folder = tmp_path / "fl"
    course.lay_out(folder, lessons=[NAME])
    lesson = folder / "source" / NAME / f"{NAME}.ipynb"
    settings = folder / "nbgrader_config.py"
    assert course.lay_out(folder, lessons=[NAME]) == ([NAME], [])
    # Written by an older version of fedtutor and not edited: updated.
    old = json.loads(lesson.read_text())
    checksums = json.loads((folder / ".written.json").read_text())
    lesson.write_text(json.dumps(old))
    checksums[f"source/{NAME}/{NAME}.ipynb"] = hashlib.sha256(lesson.read_bytes()).hexdigest()
    (folder / ".written.json").write_text(json.dumps(checksums))
    assert course.lay_out(folder, lessons=[NAME]) == ([NAME], [])
    assert lesson.read_text() == course.lessons_with_exercises()[NAME].read_text()
    # Edited by the instructor: kept, reported, and released.
    old["cells"][0]["source"] = "# Welcome to my class"
    lesson.write_text(json.dumps(old))
    settings.write_text(settings.read_text() + "\nc.Execute.timeout = 900\n")
    assert course.lay_out(folder, lessons=[NAME]) == ([NAME], [settings, lesson])
    assert "timeout = 900" in settings.read_text()
    assert "Welcome to my class" in (folder / "release" / NAME / f"{NAME}.ipynb").read_text()


def test_nbgraders_own_commands_autograde_give_feedback_and_export(folder, needs_sandbox):
    learners = {
        "ada": (with_answers(**SOLVED), 4),
        "grace": (with_answers(**HALF), 2),
        "mallory": (beginning_with(REPLACES_THE_CHECKER, with_answers(**HALF)), 0),
    }
    for name, (notebook, _) in learners.items():
        path = folder / "submitted" / name / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook))
        (path.parent / "link.html").symlink_to(folder / "secret")
        (path.parent / "evil.html").write_text("<script>bad()</script>")
    for words in (["autograde", NAME], ["generate_feedback", NAME], ["export"]):
        done = nbgrader(folder, *words)
        assert done.returncode == 0, done.stderr
    with (folder / "grades.csv").open() as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {name: points for name, (_, points) in learners.items()}
    for step, name in (("autograded", f"{NAME}.ipynb"), ("feedback", f"{NAME}.html")):
        assert [path.name for path in (folder / step / "ada" / NAME).iterdir()] == [name]


@pytest.mark.parametrize("answers, valid", [(SOLVED, True), (HALF, False)], ids=["solved", "half"])
def test_validate_shows_a_learner_what_is_not_solved(tmp_path, answers, valid):
    (tmp_path / f"{NAME}.ipynb").write_text(json.dumps(with_answers(**answers)))
    done = nbgrader(tmp_path, "validate", f"{NAME}.ipynb")
    assert ("Success" in done.stdout) == valid, done.stdout + done.stderr
    if not valid:
        assert "Exercise 3: 0 of 2 points. Not attempted." in done.stdout
        assert "Traceback" not in done.stdout


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(course.CourseError, match="not empty"):
        course.lay_out(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_unknown_lesson_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(course.CourseError, match="no lesson '99_nothing'.*03_averaging_by_hand"):
        course.lay_out(tmp_path / "new", lessons=["99_nothing"])
    assert not (tmp_path / "new").exists()


def test_without_a_checkout_the_message_says_where_the_lessons_are(tmp_path, monkeypatch):
    monkeypatch.setattr(lessons.importlib.resources, "files", lambda name: tmp_path / name)
    with pytest.raises(lessons.LessonsError, match="Clone the course"):
        course.lay_out(tmp_path / "my-course")
