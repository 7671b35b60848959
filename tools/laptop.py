"""Makes the course's environment on a laptop, in .venv, and opens JupyterLab on lesson 00.

    python3.13 tools/laptop.py      macOS (Apple silicon) and Linux
    py -3.13 tools\\laptop.py        Windows

TensorFlow Federated is built for Linux alone, and for Python 3.11. Here its Python files stand beside
TensorFlow 2.20, without its worker program, which no lesson needs. On Linux with an x86-64 processor
`make lab` does more: it installs what is locked and tested with every change.
"""

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ((3, 12), (3, 13))
INSTALL_PYTHON = {
    "Darwin": "brew install python@3.13, then python3.13 tools/laptop.py",
    "Windows": r"winget install Python.Python.3.13, then in a new window py -3.13 tools\laptop.py",
}
# TensorFlow's newest packages, and none for others.
MACHINES = {"Darwin": ("arm64",), "Windows": ("AMD64",), "Linux": ("x86_64", "aarch64")}
COLAB = "Each lesson has a badge in the README that opens it in Google Colab, in any browser."


def obstacle():
    """What keeps the course from running here, in words, or None."""
    system, machine = platform.system(), platform.machine()
    if machine not in MACHINES.get(system, ()):
        return f"TensorFlow has no package for {system} on {machine}. {COLAB}"
    if sys.version_info[:2] not in PYTHONS:
        remedy = INSTALL_PYTHON.get(system, "install Python 3.13 and run this with it")
        return (
            f"This is Python {platform.python_version()}, and TensorFlow 2.20 and the course meet on "
            f"3.12 and 3.13. One way: {remedy}."
        )
    if sys.maxsize < 2**32:
        return "This Python is a 32-bit one. TensorFlow needs the 64-bit one from python.org."
    return None


def inside(venv, program):
    """A program of a virtual environment."""
    folder, suffix = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
    return str(venv / folder / (program + suffix))


def ready(venv):
    """Whether the environment is there and as new as what it is made from."""
    stamp = venv / ".ready"
    sources = [ROOT / "pyproject.toml", ROOT / "tests" / "colab.txt", Path(__file__)]
    return stamp.exists() and all(s.stat().st_mtime <= stamp.stat().st_mtime for s in sources)


def steps(venv, dev=False):
    """The commands that make an environment."""
    python = inside(venv, "python")
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    # The versions that Colab has, for those are tested with every change.
    tested = ["--constraint", str(ROOT / "tests" / "colab.txt")]
    return [
        [sys.executable, "-m", "venv", "--clear", str(venv)],
        [*pip, "--quiet", "--upgrade", "pip>=25.1"],  # older ones know no groups
        [*pip, *tested, "--editable", ".[lab]", *(["--group", "dev"] if dev else [])],
        [python, "-m", "fedtutor.install", "--without-worker"],
    ]


def make(venv, dev=False):
    """Make an environment; exits with a message where a step fails."""
    print(f"Setting the course up in {venv} (the first time downloads about 1 GB) ...", flush=True)
    for step in steps(venv, dev):
        if subprocess.run(step, cwd=ROOT, check=False).returncode:
            sys.exit(
                f"\nThis step failed, and the message above is its own:\n  {' '.join(step)}\n"
                "It needs a connection and 3 GB of free disk; when they are there, run this again."
            )
    (venv / ".ready").touch()


def main():
    parser = argparse.ArgumentParser(description="Sets the course up on a laptop, and opens it.")
    parser.add_argument("--no-lab", action="store_true", help="only set it up")
    parser.add_argument("--dev", action="store_true", help="with what its tests need")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="where; default: .venv")
    arguments = parser.parse_args()
    found = obstacle()
    if found:
        sys.exit(found)
    if not ready(arguments.venv):
        make(arguments.venv.resolve(), arguments.dev)
    if not arguments.no_lab:
        lesson = str(ROOT / "notebooks" / "00_start_here.ipynb")
        sys.exit(subprocess.run([inside(arguments.venv, "jupyter-lab"), lesson]).returncode)


if __name__ == "__main__":
    main()
