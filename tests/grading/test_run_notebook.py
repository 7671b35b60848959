"""The program that runs a notebook goes on, whatever the notebook's program sends to Jupyter."""

import json
import subprocess
import sys

import nbformat

from fedtutor.grading.run_notebook import CELL_STOPPED
from tests.grading.learners import cell

STRANGE_ERROR = """
class Strange(Exception):
    def _render_traceback_(self):
        return [1, None, {"a": 2}]
raise Strange()
"""
STRANGE_MESSAGES = """
kernel = get_ipython().kernel
for kind in ("stream", "error", "display_data", "comm_open"):
    kernel.session.send(kernel.iopub_socket, kind, {"name": 5, "text": {}}, kernel.get_parent())
"""
NO_MESSAGE = "get_ipython().kernel.iopub_socket.send_multipart([b'no', b'message'])"


def run(*sources):
    """Run cells, each for at most three seconds; returns the exit code and each cell's outputs."""
    notebook = nbformat.v4.new_notebook(cells=[cell(source) for source in sources])
    done = subprocess.run(
        [sys.executable, "-m", "fedtutor.grading.run_notebook", "3", "1000000"],
        input=json.dumps(notebook), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    executed = nbformat.reads(done.stdout, as_version=4)
    nbformat.validate(executed)
    return done.returncode, [str(cell.outputs) for cell in executed.cells]


def test_what_cannot_be_shown_takes_nothing_else_away():
    code, outputs = run("print('before')", STRANGE_ERROR, STRANGE_MESSAGES, "print('after')")
    assert "before" in outputs[0] and "after" in outputs[3]
    assert "an error that can't be shown" in outputs[1]
    assert "an output that can't be shown" in outputs[2]
    # IPython can't report such an error either, so it never says that the cell has ended.
    assert code in (0, CELL_STOPPED)


def test_what_ran_before_jupyter_failed_is_kept():
    code, outputs = run("print('before')", NO_MESSAGE, "print('after')")
    assert code == 1 and "before" in outputs[0] and "Jupyter ended in this cell" in outputs[1]
