"""What the exercises' cells carry for nbgrader.

An exercise has two code cells in its lesson: the answer, which holds `exercise.NAME` and the tag
"exercise", and after it a locked one that is just `exercise.NAME.earned()` and carries the points.
"""

import re

_ANSWER = re.compile(r"exercise\.(\w+)(?:\.check\(|$)", re.M)
_EARNED = re.compile(r"exercise\.(\w+)\.earned\(\)")


def answer_in(cell):
    """The name of the exercise whose answer a cell holds, or None."""
    if cell["cell_type"] != "code" or "exercise" not in cell["metadata"].get("tags", ()):
        return None
    found = _ANSWER.search(_text(cell))
    return found and found[1]


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
            cell["metadata"]["nbgrader"] = _metadata(exercise, locked=points is not None)


def grade_id(exercise):
    """The id under which nbgrader keeps an exercise's points."""
    return f"{exercise.lesson.module}-{exercise.name}"


def _metadata(exercise, locked):
    metadata = {
        "grade": locked,
        "grade_id": grade_id(exercise) if locked else f"{grade_id(exercise)}-answer",
        "locked": locked,
        "schema_version": 3,
        "solution": not locked,
        "task": False,
    }
    return metadata | {"points": exercise.points} if locked else metadata


def _text(cell):
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)
