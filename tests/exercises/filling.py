"""A lesson as a learner leaves it: some of its exercises solved, some answered otherwise."""

import copy
import re
from unittest import mock

from fedtutor.exercises import problem, view
from fedtutor.exercises.functions import FunctionExercise
from fedtutor.grading import cells


def fill(notebook, lesson, answers=None):
    """Write answers into the answer cells of a lesson.

    Args:
        notebook: a lesson's notebook; it stays as it is.
        lesson: its `problem.Lesson`.
        answers: {exercise: the text of a definition, or of an expression for a value}; None means
            the course's solutions, for all exercises.

    Returns:
        A notebook.
    """
    notebook = copy.deepcopy(notebook)
    if answers is None:
        answers = {name: solution_seen(exercise) for name, exercise in lesson.exercises.items()}
    for cell in notebook["cells"]:
        name = cells.answer_in(cell)
        if name in answers:
            cell["source"] = _filled("".join(cell["source"]), lesson.exercises[name], answers[name])
    return notebook


def solution_text(exercise):
    """The course's solution, as a learner would type it without the lesson above it."""
    if isinstance(exercise, FunctionExercise):
        return problem.standalone_solution(exercise)
    return solution_seen(exercise)


def solution_seen(exercise):
    """The course's solution as a learner sees it; of a value, what is after the `=`."""
    with mock.patch.object(view, "show") as show:
        exercise.solution()
    (note,) = show.call_args.args
    shown = repr(note).partition("\n")[2]
    return shown if isinstance(exercise, FunctionExercise) else shown.partition(" = ")[2]


def _filled(source, exercise, answer):
    name = exercise.name
    if isinstance(exercise, FunctionExercise):
        imports, _, definition = answer.rpartition(f"def {name}(")
        answer = f"{imports}@exercise.{name}\ndef {name}({definition}\n"
        # The decorator, the first line, and all that is indented below it.
        stub = (
            rf"^@exercise\.{name}\ndef {name}\(.*\n(?:[ \t]+.*\n|\n(?=[ \t]))*[ \t]+\.\.\.[ \t]*$"
        )
    else:
        stub, answer = rf"^{name} = \.\.\.$", f"{name} = {answer}"
    filled, count = re.subn(stub, lambda _: answer, source, flags=re.M)
    assert count == 1, f"no stub of {name} in:\n{source}"
    return filled
