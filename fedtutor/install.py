"""Adds TFF where pip refuses to install it. Run as a program:

    python -m fedtutor.install

TFF 0.87 says that it needs Python 3.11 and Linux on x86-64. Only one file of it does: its worker, a
program of 300 MB. The rest is Python, which the course runs in a runtime of its own. So pip is told
to ignore what TFF and four packages made for it ask for, and to leave everything else as it is.

uv doesn't need this on Linux with an x86-64 processor: pyproject.toml tells it what these packages
really need.
"""

import argparse
import importlib
import platform
import subprocess
import sys
import sysconfig
import tempfile
import time
from importlib import metadata
from pathlib import Path

from fedtutor.compat import versions

# What pip cannot install in the ordinary way.
FORCED = {
    "dp-accounting": "0.4.3",
    "google-vizier": "0.1.11",
    "tensorflow-federated": "0.87.0",
    "tensorflow-model-optimization": "0.8.1",
    "tensorflow-privacy": "0.9.0",
}
TFF_WHEEL = "manylinux_2_31_x86_64"


class InstallError(Exception):
    """Something could not be installed. The message says what, and what to do."""


def worker_runs_here():
    """Whether TFF's worker program runs on this kind of system."""
    return (platform.system(), platform.machine()) == ("Linux", "x86_64")


def missing():
    """What the course needs and this Python lacks.

    Returns:
        `(ordinary, forced)`: two lists of requirements, as pip takes them.
    """
    from packaging.requirements import Requirement

    ordinary = []
    for line in metadata.requires("fedtutor") or []:
        requirement = Requirement(line)
        # Nobody has chosen an extra here.
        needed = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if needed and not _has(requirement.name):
            ordinary.append(f"{requirement.name}{requirement.specifier}")
    return ordinary, [f"{name}=={of}" for name, of in FORCED.items() if not _has(name)]


def complete(*, worker=None):
    """Install what is missing; what is installed stays as it is.

    Returns at once where nothing is missing.

    Args:
        worker: whether TFF's worker program is wanted; by default, where it runs. Elsewhere it is
            removed.

    Raises:
        InstallError: pip could not do it.
        ImportError: the course does not know the versions that are here.
    """
    ordinary, forced = missing()
    if ordinary or forced:
        begin = time.monotonic()
        print("Installing TensorFlow Federated for the course …", flush=True)
        if ordinary:
            _install_around(ordinary)
        if forced:
            versions.check_tensorflow()
            _pip("--no-deps", "--ignore-requires-python", *_anywhere(), *forced)
        importlib.invalidate_caches()
        print(f"Installed, in {time.monotonic() - begin:.0f} seconds.", flush=True)
    if not (worker_runs_here() if worker is None else worker):
        tff = metadata.distribution("tensorflow-federated")
        Path(tff.locate_file("tensorflow_federated/data/worker_binary")).unlink(missing_ok=True)


def installed():
    """The packages that are installed: a dictionary from their names to their versions."""
    return {
        found.metadata["Name"]: found.version
        for found in metadata.distributions()
        if found.metadata["Name"]
    }


def _has(name):
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _anywhere():
    """What makes pip take a wheel that was made for another system."""
    if worker_runs_here():
        return []
    return [
        "--platform", TFF_WHEEL, "--only-binary", ":all:",
        "--target", sysconfig.get_path("purelib"),
    ]  # fmt: skip


def _install_around(requirements):
    """Install something so that nothing that is there has to move for it."""
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        pins = [f"{name}=={version}\n" for name, version in installed().items()]
        constraints.write_text("".join(pins))
        _pip("--constraint", str(constraints), *requirements)


def _pip(*arguments):
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InstallError(
            f"pip could not install {' '.join(a for a in arguments if '==' in a or '>=' in a)}. "
            "Its own message is below. Most often the connection is at fault: try again. If it stays, "
            f"open an issue with this message.\n\n{done.stderr.strip()}"
        )


def main():
    """Install what is missing, and report in words.

    Returns:
        The exit status: 0 where nothing is missing any more.
    """
    parser = argparse.ArgumentParser(
        prog="python -m fedtutor.install",
        description="Adds TFF, which pip alone refuses to install.",
    )
    parser.add_argument(
        "--without-worker", action="store_true", help="without TFF's worker program"
    )
    arguments = parser.parse_args()
    try:
        complete(worker=False if arguments.without_worker else None)
    except (InstallError, ImportError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
