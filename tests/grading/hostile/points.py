"""Submissions that want points which they have not earned."""

import copy
import json

from fedtutor import exercises
from fedtutor.grading import course
from tests.exercises.filling import fill
from tests.grading import learners
from tests.grading.hostile import Case
from tests.grading.learners import HALF, MEGABYTES, SOLVED, beginning_with, with_answers


def writes(name, notebook):
    """A function that writes a notebook into the folder of submissions."""
    return lambda folder: (folder / f"{name}.ipynb").write_text(json.dumps(notebook))


def case(learner, tries, notebook, points, **expected):
    return Case(learner, tries, writes(learner, notebook), points, **expected)


def of_lesson(name, first, **answers):
    """The exercises of a lesson, with a cell above them and some answers."""
    lesson = exercises.lesson(name.partition("_")[2])
    lessons = course.lessons_with_exercises()
    short = learners.only_the_exercises(json.loads(lessons[name].read_text(encoding="utf-8")))
    notebook = fill(short, lesson, answers)
    return beginning_with(first, notebook)


def megabytes(returned, above=""):
    """Lesson 00 with two of four points, and an answer to the exercise for the other two."""
    answer = MEGABYTES + f"    right = 8e-6 * num_rounds * num_clients * num_parameters\n{returned}"
    return beginning_with(above, with_answers(**HALF, megabytes=answer))


LYING = """
import numbers, numpy as np
class Lying(numbers.Number):
    def __float__(self):
        return self.value
"""

# Every way to the course's own function that was found: it works for none, and for the lesson itself.
OWN_FUNCTIONS_02 = """
import inspect, pathlib, re
import numpy as np
import fedtutor.exercises, fedtutor.partition
from fedtutor import data, partition
from fedtutor.partition import heterogeneity as _h, label_shards as _s
kept = partition.heterogeneity, getattr(fedtutor.partition, "label_shards"), vars(partition)["label_shards"]
digits = data.load_mnist()
_, on_devices = data.volunteers_and_devices(digits.writer_train)
labels = digits.y_train[on_devices]
two_shards = partition.label_shards(labels, 100, 2, seed=1)
print("the lesson's own call returned", len(two_shards), "clients")
for path in pathlib.Path(fedtutor.exercises.__file__).parent.rglob("*.py"):
    if re.search(r"^ *@lesson\\.|^ *@mistake|^def federated_round", path.read_text(), re.M):
        print("found answers in", path.name)
if "by_label = order" in inspect.getsource(partition):
    print("found the source")
"""

ROUND_PARTS_03 = """
from fedtutor.by_hand import weighted_average as _w, federated_round as _r
try:
    from fedtutor.exercises import round_parts
    print("found round_parts")
except ImportError:
    pass
"""


def _own_functions_03():
    answers = {
        "weighted_average": "def weighted_average(client_weights, num_examples):\n"
        "    return _w(client_weights, num_examples)",
        "federated_round": "def federated_round(model, global_weights, cohort, learning_rate):\n"
        "    return _r(model, global_weights, cohort, learning_rate)",
    }
    return of_lesson("03_averaging_by_hand", ROUND_PARTS_03, **answers)


def _first_round_01():
    answer = (
        "def first_epoch(epochs, accuracies, target):\n"
        "    from fedtutor.federated.history import History\n"
        "    rows = [{'round': int(e), 'a': float(a)} for e, a in zip(epochs, accuracies)]\n"
        "    return History(rows).first_round('a', target)"
    )
    return of_lesson("01_one_computer", "", first_epoch=answer)


# Reads what the judge's process would have to hide, and a table in a part of the notebook that doesn't run.
LOOKS_FOR_A_TABLE = """
import os
def remembered():
    own = open(f"/proc/{os.getppid()}/mem", "rb")
    for line in open(f"/proc/{os.getppid()}/maps"):
        begin, end = (int(n, 16) for n in line.split()[0].split("-"))
        try:
            own.seek(begin)
            text = own.read(end - begin)
        except (OSError, ValueError, OverflowError):
            continue
        if b"REMEMBERED" + b"TABLE" in text:
            print("found the table")
remembered()
"""


def _with_a_table():
    notebook = beginning_with(LOOKS_FOR_A_TABLE, with_answers(**HALF))
    notebook = copy.deepcopy(notebook)
    notebook["cells"][0]["metadata"] = {"table": "REMEMBEREDTABLE"}
    notebook["metadata"]["table"] = "REMEMBEREDTABLE"
    text = {"cell_type": "markdown", "source": "REMEMBEREDTABLE", "metadata": {}, "id": "text"}
    notebook["cells"].append(text)
    return notebook


CASES = [
    case(
        "Complex", "an imaginary part that nobody looks at",
        megabytes("    return complex(right, 12345)"), 2,
    ),
    case(
        "Complex array", "the same in an array",
        megabytes("    return np.array(right + 1j)", "import numpy as np"), 2,
    ),
    case(
        "Lying", "a number of its own kind",
        megabytes("    n = Lying()\n    n.value = right\n    return n", LYING), 2,
    ),
    case(
        "Masked", "a masked entry",
        megabytes("    return np.ma.masked_array([right], mask=[True])", "import numpy as np"), 2,
    ),
    case("Numpy", "nothing: another kind of number", megabytes(
        "    return np.float32(right) if right < 1e-30 else np.longdouble(right)", "import numpy as np"
    ), 4),
    case(
        "Own 02", "the course's own functions, under names that were imported before",
        of_lesson(
            "02_many_devices", OWN_FUNCTIONS_02,
            heterogeneity="def heterogeneity(labels, parts):\n    return _h(labels, parts)",
            label_shards="def label_shards(labels, num_clients, shards_per_client, seed):\n"
            "    return kept[1](labels, num_clients, shards_per_client, seed=seed)",
        ), 0, never=("found answers", "found the source"),
    ),
    case("Own 03", "the same in lesson 03", _own_functions_03(), 0, never=("found round_parts",)),
    case("Own 01", "a method of the course's", _first_round_01(), 0),
    case(
        "Table", "a table where nothing runs", _with_a_table(), 2, never=("found the table",)
    ),
    case("Solved", "nothing: all is right", with_answers(**SOLVED), 4),
]  # fmt: skip
