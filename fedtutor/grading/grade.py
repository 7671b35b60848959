"""`fedtutor grade`: turns a folder of notebooks into a table of grades and a page for each learner."""

import contextlib
import functools
import itertools
import multiprocessing
import multiprocessing.connection
import os
import signal
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

import psutil

from fedtutor.grading import course, sandbox, scratch, submissions
from fedtutor.grading.grader import Grader, failed
from fedtutor.grading.learner_names import readable
from fedtutor.grading.notebook_files import NotANotebook
from fedtutor.grading.plain_text import one_line
from fedtutor.grading.results import (
    CACHE,
    PAGES,
    PROBLEMS,
    SECRET,
    TABLE,
    GradeCache,
    Results,
    Row,
    is_results,
)

# Each notebook may take 6 GiB of memory (`sandbox.Limits`).
MAX_JOBS = 4

# So many times in a row may processes be killed before any of them has graded something.
_MOST_FAILURES = 6


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
        GradingError: one of the processes that grade was killed, or something can't be written. The
            grades so far are kept.
        sandbox.SandboxMissing: `sandboxed` is True, and there is no working sandbox here.
    """
    out = Path(out)
    # Not `Path.resolve`: in Python 3.12, it raises an exception for a link to itself.
    own = {
        os.path.realpath(path)
        for path in (out, *(out / name for name in (TABLE, PAGES, CACHE, SECRET, PROBLEMS)))
    }
    skipped = []

    def ignore(path):
        is_own = os.path.realpath(path) in own
        if is_results(path) and not is_own:
            skipped.append(one_line(readable(path.name)))
        return is_own or is_results(path)

    all_found = submissions.find(folder, ignore)
    if sandboxed:
        sandbox.require()
    for name in skipped:
        log(f"{name} is skipped: it holds the results of grading, not a submission.")
    for line in submissions.layout_warnings(all_found):
        log(line)
    found = submissions.newest_of_each(all_found)
    try:
        return _grade_found(found, folder, out, secret, sandboxed, seconds, cell_seconds, jobs, log)
    except OSError as error:
        where = error.filename or out
        raise GradingError(
            f"{where} can't be written ({error.strerror or error}). Make room there, or choose "
            "another folder with --out; then run the same command again. What has been graded is kept."
        ) from None


def _grade_found(found, folder, out, secret, sandboxed, seconds, cell_seconds, jobs, log):
    results = Results(out)
    course.write_secret(out / SECRET, secret)
    secret = (out / SECRET).read_text().strip()
    lessons = sorted({submission.lesson for submission in found if submission.lesson})
    settings = {"sandboxed": sandboxed, "seconds": seconds, "cell_seconds": cell_seconds}
    cache = GradeCache(out / CACHE, secret, lessons if len(lessons) == 1 else None, settings)
    graded = {submission: result for submission in found if (result := cache.get(submission))}
    if graded:
        log(f"{len(graded)} of {len(found)} were already graded and have not changed.")
    to_grade = [s for s in found if s not in graded and s.problem is None]
    jobs = max(1, min(jobs or default_jobs(), len(to_grade)))
    if to_grade:
        log(
            f"Grading {_counted(len(to_grade), 'notebook')}, {jobs} at a time. The first result can take "
            "a minute or two."
        )
    for submission in found:
        if submission.problem is not None:
            graded[submission] = failed(submission, lessons, submission.problem)
            log(_progress(graded, found, submission))
    begin = time.monotonic()
    try:
        with scratch.Folder() as temporary:
            unseen = {"hidden": [str(Path(path).resolve()) for path in (folder, out)]}
            for submission, result in _grade_in_parallel(
                jobs, to_grade, (temporary, lessons, secret, settings | unseen)
            ):
                graded[submission] = result
                cache.put(submission, result)
                results.note_problem(result)
                log(_progress(graded, found, submission))
    finally:
        # On a full disk, this fails as well, but whatever is in the cache is kept.
        rows, others = results.add([_with_remark(s, graded[s]) for s in found if s in graded])
        if len(graded) < len(found):
            log(
                f"{len(graded)} of {len(found)} were graded. "
                "Run the same command again to grade the rest."
            )
    took = time.monotonic() - begin
    log(f"Wrote {_counted(len(rows), 'grade')} to {out / TABLE}, after {took:.0f} seconds.")
    if others:
        earlier = _counted(len(others), "grade")
        log(f"It also has {earlier} from earlier runs, of notebooks that are not in this folder.")
    return rows


def _counted(number, what):
    return f"{number} {what}{'s' * (number != 1)}"


def _with_remark(submission, graded):
    note = "; ".join(filter(None, [graded.row["note"], submission.remark]))
    return replace(graded, row=graded.row | {"note": note})


class GradingError(ValueError):
    """Grading had to stop; the message says what to do."""


def default_jobs() -> int:
    """Choose how many notebooks this machine grades in parallel.

    Returns:
        The number of cores, but at most `MAX_JOBS`.
    """
    return min(os.cpu_count() or 1, MAX_JOBS)


def _grade_in_parallel(jobs, to_grade, course_settings):
    """Grade submissions and yield `(submission, Graded)`.

    If a process is killed, what it was grading is found out, and everything else is graded.
    """
    waiting, suspects, killed = list(enumerate(to_grade, 1)), [], []
    failures = 0
    while waiting or suspects:
        if suspects:  # one at a time, to find out which of them it was
            unfinished, suspects, any_graded = yield from _grade_in_pool(
                1, suspects, course_settings, 0
            )
        else:
            unfinished, waiting, any_graded = yield from _grade_in_pool(
                jobs, waiting, course_settings
            )
        if len(unfinished) == 1:
            killed += unfinished
        else:
            suspects += unfinished
        failures = 0 if any_graded else failures + 1
        if failures == _MOST_FAILURES:
            break  # perhaps no process can even start
    if killed or waiting or suspects:
        names = ", ".join(submission.file for _, submission in killed[:5])
        raise GradingError(
            f"One of the processes that grade was killed while it graded {names}, perhaps because the "
            "machine ran out of memory. Run the same command again with fewer notebooks in parallel: "
            "--jobs 1."
        )


def _grade_in_pool(jobs, waiting, course_settings, ahead=1):
    """Grade with some processes, as long as none of them is killed.

    Args:
        waiting: numbered submissions, as `(number, submission)`.
        ahead: how many submissions wait for the next free process.

    Returns:
        The submissions that were being graded when a process was killed, those that no process had
        been given, and whether any was graded.
    """
    # Not "fork": a forked process would lack TensorFlow's threads.
    spawn = multiprocessing.get_context("spawn")
    shares = spawn.SimpleQueue()
    for number in range(jobs):
        shares.put(number)
    pool = ProcessPoolExecutor(jobs, spawn, _start_process, (shares, jobs, *course_settings))
    waiting, running, any_graded = iter(waiting), {}, False
    try:
        while True:
            for pair in itertools.islice(waiting, jobs + ahead - len(running)):
                number, submission = running[None] = pair  # in case that the pool is broken already
                future = pool.submit(_grade, submission, number)
                running[future] = running.pop(None)
            if not running:
                break
            ended = wait(running, return_when=FIRST_COMPLETED).done
            # What was graded first: with the others, the pool's end begins.
            for done in sorted(ended, key=lambda future: future.exception() is not None):
                result = done.result()
                _, submission = running.pop(done)
                any_graded = True
                yield submission, result
    except BrokenProcessPool:
        pass
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
            process.join()
    return list(running.values()), list(waiting), any_graded


def _start_process(shares, jobs, *course_settings):
    global _course_settings
    _take_cores(shares.get(), jobs)
    # Ctrl-C reaches every process of a terminal; the main process stops the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _exit_now)
    # Everything temporary is deleted together with this folder.
    tempfile.tempdir = str(course_settings[0])
    threading.Thread(target=_end_with_parent, args=[course_settings[0]], daemon=True).start()
    _course_settings = course_settings


def _take_cores(share, jobs):
    """Take a share of the cores for this process and the notebooks that it grades.

    Otherwise a notebook that keeps all of them busy could make its neighbor's answers too slow.
    """
    if hasattr(os, "sched_setaffinity"):  # not on a Mac
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[share::jobs] or cores)


def _end_with_parent(folder):
    """End this process as soon as the main process has ended without a word, as after `kill -9`."""
    multiprocessing.connection.wait([multiprocessing.parent_process().sentinel])
    _kill_children()
    scratch.remove(folder)
    os._exit(1)


def _exit_now(*_):
    # Raising an exception would not work: nbgrader catches all of them.
    _kill_children()
    os._exit(1)


def _kill_children():
    for process in psutil.Process().children(recursive=True):
        # The sandbox's processes end with the first of them, and may be gone by now.
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


@functools.cache
def _grader():
    """This process's grader, made when it is first needed: then its errors reach the main process."""
    return Grader(*_course_settings)


def _grade(submission, number):
    grader = _grader()
    try:
        graded = grader(submission, number)
    except NotANotebook as error:  # the file has changed since it was found
        graded = failed(submission, grader.lessons, str(error))
    except Exception as error:
        # Not its text, which may quote the notebook.
        why = f"fedtutor failed ({type(error).__name__}); see {PROBLEMS}"
        graded = failed(submission, grader.lessons, why, traceback.format_exc())
    # If the disk is full, that is nobody's fault, and everything can fail.
    if not graded.final:
        grader.require_room()
    return graded


def _progress(graded, found, submission):
    row = _with_remark(submission, graded[submission]).row
    of = f" of {row['of']}" if row["of"] != "" else ""
    note = f" ({row['note']})" if row["note"] else ""
    return f"{len(graded)} of {len(found)}: {row['learner']}: {row['points']}{of} points{note}"
