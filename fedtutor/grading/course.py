"""Lays out an nbgrader course from the lessons."""

import logging
import os
import re
import secrets
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from nbformat import NotebookNode

from fedtutor import exercises
from fedtutor import lessons as lesson_files
from fedtutor.grading import cells, notebook_files, safe_files

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI

_CONFIG = '''"""nbgrader's settings for this course, written by `fedtutor course`.

Lessons are released as they are, because they hold no solutions. Submissions run in a sandbox and are
judged from outside it (see fedtutor.grading). The file `secret` in this folder is the seed for the
checks' random numbers. Keep it to yourself. With the same secret, the same notebook always earns the
same number of points.
"""

import warnings
from pathlib import Path

from fedtutor.grading import handed_in
from sqlalchemy.exc import SAWarning

# Of a submission, only the files that this course knows are taken, and no link is followed.
handed_in.guard()
# About how nbgrader uses its own database; nothing that anybody here could change.
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")

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
# Formgrader shows what `autograde` has stored, which is clean. This is a second wall.
c.HTMLExporter.preprocessors = ["fedtutor.grading.autograde.Disarm"]
# By default, Validate stops a cell after 30 seconds. On a busy machine, loading TensorFlow takes longer.
c.Execute.timeout = 600

c.ExecuteSafely.secret = (here / "secret").read_text().strip()
'''


class CourseError(ValueError):
    """The course can't be laid out as requested; the message says what to do."""


def lessons_with_exercises() -> dict[str, Path]:
    """List the lessons that can be graded.

    Returns:
        {file name without the extension: path}.

    Raises:
        lessons.LessonsError: the package is not in a checkout.
    """
    return {
        name: path
        for name, path in lesson_files.paths().items()
        if name.partition("_")[2] in exercises.LESSONS
    }


def lay_out(
    folder: str | Path,
    *,
    lessons: Iterable[str] | None = None,
    secret: str | None = None,
    course_id: str = "fedtutor",
) -> tuple[list[str], list[Path]]:
    """Turn a folder into an nbgrader course: settings, one assignment per lesson, learners' versions.

    An existing course is updated. What its instructor has edited is kept: nbgrader's settings, and the
    lessons in `source`.

    Args:
        folder: the path of the course; it is created if it doesn't exist.
        lessons: the names of the lessons, such as "03_averaging_by_hand"; None means all.
        secret: the seed for the checks' random numbers; None keeps the course's, or draws a new one.
        course_id: nbgrader's name for the course.

    Returns:
        The names of the assignments, and the paths of the edited files that were kept.

    Raises:
        CourseError: the folder holds something else, or there is no such lesson.
        lessons.LessonsError: the package is not in a checkout.
    """
    folder = Path(folder)
    available = lessons_with_exercises()
    chosen = list(lessons or available)
    for name in chosen:
        if name not in available:
            raise CourseError(
                f"There is no lesson {name!r}. The lessons are {', '.join(available)}."
            )
    if folder.exists() and any(folder.iterdir()) and not (folder / "nbgrader_config.py").is_file():
        raise CourseError(f"{folder} is not empty, and it is not a course. Choose a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    write_secret(folder / "secret", secret)
    files = {"nbgrader_config.py": _CONFIG.format(course_id=course_id)}
    for name in chosen:
        files[f"source/{name}/{name}.ipynb"] = available[name].read_text(encoding="utf-8")
    kept = lesson_files.KeptFiles(folder)
    edited = [folder / name for name, text in files.items() if not kept.write(name, text)]
    api = nbgrader_api(folder)
    for name in chosen:
        result = api.generate_assignment(name, force=True)
        if not result["success"]:
            raise CourseError(f"nbgrader could not prepare {name}: {result.get('error') or result}")
    return chosen, edited


def nbgrader_api(folder: str | Path) -> "NbGraderAPI":
    """Open the course in a folder with nbgrader's own Python interface.

    Args:
        folder: the path of the course.

    Returns:
        nbgrader's interface to it.
    """
    from nbgrader.apps import NbGraderAPI
    from sqlalchemy.exc import SAWarning
    from traitlets.config import PyFileConfigLoader

    # nbgrader runs `alembic` by its bare name. It is next to Python, in a folder that may not be in PATH.
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", os.defpath)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    config.CourseDirectory.root = str(Path(folder).resolve())
    # Silence what doesn't concern the user: a warning about the exchange folder, which only handing out
    # needs, and warnings about nbgrader's use of its database.
    logging.getLogger("traitlets").setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
    return NbGraderAPI(config=config)


def write_secret(path: Path, secret: str | None = None) -> None:
    """Write a secret to a file that only its owner can read.

    Args:
        path: the file.
        secret: the text; None keeps what the file holds, or draws a new secret if it holds nothing.

    Raises:
        OSError: the file can't be written. What it held before is kept.
    """
    if secret is None and path.is_file() and path.read_text().strip():
        return
    text = (secret or secrets.token_hex(16)) + "\n"
    safe_files.write(path, text.encode(), mode=0o600)


def identify_lesson(text: str) -> tuple[str, None] | tuple[None, str]:
    """Find out which lesson a notebook is a copy of, whatever the name of its file.

    Args:
        text: the text of the file.

    Returns:
        `(name, None)`, or `(None, why)` if it isn't a copy of any lesson.
    """
    try:
        lessons = lessons_in(notebook_files.parse(text))
    except notebook_files.NotANotebook as error:
        return None, str(error)
    return (lessons[0], None) if lessons else (None, NO_LESSON)


NO_LESSON = "it contains no lesson's exercises"
_IMPORT = re.compile(
    r"^[ \t]*from[ \t]+fedtutor\.exercises[ \t]+import[ \t]+(\w+)[ \t]+as[ \t]+exercise\b", re.M
)


def lessons_in(notebook: NotebookNode) -> list[str]:
    """List the lessons whose exercises a notebook imports.

    Args:
        notebook: a notebook, as `notebook_files.parse` returns it.

    Returns:
        The lessons' names, first the one with the most exercises in the notebook.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    imported = {module for cell in code for module in _IMPORT.findall(cell.source)}
    found = [name for name in lessons_with_exercises() if name.partition("_")[2] in imported]
    if len(found) < 2:
        return found
    answered = {name for cell in code for name in cells.answered_in(cell)}

    def number_answered(name):
        return len(answered & set(exercises.lesson(name.partition("_")[2]).exercises))

    return sorted(found, key=number_answered, reverse=True)
