"""Reading what was handed in, whatever the file turns out to be."""

import codecs
import copy
import gzip
import json
import os
import tracemalloc

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedtutor.grading import autograde, cells, course, notebook_files, submissions
from tests.grading.learners import LESSON, NAME, SHORT

IMPORT = "from fedtutor.exercises import {} as exercise"
NOTEBOOK = {"cells": [{"cell_type": "code", "source": IMPORT.format("start_here")}]}
TEXT = json.dumps(NOTEBOOK)


def problem_of(tmp_path, data):
    (tmp_path / "ada.ipynb").write_bytes(data)
    (submission,) = submissions.find(tmp_path)
    return submission.problem


@pytest.mark.parametrize(
    "data, problem",
    [
        (b"", "the file is empty"),
        (codecs.BOM_UTF8 + b"\n", "the file is empty"),
        (gzip.compress(b"{}", mtime=0), "gzip"),
        (b"PK\x03\x04...", "ZIP archive"),
        (b"%PDF-1.7", "PDF"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b"<html>", "a web page"),
        (TEXT[:-3].encode(), "breaks off"),
        ('{"x": "é"}'.encode("cp1252"), "another encoding"),
        (b"\xff\xfe\x00", "another encoding"),
        (b"[]", "its JSON is something else"),
        (b'{"cells": {}}', "its cells are something else"),
        (b'{"worksheets": 5}', "its JSON has no cells"),
        (b'{"metadata": {}}', "its JSON has no cells"),
        (json.dumps({"cells": [{}] * 2001}).encode(), "more than 2000 cells"),
        (b"1" * 5000, "one of its numbers has more than 4300 digits"),
        (b'{"cells": [], "nbformat": -' + b"9" * 5000, "one of its numbers has more than"),
    ],
)
def test_the_problem_says_what_the_file_is(tmp_path, data, problem):
    assert problem in problem_of(tmp_path, data)


@pytest.mark.parametrize(
    "data, remark",
    [
        (TEXT.encode(), ""),
        (codecs.BOM_UTF8 + TEXT.encode(), "its text was UTF-8 with a byte order mark (BOM)"),
        (TEXT.encode("utf-16"), "its text was UTF-16"),
        (TEXT.encode("utf-16-le"), "its text was UTF-16"),
        (TEXT.encode("utf-32"), "its text was UTF-32"),
    ],
)
def test_a_notebook_is_read_in_every_unicode_encoding(tmp_path, data, remark):
    (tmp_path / "ada.ipynb").write_bytes(data)
    (submission,) = submissions.find(tmp_path)
    assert (submission.problem, submission.lesson, submission.remark) == (None, NAME, remark)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    with (tmp_path / "ada.ipynb").open("wb") as file:
        file.truncate(2**40)
    (submission,) = submissions.find(tmp_path)
    assert submission.problem == "it is larger than 50 MiB"


def test_one_emoji_does_not_make_a_large_file_four_times_as_large(tmp_path):
    """Python then takes four bytes for each of its characters."""
    (tmp_path / "ada.ipynb").write_text(f'["\U0001f600{"a" * 27_000_000}"]', encoding="utf-8")
    tracemalloc.start()
    try:
        (submission,) = submissions.find(tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert submission.problem.startswith(
        "its text takes more than 100 MiB of memory: remove the ou"
    )
    assert peak < 8 * 27_000_000


def test_a_file_with_nothing_but_a_byte_order_mark_is_empty(tmp_path):
    (tmp_path / "ada.ipynb").write_bytes(b"\xef\xbb\xbf")
    (submission,) = submissions.find(tmp_path)
    assert submission.problem == "the file is empty"


def test_halves_of_characters_become_question_marks():
    cell = {"cell_type": "code", "source": ["a\ud83d", "\ude00b", "\U0001f600"]}
    assert notebook_files.tidy({"cells": [cell]}).cells[0].source == "a??b\U0001f600"


def test_pipes_sockets_links_and_folders_are_not_read(tmp_path):
    (tmp_path / "ada.ipynb").write_text(TEXT)
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "loop.ipynb").symlink_to(tmp_path / "loop.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "inside" / "folder.ipynb" / "x.txt").mkdir(parents=True)
    problems = {s.learner: s.problem for s in submissions.find(tmp_path)}
    assert problems.pop("ada") is None
    assert problems == {
        "pipe": "it is not an ordinary file",
        "loop": "it is a link, and links are not followed",
        "folder.ipynb": "there is no notebook in its folder",
        "inside": "there is no notebook in its folder",
    }


def test_a_notebook_of_nbformat_3_is_the_same_notebook():
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["a\n", "b"]}]}, {"cells": []}]}
    (cell,) = notebook_files.tidy(old).cells
    assert (cell.cell_type, cell.source) == ("code", "a\nb")


def test_of_two_lessons_the_one_with_more_answers_counts_and_the_other_is_named(tmp_path):
    answer = "@exercise.megabytes\ndef megabytes(): ..."
    for order in (1, -1):
        sources = [IMPORT.format("one_computer"), IMPORT.format("start_here"), answer][::order]
        (tmp_path / "ada.ipynb").write_text(json.dumps({"cells": [{"source": s} for s in sources]}))
        (submission,) = submissions.find(tmp_path)
        assert submission.lesson == NAME
        assert "exercises of 2 lessons: only those of 00_start_here" in submission.remark
        assert "01_one_computer" in submission.remark


def test_a_lesson_is_not_recognized_by_what_is_written_about_it():
    about = [
        {"cell_type": "markdown", "source": IMPORT.format("start_here")},
        {"cell_type": "code", "source": f"# {IMPORT.format('start_here')}"},
    ]
    assert course.identify_lesson(json.dumps({"cells": about}))[0] is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=8,
)
SOURCES = st.sampled_from(
    [
        IMPORT.format("start_here"),
        IMPORT.format("many_devices"),
        "@exercise.megabytes\ndef f(): ...",
    ]
    + [f"exercise.{name}.earned()" for name in LESSON.exercises]
    + ["exercise.leaves_the_device.check(1)", "exercise.no_such.earned()", "\ud800", "%%bash"]
)
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | ANYTHING,
        "source": SOURCES | st.lists(SOURCES | ANYTHING, max_size=3) | ANYTHING,
        "input": SOURCES | ANYTHING,
        "id": st.sampled_from(["a", "b", "not valid", ""]) | ANYTHING,
        "metadata": ANYTHING | st.fixed_dictionaries({"tags": ANYTHING, "nbgrader": ANYTHING}),
        "attachments": ANYTHING | st.dictionaries(st.text(max_size=9), ANYTHING, max_size=2),
        "outputs": ANYTHING,
        "execution_count": ANYTHING,
    },
)
NOTEBOOKS = st.fixed_dictionaries(
    {},
    optional={
        "cells": st.lists(CELLS | ANYTHING, max_size=5) | st.lists(CELLS, max_size=5),
        "worksheets": st.lists(st.fixed_dictionaries({"cells": st.lists(CELLS, max_size=3)})),
        "nbformat": st.integers() | ANYTHING,
        "metadata": ANYTHING,
    },
)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes_are_a_notebook_or_have_a_problem(data):
    try:
        nbformat.validate(notebook_files.parse(notebook_files.decode(data)[0]))
    except notebook_files.NotANotebook as error:
        assert str(error)


@settings(max_examples=150, deadline=None)
@given(NOTEBOOKS | ANYTHING)
def test_any_json_is_identified_and_restored_without_an_exception(content):
    lesson, problem = course.identify_lesson(json.dumps(content))
    assert (lesson is None) == bool(problem)
    try:
        notebook = notebook_files.tidy(copy.deepcopy(content))
    except notebook_files.NotANotebook:
        assert lesson is None
        return
    nbformat.validate(notebook)
    resources = {"nbgrader": {"notebook": NAME}}
    restored, _ = autograde.Restore().preprocess(notebook, resources)
    nbformat.validate(restored)
    assert json.dumps(restored, ensure_ascii=False).encode()
    locked = [name for cell in restored.cells if (name := cells.points_in(cell))]
    assert sorted(locked) == sorted(LESSON.exercises)


def test_a_number_is_no_second_cell_of_the_same_id():
    content = copy.deepcopy(SHORT)
    for cell, own in zip(content["cells"], [5, 5, "5", 5.0, True, "True", [5]], strict=False):
        cell["id"] = own
    ids = [cell["id"] for cell in notebook_files.tidy(content).cells]
    assert len(set(ids)) == len(ids) and ids[0] == "5"
    assert all(isinstance(own, str) for own in ids)


@settings(max_examples=80, deadline=None)
@given(st.lists(CELLS, max_size=5))
def test_restore_takes_whatever_nbgrader_has_read(more):
    """In the long way, nbgrader reads the notebook itself."""
    content = copy.deepcopy(SHORT)
    content["cells"][1:1] = more
    notebook = nbformat.from_dict(content)
    restored, _ = autograde.Restore().preprocess(notebook, {"nbgrader": {"notebook": NAME}})
    nbformat.validate(restored)


@pytest.mark.parametrize(
    "suffix", [".ipynb", ".IPYNB", ".ipynb.txt", ".ipynb.json", ".ipynb.ipynb"]
)
def test_a_notebook_is_known_by_its_name_however_it_is_written(tmp_path, suffix):
    (tmp_path / f"ada{suffix}").write_text(TEXT)
    (submission,) = submissions.find(tmp_path)
    assert (submission.learner, submission.lesson) == ("ada", NAME)
