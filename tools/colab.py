"""Installs the course as Colab's learners do, with the lessons' setup cell, and records what changed.

    .venv-colab/bin/python tools/colab.py       (`make test-colab`)

Runs in an environment like Colab's, or in Colab's own image with its Python. The record goes into
build/colab.json, where tests/test_colab.py reads it. Then it installs the tests' own tools, which
Colab doesn't have, without changing anything else.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CELL = ROOT / "tools" / "setup_cell.py"
NOTES = ROOT / "build" / "colab.json"


# Runs in a new Python, which sees packages that were just installed. It can't use fedtutor's own
# function, since at first there is no fedtutor.
LIST = """
import json
from importlib.metadata import distributions
print(json.dumps({found.metadata["Name"]: found.version for found in distributions()}))
"""


def run(*arguments, **kwargs):
    """Run this Python; its output, or an exit with what it said."""
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, **kwargs
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments)[:200]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def run_cell():
    """Run the setup cell as a learner does who has nothing but the notebook.

    Returns:
        `(cost, printed)`: seconds and CPU seconds, and what the cell printed.
    """
    begin, cpu = time.monotonic(), _cpu_seconds()
    environment = os.environ | {"COLAB_RELEASE_TAG": "test", "FEDTUTOR_SOURCE": str(ROOT)}
    with tempfile.TemporaryDirectory() as elsewhere:
        printed = run("-c", CELL.read_text(), cwd=elsewhere, env=environment)
    cost = {"seconds": time.monotonic() - begin, "cpu_seconds": _cpu_seconds() - cpu}
    return cost, printed


def _cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    before = json.loads(run("-c", LIST))
    first = run_cell()
    after = json.loads(run("-c", LIST))
    second = run_cell()
    NOTES.parent.mkdir(exist_ok=True)
    NOTES.write_text(
        json.dumps({"before": before, "after": after, "first": first, "second": second}, indent=1)
    )
    took = first[0]["seconds"], second[0]["cpu_seconds"]
    print(f"The setup cell took {took[0]:.0f} seconds; the second time, {took[1]:.1f} CPU seconds.")

    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("".join(f"{n}=={v}\n" for n, v in after.items() if n != "fedtutor"))
        run("-m", "pip", "install", "--quiet", "--constraint", str(constraints), *tools)


if __name__ == "__main__":
    main()
