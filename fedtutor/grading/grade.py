"""`fedtutor grade`: a folder of notebooks becomes a table of grades and a page for each learner."""

import multiprocessing
import os
import re
import shutil
import signal
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import nbformat
import psutil

from fedtutor import exercises
from fedtutor.grading import cells, course, sandbox, submissions
from fedtutor.grading.autograde import STOPPED
from fedtutor.grading.results import JUDGED, TABLE, Judged, Results, page_without_notebook

SECRET = "secret"

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

    What was graded before, by the same secret, settings and fedtutor, is not graded again. So a run
    that was stopped goes on where it was, and one with a few late notebooks more takes a moment.

    Args:
        folder: the submissions, see `submissions.find`.
        out: the folder that the grades, the pages of feedback and the secret are written to. Whoever
            is in its table already, and is not in this folder, stays there.
        secret: the checks' numbers follow from it. None takes the one that `out` holds from an
            earlier run, or draws one.
        sandboxed: False runs the notebooks without a sandbox.
        seconds: how long one notebook may take.
        cell_seconds: how long one of its cells may take.
        jobs: how many notebooks are graded side by side. None means one for each core, and four at
            most.
        say: what tells how it goes.

    Returns:
        The rows in grades.csv of those who are in the folder, a list of dicts.

    Raises:
        ValueError: there is nothing to grade, or `out` holds another table.
        GradingError: one of the processes was ended from outside.
        sandbox.SandboxMissing: there is no sandbox here, and one is asked for.
    """
    found = submissions.find(folder)
    if sandboxed:
        sandbox.require()
    for line in submissions.doubts(found):
        say(line)
    out = Path(out)
    results = Results(out)
    course.write_secret(out / SECRET, secret)
    secret = (out / SECRET).read_text().strip()
    lessons = sorted({one.lesson for one in found if one.lesson})
    settings = {"sandboxed": sandboxed, "seconds": seconds, "cell_seconds": cell_seconds}
    judged = Judged(out / JUDGED, secret, lessons if len(lessons) == 1 else None, settings)
    graded = {one: before for one in found if (before := judged.get(one))}
    if graded:
        say(f"{len(graded)} of {len(found)} are as they were graded before.")
    begin = time.monotonic()
    try:
        waiting = [one for one in found if one not in graded]
        with tempfile.TemporaryDirectory(prefix="fedtutor-") as place:
            for one, result in _side_by_side(
                jobs or default_jobs(), waiting, (place, lessons, secret, settings)
            ):
                graded[one] = result
                judged.put(one, *result)
                say(f"{len(graded)} of {len(found)}: {_line(result[0])}")
    finally:
        rows, others = results.add([graded[one] for one in found if one in graded])
        if len(graded) < len(found):
            say(f"{len(graded)} of {len(found)} were graded; the same command goes on from there.")
    say(f"{len(rows)} grades in {out / TABLE}, after {time.monotonic() - begin:.0f} seconds.")
    if others:
        say(f"{len(others)} more are in there from earlier runs; this folder does not hold them.")
    return rows


class GradingError(ValueError):
    """Grading could not go on; the message says what to do."""


def default_jobs():
    """How many notebooks this machine grades side by side."""
    return min(os.cpu_count() or 1, MOST_JOBS)


def _side_by_side(jobs, found, course_settings):
    """Grade submissions, as `(submission, result)`; each process has a course of its own."""
    if not found:
        return
    # A fork of this process would find TensorFlow's threads gone.
    fresh = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(found)), fresh, _start, course_settings)
    try:
        waiting = {pool.submit(_grade, one, i): one for i, one in enumerate(found, 1)}
        for done in as_completed(waiting):
            yield waiting[done], done.result()
    except BrokenProcessPool:
        raise GradingError(
            "One of the processes that grade was ended from outside, perhaps for want of memory. Say "
            "the same again, with fewer side by side: --jobs 1."
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
            process.join()


def _start(*course_settings):
    global _grader
    # Ctrl-C goes to all processes of a terminal; the first one tells the others what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_at_once)
    # What is left behind goes with the folder.
    tempfile.tempdir = str(course_settings[0])
    _grader = _Grader(*course_settings)


def _end_at_once(*_):
    # An exception would not do: nbgrader catches every one.
    for process in psutil.Process().children(recursive=True):
        process.kill()
    os._exit(1)


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
            "file": one.file,
        }
        if name:
            lesson = exercises.lesson(name.partition("_")[2])
            row["of"] = sum(exercise.points for exercise in lesson.exercises.values())
        if one.problem is not None:
            row["note"] = one.problem
            return row, page_without_notebook(row)
        number = f"learner{number:04}"
        target = self.place / "submitted" / number / name / f"{name}.ipynb"
        target.parent.mkdir(parents=True)
        shutil.copyfile(one.path, target)
        result = self.api.autograde(name, number)
        if not result["success"]:
            row["note"] = _why(result)
            return row, page_without_notebook(row)
        with self.api.gradebook as gradebook:
            notebook = gradebook.find_submission_notebook(name, name, number)
            scores = {grade.name: _number(grade.score) for grade in notebook.grades}
        points = {e.name: scores[cells.grade_id(e)] for e in lesson.exercises.values()}
        executed = nbformat.read(
            self.place / "autograded" / number / name / f"{name}.ipynb", as_version=4
        )
        note = executed.metadata.get(STOPPED) or ""
        row |= {"points": sum(points.values()), "note": note} | points
        self.api.generate_feedback(name, number)
        page = self.place / "feedback" / number / name / f"{name}.html"
        return row, page.read_text(encoding="utf-8")


def _why(result):
    """What went wrong, out of nbgrader's log and its traceback: the first of the errors in there."""
    lines = "\n".join((result.get("log") or "", result.get("error") or "")).splitlines()
    errors = [line.strip() for line in lines if re.match(r"\s*[\w.]+(Error|Exception)\b", line)]
    return f"nbgrader could not grade it: {errors[0] if errors else 'it gives no reason'}"


def _number(value):
    return int(value) if float(value).is_integer() else value


def _line(row):
    of = f" of {row['of']}" if row["of"] != "" else ""
    note = f" ({row['note']})" if row["note"] else ""
    return f"{row['learner']}: {row['points']}{of} points{note}"
