"""The program that runs a learner's notebook inside the sandbox.

    python inside.py SECONDS_PER_CELL MOST_BYTES   <notebook   >executed notebook

A cell that raises, or takes too long, does not keep the next ones from running. If Python itself ends,
so does this program, with the exit code 1 and why in the last line of its errors.
"""

import os
import sys

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

TOO_LONG = "TimeoutError"


def error(name, line):
    return nbformat.v4.new_output("error", ename=name, evalue=line, traceback=[line])


def main(seconds, most_bytes):
    started, too_long = [], []

    def note_if_too_long(cell, cell_index, execute_reply):
        if execute_reply["content"]["ename"] == TOO_LONG and not execute_reply["content"]["evalue"]:
            too_long.append(cell)

    notebook = nbformat.reads(sys.stdin.read(), as_version=4)
    # What the kernel's processes print past Jupyter must not get into the result.
    result = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    client = NotebookClient(
        notebook,
        # No port, where several run side by side.
        km=AsyncKernelManager(kernel_name="python3", transport="ipc"),
        timeout=seconds,
        interrupt_on_timeout=True,
        allow_errors=True,
        error_on_timeout={"ename": TOO_LONG, "evalue": "", "traceback": []},
        record_timing=False,
        # Inside, nobody else could listen; the warning would stand in the feedback.
        extra_arguments=["--HistoryManager.enabled=False"],
        on_cell_start=lambda cell, cell_index: started.append(cell),
        on_cell_error=note_if_too_long,
    )
    died = False
    try:
        client.execute()
    except DeadKernelError:
        died = True
        started[-1].outputs.append(
            error("DeadKernelError", "Python itself ended in this cell: nothing after it ran.")
        )
    for cell in too_long:
        # How Python was interrupted says nothing to anybody.
        cell.outputs = [out for out in cell.outputs if out.get("ename") != "KeyboardInterrupt"]
        cell.outputs.append(error(TOO_LONG, f"This cell was stopped after {seconds} seconds."))
    text = nbformat.writes(notebook)
    if len(text) > most_bytes:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
        text = nbformat.writes(notebook)
    result.write(text)
    result.close()
    if died:
        sys.exit("Python itself ended in one of its cells")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
