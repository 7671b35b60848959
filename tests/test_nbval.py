"""That nbval, as `make test` calls it, protects what the lessons claim."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

CLAIM = ["nbval-check-output"]


def verdict(tmp_path, code, committed, tags):
    """nbval's exit status on a lesson of one cell that was committed with an output."""
    cell = new_code_cell(code, execution_count=1, metadata={"tags": list(tags)})
    cell.outputs = [new_output("stream", name="stdout", text=committed)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = tmp_path / "00_lesson.ipynb"
    nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": kernel}), path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--nbval-lax", "-p", "no:cacheprovider", str(path)],
        capture_output=True, text=True, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    return done.returncode


@pytest.mark.parametrize(
    "code, committed, tags, expected",
    [
        ("print(0.97)", "0.97\n", CLAIM, 0),
        ("print(0.96)", "0.97\n", CLAIM, 1),
        ("print(0.96)", "0.97\n", [], 0),
        ("raise ValueError", "0.97\n", [], 1),
    ],
    ids=["as claimed", "another number", "no claim", "an error"],
)
def test_a_claim_that_no_longer_holds_fails(tmp_path, code, committed, tags, expected):
    assert verdict(tmp_path, code, committed, tags) == expected
