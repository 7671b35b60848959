"""The steps that fedtutor adds to nbgrader's `autograde` and `generate_feedback`.

`Restore` puts the exercises' cells in order before nbgrader looks at them. `ExecuteSafely` replaces
nbgrader's own step that executes a notebook. Both clean the notebook, so that nothing else is ever stored
in `autograded`. `Disarm` cleans what an earlier version has stored, and `Legible` makes the page.

A course's nbgrader_config.py refers to these classes by name, and stays as it is when an instructor has
edited it. So the names must not change.
"""

import json
from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Float, Integer, List, Unicode

from fedtutor import exercises
from fedtutor.exercises.outcome import BROKEN, NOT_ATTEMPTED, NOT_YET, Outcome
from fedtutor.exercises.problem import Lesson
from fedtutor.grading import cells, handed_in, notebook_files, page
from fedtutor.grading.clean import clean
from fedtutor.grading.judge import judge
from fedtutor.grading.plain_text import quoted
from fedtutor.grading.sandbox import Limits, NotebookRunner

# The key in an executed notebook's metadata for why grading it again may end differently, for instance
# because it was stopped early. The value is None if it won't.
STOPPED = "fedtutor_stopped"

# More than any lesson has; a page of feedback shows fewer.
_MOST_OUTPUTS = 5000

# New settings call this before nbgrader copies anything. Older ones only name the classes below.
handed_in.guard()


def lesson_of(resources: Mapping[str, Any]) -> Lesson:
    """Find the lesson of the notebook that nbgrader is processing.

    Args:
        resources: nbgrader's description of the notebook.

    Returns:
        The lesson; for a notebook of the instructor's own, a lesson without exercises.
    """
    name = resources["nbgrader"]["notebook"]
    module = name.partition("_")[2]
    return exercises.lesson(module) if module in exercises.LESSONS else Lesson(name)


class Restore(NbGraderPreprocessor):
    """Gives each exercise one answer cell and, right after it, its locked cell with the points.

    The notebook's own metadata is dropped: which cells are locked, which are graded, and what they are
    worth. So it doesn't matter how Colab or a learner has changed it.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Put the exercises' cells in order.

        Args:
            nb: the submitted notebook; changed in place.
            resources: nbgrader's description of the notebook.

        Returns:
            Both of them.

        Raises:
            notebook_files.NotANotebook: it has too many cells, or they are something else.
            NbGraderException: the notebook was read through a link.
        """
        if self.parent is not None:
            handed_in.check_again(self.parent.parent, resources["nbgrader"])
        clean(nb, before_running=True)
        lesson = lesson_of(resources)
        if not lesson.exercises:
            return nb, resources
        nb.cells = notebook_files.tidy(nb).cells
        answers = _answers(nb, lesson)
        kept, unanswered = [], set(lesson.exercises) - set(answers)
        for cell in nb.cells:
            if name := cells.points_in(cell):
                # Without an answer cell, the first locked cell stays, because the learner expects it there.
                if name in unanswered:
                    unanswered.remove(name)
                    kept.append(_locked(lesson.exercises[name]))
                continue
            cell.metadata.pop("nbgrader", None)
            cell.metadata["tags"] = [t for t in cell.metadata.get("tags", []) if t != "exercise"]
            kept.append(cell)
            for name, answer in answers.items():
                if answer is cell:
                    cell.metadata["nbgrader"] = cells.metadata(lesson.exercises[name], locked=False)
                    cell.metadata["tags"].append("exercise")
                    kept.append(_locked(lesson.exercises[name]))
        present = {name for name in map(cells.points_in, kept) if name}
        nb.cells = kept + [_locked(e) for e in lesson.exercises.values() if e.name not in present]
        return nb, resources


def _answers(nb, lesson):
    """Find the answer cells, as {exercise: cell}.

    The last cell that uses an exercise is its answer cell, and a cell answers only one exercise.
    """
    answers = {}
    for cell in nb.cells:
        names = [name for name in cells.answered_in(cell) if name in lesson.exercises]
        if names:
            answers = {n: c for n, c in answers.items() if n not in names} | {names[-1]: cell}
    return answers


def _locked(exercise):
    return nbformat.v4.new_code_cell(
        f"exercise.{exercise.name}.earned()",
        metadata={"nbgrader": cells.metadata(exercise, locked=True)},
    )


class ExecuteSafely(NbGraderPreprocessor):
    """Executes a notebook in the sandbox, and writes the judge's verdicts into its locked cells.

    What the notebook shows is cleaned (see fedtutor.grading.clean).
    """

    secret = Unicode(help="The seed for the checks' random numbers.").tag(config=True)
    sandboxed = Bool(True, help="False runs notebooks like any other program.").tag(config=True)
    seconds = Float(600.0, help="The time limit for one notebook.").tag(config=True)
    cell_seconds = Integer(180, help="The time limit for one cell.").tag(config=True)
    hidden = List(Unicode(), help="Folders that no notebook can read.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Execute and judge a notebook.

        Args:
            nb: the notebook, as `Restore` has left it; changed in place.
            resources: nbgrader's description of the notebook.

        Returns:
            Both of them.

        Raises:
            sandbox.SandboxMissing: `sandboxed` is True, and there is no working sandbox here.
        """
        lesson = lesson_of(resources)
        limits = Limits(seconds=self.seconds, cell_seconds=self.cell_seconds)
        hidden = [CourseDirectory(parent=self).root, *self.hidden]
        with NotebookRunner(
            lesson, sandboxed=self.sandboxed, limits=limits, hidden=hidden
        ) as runner:
            judgment = judge(runner, nbformat.writes(nb), self.secret)
        _copy_outputs(nb, judgment.text)
        answers = {}
        for cell in nb.cells:
            if name := cells.points_in(cell):
                outcome = judgment.outcomes[name]
                if outcome == Outcome(NOT_ATTEMPTED):
                    unanswered = name in judgment.unanswered
                    outcome = _explain_no_answer(name, answers.get(name), unanswered)
                cell.outputs = [_output(lesson.exercises[name], outcome)]
            else:
                answers |= dict.fromkeys(cells.answered_in(cell), cell)
        clean(nb)
        nb.metadata[STOPPED] = _why_not_final(judgment)
        return nb, resources


def _why_not_final(judgment):
    """Say why grading the notebook again may end differently, as half a sentence; None if it won't."""
    if judgment.stopped:
        return f"the notebook was stopped: {judgment.stopped}"
    broken = [name for name, outcome in judgment.outcomes.items() if outcome.status == BROKEN]
    if broken:
        return f"the check itself failed, of {', '.join(broken)}"
    if judgment.cell_stopped:
        return "one of its cells took too long"
    if judgment.slow:
        return f"an answer took too long, to {', '.join(sorted(judgment.slow))}"
    return None


def _explain_no_answer(name, cell, unanswered):
    """Say why an exercise has no answer; errors that don't concern it are removed from its cell."""
    if cell is None:
        return Outcome(
            NOT_ATTEMPTED, f"No cell answers it: the line with exercise.{name} is missing."
        )
    errors = [out for out in cell.outputs if out.output_type == "error"]
    if unanswered and errors:
        lines = (errors[0].ename, *errors[0].evalue.strip().splitlines()[:1])
        error = quoted(": ".join(lines), 200)
        return Outcome(NOT_YET, f"Its cell stopped before the answer was checked, with {error}")
    # An error below an untouched stub: those lines call a function that isn't written yet.
    cell.outputs = [out for out in cell.outputs if out not in errors]
    return Outcome(NOT_ATTEMPTED)


def _copy_outputs(nb, text):
    """Copy the cells' outputs from the learner's process, as far as they can be read.

    Not with nbformat, which takes minutes and gigabytes to say what is wrong with a forged notebook.
    """
    if notebook_files.number_of_values(text) > notebook_files.MOST_VALUES:
        return
    try:
        executed = json.loads(text)["cells"]
        pairs = list(zip(nb.cells, executed, strict=True))
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    left = _MOST_OUTPUTS
    for cell, other in pairs:
        if cell.cell_type == "code" and isinstance(other, dict):
            outputs = other.get("outputs")
            outputs = list(filter(_is_output, outputs if isinstance(outputs, list) else ()))[:left]
            left -= len(outputs)
            count = other.get("execution_count")
            cell.outputs = [nbformat.from_dict(output) for output in outputs]
            cell.execution_count = count if type(count) is int else None


def _is_output(output):
    """Whether it can be an output of a cell. What it holds is cleaned later."""
    kind = output.get("output_type") if isinstance(output, dict) else None
    if kind == "error":
        return all(isinstance(output.get(key), str) for key in ("ename", "evalue"))
    return kind in ("stream", "display_data", "execute_result")


def _output(exercise, outcome):
    line = exercise.verdict(outcome)
    if outcome.solved:
        return nbformat.v4.new_output("stream", name="stdout", text=line + "\n")
    return nbformat.v4.new_output("error", ename="NotSolved", evalue=line, traceback=[line])


class Disarm(NbGraderPreprocessor):
    """Cleans a notebook for a browser, whatever version of fedtutor has autograded it."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Clean a notebook.

        Args:
            nb: the notebook; changed in place.
            resources: nbconvert's description of the page.

        Returns:
            Both of them.
        """
        clean(nb)
        return nb, resources


class Legible(NbGraderPreprocessor):
    """Makes a page of feedback that is easy to read and that needs nothing from elsewhere."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Give a page its layout.

        Args:
            nb: the graded notebook; changed in place.
            resources: nbconvert's description of the page; changed in place.

        Returns:
            Both of them.
        """
        page.prepare(nb, resources, lesson_of(resources))
        # Not a setting in nbgrader_config.py: instructors have edited theirs, and Formgrader reads it too.
        if self.parent is not None:
            self.parent.raw_template = page.TEMPLATE
        return nb, resources
