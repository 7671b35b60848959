"""The program that runs a learner's notebook inside the sandbox.

    python run_notebook.py SECONDS_PER_CELL MAX_BYTES   <notebook   >executed_notebook

If a cell raises an exception or takes too long, the next cells still run. If Python itself ends, this
program ends too, with the exit code `KERNEL_DIED`. If a cell took too long, it is `CELL_STOPPED`. If
Jupyter fails, the exit code is 1, and what ran before is written all the same.
"""

import os
import sys

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.client import CellExecutionComplete
from nbclient.exceptions import DeadKernelError

TOO_LONG = "TimeoutError"
# Not a text: what comes from here may have been written by the notebook.
KERNEL_DIED, CELL_STOPPED = 3, 4


def error_output(name: str, message: str) -> nbformat.NotebookNode:
    """Make a cell output that shows an error.

    Args:
        name: the name of the error.
        message: what it says.

    Returns:
        An output for a code cell.
    """
    return nbformat.v4.new_output("error", ename=name, evalue=message, traceback=[message])


class _Client(NotebookClient):
    """Goes on after a message that can't be shown: a cell's program decides what is in its messages."""

    def process_message(self, msg, cell, cell_index):
        try:
            return super().process_message(msg, cell, cell_index)
        except CellExecutionComplete:
            raise
        except Exception:
            kind = "an error" if msg["msg_type"] == "error" else "an output"
            message = f"This cell ran into {kind} that can't be shown: a part of it isn't text."
            cell.outputs.append(error_output("NotShown", message))


def main(cell_seconds: int, max_bytes: int) -> None:
    """Run the notebook on standard input, and write the executed notebook to standard output.

    Args:
        cell_seconds: the time limit for one cell.
        max_bytes: the largest size of the executed notebook; above it, all outputs are dropped.

    Raises:
        SystemExit: Python ended in one of the notebook's cells, or a cell took too long.
    """
    started, timed_out = [], []

    def note_timeout(cell, cell_index, execute_reply):
        # What comes from the kernel, which can raise a TimeoutError as well, has a header.
        if "header" not in execute_reply:
            timed_out.append(cell)

    notebook = nbformat.reads(sys.stdin.read(), as_version=4)
    # What the kernel's processes print past Jupyter must not end up in the result.
    result = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    client = _Client(
        notebook,
        # Pipes, because ports could clash when several notebooks run in parallel.
        km=AsyncKernelManager(kernel_name="python3", transport="ipc"),
        timeout=cell_seconds,
        interrupt_on_timeout=True,
        allow_errors=True,
        error_on_timeout={"ename": TOO_LONG, "evalue": "", "traceback": []},
        record_timing=False,
        # Nobody needs the history, and a warning about it would appear in the feedback.
        extra_arguments=["--HistoryManager.enabled=False"],
        on_cell_start=lambda cell, cell_index: started.append(cell),
        on_cell_error=note_timeout,
    )
    failure = None
    try:
        client.execute()
    except Exception as error:
        if not started:
            raise
        failure = error
        what = "Python" if isinstance(error, DeadKernelError) else "Jupyter"
        message = f"{what} ended in this cell, so no later cell ran."
        started[-1].outputs.append(error_output(type(error).__name__, message))
    for cell in timed_out:
        # How Python was interrupted is of no interest to the learner.
        cell.outputs = [out for out in cell.outputs if out.get("ename") != "KeyboardInterrupt"]
        message = f"This cell was stopped after {cell_seconds} seconds."
        cell.outputs.append(error_output(TOO_LONG, message))
    data = nbformat.writes(notebook).encode(errors="replace")
    if len(data) > max_bytes:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
        data = nbformat.writes(notebook).encode(errors="replace")
    result.write(data)
    result.close()
    if isinstance(failure, DeadKernelError):
        sys.exit(KERNEL_DIED)
    if failure:
        raise failure
    if timed_out:
        sys.exit(CELL_STOPPED)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
