"""Lays out a course for nbgrader, from the lessons as they are."""

import hashlib
import importlib.resources
import json
import logging
import os
import secrets
import sys
import warnings
from pathlib import Path

from fedtutor import exercises

_CONFIG = '''"""nbgrader's settings for this course, written by `fedtutor course`.

A lesson is given out as it is: it holds no solutions. Submissions run in a sandbox and are judged from
outside (see fedtutor.grading), with numbers that follow from the file `secret` beside this one. Keep
that file to yourself: with the same secret, the same notebook always earns the same.
"""

from pathlib import Path

c = get_config()  # noqa: F821
here = Path(__file__).parent if "__file__" in globals() else Path.cwd()

c.CourseDirectory.course_id = {course_id!r}
c.CourseDirectory.root = str(here)
c.IncludeHeaderFooter.header = ""

c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "fedtutor.grading.autograde.Restore",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "fedtutor.grading.autograde.ExecuteSafely",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "fedtutor.grading.autograde.Disarm",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    "fedtutor.grading.autograde.Legible",
]
# Validate runs a cell for 30 seconds otherwise, and on a busy machine TensorFlow loads for longer.
c.Execute.timeout = 600

c.ExecuteSafely.secret = (here / "secret").read_text().strip()
'''


class CourseError(ValueError):
    """The course cannot be laid out as asked; the message says what to do."""


def notebooks_folder():
    """Where the lessons lie: in the checkout, beside the package.

    Raises:
        CourseError: this is no checkout.
    """
    folder = Path(importlib.resources.files("fedtutor")).parent / "notebooks"
    if not any(folder.glob("*.ipynb")):
        raise CourseError(
            f"The lessons are not in {folder}: an installed package is without them. Clone the "
            "course, and run this from the clone after `make setup`."
        )
    return folder


def lessons_with_exercises():
    """{file name without ending: path} of the lessons that can be graded."""
    return {
        path.stem: path
        for path in sorted(notebooks_folder().glob("*.ipynb"))
        if path.stem.partition("_")[2] in exercises.LESSONS
    }


def lay_out(folder, *, lessons=None, secret=None, course_id="fedtutor"):
    """Make a folder into an nbgrader course: settings, one assignment a lesson, learners' editions.

    Args:
        folder: where; it is made if it is not there.
        lessons: the lessons' names, such as "03_averaging_by_hand"; None means all.
        secret: what the checks' numbers follow from; None draws one.
        course_id: nbgrader's name for the course.

    A course that is there already is brought up to date. What its instructor has changed in it stays:
    nbgrader's settings, and lessons in `source`.

    Returns:
        The names of the assignments, and the paths of what has stayed.

    Raises:
        CourseError: the folder holds something else, or a lesson is not there.
    """
    folder = Path(folder)
    there = lessons_with_exercises()
    for name in lessons or ():
        if name not in there:
            raise CourseError(f"There is no lesson {name!r}. The lessons are {', '.join(there)}.")
    if folder.exists() and any(folder.iterdir()) and not (folder / "nbgrader_config.py").is_file():
        raise CourseError(f"{folder} is not empty, and is no course. Name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    write_secret(folder / "secret", secret)
    written = _Written(folder)
    written.write("nbgrader_config.py", _CONFIG.format(course_id=course_id))
    chosen = list(lessons or there)
    api = grader(folder)
    for name in chosen:
        written.write(f"source/{name}/{name}.ipynb", there[name].read_text(encoding="utf-8"))
        result = api.generate_assignment(name, force=True)
        if not result["success"]:
            raise CourseError(f"nbgrader could not take {name}: {result.get('error') or result}")
    return chosen, written.changed


class _Written:
    """Writes a course's files, but none that somebody has changed since it was written.

    Args:
        folder: the course's.

    Attributes:
        changed: the paths of those that were left as they are.
    """

    def __init__(self, folder):
        self._folder, self.changed = folder, []
        self._path = folder / ".written.json"
        self._sums = json.loads(self._path.read_text()) if self._path.is_file() else {}

    def write(self, name, text):
        path = self._folder / name
        if path.is_file() and self._sums.get(name) != _sum(path.read_bytes()) != _sum(
            text.encode()
        ):
            self.changed.append(path)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        self._sums[name] = _sum(text.encode())
        self._path.write_text(json.dumps(self._sums, indent=1) + "\n")


def _sum(data):
    return hashlib.sha256(data).hexdigest()


def grader(folder):
    """nbgrader's own interface to the course in a folder."""
    from nbgrader.apps import NbGraderAPI
    from sqlalchemy.exc import SAWarning
    from traitlets.config import PyFileConfigLoader

    # nbgrader calls `alembic` by its bare name. It lies beside Python, where PATH may not lead.
    beside = str(Path(sys.executable).parent)
    if beside not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = beside + os.pathsep + os.environ.get("PATH", os.defpath)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    config.CourseDirectory.root = str(Path(folder).resolve())
    # An exchange folder is wanted for handing out, not for this; the rest is between nbgrader and its
    # database.
    logging.getLogger("traitlets").setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
    return NbGraderAPI(config=config)


def write_secret(path, secret=None):
    """Write a secret to a file that only its owner can read; without one, keep or draw it."""
    if path.is_file() and secret is None:
        return
    path.touch(mode=0o600)
    path.write_text((secret or secrets.token_hex(16)) + "\n")


def lesson_named_in(text):
    """The lesson that a notebook is a copy of, whatever its file is called.

    Args:
        text: the file's text.

    Returns:
        `(name, None)`, or `(None, why)` where it is no copy of any.
    """
    try:
        notebook = json.loads(text)
        source = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    except (ValueError, KeyError, TypeError):
        return None, "it is no notebook (its text is not JSON)"
    for name in lessons_with_exercises():
        if f"from fedtutor.exercises import {name.partition('_')[2]} as exercise" in source:
            return name, None
    return None, "no lesson's exercises are in it"
