"""`fedtutor doctor`: checks what is installed, finds what is wrong, and says how to fix it."""

import importlib.util
import os
import platform
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from fedtutor import install
from fedtutor.compat import versions

PYTHONS = versions.PYTHONS
# The systems that TensorFlow is built for.
SYSTEMS = (
    ("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64"), ("Windows", "AMD64"),
)  # fmt: skip
ELSEWHERE = "use Google Colab"


def setup_command() -> str:
    """What sets the course up on this system.

    Returns:
        A command and where to run it.
    """
    if "COLAB_RELEASE_TAG" in os.environ:
        return "run the lesson's first code cell"
    if platform.system() == "Windows":
        return r"py -3.13 tools\laptop.py, in a checkout of the course"
    return "make lab, in a checkout of the course"


SETUP = setup_command()


def main() -> int:
    """Run all checks and print each result on a line.

    Returns:
        The exit status: 0 if a federated round ran and nothing is wrong, otherwise 1.
    """
    checks = [
        _check_system, _check_python, _check_packages, _check_worker, _check_digits, _check_round,
    ]  # fmt: skip
    results = [ok for check in checks for ok in _report(check)]
    round_ran = results[-1]
    if all(results):
        print("\nEverything works.")
    elif round_ran:
        print("\nA federated round ran, but something above is wrong and should be fixed.")
    else:
        print("\nNo federated round ran. Start with the first line marked 'wrong'.")
    return 0 if all(results) else 1


# What a check yields: whether all is well, what it found, and how to fix it.
Finding = tuple[bool, str, str]


def _report(check: Callable[[], Iterator[Finding]]) -> Iterator[bool]:
    """Print each finding of a check, and yield whether it was right."""
    try:
        for ok, text, remedy in check():
            print(f"{'right' if ok else 'wrong'}  {text}")
            if not ok:
                print(f"       to fix it: {remedy}")
            sys.stdout.flush()
            yield ok
    except Exception as error:
        # Whatever goes wrong in a check is a finding too: the doctor itself must not fail.
        print(f"wrong  {type(error).__name__}: {error}")
        print(f"       to fix it: {SETUP}")
        yield False


def _check_system():
    here = platform.system(), platform.machine()
    yield here in SYSTEMS, f"{here[0]} on {here[1]}", ELSEWHERE


def _check_python():
    ok = sys.version_info[:2] in PYTHONS
    yield ok, f"Python {platform.python_version()}; the course needs 3.12 or 3.13", SETUP


def _check_packages():
    """Compare the installed versions with fedtutor's own metadata and with `install.FORCED`."""
    yield True, f"fedtutor {metadata.version('fedtutor')}", ""
    requirements = [Requirement(line) for line in metadata.requires("fedtutor") or []]
    requirements += [Requirement(f"{name}=={version}") for name, version in install.FORCED.items()]
    extras = ["", *(metadata.metadata("fedtutor").get_all("Provides-Extra") or [])]
    for requirement in requirements:
        marker, name, wanted = requirement.marker, requirement.name, requirement.specifier
        if marker is not None and not any(marker.evaluate({"extra": e}) for e in extras):
            continue  # it is for another system or Python
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            if marker is None or marker.evaluate({"extra": ""}):
                yield False, f"{name} is not installed; the course needs {wanted}", SETUP
            continue
        yield version in wanted, f"{name} {version}; the course needs {wanted}", SETUP


def _check_worker():
    """Look for TFF's own worker, which no lesson needs."""
    tff = importlib.util.find_spec("tensorflow_federated")
    if tff is not None and (Path(tff.origin).parent / "data" / "worker_binary").is_file():
        yield True, "TFF's own worker program is installed, for `runtime.use(worker=True)`", ""
    else:
        made_for = "" if install.worker_runs_here() else ": it only runs on Linux on x86-64"
        yield (
            True,
            f"TFF's own worker program is not installed{made_for}. The lessons don't need it",
            "",
        )


def _check_digits():
    from fedtutor import data

    digits = data.load_mnist()
    count = len(digits.x_train) + len(digits.x_test)
    yield True, f"{count:,} MNIST digits; the checksum is correct", ""


def _check_round():
    print("       importing TensorFlow Federated and running a round …", flush=True)
    import numpy as np

    from fedtutor import data, federated, models, partition, runtime

    digits = data.load_mnist()
    clients = federated.ClientDatasets(
        digits.x_train, digits.y_train, partition.iid(digits.y_train, 100, seed=0)
    )
    process = federated.fed_avg(
        models.logistic_regression, clients.element_spec, client_learning_rate=0.1
    )
    run = federated.run_rounds(process, clients, 1, clients_per_round=2, progress=False)
    loss = run.history["train_loss"][0]
    yield runtime.worker() is None, "TFF's computations run inside this process", ""
    ok = bool(np.isfinite(loss)) and run.history["num_examples"] == [1200]
    yield ok, f"a federated round of 2 clients ran; loss {loss:.3f}", SETUP
    runtime.stop()
