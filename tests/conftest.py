"""What several test modules share."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import matplotlib
import numpy as np
import psutil
import pytest

matplotlib.use("Agg")

ROOT = Path(__file__).resolve().parent.parent
COLAB_NOTES = ROOT / "build" / "colab.json"

# For `make test-colab`, which writes the notes that it reads.
collect_ignore = [] if "COLAB_RELEASE_TAG" in os.environ else ["test_colab.py"]

OURS = ("worker_binary", "_worker_watchdog.py")


def our_processes():
    """The workers and watchdogs of this user that are running, as {pid: command line}.

    Without those of the tests that run beside these, in another of pytest-xdist's processes.
    """
    found = {}
    for process in psutil.process_iter(["pid", "cmdline", "username"]):
        line = " ".join(process.info["cmdline"] or [])
        if any(name in line for name in OURS) and process.info["username"] == USER:
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.environ().get(BESIDE) == os.environ.get(BESIDE):
                    found[process.info["pid"]] = line
    return found


USER = psutil.Process().username()
BESIDE = "PYTEST_XDIST_WORKER"


def wait_until(condition, seconds=10):
    """Whether `condition()` becomes true within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items):
    """Leave out what this system cannot do."""
    tff = metadata.distribution("tensorflow-federated")
    worker = Path(tff.locate_file("tensorflow_federated/data/worker_binary")).is_file()
    for item in items:
        if "both" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.worker)
        if not worker and item.get_closest_marker("worker"):
            item.add_marker(pytest.mark.skip(reason="TFF's worker program is not here"))
        if sys.platform != "linux" and item.get_closest_marker("linux"):
            item.add_marker(pytest.mark.skip(reason="asks for Linux"))


def alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def obey_ctrl_c():
    """For `preexec_fn`: also where the tests run in the background of a shell, which ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def fresh_environment():
    """Without the variables that fedtutor, TensorFlow and JAX have set in the process of these tests."""
    ours = (
        "GRPC_VERBOSITY", "TF_CPP_MIN_LOG_LEVEL", "TF_OVERRIDE_GLOBAL_THREADPOOL",
        "TF_USE_LEGACY_KERAS",
    )  # fmt: skip
    return {name: value for name, value in os.environ.items() if name not in ours}


def run_python(code, **kwargs):
    """Run code in a Python of its own, that nobody has prepared; its output comes as text."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300,
        **{"cwd": ROOT, "env": fresh_environment(), **kwargs},
    )  # fmt: skip


@pytest.fixture(scope="session")
def mnist():
    from fedtutor import data

    return data.load_mnist()


@pytest.fixture(scope="session")
def few(mnist):
    """A small collection with all ten digits: 200 images and their labels."""
    return mnist.x_train[:200], mnist.y_train[:200]


@pytest.fixture(scope="session")
def labels():
    """1,000 labels, 100 of each digit, in random order."""
    return np.random.default_rng(0).permutation(np.repeat(np.arange(10), 100)).astype(np.uint8)


@pytest.fixture(scope="module")
def both():
    """TFF's worker and the runtime in this process."""
    from tests.both_runtimes import Both

    runtimes = Both()
    yield runtimes
    runtimes.close()


@pytest.fixture(scope="session", autouse=True)
def no_process_left():
    """The tests themselves must leave no worker behind, whichever of them ran."""
    before = set(our_processes())
    yield
    runtime = sys.modules.get("fedtutor.runtime")
    if runtime is not None:
        runtime.stop()
    mine = psutil.Process(os.getpid())
    left = [
        child.pid for child in mine.children(recursive=True) if child.pid in our_processes()
    ]  # fmt: skip
    orphans = [
        pid
        for pid in set(our_processes()) - before
        if psutil.pid_exists(pid) and psutil.Process(pid).ppid() in (0, 1)
    ]
    assert not left and not orphans, f"left running: {left + orphans}"
