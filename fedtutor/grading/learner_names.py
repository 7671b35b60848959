"""Reads the learners' names from the names of files and folders.

Two names never become one on a guess: then one learner would lose a grade.
"""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from fedtutor.grading.plain_text import appearance, one_line

NOTEBOOK = ".ipynb"
# Some browsers and mail programs add .txt or .json; some learners type the extension themselves.
_ENDING = re.compile(r"(\.ipynb)+(\.txt|\.json)?$", re.I)

# What browsers, Windows and JupyterLab add to the name of a copy: "ada (1)", "ada - Copy (2)",
# "ada-Copy1".
_COPY = re.compile(
    r"(.+?)(?: ?\(([0-9]{1,3})\)| - (?:Copy|Kopie)(?: \(([0-9]{1,3})\))?|-Copy([0-9]{1,3}))"
)

# Moodle's folders are named "Ada Lovelace_1234_assignsubmission_file_", Canvas's files
# "lovelaceada_LATE_12_3456_ada.ipynb": the name, the user's number, the attempt's, the file's own name.
_MOODLE = re.compile(r"(.+_[0-9]+)_assignsubmission_.*", re.S)
_CANVAS = re.compile(r"([^_]+)(?:_LATE)?_([0-9]+)_[0-9]+_(.+)", re.S)


def is_folder(path: Path) -> bool:
    """Say whether something is a folder, not a link to one.

    Args:
        path: any path; what a link leads to may be forbidden.

    Returns:
        Whether it is a folder.
    """
    return os.path.isdir(path) and not os.path.islink(path)


def is_notebook(path: Path) -> bool:
    """Say whether a file is a notebook, by its name.

    Args:
        path: the path of the file.

    Returns:
        Whether it ends like a notebook's.
    """
    return _ENDING.search(path.name) is not None


def stem(path: Path) -> str:
    """Take the ending from a file's name.

    Args:
        path: the path of a notebook or of another file.

    Returns:
        The name without its ending.
    """
    return _ENDING.sub("", path.name) if is_notebook(path) else path.stem


def without_copy(name: str) -> tuple[str, int]:
    """Take away what a browser or a file manager has added to the name of a copy.

    Args:
        name: the name of a file, without its ending.

    Returns:
        The name of the original, and the copy's number; `(name, 0)` if it isn't a copy.
    """
    found = _COPY.fullmatch(name)
    if not found:
        return name, 0
    original, *numbers = found.groups()
    number = next((int(number) for number in numbers if number), 1)
    inner, first = without_copy(original)
    return inner, number + 1000 * first


def readable(name: str) -> str:
    """Write a name whose bytes are not UTF-8 as text.

    Args:
        name: the name of a file, as Python reads it.

    Returns:
        The name; for each byte that isn't UTF-8, its number, such as "\\\\xe4".
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def of(lessons: Mapping[Path, Sequence[str]]) -> dict[Path, str]:
    """Find out which learner each file and each folder belongs to.

    Args:
        lessons: what is directly in the folder of submissions, with the lessons that each holds.

    Returns:
        {path: learner}. All names are single lines that can be shown anywhere, and no two look alike
        because of spaces, of what can't be seen, or of how their letters are composed.
    """
    learners = {path: _own_name(path) for path in lessons}
    for short, paths in _by_short_name(learners).items():
        if _is_one_learner(short, paths, learners, lessons):
            learners |= dict.fromkeys(paths, short)
    shown, taken = {}, set()
    for name in sorted(set(learners.values())):
        line = one_line(readable(name)).strip()
        line = line if appearance(line) else "no name"
        numbered = (line, *(f"{line} [{number}]" for number in range(2, len(lessons) + 2)))
        shown[name] = next(text for text in numbered if appearance(text) not in taken)
        taken.add(appearance(shown[name]))
    return {path: shown[name] for path, name in learners.items()}


def warnings(learners: Mapping[Path, str]) -> list[str]:
    """Describe the names that look like one learner's, but are kept apart.

    Args:
        learners: {path: learner}, as `of` returns it.

    Returns:
        The warnings, each one or more sentences.
    """
    found = []
    for short, paths in _by_short_name({path: _own_name(path) for path in learners}).items():
        names = sorted({learners[path] for path in paths})
        if len(names) > 1:
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            found.append(
                f"{', '.join(names[:5])}{more}: these names may belong to one learner "
                f"({one_line(readable(short))}) or to several, so each is graded as a learner of its own."
            )
    return found


def _own_name(path):
    return path.name if is_folder(path) else stem(path)


def _by_short_name(names):
    """Group paths by the part of the name that identifies a learner, if each name is what it seems."""
    groups = {}
    for path, name in names.items():
        groups.setdefault(_short_name(path, name)[0], []).append(path)
    return groups


def _short_name(path, name):
    """The part of a name that may identify the learner, and where such names come from."""
    if is_folder(path):
        moodle = _MOODLE.fullmatch(name)
        return (moodle[1], "moodle") if moodle else (name, "own")
    if canvas := _CANVAS.fullmatch(name):
        return f"{canvas[1]}_{canvas[2]}", "canvas"
    original, copy = without_copy(name)
    return (original, "copy") if copy else (name, "own")


def _is_one_learner(short, paths, names, lessons):
    """Whether it is certain that the names with the same short form belong to one learner."""
    kinds = {}
    for path in paths:
        kinds.setdefault(_short_name(path, names[path])[1], set()).add(path)
    own = kinds.pop("own", ())
    if len(kinds) != 1:
        return False
    ((kind, others),) = kinds.items()
    alone = len({names[path] for path in others}) == 1
    if kind == "copy":
        return bool(own) or alone
    if own or kind == "moodle" or alone:
        return not own
    # From Canvas: the same learner's files for several lessons, still with the lessons' own names.
    different = [lesson for path in others for lesson in lessons[path]]
    return len(set(different)) == len(others) and all(
        lesson in names[path] for path in others for lesson in lessons[path]
    )
