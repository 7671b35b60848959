"""The results of grading: a table, pages of feedback, and a cache of what has been graded."""

import csv
import gzip
import hashlib
import html
import io
import itertools
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import fedtutor
from fedtutor.grading.submissions import Submission

TABLE, PAGES, CACHE = "grades.csv", "feedback", "judged"

# A row of grades.csv.
Row = dict[str, Any]


class Results:
    """A folder with the results of one or more runs.

    A later run loses none of them: learners who aren't graded again keep their rows and pages.

    Args:
        folder: the path of the folder; it is created if it doesn't exist.

    Raises:
        ValueError: the folder holds a table that isn't ours.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        (self.folder / PAGES).mkdir(parents=True, exist_ok=True)
        self.earlier = self._read_table()

    def add(self, graded: Iterable[tuple[Row, str]]) -> tuple[list[Row], list[Row]]:
        """Write rows and their pages. If a learner has several files, the best one counts.

        Args:
            graded: rows with their pages of feedback, as `(row, page)`.

        Returns:
            The rows of these learners, and the rows of all others from earlier runs.
        """
        graded = _best_of_each(graded)
        # A file that couldn't be read has no lesson. A newer file replaces its row.
        new = {(row["learner"], lesson) for row, _ in graded for lesson in (row["lesson"], "")}
        others = [row for row in self.earlier if (row["learner"], row["lesson"]) not in new]
        taken = {row["feedback"] for row in others}
        for row, page in graded:
            row["feedback"] = _page_name(row, taken)
            taken.add(row["feedback"])
            (self.folder / PAGES / row["feedback"]).write_text(
                _with_learner(page, row), encoding="utf-8"
            )
        rows = [row for row, _ in graded]
        self._write_table(sorted(rows + others, key=lambda row: (row["learner"], row["lesson"])))
        return rows, others

    def _read_table(self):
        path = self.folder / TABLE
        if not path.is_file():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            if not {"learner", "lesson", "feedback"} <= set(table.fieldnames or ()):
                raise ValueError(
                    f"{path} was not written by this version of fedtutor. Move it away, or choose "
                    "another folder with --out."
                )
            return list(table)

    def _write_table(self, rows):
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO(newline="")
        table = csv.DictWriter(text, names)
        table.writeheader()
        table.writerows(rows)
        _write_atomically(self.folder / TABLE, text.getvalue().encode())


class GradeCache:
    """Keeps what has been graded, so that it doesn't have to be graded again.

    An entry is only used for the same notebook, the same settings and the same version of fedtutor.

    Args:
        folder: where the cache is kept.
        depends_on: the settings that the grades depend on; anything with a `repr`.
    """

    def __init__(self, folder: str | Path, *depends_on: object) -> None:
        self._folder = Path(folder)
        self._depends_on = hashlib.sha256(repr(depends_on).encode())
        package = Path(fedtutor.__file__).parent
        for path in sorted([*package.rglob("*.py"), *package.rglob("*.j2")]):
            self._depends_on.update(path.read_bytes())

    def get(self, submission: Submission) -> tuple[Row, str] | None:
        """Look up a submission.

        Args:
            submission: what was handed in.

        Returns:
            Its `(row, page)`, or None if it hasn't been graded.
        """
        try:
            row, page = json.loads(gzip.decompress(self._path(submission).read_bytes()))
        except (OSError, EOFError, ValueError):
            return None
        return row | {"learner": submission.learner, "file": submission.file}, page

    def put(self, submission: Submission, row: Row, page: str) -> None:
        """Save a result, unless its row has a note: the next attempt may then end differently.

        Args:
            submission: what was handed in.
            row: its row in the table.
            page: its page of feedback.
        """
        if row["note"]:
            return
        self._folder.mkdir(exist_ok=True)
        content = gzip.compress(json.dumps([row, page]).encode(), mtime=0)
        _write_atomically(self._path(submission), content)

    def _path(self, submission):
        key = self._depends_on.copy()
        key.update(submission.path.read_bytes())
        return self._folder / key.hexdigest()


def page_without_notebook(row: Row) -> str:
    """Make the page of feedback for a file that couldn't be graded.

    Args:
        row: its row in the table, with the reason in "note".

    Returns:
        The page, as HTML.
    """
    name, note = html.escape(row["learner"]), html.escape(row["note"])
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8">'
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'">"""
        '<meta name="color-scheme" content="light dark">'
        f"<title>{name}</title><h1>{name}</h1><p>This could not be graded: {note}.</p></html>\n"
    )


def _best_of_each(graded):
    """Keep one result per learner and lesson: of several files, the one with the most points."""
    by_learner = {}
    for row, page in graded:
        by_learner.setdefault((row["learner"], row["lesson"]), []).append((dict(row), page))
    kept = []
    for same in by_learner.values():
        # A tie goes to the first by name, not by date: dates change when files are copied.
        row, page = max(same, key=lambda result: result[0]["points"])
        if len(same) > 1:
            names = ", ".join(other["file"] for other, _ in same)
            note = f"of {len(same)} files ({names}), the one with the most points counts"
            row["note"] = "; ".join(part for part in (row["note"], note) if part)
        kept.append((row, page))
    return kept


def _write_atomically(path, data):
    """Write a file completely or not at all, so that a crash can't leave it half overwritten."""
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(data)
    new.replace(path)


def _page_name(row, taken):
    name = f"{_file_name(row['learner'])}-{row['lesson']}".strip("-")
    # Two learners' names may differ only in characters that a file's name can't hold.
    names = itertools.chain([name], (f"{name}-{i}" for i in itertools.count(2)))
    return next(f"{n}.html" for n in names if f"{n}.html" not in taken)


def _file_name(learner):
    return (
        "".join(c if c.isalnum() or c in "-_. " else "_" for c in learner).strip(". ") or "learner"
    )


def _with_learner(page, row):
    """Add the learner's name at the top of a page, because nbgrader leaves it out."""
    name = html.escape(row["learner"])
    page = re.sub("<title>.*?</title>", lambda _: f"<title>{name}</title>", page, count=1)
    heading = f"<h1>{name} · {row['lesson']}</h1>"
    return re.sub("<h1>.*?</h1>", lambda _: heading, page, count=1)
