"""The metadata that nbgrader needs in the exercises' cells.

An exercise has two code cells in its lesson: the answer cell, which holds `exercise.NAME` and has the
tag "exercise", and after it a locked cell, which is just `exercise.NAME.earned()` and carries the points.
"""

import re
from collections.abc import Mapping
from typing import Any

from fedtutor.exercises.base import Exercise
from fedtutor.exercises.problem import Lesson

# Not \s*, which goes on over empty lines: a million of them would take hours.
_ANSWER = re.compile(r"^[ \t]*@exercise\.(\w+)|exercise\.(\w+)\.check\(", re.M)
_EARNED = re.compile(r"exercise\.(\w+)\.earned\(\)")


def answered_in(cell: Mapping[str, Any]) -> list[str]:
    """Find the exercises that a cell answers, whatever its tags: learners add cells too.

    Args:
        cell: a notebook cell, a dict or nbformat's.

    Returns:
        The exercises' names, in the order in which they appear.
    """
    if cell["cell_type"] != "code":
        return []
    return [function or value for function, value in _ANSWER.findall(_text(cell))]


def answer_in(cell: Mapping[str, Any]) -> str | None:
    """Find the exercise that a cell is the answer cell of, by its tag.

    Args:
        cell: a notebook cell, a dict or nbformat's.

    Returns:
        The exercise's name, or None if it isn't an answer cell.
    """
    names = answered_in(cell) if "exercise" in cell["metadata"].get("tags", ()) else []
    return names[-1] if names else None


def points_in(cell: Mapping[str, Any]) -> str | None:
    """Find the exercise whose points a cell carries.

    Args:
        cell: a notebook cell, a dict or nbformat's.

    Returns:
        The exercise's name, or None if it isn't a locked cell with points.
    """
    found = cell["cell_type"] == "code" and _EARNED.fullmatch(_text(cell).strip())
    return found[1] if found else None


def mark(notebook: Mapping[str, Any], lesson: Lesson) -> None:
    """Write nbgrader's metadata into the cells of a lesson's exercises.

    Args:
        notebook: a dict, or nbformat's; changed in place.
        lesson: the notebook's lesson.

    Raises:
        ValueError: a cell names an exercise that the lesson doesn't have.
    """
    for cell in notebook["cells"]:
        answer, points = answer_in(cell), points_in(cell)
        name = answer or points
        if name is None:
            cell["metadata"].pop("nbgrader", None)
        elif name not in lesson.exercises:
            raise ValueError(f"{lesson.notebook} has no exercise {name!r}.")
        else:
            exercise = lesson.exercises[name]
            cell["metadata"]["nbgrader"] = metadata(exercise, locked=points is not None)


def grade_id(exercise: Exercise) -> str:
    """Name an exercise for nbgrader's gradebook.

    Args:
        exercise: an exercise of a lesson.

    Returns:
        The ID under which nbgrader keeps its points.
    """
    return f"{exercise.lesson.module}-{exercise.name}"


def metadata(exercise: Exercise, locked: bool) -> dict[str, Any]:
    """Make the metadata that nbgrader needs in one of an exercise's cells.

    Args:
        exercise: an exercise of a lesson.
        locked: True for the locked cell with the points, False for the answer cell.

    Returns:
        A dict for the cell's metadata, under the key "nbgrader".
    """
    about = {
        "grade": locked,
        "grade_id": grade_id(exercise) if locked else f"{grade_id(exercise)}-answer",
        "locked": locked,
        "schema_version": 3,
        "solution": not locked,
        "task": False,
    }
    return about | {"points": exercise.points} if locked else about


def _text(cell):
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)
