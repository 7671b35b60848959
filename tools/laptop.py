r"""Makes the course's environment in .venv from uv.lock, and opens JupyterLab on lesson 00.

    py -3.13 tools\laptop.py

This is the way in on Windows, where `make` is rarely installed. On Linux and macOS it does the same
as `make lab`, with a Python that you choose: python3.13 tools/laptop.py
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ((3, 12), (3, 13))
INSTALL_PYTHON = {
    "Darwin": "brew install python@3.13, then python3.13 tools/laptop.py",
    "Windows": r"winget install Python.Python.3.13, then in a new window py -3.13 tools\laptop.py",
}
# What TensorFlow has packages for.
MACHINES = {"Darwin": ("arm64",), "Windows": ("AMD64",), "Linux": ("x86_64", "aarch64")}
COLAB = "Each lesson begins with a badge that opens it in Google Colab, in any browser."


def obstacle():
    """What keeps the course from running here, in words, or None."""
    system, machine = platform.system(), platform.machine()
    if machine not in MACHINES.get(system, ()):
        return f"TensorFlow has no package for {system} on {machine}. {COLAB}"
    if sys.version_info[:2] not in PYTHONS:
        remedy = INSTALL_PYTHON.get(system, "install Python 3.13 and run this with it")
        return (
            f"This is Python {platform.python_version()}, and the course needs 3.12 or 3.13. "
            f"One way: {remedy}."
        )
    if sys.maxsize < 2**32:
        return "This Python is a 32-bit one. TensorFlow needs the 64-bit one from python.org."
    return None


def program(venv, name):
    """The path of a virtual environment's program."""
    folder, suffix = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
    return str(venv / folder / (name + suffix))


def is_ready(venv):
    """Whether the environment is there and newer than what it is made from."""
    stamp = venv / ".ready"
    sources = [ROOT / "pyproject.toml", ROOT / "uv.lock", Path(__file__)]
    return stamp.exists() and all(s.stat().st_mtime <= stamp.stat().st_mtime for s in sources)


def steps(venv, dev=False):
    """The commands that make an environment; the first two fetch uv, which installs from the lock."""
    uv_venv = ROOT / ".uv"
    (wanted,) = re.findall(
        r'^required-version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M
    )
    chosen = (
        ["--all-extras", "--all-groups"]
        if dev
        else ["--extra", "lab", "--no-dev", "--group", "tff"]
    )
    return [
        [sys.executable, "-m", "venv", str(uv_venv)],
        [program(uv_venv, "python"), "-m", "pip", "install", "--quiet",
         "--disable-pip-version-check", f"uv{wanted}"],
        [program(uv_venv, "uv"), "sync", "--locked", "--python", sys.executable, *chosen],
        [program(venv, "python"), "-m", "fedtutor.install"],
    ]  # fmt: skip


def make(venv, dev=False):
    """Make an environment; exits with a message if a step fails."""
    print(f"Setting the course up in {venv} (the first time downloads about 1 GB) ...", flush=True)
    environment = os.environ | {"UV_PROJECT_ENVIRONMENT": str(venv)}
    for step in steps(venv, dev):
        if subprocess.run(step, cwd=ROOT, env=environment, check=False).returncode:
            sys.exit(
                f"\nThis step failed, and the message above is its own:\n  {' '.join(step)}\n"
                "It needs a connection and 3 GB of free disk; when they are there, run this again."
            )
    (venv / ".ready").touch()


def main():
    parser = argparse.ArgumentParser(description="Sets the course up, and opens it.")
    parser.add_argument("--no-lab", action="store_true", help="only set it up")
    parser.add_argument("--dev", action="store_true", help="with what its tests need")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="where; default: .venv")
    arguments = parser.parse_args()
    found = obstacle()
    if found:
        sys.exit(found)
    if not is_ready(arguments.venv):
        make(arguments.venv.resolve(), arguments.dev)
    if not arguments.no_lab:
        copies = ROOT / "my_lessons"
        subprocess.run([program(arguments.venv, "fedtutor"), "lessons", str(copies)], check=True)
        lesson = str(copies / "00_start_here.ipynb")
        sys.exit(subprocess.run([program(arguments.venv, "jupyter-lab"), lesson]).returncode)


if __name__ == "__main__":
    main()
