"""Who handed in what: a folder of notebooks, as it comes out of a learning platform."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from fedtutor.grading.course import lesson_named_in

NOTEBOOK = ".ipynb"
# What browsers and file managers add to the name of a second file: "ada (1)", "ada - Copy", "ada-Copy1".
_COPY = re.compile(r"([ _-]*\(\d+\)|[ _-]+copy([ _-]*\(?\d+\)?)?|[ _-]*kopie)+$", re.I)

# Moodle's folders are "Ada Lovelace_1234_assignsubmission_file_", Canvas's files
# "lovelaceada_LATE_12_3456_ada.ipynb": the name, who it is, which attempt it is, the file's own name.
_MOODLE = re.compile(r"(.+_\d+)_assignsubmission_.*")
_CANVAS = re.compile(r"([^_]+)(?:_LATE)?_(\d+)_\d+_.+")
# What systems and unpackers leave behind, apart from names that begin with a dot.
_OF_NOBODY = {"__MACOSX", "desktop.ini", "Thumbs.db"}


@dataclass(frozen=True)
class Submission:
    """A file that somebody has handed in.

    Attributes:
        learner: whose it is: its name, or that of the folder it lies in.
        path: where it is.
        file: the same, as seen from the folder of all submissions.
        lesson: which lesson's notebook it is, or None.
        problem: why it cannot be graded, or None.
    """

    learner: str
    path: Path
    file: str
    lesson: str | None
    problem: str | None


def find(folder):
    """The submissions in a folder.

    A notebook that lies in the folder itself belongs to the learner that it is named after; one in a
    folder within, to the learner that this folder is named after. Copies of a file ("ada (1).ipynb")
    are the same learner's. Of names that Moodle and Canvas make, what stands for the learner is kept.
    Whoever has handed in something, but no notebook, is a learner too.

    Args:
        folder: its path.

    Returns:
        A list of `Submission`, in the order of the learners' names and the paths.

    Raises:
        ValueError: there is no such folder, or no notebook in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}.")
    by_learner = {}
    for top in sorted(folder.iterdir()):
        if not _is_hidden(top):
            by_learner.setdefault(_learner(top), []).extend(_notebooks(top) or [top])
    found = [
        _submission(folder, learner, path)
        for learner, paths in sorted(by_learner.items())
        for path in sorted(path for path in paths if not _is_other(path, paths))
    ]
    if not any(one.path.suffix == NOTEBOOK for one in found):
        raise ValueError(f"There are no notebooks (*{NOTEBOOK}) in {folder}.")
    return found


def doubts(found):
    """What may be wrong with how submissions are laid out.

    Args:
        found: a list of `Submission`.

    Returns:
        A list of sentences.
    """
    names = {}
    for one in found:
        if one.lesson and os.sep in one.file:
            names.setdefault((one.learner, one.lesson), set()).add(_without_copy(one.path.stem))
    return [
        f"{learner}: its folder holds {len(stems)} notebooks of {lesson} ({', '.join(sorted(stems))}). "
        "They count as one learner's, and the best one wins. If they are several learners', grade this "
        "folder by itself."
        for (learner, lesson), stems in names.items()
        if len(stems) > 1
    ]


def _is_hidden(path):
    return path.name.startswith(".") or path.name in _OF_NOBODY


def _notebooks(top):
    """The notebooks in a folder or below; a file is the only one, if it is one."""
    if top.is_dir() and not top.is_symlink():
        return [
            path
            for path in top.rglob(f"*{NOTEBOOK}")
            if not any(map(_is_hidden, [path, *path.relative_to(top).parents]))
        ]
    return [top] if top.suffix == NOTEBOOK else []


def _is_other(path, paths):
    """Whether it is no notebook, beside a notebook of the same learner."""
    return path.suffix != NOTEBOOK and any(other.suffix == NOTEBOOK for other in paths)


def _learner(top):
    if top.is_dir():
        moodle = _MOODLE.fullmatch(top.name)
        return moodle[1] if moodle else top.name
    canvas = _CANVAS.fullmatch(top.stem)
    return f"{canvas[1]}_{canvas[2]}" if canvas else _without_copy(top.stem)


def _without_copy(stem):
    return _COPY.sub("", stem) or stem


def _submission(folder, learner, path):
    file = str(path.relative_to(folder))
    if path.is_dir():
        return Submission(learner, path, file, None, "there is no notebook in its folder")
    if path.suffix != NOTEBOOK:
        return Submission(learner, path, file, None, f"{path.name} is no notebook (*{NOTEBOOK})")
    try:
        # A link could lead to a file that is none of the learner's.
        text = None if path.is_symlink() else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = None
    if text is None:
        return Submission(learner, path, file, None, "it cannot be read as a text file")
    lesson, problem = lesson_named_in(text)
    return Submission(learner, path, file, lesson, problem)
