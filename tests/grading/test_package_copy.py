"""Nothing of the course's package answers an exercise of the lesson that is graded."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import fedtutor
from fedtutor import exercises
from fedtutor.exercises import examined, probes
from fedtutor.exercises.base import OwnAnswer
from fedtutor.exercises.functions import FunctionExercise
from fedtutor.exercises.problem import Lesson
from fedtutor.grading import package_copy

HIDING = [name for name in exercises.LESSONS if exercises.lesson(name).hides]
# What is tried with models takes minutes, and has none of the course's functions as its answer.
TRIED = [
    exercise
    for name in exercises.LESSONS
    for exercise in exercises.lesson(name).exercises.values()
    if isinstance(exercise, FunctionExercise)
    and exercise.probe in (None, probes.label_shards_twice)
]
WITHOUT_FUNCTIONS = ("cli", "grading", "doctor", "demo", "install", "compat", "runtime")


@pytest.fixture(scope="module")
def functions():
    """All functions of the package that a lesson's copy holds, as {name: function}."""
    found = {}
    for module in pkgutil.walk_packages(fedtutor.__path__, "fedtutor."):
        _, room, *inside = module.name.split(".")
        if room in WITHOUT_FUNCTIONS:
            continue
        if room == "exercises" and not {*inside} <= {*package_copy._WITHOUT_ANSWERS}:
            continue
        for function in vars(importlib.import_module(module.name)).values():
            if inspect.isfunction(function) and function.__module__.startswith("fedtutor."):
                name = f"{function.__module__}.{function.__name__}".removeprefix("fedtutor.")
                found[name] = function
    return found


def calls_of(function, parameters):
    """The ways to call a function with some arguments: by place, by name, or the first by place."""
    signature = inspect.signature(function)
    for by_place in range(len(parameters) + 1):
        first, rest = parameters[:by_place], parameters[by_place:]
        try:
            signature.bind(*first, **dict.fromkeys(rest))
        except TypeError:
            continue
        yield ", ".join([*first, *(f"{name}={name}" for name in rest)])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("exercise", TRIED, ids=lambda exercise: exercise.name)
def test_only_hidden_functions_answer_an_exercise(exercise, functions, monkeypatch):
    hides = exercise.lesson.hides
    monkeypatch.setattr(exercise.lesson, "hides", {})  # so that these are tried, too
    hidden = {f"{module}.{name}" for module, names in hides.items() for name in names}
    parameters = ", ".join(exercise.parameters)
    for name, function in functions.items():
        for call in calls_of(function, exercise.parameters):
            names = {"function": function}
            exec(f"def answer({parameters}):\n    return function({call})", names)
            outcome = exercise.examine(OwnAnswer(True, names["answer"]), 0)
            assert not outcome.solved or name in hidden, f"{name} solves it"


@pytest.mark.parametrize("name", HIDING)
def test_what_a_lesson_hides_is_nowhere_in_its_copy(name, tmp_path):
    lesson = exercises.lesson(name)
    package_copy.write(tmp_path, lesson)
    names = {name.rpartition(".")[2] for names in lesson.hides.values() for name in names}
    for path in tmp_path.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name in names:
                assert ast.unparse(node).endswith(", given)"), f"{path}: {node.name}"
            if isinstance(node, ast.ImportFrom):
                assert not names & {alias.name for alias in node.names}, f"{path} exports it again"


def test_the_copy_has_no_lesson_and_nothing_that_only_lessons_need(tmp_path):
    package_copy.write(tmp_path, exercises.lesson("start_here"))
    found = {path.stem for path in (tmp_path / "fedtutor" / "exercises").iterdir()}
    assert found == {*package_copy._WITHOUT_ANSWERS, *exercises.LESSONS}
    for name in exercises.LESSONS:
        text = (tmp_path / "fedtutor" / "exercises" / f"{name}.py").read_text()
        assert "solution" not in text and "answer" not in text


def test_a_function_that_is_not_there_cannot_be_hidden(tmp_path):
    with pytest.raises(ValueError, match="fedtutor.partition has no heterogenity to hide"):
        package_copy.write(tmp_path, Lesson("99_test", hides={"partition": ["heterogenity"]}))


INSIDE = """
from fedtutor import data, partition
from fedtutor.exercises import examined, probes
from fedtutor.partition import label_shards as early
digits = data.load_mnist()
_, on_devices = data.volunteers_and_devices(digits.writer_train)
labels = digits.y_train[on_devices]
print(len(partition.label_shards(labels, 100, 2, seed=1)), len(early(labels, 100, seed=1)))
for call in (
    lambda: early(labels, 100, 2, seed=2), lambda: early(labels, 10, 2, seed=1),
    lambda: early(labels[:-1], 100, 2, seed=1), lambda: early(object(), 1, seed=1),
    lambda: partition.heterogeneity(labels, [[0]]),
):
    try:
        print("returned", call())
    except RuntimeError as error:
        print(error)
examined._revealed["partition.label_shards"] = lambda **arguments: sorted(arguments)
print(early(labels, 10, seed=1))
"""


def test_a_hidden_function_knows_the_lessons_own_calls_and_works_once_it_is_revealed(tmp_path):
    package_copy.write(tmp_path, exercises.lesson("many_devices"))
    (tmp_path / "data").symlink_to(package_copy.PACKAGE.parent / "data")
    done = subprocess.run(
        [sys.executable, "-c", INSIDE], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    first, *refused, last = done.stdout.splitlines()
    assert first == "100 100"
    assert len(refused) == 5 and all("is hidden until its exercise" in line for line in refused)
    assert last == "['labels', 'num_clients', 'seed', 'shards_per_client']"


def test_the_results_that_are_known_are_the_functions_own(tmp_path):
    lesson = exercises.lesson("many_devices")
    package_copy.write(tmp_path, lesson)
    assert len(list((tmp_path / "fedtutor" / examined.KNOWN).iterdir())) == len(lesson.calls())


@pytest.mark.parametrize("name", ["heterogeneity", "label_shards"])
def test_in_the_lesson_the_courses_function_is_put_aside_under_every_name(name):
    exercise = exercises.lesson("many_devices").exercises[name]
    function = getattr(importlib.import_module("fedtutor.partition"), name)

    def answer(*args):
        last = {"seed": args[-1]} if name == "label_shards" else {}
        return function(*args[:-1], **last) if last else function(*args)

    outcome = exercise.examine(OwnAnswer(True, answer), 0)
    assert not outcome.solved and f"`partition.{name}` is put aside here" in outcome.message
    assert "put aside" not in str(function.__code__.co_consts)  # it works again
