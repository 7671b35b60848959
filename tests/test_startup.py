"""`import tensorflow_federated` works whatever was imported before, and costs nothing until then."""

import importlib.util
from pathlib import Path

import pytest

from fedtutor.compat import startup
from tests.conftest import fresh_environment, run_python

ROUND = "print(tff.tensorflow.computation(lambda: 7).type_signature)"


def run(code, cwd):
    """Run code in a fresh Python, far from the checkout."""
    environment = {k: v for k, v in fresh_environment().items() if k != "PYTHONPATH"}
    done = run_python(code, cwd=cwd, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize(
    "first",
    ["", "import fedtutor\n", "import tensorflow as tf\n", "import numpy, tensorflow\n"],
    ids=["TFF", "fedtutor", "TensorFlow", "NumPy and TensorFlow"],
)
def test_tff_can_be_imported_whatever_came_first(first, tmp_path):
    printed, _ = run(f"{first}import tensorflow_federated as tff\n{ROUND}", tmp_path)
    assert printed == "( -> int32)\n"


def test_a_federated_computation_runs_with_nothing_but_tff_and_one_line_of_fedtutor(tmp_path):
    printed, noise = run(
        "import tensorflow_federated as tff\nimport numpy as np\nimport fedtutor.runtime\n"
        "fedtutor.runtime.use()\n"
        "@tff.federated_computation(tff.FederatedType(np.int32, tff.CLIENTS))\n"
        "def total(x):\n    return tff.federated_sum(x)\n"
        "print(total([1, 2, 3]))",
        tmp_path,
    )
    assert (printed, noise) == ("6\n", "")


def test_python_starts_without_importing_anything_for_it(tmp_path):
    without, _ = run("import sys; print(len(sys.modules))", tmp_path)
    here = {"_fedtutor_startup"}
    loaded, _ = run("import sys; print(*sys.modules)", tmp_path)
    assert here <= set(loaded.split()) and int(without) < 100
    assert not {"fedtutor", "importlib.util", "tensorflow"} & set(loaded.split())


def test_what_is_installed_is_what_the_repository_holds():
    """pip copies the file when it installs, in a checkout too."""
    installed = importlib.util.find_spec("_fedtutor_startup").origin
    assert Path(installed).read_text() == Path(startup.__file__).read_text()
