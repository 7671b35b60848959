"""`make lessons` leaves a lesson in the form that the repository wants."""

import json
import sys

import pytest

from tests.conftest import ROOT
from tools import lessons


def code(source, **more):
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
    return cell | {"execution_count": None} | more


def notebook(*cells):
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def test_what_changes_from_run_to_run_is_taken_out():
    cell = code(
        "1",
        execution_count=17,
        metadata={"execution": {"iopub.status.idle": "now"}, "tags": ["nbval-check-output"]},
        outputs=[
            {"output_type": "execute_result", "execution_count": 17, "data": {}, "metadata": {}}
        ],
    )
    before = notebook(cell)
    before["metadata"] = {"widgets": {}, "language_info": {"name": "python", "version": "3.13.0"}}
    after = lessons.normalise(before)
    assert after["metadata"]["language_info"]["version"] == "3.13"
    assert "widgets" not in after["metadata"]
    assert after["cells"][0]["metadata"] == {"tags": ["nbval-check-output"]}
    assert after["cells"][0]["execution_count"] == 1
    assert after["cells"][0]["outputs"][0]["execution_count"] == 1
    assert before["cells"][0]["execution_count"] == 17, "the original stays as it was"
    assert lessons.differences(after) == []


def test_ids_that_are_there_stay_and_others_tell_the_position():
    cells = [
        code("1", id="a1b5ceba"),
        code("2"),
        code("3", id="a1b5ceba"),
        code("4", id="not valid"),
    ]
    ids = [cell["id"] for cell in lessons.normalise(notebook(*cells))["cells"]]
    assert ids == ["a1b5ceba", "cell-1", "a1b5ceba-again", "cell-3"]


def test_a_stream_is_one_piece_and_a_widget_is_none():
    widget = {"output_type": "display_data", "data": {lessons.WIDGET: {}}, "metadata": {}}
    outputs = [
        stream("a\n"),
        stream(["b\n", "c\n"]),
        stream("oh\n", "stderr"),
        widget,
        stream("d\n"),
    ]
    after = lessons.normalise(notebook(code("1", outputs=outputs, execution_count=1)))
    assert after["cells"][0]["outputs"] == [
        stream("a\nb\nc\n"),
        stream("oh\n", "stderr"),
        stream("d\n"),
    ]


def test_a_lesson_runs_in_its_folder_and_twice_gives_the_same_file(tmp_path):
    source = "import os, sys\nprint(os.getcwd())\nprint('x', flush=True)\nsys.version_info[:2]"
    once = lessons.execute(notebook(code(source), code("")), tmp_path / "lesson.ipynb")
    outputs = once["cells"][0]["outputs"]
    assert outputs[0]["text"] == f"{tmp_path}\nx\n"
    assert outputs[1]["data"]["text/plain"] == str(sys.version_info[:2])
    assert once["cells"][1]["execution_count"] is None
    text = lessons.text_of(once)
    assert lessons.text_of(lessons.execute(json.loads(text), tmp_path / "lesson.ipynb")) == text
    assert lessons.differences(json.loads(text)) == []


def test_a_cell_that_raises_is_named(tmp_path):
    with pytest.raises(
        lessons.CellFailed, match=r"(?s)cell 1 \(wrong\).*begins: x = 1 / 0.*ZeroDivision"
    ):
        lessons.execute(
            notebook(code("1"), code("x = 1 / 0\nx", id="wrong")), tmp_path / "lesson.ipynb"
        )


def test_every_lesson_stands_as_make_lessons_leaves_it():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        assert lessons.differences(lessons.read(path), path.stem) == [], (
            f"make lessons LESSONS={path}"
        )
