"""Of what lies in a learner's folder, an nbgrader course takes its notebook, and follows no link."""

import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default.collect import ExchangeCollect
from traitlets.config import Config

from fedtutor.grading import handed_in

# An assignment without exercises, so that nothing has to run.
NAME = "own_notebook"
FROM_NBGRADER = {"timestamp.txt", "submission_secret.txt"}


def settings(folder):
    config = Config()
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.course_id = "course"
    config.Autograde.sanitize_preprocessors = ["fedtutor.grading.autograde.Restore"]
    config.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.SaveAutoGrades"]
    config.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "fedtutor.grading.autograde.Disarm",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
        "fedtutor.grading.autograde.Legible",
    ]
    return config


def hand_in(folder, learner, text="Mine"):
    submission = folder / "submitted" / learner / NAME
    submission.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])
    nbformat.write(notebook, submission / f"{NAME}.ipynb")
    (submission / "timestamp.txt").write_text("2026-11-01 10:00:00.000000 UTC\n")
    (submission / "submission_secret.txt").write_text("key")
    return submission


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("laid-out")
    (folder / "source" / NAME / "figures").mkdir(parents=True)
    (folder / "source" / NAME / "figures" / "plan.png").write_bytes(b"the instructor's")
    (folder / "secret").write_text("the course's secret")
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader runs `alembic` by its bare name.
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        with Gradebook(f"sqlite:///{folder}/gradebook.db", "course") as gradebook:
            gradebook.add_assignment(NAME)
            gradebook.add_notebook(NAME, NAME)
        yield folder


@pytest.fixture
def folder(tmp_path, laid_out):
    """A course in which ada has handed in a notebook."""
    folder = shutil.copytree(laid_out, tmp_path / "course")
    hand_in(folder, "ada")
    handed_in.guard()
    return folder


def add_extras(submission, folder):
    """What a hostile learner may put beside a notebook."""
    (submission / "link.html").symlink_to("../../../secret")
    (submission / "absolute").symlink_to(folder / "secret")
    (submission / "folder").symlink_to(folder, target_is_directory=True)
    (submission / "nowhere").symlink_to("nowhere/at/all")
    (submission / "figures").symlink_to(folder / "source", target_is_directory=True)
    (submission / "endless.html").symlink_to("/dev/zero")
    os.mkfifo(submission / "pipe")
    (submission / "evil.html").write_text("<script>bad()</script>")
    (submission / f"{NAME}.html").write_text("<script>bad()</script>")
    (submission / ".hidden.ipynb").write_text("<script>bad()</script>")
    (submission / "evil.IPYNB").write_text("<script>bad()</script>")
    for name in ("[a]", "*", "line\nbreak", "\x1b[2J", os.fsdecode(b"\xe4")):
        (submission / name).mkdir()
        (submission / name / "evil.html").write_text("<script>bad()</script>")
        (submission / name / "evil.ipynb").write_text("<script>bad()</script>")


def everything(folder):
    """All that is in a folder, relative to it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def both(folder, learner="ada"):
    """What is in a learner's two folders after grading."""
    return [everything(folder / step / learner / NAME) for step in ("autograded", "feedback")]


KNOWN = {*FROM_NBGRADER, "figures", "figures/plan.png"}
CLEAN = [KNOWN | {f"{NAME}.ipynb"}, KNOWN | {f"{NAME}.html"}]


def grade(folder, learner="ada"):
    """Grade as Formgrader's buttons do; returns what nbgrader says."""
    api = NbGraderAPI(config=settings(folder))
    return [api.autograde(NAME, learner), api.generate_feedback(NAME, learner)]


def test_only_what_the_course_knows_gets_into_autograded_and_feedback(folder):
    submission = folder / "submitted" / "ada" / NAME
    add_extras(submission, folder)
    before = everything(submission)
    for result in grade(folder):
        assert result["success"], result
        assert "\x1b" not in result["log"]
    assert both(folder) == CLEAN
    assert "bad()" not in (folder / "feedback" / "ada" / NAME / f"{NAME}.html").read_text()
    assert everything(submission) == before


def test_older_settings_are_safe_too(folder, monkeypatch):
    # nbgrader copies the first submission before it loads anything of ours. It can't copy these three.
    submission = folder / "submitted" / "ada" / NAME
    add_extras(submission, folder)
    for name in ("endless.html", "pipe", "nowhere"):
        (submission / name).unlink()
    # nbgrader logs every name that it copies, and pytest-xdist can't send this one to the main process.
    shutil.rmtree(submission / os.fsdecode(b"\xe4"))
    for method in ("init_destination", "init_assignment", "convert_single_notebook"):
        monkeypatch.setattr(BaseConverter, method, getattr(handed_in, f"_{method}"))
    first, _ = grade(folder)
    assert first["success"] and "link.html" in first["log"]
    assert both(folder)[0] == CLEAN[0]
    hand_in(folder, "bob")
    (folder / "submitted" / "bob" / NAME / f"{NAME}.ipynb").unlink()
    (folder / "submitted" / "bob" / NAME / f"{NAME}.ipynb").symlink_to(submission / f"{NAME}.ipynb")
    refused, _ = grade(folder, "bob")
    assert not refused["success"] and not (folder / "autograded" / "bob" / NAME).exists()


def test_what_an_earlier_version_left_there_is_removed(folder):
    grade(folder)
    for step in ("autograded", "feedback"):
        add_extras(folder / step / "ada" / NAME / "figures", folder)
        (folder / step / "ada" / NAME / "evil.html").write_text("<script>bad()</script>")
    # Without --force, nbgrader itself leaves alone what it has graded.
    api = NbGraderAPI(config=settings(folder))
    assert api.generate_feedback(NAME, "ada", force=False)["success"]
    assert both(folder) == CLEAN
    (folder / "autograded" / "ada" / NAME / "evil.html").write_text("<script>bad()</script>")
    assert api.autograde(NAME, "ada", force=False)["success"]
    assert both(folder) == CLEAN
    assert (folder / "secret").read_text() == "the course's secret"


@pytest.mark.parametrize("name", [f"{NAME}.ipynb", *sorted(FROM_NBGRADER), "", ".."])
def test_nothing_is_read_through_a_link(folder, name):
    hand_in(folder, "bob", "Not ada's")
    path = folder / "submitted" / "ada" / NAME / name
    if name in ("", ".."):
        path = Path(os.path.normpath(path))
        shutil.rmtree(path)
    else:
        path.unlink()
    path.symlink_to(folder / "submitted" / "bob" / path.relative_to(folder / "submitted" / "ada"))
    refused = grade(folder)[0]
    assert not refused["success"] and "Links are not followed" in refused["error"] + refused["log"]
    assert not (folder / "autograded" / "ada" / NAME).exists()
    for result in grade(folder, "bob"):
        assert result["success"], result
    assert both(folder, "bob") == CLEAN


@pytest.mark.parametrize("name", [f"{NAME}.ipynb", *sorted(FROM_NBGRADER)])
def test_a_pipe_is_not_waited_for(folder, name):
    path = folder / "submitted" / "ada" / NAME / name
    path.unlink()
    os.mkfifo(path)
    assert not grade(folder)[0]["success"]


def test_another_course_in_the_same_process_stays_as_it_is(folder):
    (folder / "submitted" / "ada" / NAME / "measured.csv").write_text("1,2")
    config = settings(folder)
    del config.GenerateFeedback
    config.Autograde.sanitize_preprocessors = ["nbgrader.preprocessors.ClearOutput"]
    assert NbGraderAPI(config=config).autograde(NAME, "ada")["success"]
    assert "measured.csv" in everything(folder / "autograded" / "ada" / NAME)


@pytest.mark.parametrize("name", ["link.html", "sub/pipe", None])
def test_collecting_on_a_hub_follows_no_link(folder, name):
    submitted = hand_in(folder / "exchange", "ada+time")
    if name == "link.html":
        (submitted / name).symlink_to(folder / "secret")
    elif name:
        (submitted / "sub").mkdir()
        os.mkfifo(submitted / name)
    config = settings(folder)
    collect = ExchangeCollect(coursedir=CourseDirectory(config=config), config=config)
    for number, source in enumerate([submitted, folder / "to the whole"]):
        if number:
            source.symlink_to(submitted)
        target = folder / f"collected{number}"
        collect.do_copy(str(source), str(target))
        assert target.exists() == (name is None and number == 0)
