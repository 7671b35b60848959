"""Takes only the files that an nbgrader course knows from what its learners hand in.

By itself, nbgrader copies whatever lies beside a notebook to `autograded` and on to `feedback`, follows
links, and publishes each page in `feedback`. No setting of nbgrader limits this, and none of its hooks can
refuse a submission before it is copied. So `guard` replaces the methods that prepare a folder, read a
notebook, and collect what was submitted on a hub.
"""

import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from nbgrader.converters import BaseConverter, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.exchange.default.collect import ExchangeCollect
from nbgrader.utils import find_all_files

from fedtutor.grading.plain_text import quoted

# What nbgrader itself writes beside a notebook that is submitted on a hub: when that was, and the key
# under which it publishes the page of feedback.
_FROM_NBGRADER = ("timestamp.txt", "submission_secret.txt")
_REFUSED = "Links are not followed: put the file itself there, or delete the submission."

_init_destination = BaseConverter.init_destination
_init_assignment = BaseConverter.init_assignment
_convert_single_notebook = BaseConverter.convert_single_notebook
_do_copy = ExchangeCollect.do_copy


def guard() -> None:
    """Let nbgrader take only known files, in each course that uses the steps in fedtutor.grading.autograde.

    Formgrader may serve other courses in the same process. They stay as they are.
    """
    BaseConverter.init_destination = _tidy_destination
    BaseConverter.init_assignment = _copy_known_files
    BaseConverter.convert_single_notebook = _convert_regular_file
    ExchangeCollect.do_copy = _collect_without_links


def check_again(converter: BaseConverter, about: Mapping[str, str]) -> None:
    """Check a submission that nbgrader may have copied before `guard` was called.

    An instructor's older settings don't call it. Then, the first submission is already copied when nbgrader
    loads our steps.

    Args:
        converter: nbgrader's `Autograde`.
        about: nbgrader's names for the assignment, the student, and the notebook.

    Raises:
        NbGraderException: what nbgrader has read was a link.
    """
    source, _ = _folders(converter, about["assignment"], about["student"])
    _require_file(source / f"{about['notebook']}.ipynb")
    _tidy(converter, about["assignment"], about["student"])


def _tidy_destination(converter, assignment, student):
    # nbgrader calls this for every submission, also for one that it then skips.
    if _is_ours(converter):
        _tidy(converter, assignment, student)
    return _init_destination(converter, assignment, student)


def _copy_known_files(converter, assignment, student):
    if not _is_ours(converter):
        _init_assignment(converter, assignment, student)
        return
    source, destination = _folders(converter, assignment, student)
    known, found = _known(converter, assignment), _files(source)
    if others := {name for name in found - known if not name.endswith(".ipynb")}:
        listed = quoted(", ".join(sorted(others)), 300)
        converter.log.info("Not copied from %s, because no lesson needs it: %s", source, listed)
    for name in sorted(found & known):
        if _is_regular(source / name):
            target = destination / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy(source / name, target, follow_symlinks=False)


def _convert_regular_file(converter, path):
    if _is_ours(converter):
        _require_file(Path(path))
    _convert_single_notebook(converter, path)


def _collect_without_links(exchange, source, destination, log=None):
    # nbgrader's `submit` never leaves a link there, and copying one would use the instructor's rights.
    if _is_ours(exchange):
        files = [Path(source, name) for name in sorted(_files(source))]
        links = [path for path in files if not _is_regular(path)]
        if os.path.islink(source) or links:
            odd = quoted(str(links[0] if links else source), 300)
            exchange.log.error("Not collected, because %s is a link, or not a file", odd)
            return
    _do_copy(exchange, source, destination, log)


def _is_ours(part):
    return "fedtutor.grading." in str(part.config)


def _tidy(converter, assignment, student):
    """Refuse links among what nbgrader will read, and remove what an earlier version has copied."""
    source, destination = _folders(converter, assignment, student)
    for folder in (source.parent, source):
        if folder.is_symlink():
            raise NbGraderException(f"{folder} is a link to a folder. {_REFUSED}")
    for name in _FROM_NBGRADER:
        if os.path.lexists(source / name):
            _require_file(source / name)
    notebooks = {path.name for path in source.glob("[!.]*.ipynb")}
    pages = {f"{Path(name).stem}{converter.exporter.file_extension}" for name in notebooks}
    known = _known(converter, assignment)
    _remove_others(destination, known | pages, converter.log)
    if isinstance(converter, GenerateFeedback):
        # With older settings, only this reaches what was autograded by an older version.
        _remove_others(source, known | notebooks, converter.log)


def _remove_others(folder, kept, log):
    for name in _files(folder) - kept:
        log.warning("Removing %s from %s", quoted(name, 200), folder)
        (folder / name).unlink()
    for parent, _, _ in os.walk(folder, topdown=False):
        if Path(parent) != folder and not os.listdir(parent):
            os.rmdir(parent)


def _require_file(path):
    if not _is_regular(path):
        raise NbGraderException(f"{path} is a link, or not a file. {_REFUSED}")


def _folders(converter, assignment, student):
    return (
        Path(os.path.normpath(converter._format_source(assignment, student))),
        Path(os.path.normpath(converter._format_dest(assignment, student))),
    )


def _known(converter, assignment):
    """List the files that may lie beside a notebook, relative to its folder: also the instructor's own."""
    directory = converter.coursedir
    folder = directory.format_path(directory.source_directory, ".", assignment)
    files = find_all_files(folder, [*directory.ignore, "*.ipynb"])
    return {*_FROM_NBGRADER, *(os.path.relpath(path, folder) for path in files)}


def _files(folder):
    """List everything in a folder that isn't a folder itself, relative to it. No link is followed."""
    found = set()
    for parent, folders, files in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        found.update(os.path.relpath(os.path.join(parent, name), folder) for name in files + links)
    return found


def _is_regular(path):
    return stat.S_ISREG(path.lstat().st_mode)
