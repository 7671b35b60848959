"""`fedtutor grade`: a folder of notebooks becomes a table of grades and a page for each learner."""

import csv
import html
import itertools
import multiprocessing
import os
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from fedtutor import exercises
from fedtutor.grading import cells, course, sandbox, submissions

GRADES, FEEDBACK, SECRET = "grades.csv", "feedback", "secret"


# Each notebook may take 6 GiB of memory (`sandbox.Limits`).
MOST_JOBS = 4


def grade(
    folder,
    out,
    *,
    secret=None,
    sandboxed=True,
    seconds=600.0,
    cell_seconds=180,
    jobs=None,
    say=print,
):
    """Grade a folder of notebooks.

    Args:
        folder: the submissions, see `submissions.find`.
        out: the folder that the grades, the pages of feedback and the secret are written to.
        secret: the checks' numbers follow from it. None takes the one that `out` holds from an
            earlier run, or draws one.
        sandboxed: False runs the notebooks without a sandbox.
        seconds: how long one notebook may take.
        cell_seconds: how long one of its cells may take.
        jobs: how many notebooks are graded side by side. None means one for each core, and four at
            most.
        say: what tells how it goes.

    Returns:
        The rows of grades.csv, a list of dicts.

    Raises:
        ValueError: there is nothing to grade.
        sandbox.SandboxMissing: there is no sandbox here, and one is asked for.
    """
    found = submissions.find(folder)
    if sandboxed:
        sandbox.require()
    out = Path(out)
    (out / FEEDBACK).mkdir(parents=True, exist_ok=True)
    secret = _secret(out / SECRET, secret)
    lessons = sorted({one.lesson for one in found if one.lesson})
    settings = {"sandboxed": sandboxed, "seconds": seconds, "cell_seconds": cell_seconds}
    begin = time.monotonic()
    graded = []
    with tempfile.TemporaryDirectory(prefix="fedtutor-grading-") as place:
        for result in _side_by_side(
            min(jobs or default_jobs(), len(found)), found, (place, lessons, secret, settings)
        ):
            graded.append(result)
            say(f"{len(graded)} of {len(found)}: {_line(result[0])}")
    graded = _one_each(graded)
    _write_pages(graded, out / FEEDBACK)
    rows = [row for row, _ in graded]
    _write_table(rows, out / GRADES)
    say(f"{len(rows)} grades in {out / GRADES}, after {time.monotonic() - begin:.0f} seconds.")
    return rows


def default_jobs():
    """How many notebooks this machine grades side by side."""
    return min(os.cpu_count() or 1, MOST_JOBS)


def _side_by_side(jobs, found, course_settings):
    """Grade submissions in their order; each process has a course of its own."""
    if jobs == 1:
        yield from map(_Grader(*course_settings), found, itertools.count(1))
        return
    # A fork of this process would find TensorFlow's threads gone.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, fresh, _start, course_settings) as pool:
        yield from pool.map(_grade, found, itertools.count(1))


def _start(*course_settings):
    global _grader
    _grader = _Grader(*course_settings)


def _grade(one, number):
    return _grader(one, number)


class _Grader:
    """Grades one submission after the other, with nbgrader and a course made for it."""

    def __init__(self, place, lessons, secret, settings):
        self.place = Path(tempfile.mkdtemp(dir=place)) / "course"
        self.lessons = lessons
        course.lay_out(self.place, lessons=lessons, secret=secret)
        self.api = course.grader(self.place)
        self.api.config.ExecuteSafely.update(settings)

    def __call__(self, one, number):
        """Let nbgrader grade one submission; gives its row, and its page of feedback."""
        # What cannot be read was surely meant for the lesson that everybody else has handed in.
        name = one.lesson or (self.lessons[0] if len(self.lessons) == 1 else "")
        row = {
            "learner": one.learner,
            "lesson": name,
            "points": 0,
            "of": "",
            "note": "",
            "file": one.path.name,
        }
        if name:
            lesson = exercises.lesson(name.partition("_")[2])
            row["of"] = sum(exercise.points for exercise in lesson.exercises.values())
        if one.problem is not None:
            row["note"] = one.problem
            return row, _page_without_notebook(row)
        number = f"learner{number:04}"
        target = self.place / "submitted" / number / name / f"{name}.ipynb"
        target.parent.mkdir(parents=True)
        shutil.copyfile(one.path, target)
        result = self.api.autograde(name, number)
        if not result["success"]:
            row["note"] = _why(result)
            return row, _page_without_notebook(row)
        with self.api.gradebook as gradebook:
            notebook = gradebook.find_submission_notebook(name, name, number)
            scores = {grade.name: _number(grade.score) for grade in notebook.grades}
        points = {e.name: scores[cells.grade_id(e)] for e in lesson.exercises.values()}
        row |= {"points": sum(points.values())} | points
        self.api.generate_feedback(name, number)
        page = self.place / "feedback" / number / name / f"{name}.html"
        return row, page.read_text(encoding="utf-8")


def _page_without_notebook(row):
    name, note = html.escape(row["learner"]), html.escape(row["note"])
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{name}</title>'
        f"<p>This notebook could not be graded: {note}.</p></html>\n"
    )


def _why(result):
    lines = [line for line in (result.get("error") or result.get("log") or "").splitlines() if line]
    return f"nbgrader could not grade it: {lines[-1] if lines else 'it gives no reason'}"


def _one_each(graded):
    """One result for each learner and lesson: of several files, the one with the most points."""
    by_learner = {}
    for row, page in graded:
        by_learner.setdefault((row["learner"], row["lesson"]), []).append((row, page))
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


def _write_table(rows, path):
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, names)
        table.writeheader()
        table.writerows(rows)


def _write_pages(graded, folder):
    taken = set()
    for row, page in graded:
        name = f"{_file_name(row['learner'])}-{row['lesson']}".strip("-")
        # Two names may differ in nothing that a file's name can hold.
        name = next(
            n
            for n in itertools.chain([name], (f"{name}-{i}" for i in itertools.count(2)))
            if n not in taken
        )
        taken.add(name)
        (folder / f"{name}.html").write_text(page, encoding="utf-8")


def _secret(path, secret):
    course.write_secret(path, secret)
    return path.read_text().strip()


def _file_name(learner):
    return (
        "".join(c if c.isalnum() or c in "-_. " else "_" for c in learner).strip(". ") or "learner"
    )


def _number(value):
    return int(value) if float(value).is_integer() else value


def _line(row):
    of = f" of {row['of']}" if row["of"] != "" else ""
    note = f" ({row['note']})" if row["note"] else ""
    return f"{row['learner']}: {row['points']}{of} points{note}"
