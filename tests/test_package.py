"""What holds for the package as a whole."""

import ast
import importlib
import inspect
import re

import pytest

import fedtutor
from fedtutor import exercises
from tests.conftest import ROOT, run_python

PACKAGE = ROOT / "fedtutor"

# From top to bottom, as in fedtutor's own docstring; a module imports from further down only.
FLOORS = {
    "fedtutor": [
        ["cli"],
        ["grading"],
        ["doctor", "demo", "exercises", "lessons"],
        ["plots"],
        ["federated", "by_hand"],
        ["health"],
        ["clients", "checkpoints", "predictions", "progress", "runtime"],
        ["models"],
        ["partition"],
        ["data", "gray_levels"],
        ["labeling"],
        ["arguments"],
        ["install"],
        ["compat"],
    ],
    "fedtutor.federated": [
        ["rounds"],
        ["evaluation", "saving"],
        ["history", "process"],
    ],
    "fedtutor.compat": [
        ["removed_modules"],
        ["lazy_imports", "versions", "startup"],
    ],
    "fedtutor.grading": [
        ["grade"],
        ["grader"],
        ["results"],
        ["submissions", "autograde"],
        ["course", "judge", "learner_names", "page"],
        ["sandbox", "clean"],
        ["handed_in", "mounts", "package_copy", "usage"],
        [
            "cells",
            "markup",
            "notebook_files",
            "plain_text",
            "run_notebook",
            "safe_files",
            "scratch",
            "syscalls",
        ],
    ],
    "fedtutor.exercises": [
        [*exercises.LESSONS, "examined"],
        [
            "problem",
            "model_cases",
            "round_solutions",
            "round_mistakes",
            "client_mistakes",
            "tff_cases",
            "tff_explained",
        ],
        ["round_parts", "tff_parts"],
        ["functions", "questions"],
        ["base"],
        ["probes"],
        ["tff_probes"],
        ["calls", "codec", "view"],
        ["errors", "outcome", "values"],
        ["numeric"],
        ["error_texts"],
    ],
    "fedtutor.runtime": [
        ["inprocess", "tff_worker"],
        ["plan", "convert"],
        ["elements", "graphs"],
        ["scope"],
        ["scans"],
        ["dataset_reader", "single_core"],
        ["nodes", "sequences", "variables"],
        ["layouts", "library", "loops", "errors", "_worker_watchdog"],
    ],
}


def modules_of(package):
    """Where a package's modules are; a package inside it counts as one of them."""
    folder = ROOT / package.replace(".", "/")
    found = [*folder.glob("*.py"), *(path.parent for path in folder.glob("*/__init__.py"))]
    return {path.stem: path for path in sorted(found) if path.stem != "__init__"}


MODULES = list(modules_of("fedtutor"))
FILES = sorted(PACKAGE.rglob("*.py"))


def imported(path, package):
    """The modules of a package that a file, or the files of a folder, import, wherever in them."""
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{package}."):
                inner = node.module.removeprefix(package).lstrip(".")
                yield from [inner.split(".")[0]] if inner else [name.name for name in node.names]


@pytest.mark.parametrize("package", FLOORS)
def test_imports_only_point_downwards(package):
    floor = {module: number for number, row in enumerate(FLOORS[package]) for module in row}
    modules = modules_of(package)
    assert set(floor) == set(modules), "give the new module a floor, and a line in __init__.py"
    for module, path in modules.items():
        for other in imported(path, package):
            inside = path.is_dir() and other == module
            assert inside or floor[other] > floor[module], f"{module} imports {other}"


def test_the_map_in_the_packages_docstring_names_every_room():
    public = [module for module in MODULES if not module.startswith("_")]
    named = re.findall(r"^    (\w+)  +\w", fedtutor.__doc__, flags=re.M)
    assert sorted(named) == sorted(public)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_module_outgrows_its_room(file):
    # A lesson's exercises are a list of the mistakes that learners make, and that is long.
    most = 700 if file.parent.name == "exercises" and file.stem in exercises.LESSONS else 400
    assert len(file.read_text().splitlines()) <= most


@pytest.mark.parametrize(
    "module",
    [m for m in MODULES if not m.startswith("_")]
    + [f"federated.{m}" for m in modules_of("fedtutor.federated")],
)
def test_every_public_function_says_what_it_takes_and_gives(module):
    module = importlib.import_module(f"fedtutor.{module}")
    assert module.__doc__
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        text = inspect.getdoc(thing)
        assert text, f"{module.__name__}.{name} has no docstring"
        if inspect.isfunction(thing):
            parameters = inspect.signature(thing).parameters
            missing = [p for p in parameters if not re.search(rf"\b{p}\b", text)]
            assert not missing, f"{module.__name__}.{name} does not explain {missing}"


def test_importing_fedtutor_is_quick_and_silent():
    done = run_python(
        "import sys, time, fedtutor, fedtutor.data, fedtutor.partition, fedtutor.cli\n"
        "assert 'tensorflow' not in sys.modules\n"
        # Of this process alone: the machine may be busy with other things.
        "assert time.process_time() < 5"
    )
    assert done.returncode == 0 and done.stdout == done.stderr == "", done.stderr


def test_a_learner_sees_no_log_lines_of_tensorflow():
    done = run_python(
        "from fedtutor import data, federated, models, partition, runtime\n"
        "import numpy as np\n"
        "x, y = np.zeros((20, 28, 28), np.uint8), np.arange(20) % 10\n"
        "clients = federated.ClientDatasets(x, y, partition.iid(y, 2, seed=0))\n"
        "process = federated.fed_avg(models.cnn, clients.element_spec, client_learning_rate=0.1)\n"
        "run = federated.run_rounds(process, clients, 1)\n"
        "federated.Evaluator(models.cnn, x, y)(process.get_model_weights(run.state))\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""


def test_the_package_has_a_version_and_extras():
    from importlib import metadata

    assert re.fullmatch(r"\d+\.\d+\.\d+", fedtutor.__version__)
    assert "lab" in metadata.metadata("fedtutor").get_all("Provides-Extra")
