"""What fedtutor adds to nbgrader: steps of its `autograde` and its feedback, named in a course's config.

`Restore` puts the exercises' cells in order before nbgrader looks at them; `ExecuteSafely` stands in
the place of nbgrader's own step that executes a notebook; `Disarm` takes out of a page of feedback what
could do harm to its reader, and `Legible` breaks its long lines.
"""

import nbformat
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Float, Integer, Unicode

from fedtutor import exercises
from fedtutor.exercises.outcome import NOT_ATTEMPTED, NOT_YET, Outcome
from fedtutor.exercises.problem import Lesson
from fedtutor.grading import cells
from fedtutor.grading.inside import TOO_LONG
from fedtutor.grading.judge import judge
from fedtutor.grading.sandbox import Limits, Room

# Where an executed notebook says whether it, or one of its cells, was stopped early; None if not.
STOPPED = "fedtutor_stopped"


def lesson_of(resources):
    """The lesson that nbgrader's notebook is; one without exercises for an instructor's own."""
    name = resources["nbgrader"]["notebook"]
    module = name.partition("_")[2]
    return exercises.lesson(module) if module in exercises.LESSONS else Lesson(name)


class Restore(NbGraderPreprocessor):
    """Gives each exercise one answer cell and, right after it, its locked cell with the points.

    Whatever a notebook says of itself is dropped: which cells are locked, which ones are graded, and
    what they are worth. So nothing depends on what Colab, or a learner, made of it.
    """

    def preprocess(self, nb, resources):
        lesson = lesson_of(resources)
        if not lesson.exercises:
            return nb, resources
        answers = _answers(nb, lesson)
        kept, unanswered = [], set(lesson.exercises) - set(answers)
        for cell in nb.cells:
            if name := cells.points_in(cell):
                # Without an answer, the first one stays where it is: a learner looks for it there.
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
        there = {name for name in map(cells.points_in, kept) if name}
        nb.cells = kept + [_locked(e) for e in lesson.exercises.values() if e.name not in there]
        return nb, resources


def _answers(nb, lesson):
    """{exercise: the cell with its answer}: the last one in which it is used, one exercise a cell."""
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
    """Executes a notebook in the sandbox, and writes the judge's verdicts into its locked cells."""

    secret = Unicode(help="The numbers that the checks draw follow from it.").tag(config=True)
    sandboxed = Bool(True, help="False runs notebooks as any program of yours.").tag(config=True)
    seconds = Float(600.0, help="How long one notebook may take.").tag(config=True)
    cell_seconds = Integer(180, help="How long one of its cells may take.").tag(config=True)

    def preprocess(self, nb, resources):
        lesson = lesson_of(resources)
        limits = Limits(seconds=self.seconds, cell_seconds=self.cell_seconds)
        with Room(lesson, sandboxed=self.sandboxed, limits=limits) as room:
            judged = judge(room, nbformat.writes(nb), self.secret)
        _take_over_outputs(nb, judged.text)
        answers = {}
        for cell in nb.cells:
            if name := cells.points_in(cell):
                outcome = judged.outcomes[name]
                if outcome == Outcome(NOT_ATTEMPTED):
                    outcome = _why_there_is_nothing(name, answers.get(name), name in judged.silent)
                cell.outputs = [_output(lesson.exercises[name], outcome)]
            else:
                answers |= dict.fromkeys(cells.answered_in(cell), cell)
        why = judged.stopped and f"the notebook was stopped: {judged.stopped}"
        nb.metadata[STOPPED] = why or _stopped_cells(nb)
        return nb, resources


def _why_there_is_nothing(name, cell, silent):
    """What to say of an exercise for which nothing was handed in, and its cell without noise."""
    if cell is None:
        return Outcome(
            NOT_ATTEMPTED, f"No cell answers it: the line with exercise.{name} is missing."
        )
    errors = [out for out in cell.outputs if out.output_type == "error"]
    if silent and errors:
        lines = (errors[0].ename, *errors[0].evalue.strip().splitlines()[:1])
        about = ": ".join(lines)[:200]
        return Outcome(NOT_YET, f"Its cell ended before the answer was there, with {about}")
    # The lines below an untouched stub call a function that is not written yet.
    cell.outputs = [out for out in cell.outputs if out not in errors]
    return Outcome(NOT_ATTEMPTED)


def _stopped_cells(nb):
    """Whether a cell took too long, as half a sentence; None if none did."""
    for cell in nb.cells:
        for out in cell.get("outputs", ()):
            if out.output_type == "error" and out.ename == TOO_LONG and "stopped" in out.evalue:
                return "one of its cells took too long"
    return None


def _take_over_outputs(nb, text):
    """Show what the learner's process says its cells have put out, as far as it can be read."""
    try:
        executed = nbformat.reads(text, as_version=4)
        nbformat.validate(executed)
    except Exception:
        return
    for cell, other in zip(nb.cells, executed.cells):
        if cell.cell_type == other.cell_type == "code":
            cell.outputs, cell.execution_count = other.outputs, other.execution_count


def _output(exercise, outcome):
    line = exercise.verdict(outcome)
    if outcome.solved:
        return nbformat.v4.new_output("stream", name="stdout", text=line + "\n")
    return nbformat.v4.new_output("error", ename="NotSolved", evalue=line, traceback=[line])


class Disarm(SanitizeHTML):
    """Lets through what lessons and their checks are made of, and no scripts."""

    enabled = True
    tags = [
        *(
            "a",
            "b",
            "blockquote",
            "br",
            "code",
            "details",
            "div",
            "em",
            "h1",
            "h2",
            "h3",
            "h4",
            "hr",
        ),
        *("i", "img", "li", "ol", "p", "pre", "span", "strong", "sub", "summary", "sup", "table"),
        *("tbody", "td", "th", "thead", "tr", "ul"),
    ]
    attributes = {"a": ["href", "title"], "img": ["alt", "src", "title"]}
    strip = True


class Legible(NbGraderPreprocessor):
    """Breaks long lines on a page of feedback, and keeps the columns of its tables apart."""

    css = (
        "div.output_area pre { white-space: pre-wrap; overflow-wrap: anywhere; } "
        "div.output_area th, div.output_area td { padding: 0.15em 0.8em; text-align: right; }"
    )

    def preprocess(self, nb, resources):
        resources["inlining"]["css"].append(self.css)
        return nb, resources
