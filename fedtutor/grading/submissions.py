"""Finds out who handed in what, in a folder of notebooks as a learning platform exports it."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fedtutor.grading.course import identify_lesson

NOTEBOOK = ".ipynb"
# What browsers and file managers add to the name of a copy: "ada (1)", "ada - Copy", "ada-Copy1".
_COPY = re.compile(r"([ _-]*\(\d+\)|[ _-]+copy([ _-]*\(?\d+\)?)?|[ _-]*kopie)+$", re.I)

# Moodle's folders are named "Ada Lovelace_1234_assignsubmission_file_", Canvas's files
# "lovelaceada_LATE_12_3456_ada.ipynb": the name, the user's number, the attempt's, the file's own name.
_MOODLE = re.compile(r"(.+_\d+)_assignsubmission_.*")
_CANVAS = re.compile(r"([^_]+)(?:_LATE)?_(\d+)_\d+_.+")
# What operating systems and archives leave behind, apart from names that begin with a dot.
_IGNORED = {"__MACOSX", "desktop.ini", "Thumbs.db"}


@dataclass(frozen=True)
class Submission:
    """A file that a learner has handed in.

    Attributes:
        learner: the learner's name, taken from the file's name or from its folder's.
        path: the path of the file.
        file: the same path, relative to the folder of all submissions.
        lesson: the lesson that the notebook is a copy of, or None.
        problem: why the file can't be graded, or None.
    """

    learner: str
    path: Path
    file: str
    lesson: str | None
    problem: str | None


def find(folder: str | Path) -> list[Submission]:
    """Find the submissions in a folder.

    A notebook directly in the folder belongs to the learner it is named after. A notebook in a
    subfolder belongs to the learner the subfolder is named after. Copies of a file ("ada (1).ipynb")
    belong to the same learner. Of the names that Moodle and Canvas make, the part that identifies the
    learner is kept. A learner who handed in something other than a notebook is listed too.

    Args:
        folder: the path of the folder.

    Returns:
        The submissions, sorted by learner and path.

    Raises:
        ValueError: there is no such folder, or no notebook in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}.")
    by_learner = {}
    for path in sorted(folder.iterdir()):
        if not _is_ignored(path):
            by_learner.setdefault(_learner(path), []).extend(_notebooks(path) or [path])
    found = [
        _submission(folder, learner, path)
        for learner, paths in sorted(by_learner.items())
        for path in sorted(path for path in paths if not _is_attachment(path, paths))
    ]
    if not any(submission.path.suffix == NOTEBOOK for submission in found):
        raise ValueError(f"There are no notebooks (*{NOTEBOOK}) in {folder}.")
    return found


def layout_warnings(found: Iterable[Submission]) -> list[str]:
    """Describe what may be wrong with how the submissions are arranged in folders.

    Args:
        found: all submissions.

    Returns:
        The warnings, each one or more sentences.
    """
    names = {}
    for submission in found:
        if submission.lesson and os.sep in submission.file:
            key = submission.learner, submission.lesson
            names.setdefault(key, set()).add(_without_copy(submission.path.stem))
    return [
        f"{learner}: this folder holds {len(stems)} notebooks of {lesson} ({', '.join(sorted(stems))}). "
        "They are graded as one learner's, and the best one counts. If they belong to several learners, "
        "grade this folder separately."
        for (learner, lesson), stems in names.items()
        if len(stems) > 1
    ]


def _is_ignored(path):
    return path.name.startswith(".") or path.name in _IGNORED


def _notebooks(path):
    """List the notebooks in a folder and its subfolders, or the path itself if it is a notebook."""
    if path.is_dir() and not path.is_symlink():
        return [
            notebook
            for notebook in path.rglob(f"*{NOTEBOOK}")
            if not any(map(_is_ignored, [notebook, *notebook.relative_to(path).parents]))
        ]
    return [path] if path.suffix == NOTEBOOK else []


def _is_attachment(path, paths):
    """Whether it isn't a notebook, but the same learner has handed one in."""
    return path.suffix != NOTEBOOK and any(other.suffix == NOTEBOOK for other in paths)


def _learner(path):
    if path.is_dir():
        moodle = _MOODLE.fullmatch(path.name)
        return moodle[1] if moodle else path.name
    canvas = _CANVAS.fullmatch(path.stem)
    return f"{canvas[1]}_{canvas[2]}" if canvas else _without_copy(path.stem)


def _without_copy(stem):
    return _COPY.sub("", stem) or stem


def _submission(folder, learner, path):
    file = str(path.relative_to(folder))
    if path.is_dir():
        return Submission(learner, path, file, None, "there is no notebook in its folder")
    if path.suffix != NOTEBOOK:
        return Submission(learner, path, file, None, f"{path.name} is not a notebook (*{NOTEBOOK})")
    try:
        # A link could lead to a file that doesn't belong to the learner.
        text = None if path.is_symlink() else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = None
    if text is None:
        return Submission(learner, path, file, None, "it can't be read as a text file")
    lesson, problem = identify_lesson(text)
    return Submission(learner, path, file, lesson, problem)
