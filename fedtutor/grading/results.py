"""What grading leaves behind: a table, pages of feedback, and what need not be graded again."""

import csv
import gzip
import hashlib
import html
import io
import itertools
import json
import re
from pathlib import Path

import fedtutor

TABLE, PAGES, JUDGED = "grades.csv", "feedback", "judged"


class Results:
    """A folder with the results of one run or of several.

    Nothing in it is lost by a later run: whoever is not graded again stays as before.

    Args:
        folder: its path; it is made if it is not there.

    Raises:
        ValueError: there is a table in it that is none of ours.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        (self.folder / PAGES).mkdir(parents=True, exist_ok=True)
        self.earlier = self._read_table()

    def add(self, graded):
        """Write down rows with their pages: of several files of a learner, the best one counts.

        Args:
            graded: a list of `(row, page)`.

        Returns:
            The rows of these learners, and those of all others from earlier runs.
        """
        graded = _one_each(graded)
        # A file that could not be read has no lesson; its learner may have a better one by now.
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
                    f"{path} is no table that this version of fedtutor has written. Move it away, or "
                    "name another folder with --out."
                )
            return list(table)

    def _write_table(self, rows):
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO(newline="")
        table = csv.DictWriter(text, names)
        table.writeheader()
        table.writerows(rows)
        _write(self.folder / TABLE, text.getvalue().encode())


class Judged:
    """What has been graded before, so that it need not be graded again.

    It holds for the same notebook, the same secret, the same settings and the same fedtutor.

    Args:
        folder: where it is kept.
        depends_on: what else the grades follow from; anything with a `repr`.
    """

    def __init__(self, folder, *depends_on):
        self._folder = Path(folder)
        self._depends_on = hashlib.sha256(repr(depends_on).encode())
        package = Path(fedtutor.__file__).parent
        for path in sorted(package.rglob("*.py")):
            self._depends_on.update(path.read_bytes())

    def get(self, submission):
        """`(row, page)` of a submission, or None."""
        try:
            row, page = json.loads(gzip.decompress(self._path(submission).read_bytes()))
        except (OSError, EOFError, ValueError):
            return None
        return row | {"learner": submission.learner, "file": submission.file}, page

    def put(self, submission, row, page):
        """Remember one, unless it has a note: then the next attempt may end otherwise."""
        if row["note"]:
            return
        self._folder.mkdir(exist_ok=True)
        _write(self._path(submission), gzip.compress(json.dumps([row, page]).encode(), mtime=0))

    def _path(self, submission):
        key = self._depends_on.copy()
        key.update(submission.path.read_bytes())
        return self._folder / key.hexdigest()


def page_without_notebook(row):
    """The page of a learner whose file cannot be run."""
    name, note = html.escape(row["learner"]), html.escape(row["note"])
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{name}</title>'
        f"<p>{name}: this could not be graded: {note}.</p></html>\n"
    )


def _one_each(graded):
    """One result for each learner and lesson: of several files, the one with the most points."""
    by_learner = {}
    for row, page in graded:
        by_learner.setdefault((row["learner"], row["lesson"]), []).append((dict(row), page))
    kept = []
    for same in by_learner.values():
        # Of equals the first by name: dates change when files are copied.
        row, page = max(same, key=lambda result: result[0]["points"])
        if len(same) > 1:
            names = ", ".join(other["file"] for other, _ in same)
            note = f"of {len(same)} files ({names}) the one with the most points counts"
            row["note"] = "; ".join(part for part in (row["note"], note) if part)
        kept.append((row, page))
    return kept


def _write(path, data):
    """Write a file as a whole or not at all: what stood there before must not be half overwritten."""
    aside = path.with_name(f"{path.name}.new")
    aside.write_bytes(data)
    aside.replace(path)


def _page_name(row, taken):
    name = f"{_file_name(row['learner'])}-{row['lesson']}".strip("-")
    # Two names may differ in nothing that a file's name can hold.
    names = itertools.chain([name], (f"{name}-{i}" for i in itertools.count(2)))
    return next(f"{n}.html" for n in names if f"{n}.html" not in taken)


def _file_name(learner):
    return (
        "".join(c if c.isalnum() or c in "-_. " else "_" for c in learner).strip(". ") or "learner"
    )


def _with_learner(page, row):
    """The page with its learner's name above it, which nbgrader leaves out."""
    name = html.escape(row["learner"])
    page = re.sub("<title>.*?</title>", lambda _: f"<title>{name}</title>", page, count=1)
    return page.replace(f"<h4>{row['lesson']} (", f"<h4>{name} · {row['lesson']} (", 1)
