"""`fedtutor doctor`: what is installed, what is right, what is wrong, and the command that mends it."""

import platform
import sys
from importlib import metadata

from packaging.requirements import Requirement

PYTHON = (3, 11)
SETUP = "make lab, in a checkout of the course"
ELSEWHERE = "use Google Colab, or on Windows WSL2"


def main():
    """Print the findings, one a line.

    Returns:
        The exit status: 0 where a federated round really ran and nothing is wrong, else 1.
    """
    findings = [_system, _python, _packages, _digits, _round]
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
    system, machine = platform.system(), platform.machine()
    ok = system == "Linux" and machine in ("x86_64", "AMD64")
    yield ok, f"{system} on {machine}; TFF's worker needs Linux on x86_64", ELSEWHERE


def _python():
    ok = sys.version_info[:2] == PYTHON
    need = ".".join(map(str, PYTHON))
    yield ok, f"Python {platform.python_version()}; TFF 0.87 needs {need}", SETUP


def _packages():
    """Each requirement of fedtutor, as its own metadata states it."""
    yield True, f"fedtutor {metadata.version('fedtutor')}", ""
    for line in metadata.requires("fedtutor") or []:
        requirement = Requirement(line)
        extra = requirement.marker is not None and "extra" in str(requirement.marker)
        name, wanted = requirement.name, requirement.specifier
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            if not extra:
                yield False, f"{name} is not installed; {wanted} is needed", SETUP
            continue
        yield version in wanted, f"{name} {version}; {wanted} is needed", SETUP


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
