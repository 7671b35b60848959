"""Made-up learners' notebooks for lesson 00, honest and dishonest."""

import copy
import json

from fedtutor import exercises
from fedtutor.grading import cells, course
from tests.exercises.filling import fill, solution_text

NAME = "00_start_here"
LESSON = exercises.lesson("start_here")
UNTOUCHED = json.loads(course.lessons_with_exercises()[NAME].read_text())


def answers_that_run_alone(lesson):
    """Right answers that don't need the rest of the lesson, as {exercise: answer} for `fill`."""
    answers = {}
    for name, exercise in lesson.exercises.items():
        answer = getattr(exercise._declaration, "answer", None)
        answers[name] = solution_text(exercise) if answer is None else repr(answer)
    return answers


def only_the_exercises(notebook=UNTOUCHED):
    """A lesson without everything that isn't an exercise, which runs in a moment."""
    notebook = copy.deepcopy(notebook)
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        and (
            cells.answer_in(cell)
            or cells.points_in(cell)
            or "from fedtutor.exercises import" in "".join(cell["source"])
        )
    ]
    return notebook


SOLVED = answers_that_run_alone(LESSON)
HALF = {name: SOLVED[name] for name in ("digits_in_training", "leaves_the_device")}
SHORT = only_the_exercises()


def with_answers(**answers):
    """The short notebook with some answers filled in."""
    return fill(SHORT, LESSON, answers)


def cell(source):
    return {
        "cell_type": "code", "source": source, "metadata": {}, "outputs": [],
        "execution_count": None, "id": f"own-{abs(hash(source)) % 10**8}",
    }  # fmt: skip


def beginning_with(source, notebook=SHORT):
    """The notebook with an extra cell at the beginning."""
    notebook = copy.deepcopy(notebook)
    notebook["cells"].insert(0, cell(source))
    return notebook


def ending_with(source, notebook=SHORT):
    """The notebook with an extra cell at the end."""
    notebook = copy.deepcopy(notebook)
    notebook["cells"].append(cell(source))
    return notebook


def answer_cells(notebook):
    """The answer cells of a notebook, as {exercise: cell}."""
    return {cells.answer_in(c): c for c in notebook["cells"] if cells.answer_in(c)}


def edited_locked_cells():
    """Locked cells that print a good verdict and are worth a hundred points each."""
    notebook = copy.deepcopy(SHORT)
    for locked in filter(cells.points_in, notebook["cells"]):
        locked["source"] = 'print("Exercise 1: 1 of 1 point.")'
        locked["metadata"]["nbgrader"]["points"] = 100
    return notebook


def stripped():
    """All exercises solved, but Colab or a merge tool has dropped the metadata and the locked cells."""
    notebook = with_answers(**SOLVED)
    notebook["cells"] = [c for c in notebook["cells"] if not cells.points_in(c)]
    for stripped_cell in notebook["cells"]:
        stripped_cell["metadata"] = {}
    return notebook


def own_text(name, source):
    """The short notebook with the whole text of one answer cell replaced."""
    notebook = copy.deepcopy(SHORT)
    answer_cells(notebook)[name]["source"] = source
    return notebook


MEGABYTES = "def megabytes(num_rounds, num_clients, num_parameters):\n"

REPLACES_THE_CHECKER = """\
import os, socket, builtins
from fedtutor.exercises import calls, base, codec, examined, functions, values
examined.Exercise.earned = lambda self: print("Exercise 3: 2 of 2 points.")
base.Exercise.earned = examined.Exercise.earned
base.Exercise.examine = lambda *_: base.Outcome("correct")
values.difference = functions.difference = lambda *_, **__: None
examined.NotSolved = base.NotSolved = type("Quiet", (Exception,), {})
os.environ.pop("NBGRADER_EXECUTION", None)
"""

FORGES_THE_PROTOCOL = """\
import os, socket
from fedtutor.exercises import codec

def say(*messages):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(os.environ["FEDTUTOR_JUDGE"])
        for message in messages:
            codec.send(line, message)
        return codec.receive(line)

attempt = {"exercise": "megabytes", "attempted": True, "value": None}
say(attempt, {"value": 1.0, "problem": None, "changed": None}, {"verdict": "well done"})
for _ in range(3):
    say({"exercise": "megabytes", "attempted": True, "value": 844.6504, "solved": True})
say({"exercise": "no_such", "attempted": True, "value": None})
"""

COPIES_THE_SOLUTION_OBJECT = """\
from fedtutor.exercises import start_here
megabytes = exercise.megabytes(getattr(exercise.megabytes, "solve", exercise.megabytes))
"""
