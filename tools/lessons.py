"""Executes the lessons in place, so that the repository shows them as a learner should see them.

    python tools/lessons.py                                 every lesson (`make lessons`)
    python tools/lessons.py notebooks/02_many_devices.ipynb     one of them
    python tools/lessons.py --check                         none: lists what is not as this tool leaves it
    python tools/lessons.py --tidy                          none: only puts them as this tool leaves them

Each lesson runs from top to bottom in a kernel of its own and is then written with everything taken
out that changes without the lesson changing (times, patch versions, widget state), so that a diff shows
what somebody did. If a cell raises, the lesson's file stays as it was, the cell is named, and the exit
status is 1.

The .ipynb is the only source of a lesson. To edit one outside JupyterLab, go through jupytext, which
keeps outputs, cell ids and tags, and then execute it:

    jupytext --to py:percent notebooks/02_many_devices.ipynb
    $EDITOR notebooks/02_many_devices.py
    jupytext --to ipynb --update notebooks/02_many_devices.py && rm notebooks/02_many_devices.py
    make lessons LESSONS=notebooks/02_many_devices.ipynb
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from traitlets.config import Config

from fedtutor import exercises
from fedtutor.grading import cells

ROOT = Path(__file__).resolve().parent.parent

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "version": "3.13"},
}
# What a cell may carry: what tests and graders read, and what an author chose to fold away.
CELL_METADATA = ("cellView", "jupyter", "nbgrader", "slideshow", "tags")
# The cell that installs the course in Colab: the same in each lesson, and written here.
SETUP = Path(__file__).with_name("setup_cell.py").read_text(encoding="utf-8").strip()
SETUP_ID = "setup"
# JupyterLab and Colab show it folded; `@title` in its first line is what Colab shows instead.
SETUP_METADATA = {"cellView": "form", "jupyter": {"source_hidden": True}}
WIDGET = "application/vnd.jupyter.widget-view+json"
SECONDS_PER_CELL = 600


class CellFailed(Exception):
    """A cell of a lesson raised, did not end, or took the kernel with it."""


def read(path: Path) -> dict:
    """The notebook as the file holds it. (nbformat would make up ids for cells that have none.)"""
    return json.loads(path.read_text(encoding="utf-8"))


def text_of(notebook: dict) -> str:
    """The text of the notebook's file."""
    return nbformat.writes(nbformat.from_dict(notebook), version=4) + "\n"


def normalise(notebook: dict, name: str = "") -> dict:
    """A copy of the notebook without what changes from run to run.

    If its name is that of a lesson, it gets the cell that installs the course in Colab, and the
    exercises' cells get what nbgrader needs from the lesson's module.
    """
    notebook = copy.deepcopy(notebook)
    if re.match(r"\d\d_", name):
        _set_up(notebook["cells"])
    module = name.partition("_")[2]
    if module in exercises.LESSONS:
        cells.mark(notebook, exercises.lesson(module))
    notebook.update(metadata=copy.deepcopy(METADATA), nbformat=4, nbformat_minor=5)
    taken: set[str] = set()
    runs = 0
    for position, cell in enumerate(notebook["cells"]):
        cell["id"] = _cell_id(cell.get("id"), position, taken)
        cell["metadata"] = {
            key: value
            for key, value in cell.get("metadata", {}).items()
            if key in CELL_METADATA and value
        }
        if cell["cell_type"] != "code":
            continue
        # An empty cell is not run, and a cell without a count was not run yet: neither gets a number.
        if cell["execution_count"] is not None:
            runs += 1
            cell["execution_count"] = runs
        cell["outputs"] = _outputs(cell["outputs"], cell["execution_count"])
    return notebook


def _set_up(cells: list[dict]) -> None:
    """Put the setup cell behind the first cell, or bring the one that is there up to date."""
    (cell,) = [cell for cell in cells if cell.get("id") == SETUP_ID] or [None]
    if cell is None:
        # Here it does nothing and prints nothing, and so is as good as run.
        cell = {"cell_type": "code", "id": SETUP_ID, "execution_count": 1}
        cell |= {"source": SETUP, "metadata": {}, "outputs": []}
        cells.insert(1, cell)
    elif _joined(cell["source"]) != SETUP:
        cell["source"] = SETUP
    cell["metadata"] = copy.deepcopy(SETUP_METADATA)


def _cell_id(given: str | None, position: int, taken: set[str]) -> str:
    """The id that the cell has, if it is valid and the first of its name; else one from its position."""
    name = given if given and re.fullmatch(r"[\w-]{1,64}", given, re.ASCII) else f"cell-{position}"
    while name in taken:
        name += "-again"
    taken.add(name)
    return name


def _outputs(outputs: list[dict], count: int | None) -> list[dict]:
    """Without widgets, which nobody can revive, and with the pieces of one stream in one piece."""
    kept: list[dict] = []
    for output in outputs:
        if WIDGET in output.get("data", {}):
            continue
        if output["output_type"] == "execute_result":
            output["execution_count"] = count
        last = kept[-1] if kept else {}
        if output["output_type"] == "stream" and output["name"] == last.get("name"):
            last["text"] = _joined(last["text"]) + _joined(output["text"])
        else:
            kept.append(output)
    return kept


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def differences(notebook: dict, name: str = "") -> list[str]:
    """What `normalise` would change in a notebook, in words."""
    normal = normalise(notebook, name)
    found = [
        f"{key} of the notebook"
        for key in ("metadata", "nbformat", "nbformat_minor")
        if notebook.get(key) != normal[key]
    ]
    if len(notebook["cells"]) != len(normal["cells"]):
        return [*found, "the setup cell is missing"]
    for position, (old, new) in enumerate(zip(notebook["cells"], normal["cells"], strict=True)):
        found += [
            f"{key} of cell {position} ({new['id']})" for key in new if old.get(key) != new[key]
        ]
        if old["cell_type"] == "code" and _joined(old["source"]) and old["execution_count"] is None:
            found.append(f"cell {position} ({new['id']}) was never run")
    return found


def execute(notebook: dict, path: Path, environment: dict[str, str] | None = None) -> dict:
    """The notebook, run from top to bottom in a new kernel that works where it lies.

    Args:
        notebook: as `read` returns it; it stays as it is.
        path: of its file.
        environment: the kernel's environment variables; None means those of this process.

    Raises:
        CellFailed: names the cell, and holds what it raised.
    """
    running = "before the first cell"

    def on_cell_execute(cell, cell_index):
        nonlocal running
        running = (
            f"in cell {cell_index} ({cell['id']}), which begins: {cell['source'].splitlines()[0]}"
        )

    client = NotebookClient(
        nbformat.reads(json.dumps(normalise(notebook, path.stem)), as_version=4),
        kernel_name=METADATA["kernelspec"]["name"],
        # A kernel that others on this machine could listen to says so at every start.
        config=Config({"KernelManager": {"transport_encryption": "auto"}}),
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
        timeout=SECONDS_PER_CELL,
        on_cell_execute=on_cell_execute,
    )
    try:
        own = {} if environment is None else {"env": environment}
        return normalise(client.execute(**own), path.stem)
    except (CellControlSignal, DeadKernelError) as error:
        raise CellFailed(f"{running}\n{error}") from error


def main() -> int:
    parser = argparse.ArgumentParser(description="Executes the lessons in place.")
    parser.add_argument("lessons", nargs="*", type=Path, help="which; default: all of notebooks/")
    parser.add_argument(
        "--check", action="store_true", help="execute nothing, list what is not as it should be"
    )
    parser.add_argument(
        "--tidy", action="store_true", help="execute nothing, put each as it should be"
    )
    arguments = parser.parse_args()

    failed = False
    for path in arguments.lessons or sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = read(path)
        if arguments.check:
            found = differences(notebook, path.stem)
            print(f"{path.name}: {len(found) or 'nothing'} to change", *found, sep="\n    ")
            failed |= bool(found)
            continue
        if arguments.tidy:
            path.write_text(text_of(normalise(notebook, path.stem)), encoding="utf-8")
            continue
        begin = time.monotonic()
        try:
            executed = execute(notebook, path)
        except CellFailed as error:
            print(f"{path.name} failed {error}", file=sys.stderr)
            failed = True
            continue
        path.write_text(text_of(executed), encoding="utf-8")
        print(f"{path.name}: {time.monotonic() - begin:.1f} s", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
