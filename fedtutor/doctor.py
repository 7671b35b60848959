"""`fedtutor doctor`: what is installed, what is right, what is wrong, and the command that mends it."""

import importlib.util
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from fedtutor import install
from fedtutor.compat import versions

PYTHONS = versions.PYTHONS
# What TensorFlow's makers build it for.
SYSTEMS = (
    ("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64"), ("Windows", "AMD64"),
)  # fmt: skip
ELSEWHERE = "use Google Colab"
if "COLAB_RELEASE_TAG" in os.environ:
    SETUP = "run the lesson's first code cell"
elif install.worker_runs_here():
    SETUP = "make lab, in a checkout of the course"
else:
    SETUP = "python tools/laptop.py, in a checkout of the course"


def main():
    """Print the findings, one a line.

    Returns:
        The exit status: 0 where a federated round really ran and nothing is wrong, else 1.
    """
    findings = [_system, _python, _packages, _worker, _digits, _round]
    results = [ok for finding in findings for ok in _report(finding)]
    ran = results[-1]
    if all(results):
        print("\nAll is well.")
    elif ran:
        print("\nA federated round ran, but something above wants mending.")
    else:
        print("\nNo federated round ran here. Begin with the first line marked 'wrong'.")
    return 0 if all(results) else 1


def _report(finding):
    """Print what a finding yields, (ok, text, remedy), and pass on whether it was ok."""
    try:
        for ok, text, remedy in finding():
            print(f"{'right' if ok else 'wrong'}  {text}")
            if not ok:
                print(f"       to mend it: {remedy}")
            sys.stdout.flush()
            yield ok
    except Exception as error:
        # A doctor who faints helps nobody: whatever breaks is a finding of its own.
        print(f"wrong  {type(error).__name__}: {error}")
        print(f"       to mend it: {SETUP}")
        yield False


def _system():
    here = platform.system(), platform.machine()
    yield here in SYSTEMS, f"{here[0]} on {here[1]}", ELSEWHERE


def _python():
    ok = sys.version_info[:2] in PYTHONS
    yield ok, f"Python {platform.python_version()}; 3.12 or 3.13 is needed", SETUP


def _packages():
    """Each requirement of fedtutor, as its own metadata states it, and what pip cannot install."""
    yield True, f"fedtutor {metadata.version('fedtutor')}", ""
    requirements = [Requirement(line) for line in metadata.requires("fedtutor") or []]
    requirements += [Requirement(f"{name}=={version}") for name, version in install.FORCED.items()]
    extras = ["", *(metadata.metadata("fedtutor").get_all("Provides-Extra") or [])]
    for requirement in requirements:
        marker, name, wanted = requirement.marker, requirement.name, requirement.specifier
        if marker is not None and not any(marker.evaluate({"extra": e}) for e in extras):
            continue  # it is for another Python
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            if marker is None or marker.evaluate({"extra": ""}):
                yield False, f"{name} is not installed; {wanted} is needed", SETUP
            continue
        yield version in wanted, f"{name} {version}; {wanted} is needed", SETUP


def _worker():
    """TFF's own worker, which no lesson needs."""
    tff = importlib.util.find_spec("tensorflow_federated")
    if tff is not None and (Path(tff.origin).parent / "data" / "worker_binary").is_file():
        yield True, "TFF's own worker program is there, for `runtime.use(worker=True)`", ""
    else:
        made_for = "" if install.worker_runs_here() else ": it is made for Linux on x86-64 only"
        yield (
            True,
            f"TFF's own worker program is not there{made_for}. The lessons do without it",
            "",
        )


def _digits():
    from fedtutor import data

    digits = data.load_mnist()
    count = len(digits.x_train) + len(digits.x_test)
    yield True, f"{count:,} digits of MNIST, checksum as it should be", ""


def _round():
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
