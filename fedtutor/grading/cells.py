"""What the exercises' cells carry for nbgrader.

An exercise has two code cells in its lesson: the answer, which holds `exercise.NAME` and the tag
"exercise", and after it a locked one that is just `exercise.NAME.earned()` and carries the points.
"""

import re

_ANSWER = re.compile(r"^\s*@exercise\.(\w+)|exercise\.(\w+)\.check\(", re.M)
_EARNED = re.compile(r"exercise\.(\w+)\.earned\(\)")


def answered_in(cell):
    """The names of the exercises that a cell answers, whatever its tags: learners make cells too."""
    if cell["cell_type"] != "code":
        return []
    return [function or value for function, value in _ANSWER.findall(_text(cell))]


def answer_in(cell):
    """The name of the exercise whose answer cell this is, or None."""
    names = answered_in(cell) if "exercise" in cell["metadata"].get("tags", ()) else []
    return names[-1] if names else None


def points_in(cell):
    """The name of the exercise whose points a locked cell carries, or None."""
    found = cell["cell_type"] == "code" and _EARNED.fullmatch(_text(cell).strip())
    return found[1] if found else None


def mark(notebook, lesson):
    """Write nbgrader's metadata into the cells of a lesson's exercises.

    Args:
        notebook: a dict, or nbformat's; changed in place.
        lesson: its `problem.Lesson`.

    Raises:
        ValueError: a cell names an exercise that the lesson does not have.
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


def grade_id(exercise):
    """The id under which nbgrader keeps an exercise's points."""
    return f"{exercise.lesson.module}-{exercise.name}"


def metadata(exercise, locked):
    """What nbgrader wants to read in an exercise's answer cell, or in its locked one."""
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
