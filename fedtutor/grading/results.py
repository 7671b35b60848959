"""The results of grading: a table, pages of feedback, and a cache of what has been graded."""

import csv
import gzip
import hashlib
import html
import io
import itertools
import json
import os
import re
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import fedtutor
from fedtutor.grading import safe_files
from fedtutor.grading.plain_text import file_name, from_table, one_line, to_table
from fedtutor.grading.submissions import Submission

TABLE, PAGES, CACHE, SECRET = "grades.csv", "feedback", "judged", "secret"
PROBLEMS = "problems.log"

_MOST_DETAILS = 5000

# A row of grades.csv.
Row = dict[str, Any]


@dataclass(frozen=True)
class Graded:
    """What grading a submission has led to.

    Attributes:
        row: its row in the table, except for the name of the page.
        page: its page of feedback, as HTML.
        final: whether grading it again would lead to the same. If the notebook was stopped, for example
            because the machine was busy, the next attempt may end differently.
        details: what nbgrader or Python said about a failure. It may quote the notebook, so it belongs
            neither in the table nor on the page.
    """

    row: Row
    page: str
    final: bool = True
    details: str = ""


def is_results(folder: Path) -> bool:
    """Say whether a folder holds the results of grading.

    Args:
        folder: any path.

    Returns:
        Whether the files that a run writes first and last are there.
    """
    # Path's own methods raise an exception if the folder can't be read.
    files = all(os.path.isfile(folder / name) for name in (TABLE, SECRET))
    return files and os.path.isdir(folder / PAGES)


class Results:
    """A folder with the results of one or more runs.

    A later run loses none of them: learners who aren't graded again keep their rows and pages.

    Args:
        folder: the path of the folder; it is created if it doesn't exist.

    Raises:
        OSError: the folder can't be made, or nothing can be written to it.
        ValueError: the folder holds a table that isn't ours, or that can't be read.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        (self.folder / PAGES).mkdir(parents=True, exist_ok=True)
        self.earlier = self._read_table()
        # Nobody should wait for grades that can't be kept.
        probe = self.folder / PAGES / ".probe"
        safe_files.write(probe, bytes(2**20))
        probe.unlink()

    def add(self, graded: Iterable[Graded]) -> tuple[list[Row], list[Row]]:
        """Write rows and their pages.

        Args:
            graded: what grading has led to, at most once for a learner and lesson.

        Returns:
            The rows of these learners, and the rows of all others from earlier runs.

        Raises:
            OSError: not everything could be written; the table is written if that is possible.
        """
        graded = [(dict(result.row), result.page) for result in graded]
        # A file that couldn't be read has no lesson. A newer file replaces its row.
        new = {(row["learner"], lesson) for row, _ in graded for lesson in (row["lesson"], "")}
        others = [row for row in self.earlier if (row["learner"], row["lesson"]) not in new]
        taken = {_comparable(row["feedback"]) for row in others}
        failure = None
        for row, page in graded:
            row["feedback"] = _page_name(row, taken)
            taken.add(_comparable(row["feedback"]))
            content = _with_learner(page, row).encode("utf-8", "replace")
            try:
                safe_files.write(self.folder / PAGES / row["feedback"], content)
            except OSError as error:
                failure = failure or error
        rows = [row for row, _ in graded]
        self._write_table(sorted(rows + others, key=lambda row: (row["learner"], row["lesson"])))
        if failure:
            raise failure
        return rows, others

    def note_problem(self, graded: Graded) -> None:
        """Keep what was said about a failure, for whoever looks for its cause.

        Args:
            graded: what grading has led to.

        Raises:
            OSError: it can't be written.
        """
        if graded.details:
            lines = (one_line(line) for line in graded.details[-_MOST_DETAILS:].splitlines())
            text = "\n    ".join((f"{graded.row['file']}; what follows may quote it:", *lines))
            with (self.folder / PROBLEMS).open("a", encoding="utf-8") as file:
                file.write(text + "\n")

    def _read_table(self):
        """Read the table of an earlier run, which a spreadsheet may have saved in its own way."""
        path = self.folder / TABLE
        if not path.is_file():
            return []
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError(
                f"{path} is no longer in UTF-8, so the names in it can't be read. Excel saves it this "
                'way: open it there, choose "Save As" and the type "CSV UTF-8", and run the same '
                "command again. Or choose another folder with --out."
            ) from None
        first = text.partition("\n")[0]
        table = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
        try:
            rows = list(table)
        except csv.Error as error:
            raise ValueError(
                f"{path} can't be read as a table ({error}). Move it away, or choose another folder "
                "with --out."
            ) from None
        if not {"learner", "lesson", "feedback"} <= set(table.fieldnames or ()):
            raise ValueError(
                f"{path} was not written by this version of fedtutor. Move it away, or choose "
                "another folder with --out."
            )
        # A spreadsheet adds empty columns and rows, and leaves cells out.
        rows = [
            {name: from_table(value or "") for name, value in row.items() if name} for row in rows
        ]
        return [row for row in rows if row["learner"]]

    def _write_table(self, rows):
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO(newline="")
        table = csv.DictWriter(text, names)
        table.writeheader()
        table.writerows({name: to_table(value) for name, value in row.items()} for row in rows)
        safe_files.write(self.folder / TABLE, text.getvalue().encode())


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

    def get(self, submission: Submission) -> Graded | None:
        """Look up a submission.

        Args:
            submission: what was handed in.

        Returns:
            What grading it has led to, or None if it hasn't been graded.
        """
        if submission.digest is None:
            return None
        try:
            content = json.loads(gzip.decompress(self._path(submission).read_bytes()))
            row = content["row"] | {"learner": submission.learner, "file": submission.file}
            return Graded(row, content["page"])
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error):
            return None

    def put(self, submission: Submission, graded: Graded) -> None:
        """Save what grading a submission has led to, if that is final.

        Args:
            submission: what was handed in.
            graded: what grading it has led to.

        Raises:
            OSError: it can't be written.
        """
        if submission.digest is None or not graded.final:
            return
        self._folder.mkdir(exist_ok=True)
        content = gzip.compress(json.dumps(asdict(graded)).encode(), mtime=0)
        safe_files.write(self._path(submission), content)

    def _path(self, submission):
        key = self._depends_on.copy()
        key.update(submission.digest.encode())
        return self._folder / key.hexdigest()


def page_without_notebook(row: Row) -> str:
    """Make the page of feedback for a file that couldn't be graded.

    Args:
        row: its row in the table, with the reason in "note".

    Returns:
        The page, as HTML.
    """
    return _short_page(row, f"This could not be graded: {row['note']}")


def page_with_points_only(row: Row) -> str:
    """Make the page of feedback for a graded notebook that can't be shown.

    Args:
        row: its row in the table, with the points.

    Returns:
        The page, as HTML.
    """
    return _short_page(row, f"{row['points']} of {row['of']} points; {row['note']}")


def _short_page(row, text):
    name = html.escape(row["learner"])
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8">'
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'">"""
        '<meta name="color-scheme" content="light dark">'
        f"<title>{name}</title><h1>{name}</h1><p>{html.escape(text)}.</p></html>\n"
    )


def _page_name(row, taken):
    name = f"{file_name(row['learner'])}-{row['lesson']}".strip("-")
    # Two learners' names may differ only in characters that a file's name can't hold.
    names = itertools.chain([name], (f"{name}-{i}" for i in itertools.count(2)))
    return next(f"{n}.html" for n in names if _comparable(f"{n}.html") not in taken)


def _comparable(name):
    """The name as those file systems see it that don't distinguish upper case, or forms of umlauts."""
    return unicodedata.normalize("NFC", name).casefold()


def _with_learner(page, row):
    """Add the learner's name at the top of a page, because nbgrader leaves it out."""
    name = html.escape(row["learner"])
    page = re.sub("<title>.*?</title>", lambda _: f"<title>{name}</title>", page, count=1)
    heading = f"<h1>{name} · {row['lesson']}</h1>"
    return re.sub("<h1>.*?</h1>", lambda _: heading, page, count=1)
