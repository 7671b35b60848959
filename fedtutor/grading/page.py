"""The page of feedback: what it contains, apart from its layout in page.html.j2.

The page needs nothing from elsewhere and runs nothing: its Content-Security-Policy forbids both. So
equations are shown as they were typed.
"""

import re
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from fedtutor.exercises.problem import Lesson
from fedtutor.grading import cells, markup

TEMPLATE = Path(__file__).with_name("page.html.j2").read_text(encoding="utf-8")

# A sign, a word and a class for its color.
_SOLVED, _PARTLY, _NOT_SOLVED = ("✓", "solved"), ("◐", "partly solved"), ("✗", "not solved")


def prepare(nb: NotebookNode, resources: dict[str, Any], lesson: Lesson) -> None:
    """Collect what the layout needs, as `resources["page"]`.

    Args:
        nb: the graded notebook, after nbgrader has written the points into it. It is changed in place:
            Markdown becomes HTML.
        resources: nbconvert's description of the page; changed in place.
        lesson: the notebook's lesson.
    """
    graded = resources["nbgrader"]
    penalty = graded["late_penalty"]
    exercises, code = {}, {}
    for number, cell in enumerate(nb.cells):
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown":
            cell.source = _lower_headings(markup.from_markdown(cell.source))
        else:
            code[number] = highlight(cell.source, PythonLexer(), HtmlFormatter())
        if about.get("comment"):
            about["comment"] = _lower_headings(markup.from_markdown(about["comment"]))
        if about.get("grade") or about.get("task"):
            exercises[number] = _exercise(about, len(exercises) + 1, lesson)
    resources["page"] = {
        "title": f"{graded['student']} · {graded['notebook']}",
        "points": _points(graded["score"], graded["max_score"]),
        "penalty": penalty and f"{_short(penalty)} point{'s' * (penalty != 1)}",
        "exercises": exercises,
        "code": code,
        "code_css": HtmlFormatter(style="default").get_style_defs(".highlight"),
        "dark_code_css": HtmlFormatter(style="github-dark").get_style_defs(".highlight"),
    }


def _points(score, most):
    return f"{_short(score)} of {_short(most)} point{'s' * (most != 1)}"


def _short(value):
    return f"{round(value or 0, 2):g}"


def _exercise(about, position, lesson):
    """Describe an exercise: its heading, its points, and whether it was solved."""
    names = {cells.grade_id(exercise): exercise for exercise in lesson.exercises.values()}
    exercise = names.get(about["grade_id"])
    number, name = (exercise.number, exercise.name) if exercise else (position, about["grade_id"])
    score, most = about.get("score") or 0, about.get("points") or 0
    sign, word = _SOLVED if score >= most else _PARTLY if score > 0 else _NOT_SOLVED
    return {
        "id": about["grade_id"],
        "heading": f"Exercise {number}: {name}",
        "points": _points(score, most),
        "sign": sign,
        "word": word,
        "kind": word.replace(" ", "-"),
    }


def _lower_headings(safe):
    """Lower the headings by two levels, below those of the page."""
    return re.sub(
        r"<(/?)h([1-6])>", lambda match: f"<{match[1]}h{min(int(match[2]) + 2, 6)}>", safe
    )
