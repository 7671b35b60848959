"""`fedtutor grade`: turns a folder of notebooks into a table of grades and a page for each learner."""

import multiprocessing
import multiprocessing.connection
import os
import re
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import nbformat
import psutil

from fedtutor import exercises
from fedtutor.grading import cells, course, sandbox, scratch, submissions
from fedtutor.grading.autograde import STOPPED
from fedtutor.grading.results import CACHE, TABLE, GradeCache, Results, Row, page_without_notebook

SECRET = "secret"

# Each notebook may take 6 GiB of memory (`sandbox.Limits`).
MAX_JOBS = 4


def grade(
    folder: str | Path,
    out: str | Path,
    *,
    secret: str | None = None,
    sandboxed: bool = True,
    seconds: float = 600.0,
    cell_seconds: int = 180,
    jobs: int | None = None,
    log: Callable[[str], object] = print,
) -> list[Row]:
    """Grade a folder of notebooks.

    A notebook that was graded before, with the same secret, settings and version of fedtutor, is not
    graded again. So a run that was stopped continues where it left off, and a few late notebooks take
    only a moment.

    Args:
        folder: the submissions, see `submissions.find`.
        out: the folder for the grades, the pages of feedback and the secret. Learners who are in its
            table already but not in `folder` stay in the table.
        secret: the seed for the checks' random numbers. None takes the one that an earlier run wrote
            to `out`, or draws a new one.
        sandboxed: False runs the notebooks without a sandbox.
        seconds: the time limit for one notebook.
        cell_seconds: the time limit for one cell.
        jobs: how many notebooks are graded in parallel. None means one per core, at most four.
        log: called with each line of progress.

    Returns:
        The rows in grades.csv for the learners in the folder.

    Raises:
        ValueError: there is nothing to grade, or `out` holds a table that isn't ours.
        GradingError: one of the processes that grade was killed.
        sandbox.SandboxMissing: `sandboxed` is True, and there is no working sandbox here.
    """
    found = submissions.find(folder)
    if sandboxed:
        sandbox.require()
    for line in submissions.layout_warnings(found):
        log(line)
    out = Path(out)
    results = Results(out)
    course.write_secret(out / SECRET, secret)
    secret = (out / SECRET).read_text().strip()
    lessons = sorted({submission.lesson for submission in found if submission.lesson})
    settings = {"sandboxed": sandboxed, "seconds": seconds, "cell_seconds": cell_seconds}
    cache = GradeCache(out / CACHE, secret, lessons if len(lessons) == 1 else None, settings)
    graded = {submission: result for submission in found if (result := cache.get(submission))}
    if graded:
        log(f"{len(graded)} of {len(found)} were already graded and have not changed.")
    begin = time.monotonic()
    try:
        to_grade = [submission for submission in found if submission not in graded]
        with scratch.Folder() as temporary:
            unseen = {"hidden": [str(Path(path).resolve()) for path in (folder, out)]}
            for submission, result in _grade_in_parallel(
                jobs or default_jobs(), to_grade, (temporary, lessons, secret, settings | unseen)
            ):
                graded[submission] = result
                cache.put(submission, *result)
                log(f"{len(graded)} of {len(found)}: {_summary(result[0])}")
    finally:
        rows, others = results.add([graded[s] for s in found if s in graded])
        if len(graded) < len(found):
            log(
                f"{len(graded)} of {len(found)} were graded. "
                "Run the same command again to grade the rest."
            )
    log(f"{len(rows)} grades are in {out / TABLE}, after {time.monotonic() - begin:.0f} seconds.")
    if others:
        log(f"It also has {len(others)} grades from earlier runs that are not in this folder.")
    return rows


class GradingError(ValueError):
    """Grading had to stop; the message says what to do."""


def default_jobs() -> int:
    """Choose how many notebooks this machine grades in parallel.

    Returns:
        The number of cores, but at most `MAX_JOBS`.
    """
    return min(os.cpu_count() or 1, MAX_JOBS)


def _grade_in_parallel(jobs, to_grade, course_settings):
    """Grade submissions and yield `(submission, result)`; each process has its own course."""
    if not to_grade:
        return
    # Not "fork": a forked process would lack TensorFlow's threads.
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(to_grade)), spawn, _start_process, course_settings)
    try:
        futures = {pool.submit(_grade, s, number): s for number, s in enumerate(to_grade, 1)}
        for done in as_completed(futures):
            yield futures[done], done.result()
    except BrokenProcessPool:
        raise GradingError(
            "One of the processes that grade was killed, perhaps because the machine ran out of "
            "memory. Run the same command again with fewer notebooks in parallel: --jobs 1."
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
            process.join()


def _start_process(*course_settings):
    global _grader
    # Ctrl-C reaches every process of a terminal; the main process stops the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _exit_now)
    # Everything temporary is deleted together with this folder.
    tempfile.tempdir = str(course_settings[0])
    threading.Thread(target=_end_with_parent, args=[course_settings[0]], daemon=True).start()
    _grader = _Grader(*course_settings)


def _end_with_parent(folder):
    """End this process as soon as the main process has ended without a word, as after `kill -9`."""
    multiprocessing.connection.wait([multiprocessing.parent_process().sentinel])
    for process in psutil.Process().children(recursive=True):
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _exit_now(*_):
    # Raising an exception would not work: nbgrader catches all of them.
    for process in psutil.Process().children(recursive=True):
        process.kill()
    os._exit(1)


def _grade(submission, number):
    return _grader(submission, number)


class _Grader:
    """Grades submissions one at a time, with nbgrader and a temporary course."""

    def __init__(self, folder, lessons, secret, settings):
        self.folder = Path(tempfile.mkdtemp(dir=folder)) / "course"
        self.lessons = lessons
        course.lay_out(self.folder, lessons=lessons, secret=secret)
        self.api = course.nbgrader_api(self.folder)
        self.api.config.ExecuteSafely.update(settings)

    def __call__(self, submission, number):
        """Grade one submission with nbgrader; returns its row and its page of feedback."""
        # A file that can't be read is counted for the lesson that everybody else has handed in.
        name = submission.lesson or (self.lessons[0] if len(self.lessons) == 1 else "")
        row = {
            "learner": submission.learner,
            "lesson": name,
            "points": 0,
            "of": "",
            "note": "",
            "file": submission.file,
        }
        if name:
            lesson = exercises.lesson(name.partition("_")[2])
            row["of"] = sum(exercise.points for exercise in lesson.exercises.values())
        if submission.problem is not None:
            row["note"] = submission.problem
            return row, page_without_notebook(row)
        student = f"learner{number:04}"
        target = self.folder / "submitted" / student / name / f"{name}.ipynb"
        target.parent.mkdir(parents=True)
        shutil.copyfile(submission.path, target)
        result = self.api.autograde(name, student)
        if not result["success"]:
            row["note"] = _failure(result)
            return row, page_without_notebook(row)
        with self.api.gradebook as gradebook:
            notebook = gradebook.find_submission_notebook(name, name, student)
            scores = {grade.name: _whole_if_possible(grade.score) for grade in notebook.grades}
        points = {e.name: scores[cells.grade_id(e)] for e in lesson.exercises.values()}
        executed = nbformat.read(
            self.folder / "autograded" / student / name / f"{name}.ipynb", as_version=4
        )
        note = executed.metadata.get(STOPPED) or ""
        row |= {"points": sum(points.values()), "note": note} | points
        self.api.generate_feedback(name, student)
        page = self.folder / "feedback" / student / name / f"{name}.html"
        return row, page.read_text(encoding="utf-8")


def _failure(result):
    """Say what went wrong: the first error in nbgrader's log and traceback."""
    lines = "\n".join((result.get("log") or "", result.get("error") or "")).splitlines()
    errors = [line.strip() for line in lines if re.match(r"\s*[\w.]+(Error|Exception)\b", line)]
    return f"nbgrader could not grade it: {errors[0] if errors else 'it gives no reason'}"


def _whole_if_possible(value):
    return int(value) if float(value).is_integer() else value


def _summary(row):
    of = f" of {row['of']}" if row["of"] != "" else ""
    note = f" ({row['note']})" if row["note"] else ""
    return f"{row['learner']}: {row['points']}{of} points{note}"
