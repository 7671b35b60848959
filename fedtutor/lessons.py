"""The lessons as files: where they are, and copies of them to work in.

The lessons in `notebooks/` are committed with their results. A learner who opens one there would read the
answer before the question, and would have to choose between their own work and the next `git pull`. So
learners work in copies without results, in a folder that git ignores.
"""

import contextlib
import hashlib
import importlib.resources
import json
from dataclasses import dataclass, field
from pathlib import Path


class LessonsError(ValueError):
    """The lessons can't be found or copied; the message says what to do."""


def folder() -> Path:
    """Find the folder of the lessons, which is next to the package in a checkout.

    Returns:
        The path of the folder.

    Raises:
        LessonsError: the package is not in a checkout.
    """
    found = Path(importlib.resources.files("fedtutor")).parent / "notebooks"
    if not any(found.glob("*.ipynb")):
        raise LessonsError(
            f"The lessons are not in {found}: an installed package doesn't contain them. Clone the "
            "course, run `make setup` in the clone, and run this command from there."
        )
    return found


def paths() -> dict[str, Path]:
    """List the lessons.

    Returns:
        {file name without the extension: path}, in the order of their numbers.

    Raises:
        LessonsError: the package is not in a checkout.
    """
    return {path.stem: path for path in sorted(folder().glob("*.ipynb"))}


def without_results(text: str) -> str:
    """Remove from a lesson what running it has left behind.

    Args:
        text: the text of the notebook.

    Returns:
        The text of the same notebook, with no outputs and no execution counts.
    """
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


@dataclass
class Update:
    """What `copy_to` did.

    Attributes:
        written: the paths of the copies that are new, or that are now of the newest edition.
        outdated: the paths of the copies that were left alone because somebody has worked in them,
            although the lesson has a newer edition.
    """

    written: list[Path] = field(default_factory=list)
    outdated: list[Path] = field(default_factory=list)


def copy_to(target: str | Path) -> Update:
    """Copy the lessons, without results, into a folder to work in, or bring that folder up to date.

    A copy in which somebody has worked, if only by running it, is left alone. To get its
    newest edition, rename or delete the copy and call this again.

    Args:
        target: the path of the folder; it is created if it doesn't exist.

    Returns:
        An `Update`.

    Raises:
        LessonsError: the package is not in a checkout, or `target` is the lessons' own folder.
    """
    target = Path(target)
    if target.resolve() == folder().resolve():
        raise LessonsError(
            f"{target} holds the lessons with their results, which git keeps. Choose another folder to "
            "work in, for instance my_lessons."
        )
    kept, update = KeptFiles(target), Update()
    for name, path in paths().items():
        text = without_results(path.read_text(encoding="utf-8"))
        known = kept.holds_edition(f"{name}.ipynb", text)
        if kept.write(f"{name}.ipynb", text):
            if not known:
                update.written.append(target / f"{name}.ipynb")
        elif not known:
            update.outdated.append(target / f"{name}.ipynb")
    return update


class KeptFiles:
    """Writes files into a folder, except those that somebody has edited since we wrote them.

    Args:
        folder: the path of the folder; it is created with the first file.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._list = self._folder / ".written.json"
        self._checksums = {}
        # Without a readable list, every file that exists counts as edited.
        with contextlib.suppress(OSError, ValueError):
            self._checksums = json.loads(self._list.read_text())

    def holds_edition(self, name: str, text: str) -> bool:
        """Whether the file exists, and this text is what we wrote into it last."""
        return (self._folder / name).is_file() and self._checksums.get(name) == _sha256(
            text.encode()
        )

    def write(self, name: str, text: str) -> bool:
        """Write a file.

        Args:
            name: its path in the folder.
            text: what it should hold.

        Returns:
            False if somebody has edited it, so that it was left alone.
        """
        path, new = self._folder / name, _sha256(text.encode())
        if path.is_file() and self._checksums.get(name) != _sha256(path.read_bytes()) != new:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        self._checksums[name] = new
        self._list.write_text(json.dumps(self._checksums, indent=1) + "\n")
        return True


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
