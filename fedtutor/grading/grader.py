"""Grades one submission after the other, with nbgrader and a temporary course."""

import errno
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from fedtutor import exercises
from fedtutor.exercises.outcome import NOT_ATTEMPTED, Outcome
from fedtutor.exercises.problem import Lesson
from fedtutor.grading import cells, course, notebook_files, safe_files
from fedtutor.grading.autograde import STOPPED
from fedtutor.grading.results import PROBLEMS, Graded, page_with_points_only, page_without_notebook
from fedtutor.grading.submissions import Submission

# Grading a notebook takes less than this on the disk, except for its page.
_ROOM = 50 * 2**20


class Grader:
    """Grades submissions one at a time.

    Args:
        folder: where everything temporary is made.
        lessons: the names of the lessons that have been handed in.
        secret: the seed for the checks' random numbers.
        settings: the settings of `autograde.ExecuteSafely`.

    Raises:
        OSError: the course can't be written, for example because the disk is full.
    """

    def __init__(
        self, folder: str | Path, lessons: Sequence[str], secret: str, settings: dict[str, Any]
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=folder)) / "course"
        self.lessons = lessons
        self.require_room()
        course.lay_out(self.folder, lessons=lessons, secret=secret)
        self.api = course.nbgrader_api(self.folder)
        self.api.config.ExecuteSafely.update(settings)

    def require_room(self) -> None:
        """Make sure that the disk isn't full.

        Raises:
            OSError: it is.
        """
        folder = self.folder.parent
        if shutil.disk_usage(folder).free < _ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))

    def __call__(self, submission: Submission, number: int) -> Graded:
        """Grade one submission.

        Args:
            submission: a notebook that has a lesson.
            number: a number that no other submission has.

        Returns:
            Its row and its page of feedback.
        """
        name, student = submission.lesson, f"learner{number:04}"
        # nbgrader must only see what has been read safely.
        text, _ = notebook_files.decode(notebook_files.read_bytes(submission.path))
        target = self.folder / "submitted" / student / name / f"{name}.ipynb"
        target.parent.mkdir(parents=True)
        safe_files.write(target, nbformat.writes(notebook_files.parse(text)).encode())
        # What nbgrader says about an error may quote the notebook, so it isn't in the note.
        result = self.api.autograde(name, student)
        if not result["success"]:
            why = f"nbgrader could not grade it; see {PROBLEMS}"
            return failed(
                submission, self.lessons, why, result.get("log") or result.get("error", "")
            )
        lesson = exercises.lesson(name.partition("_")[2])
        with self.api.gradebook as gradebook:
            notebook = gradebook.find_submission_notebook(name, name, student)
            scores = {grade.name: _whole_if_possible(grade.score) for grade in notebook.grades}
        points = {e.name: scores[cells.grade_id(e)] for e in lesson.exercises.values()}
        executed = nbformat.read(
            self.folder / "autograded" / student / name / f"{name}.ipynb", as_version=4
        )
        total, stopped = sum(points.values()), executed.metadata.get(STOPPED) or ""
        note = stopped or ("" if total else _without_points(executed, lesson))
        row = _row(submission, name) | {"points": total, "note": note} | points
        result = self.api.generate_feedback(name, student)
        page = self.folder / "feedback" / student / name / f"{name}.html"
        if not result["success"] or not page.is_file():
            why = f"its page of feedback could not be made; see {PROBLEMS}"
            row["note"] = "; ".join(filter(None, [note, why]))
            return Graded(row, page_with_points_only(row), False, result.get("log") or "")
        return Graded(row, page.read_text(encoding="utf-8"), final=not stopped)


def failed(submission: Submission, lessons: Sequence[str], why: str, details: str = "") -> Graded:
    """Make the result for a submission that couldn't be graded.

    Args:
        submission: what was handed in.
        lessons: the names of the lessons that have been handed in.
        why: the reason, as half a sentence of our own.
        details: what nbgrader or Python said about it.

    Returns:
        A row without points, and its page.
    """
    # A file that can't be read is counted for the lesson that everybody else has handed in.
    name = submission.lesson or (lessons[0] if len(lessons) == 1 else "")
    row = _row(submission, name) | {"note": why}
    return Graded(row, page_without_notebook(row), False, details)


def _row(submission, lesson):
    row = {
        "learner": submission.learner, "lesson": lesson, "points": 0, "of": "", "note": "",
        "file": submission.file,
    }  # fmt: skip
    if lesson:
        found = exercises.lesson(lesson.partition("_")[2])
        row["of"] = sum(exercise.points for exercise in found.exercises.values())
    return row


def _without_points(executed: NotebookNode, lesson: Lesson) -> str:
    """Say why there are no points, for somebody who only sees the table."""
    outputs = {
        cells.points_in(cell): cell.outputs for cell in executed.cells if cells.points_in(cell)
    }
    verdicts = {
        exercise: "\n".join(out.get("evalue", "") for out in outputs.get(exercise.name, ()))
        for exercise in lesson.exercises.values()
    }
    untouched = {e: e.verdict(Outcome(NOT_ATTEMPTED)) for e in verdicts}
    attempted = [e for e, verdict in verdicts.items() if not verdict.startswith(untouched[e])]
    if attempted:
        return f"{len(attempted)} of {len(verdicts)} exercises were attempted, but none is right"
    if all(verdict == untouched[e] for e, verdict in verdicts.items()):
        return "no exercise was attempted"
    return "no answer reached the check: the page of feedback says why"


def _whole_if_possible(value):
    return int(value) if float(value).is_integer() else value
