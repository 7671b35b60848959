"""Finds out who handed in what, in a folder of notebooks as a learning platform exports it."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from fedtutor.grading import course, learner_names, notebook_files
from fedtutor.grading.learner_names import NOTEBOOK, is_folder, is_notebook
from fedtutor.grading.plain_text import one_line

# What operating systems and archives leave behind, apart from names that begin with a dot.
_IGNORED = {"__MACOSX", "desktop.ini", "Thumbs.db"}


@dataclass(frozen=True)
class Submission:
    """A file that a learner has handed in.

    Attributes:
        learner: the learner's name, taken from the file's name or from its folder's.
        path: the path of the file.
        file: the same path, relative to the folder of all submissions, as text that can be shown.
        lesson: the lesson that the notebook is a copy of, or None.
        problem: why the file can't be graded, or None.
        remark: what else the instructor should know about the file, as half a sentence; or "".
        digest: a checksum of the file's content; None if it could not be read.
    """

    learner: str
    path: Path
    file: str
    lesson: str | None = None
    problem: str | None = None
    remark: str = ""
    digest: str | None = None


def find(
    folder: str | Path, ignore: Callable[[Path], bool] = lambda path: False
) -> list[Submission]:
    """Find the submissions in a folder.

    A notebook directly in the folder belongs to the learner it is named after. A notebook in a
    subfolder belongs to the learner the subfolder is named after. Copies of a file ("ada (1).ipynb")
    belong to the same learner. Of the names that Moodle and Canvas make, the part that identifies the
    learner is kept, unless it may be the same for several learners. A learner who handed in something
    other than a notebook is listed too.

    Args:
        folder: the path of the folder.
        ignore: says whether something directly in the folder is no submission.

    Returns:
        The submissions, sorted by learner and path.

    Raises:
        ValueError: there is no such folder, it can't be read, or there is no notebook in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}.")
    try:
        top = [path for path in sorted(folder.iterdir()) if not (_is_ignored(path) or ignore(path))]
    except OSError as error:
        raise ValueError(f"The folder {folder} can't be read ({error.strerror}).") from None
    handed_in = {
        path: [_submission(folder, file) for file in _notebooks(path) or [path]] for path in top
    }
    lessons = {path: [s.lesson for s in same if s.lesson] for path, same in handed_in.items()}
    by_learner = {}
    for path, learner in learner_names.of(lessons).items():
        by_learner.setdefault(learner, []).extend(handed_in[path])
    found = [
        replace(submission, learner=learner)
        for learner, same in sorted(by_learner.items())
        for submission in sorted(same, key=lambda submission: submission.path)
        if not _is_attachment(submission, same)
    ]
    if not any(is_notebook(submission.path) for submission in found):
        raise ValueError(f"There are no notebooks (*{NOTEBOOK}) in {folder}.")
    return found


def newest_of_each(found: Iterable[Submission]) -> list[Submission]:
    """Choose which file counts, if a learner has handed in a lesson several times.

    The choice must not depend on the points: otherwise, four files with four guesses would win every
    question with four answers. It doesn't depend on dates either, because dates change when files are
    copied. The last file by name counts: "ada (2)" comes after "ada (1)", "try 10" after "try 9", and a
    learner's own folder after its subfolders. A file that isn't a notebook of a lesson never replaces
    one that is.

    Args:
        found: the submissions, see `find`.

    Returns:
        One submission per learner and lesson. The remark names the files that don't count.
    """
    by_learner = {}
    for submission in found:
        by_learner.setdefault(submission.learner, []).append(submission)
    chosen = []
    for same in by_learner.values():
        by_lesson = {}
        for submission in same:
            if submission.lesson or not any(other.lesson for other in same):
                by_lesson.setdefault(submission.lesson, []).append(submission)
        without = [submission for submission in same if not submission.lesson]
        for lesson, files in by_lesson.items():
            others = without if lesson else []
            chosen.append(_with_others(max(files, key=_by_name), [*files, *others]))
    return chosen


def _with_others(newest, files):
    """Say in a submission's remark which files there are, if it is not the only one."""
    if len(files) == 1:
        return newest
    names = sorted(_name_in_note(submission.file) for submission in files)
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    counts = _name_in_note(newest.file)
    remark = (
        f"of {len(files)} files ({', '.join(names[:4])}{more}), the last by name counts: {counts}"
    )
    return replace(newest, remark="; ".join(filter(None, [newest.remark, remark])))


def _name_in_note(file):
    """A file's name without anything that could look like the text around it."""
    name = re.sub(r"\((?!\d+\))|(?<!\d)\)|[^\w\s.()/+\-]", "_", file)
    return name if len(name) <= 50 else f"{name[:24]}…{name[-25:]}"


def _by_name(submission):
    """The order of a learner's files, from the oldest to the newest."""
    name, copy = learner_names.without_copy(learner_names.stem(submission.path))
    folders = Path(submission.file).parent.parts
    by_number = [_with_numbers(text) for text in (*folders, name)]
    return -len(folders), by_number, copy, submission.path.name


def _with_numbers(text):
    """A text for sorting, by the size of the numbers in it."""
    parts = re.split(r"([0-9]+)", text)
    return [int(part) if place % 2 else part.casefold() for place, part in enumerate(parts)]


def layout_warnings(found: Iterable[Submission]) -> list[str]:
    """Describe what may be wrong with how the submissions are arranged and named.

    Args:
        found: all submissions.

    Returns:
        The warnings, each one or more sentences.
    """
    found = list(found)
    in_folders, at_the_top = {}, {}
    for submission in found:
        key = submission.learner, submission.lesson
        if os.sep in submission.file:
            folder, *inside = Path(submission.file).parts
            inside[-1] = learner_names.without_copy(learner_names.stem(submission.path))[0]
            in_folders.setdefault(key, set()).add("/".join(inside))
        else:
            at_the_top.setdefault(key, []).append(submission.file)
    warnings = [
        f"{learner}: this folder holds {len(names)} notebooks of {lesson} "
        f"({_some(sorted(names))}). They are graded as one learner's, and only the last one by name "
        "counts. If they belong to several learners, grade this folder separately."
        for (learner, lesson), names in in_folders.items()
        if lesson and len(names) > 1
    ]
    warnings += [
        f"{learner}: {_some(files)} are taken for copies of one learner's notebook, and only the last "
        "one by name counts. If they belong to several learners, rename them."
        for (learner, _), files in at_the_top.items()
        if len(files) > 1
    ]
    tops = {_top(submission): submission.learner for submission in found}
    return warnings + learner_names.warnings(tops)


def _top(submission):
    """What is directly in the folder of all submissions: the file, or a folder that it is in."""
    return [submission.path, *submission.path.parents][submission.file.count(os.sep)]


def _some(names):
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _is_ignored(path):
    return path.name.startswith(".") or path.name in _IGNORED


def _notebooks(path):
    """List the notebooks in a folder and its subfolders, or the path itself if it is a notebook."""
    if not is_folder(path):
        return [path] if is_notebook(path) else []
    found = []
    for parent, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not _is_ignored(Path(name))]
        found += [Path(parent, name) for name in files if not _is_ignored(Path(name))]
    return list(filter(is_notebook, found))


def _is_attachment(submission, same):
    """Whether it isn't a notebook, but the same learner has handed one in."""
    return not is_notebook(submission.path) and any(is_notebook(other.path) for other in same)


def _submission(folder, path):
    """Read a file; whose it is, is found out later."""
    file = one_line(learner_names.readable(str(path.relative_to(folder))), 4096)
    nobodys = Submission("", path, file)
    if is_folder(path):
        return replace(nobodys, problem="there is no notebook in its folder")
    if not is_notebook(path):
        name = one_line(learner_names.readable(path.name))
        return replace(nobodys, problem=f"{name} is not a notebook (*{NOTEBOOK})")
    try:
        data = notebook_files.read_bytes(path)
        nobodys = replace(nobodys, digest=hashlib.sha256(data).hexdigest())
        text, encoding = notebook_files.decode(data)
        lessons = course.lessons_in(notebook_files.parse(text))
    except notebook_files.NotANotebook as error:
        return replace(nobodys, problem=str(error))
    if not lessons:
        return replace(nobodys, problem=course.NO_LESSON)
    remarks = [f"its text was {encoding}" if encoding else ""]
    if len(lessons) > 1:
        others = " and ".join(lessons[1:])
        remarks.append(
            f"it holds exercises of {len(lessons)} lessons: only those of {lessons[0]} were graded, not "
            f"those of {others}"
        )
    return replace(nobodys, lesson=lessons[0], remark="; ".join(filter(None, remarks)))
