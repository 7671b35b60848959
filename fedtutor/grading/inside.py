"""The program that runs a learner's notebook inside the sandbox.

    python inside.py SECONDS_PER_CELL MOST_BYTES   <notebook   >executed notebook

A cell that raises, or takes too long, does not keep the next ones from running.
"""

import os
import sys

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError


def main(seconds, most_bytes):
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
        error_on_timeout={
            "ename": "TimeoutError",
            "evalue": "",
            "traceback": [f"This cell was stopped after {seconds} seconds."],
        },
        record_timing=False,
        # Inside, nobody else could listen; the warning would stand in the feedback.
        extra_arguments=["--HistoryManager.enabled=False"],
    )
    try:
        client.execute()
    except DeadKernelError as error:
        print(error, file=sys.stderr)
    text = nbformat.writes(notebook)
    if len(text) > most_bytes:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
        text = nbformat.writes(notebook)
    result.write(text)
    result.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
