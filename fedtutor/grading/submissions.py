"""Who handed in what: a folder of notebooks, as it comes out of a learning platform."""

import re
from dataclasses import dataclass
from pathlib import Path

from fedtutor.grading.course import lesson_named_in

# What browsers and file managers add to the name of a second file: "ada (1)", "ada - Copy", "ada-Copy1".
_COPY = re.compile(r"([ _-]*\(\d+\)|[ _-]+copy([ _-]*\(?\d+\)?)?|[ _-]*kopie)+$", re.I)


@dataclass(frozen=True)
class Submission:
    """A file that somebody has handed in.

    Attributes:
        learner: whose it is: its name, or that of the folder it lies in.
        path: where it is.
        lesson: which lesson's notebook it is, or None.
        problem: why it cannot be graded, or None.
    """

    learner: str
    path: Path
    lesson: str | None
    problem: str | None


def find(folder):
    """The submissions in a folder.

    A notebook that lies in the folder itself belongs to the learner that it is named after; one in a
    folder within, to the learner that this folder is named after. Copies of a file ("ada (1).ipynb")
    are the same learner's.

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
    paths = [
        path
        for path in sorted(folder.rglob("*.ipynb"))
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    if not paths:
        raise ValueError(f"There are no notebooks (*.ipynb) in {folder}.")
    found = [_submission(folder, path) for path in paths]
    return sorted(found, key=lambda s: (s.learner, s.path))


def _submission(folder, path):
    inside = path.relative_to(folder)
    learner = inside.parts[0] if len(inside.parts) > 1 else _COPY.sub("", path.stem) or path.stem
    try:
        # A link could lead to a file that is none of the learner's.
        text = None if path.is_symlink() else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = None
    if text is None:
        return Submission(learner, path, None, "it cannot be read as a text file")
    lesson, problem = lesson_named_in(text)
    return Submission(learner, path, lesson, problem)
