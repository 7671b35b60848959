"""Installs the course as Colab's learners do, by the lessons' setup cell, and notes what that changed.

    .venv-colab/bin/python tools/colab.py       (`make test-colab`)

Runs in the environment that stands for Colab, or in Colab's own image, with that one's Python. What
it finds goes into build/colab.json, where tests/test_colab.py reads it. Then come the tools of the
tests, which Colab does not have, in versions that leave everything else as it is.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CELL = ROOT / "tools" / "setup_cell.py"
NOTES = ROOT / "build" / "colab.json"


# In a Python of its own, for this one may have looked before the packages came. Not fedtutor's own
# function: at first there is no fedtutor.
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
        `(seconds, printed)`.
    """
    begin = time.monotonic()
    environment = os.environ | {"COLAB_RELEASE_TAG": "test", "FEDTUTOR_SOURCE": str(ROOT)}
    with tempfile.TemporaryDirectory() as elsewhere:
        printed = run("-c", CELL.read_text(), cwd=elsewhere, env=environment)
    return time.monotonic() - begin, printed


def main():
    before = json.loads(run("-c", LIST))
    first = run_cell()
    after = json.loads(run("-c", LIST))
    second = run_cell()
    NOTES.parent.mkdir(exist_ok=True)
    NOTES.write_text(
        json.dumps({"before": before, "after": after, "first": first, "second": second}, indent=1)
    )
    print(f"The setup cell took {first[0]:.0f} seconds, and {second[0]:.1f} the second time.")

    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("".join(f"{n}=={v}\n" for n, v in after.items() if n != "fedtutor"))
        run("-m", "pip", "install", "--quiet", "--constraint", str(constraints), *tools)


if __name__ == "__main__":
    main()
