"""What is taken from an executed notebook, which the learner's process wrote."""

import json
import time

import nbformat
import pytest

from fedtutor.exercises.outcome import BROKEN, CORRECT, NOT_YET, Outcome
from fedtutor.grading import autograde, clean
from fedtutor.grading.judge import Judgment

STREAM = {"output_type": "stream", "name": "stdout", "text": "1\n"}
ERROR = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}


def copied(cells, **notebook):
    """The notebook with one code cell and one of text, after the outputs were copied and cleaned."""
    nb = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("1"), nbformat.v4.new_markdown_cell("x")]
    )
    autograde._copy_outputs(nb, json.dumps({"cells": cells, **notebook}))
    clean.clean(nb)
    nbformat.validate(nb)
    return nb.cells[0]


def code(**changed):
    return {"cell_type": "code", "outputs": [STREAM], "execution_count": 3, **changed}


def test_outputs_and_their_numbers_are_copied():
    cell = copied([code(outputs=[STREAM, ERROR]), {}])
    assert [out.output_type for out in cell.outputs] == ["stream", "error"]
    assert cell.execution_count == 3


@pytest.mark.parametrize(
    "cells",
    [
        None, {}, "text", [], [None, None], [code(), {}, {}], [code(outputs=None), {}],
        [code(outputs={"x": 1}), {}], [code(outputs=[None, 1, [], {}]), {}],
        [code(outputs=[{"output_type": []}]), {}], [code(outputs=[ERROR | {"ename": 1}]), {}],
        [code(outputs=[ERROR | {"evalue": None}]), {}],
    ],
)  # fmt: skip
def test_what_is_no_output_is_left_out(cells):
    assert copied(cells).outputs == []


@pytest.mark.parametrize("count", [True, 1.5, "1", [1], -1, 10**30])
def test_a_number_is_a_number(count):
    assert copied([code(execution_count=count), {}]).execution_count in (None, -1, 10**30)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null", "[]", '"cells"', "1" * 5000])
def test_a_text_that_is_no_notebook_is_left_out(text):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    autograde._copy_outputs(nb, text)
    assert nb.cells[0].outputs == []


@pytest.mark.parametrize("output", [{"x": 1}, STREAM, ERROR, {"output_type": "display_data"}])
def test_reading_a_forged_notebook_takes_seconds(output):
    begin = time.process_time()
    assert len(copied([code(outputs=[output] * 100_000), {}]).outputs) < 10_000
    assert time.process_time() - begin < 10


@pytest.mark.parametrize(
    "changed, why",
    [
        ({}, None),
        ({"stopped": "its output was too large"}, "the notebook was stopped: its output was too large"),
        ({"cell_stopped": True}, "one of its cells took too long"),
        ({"slow": {"megabytes"}}, "an answer took too long, to megabytes"),
        ({"outcomes": {"megabytes": Outcome(BROKEN), "x": Outcome(CORRECT)}},
         "the check itself failed, of megabytes"),
    ],
)  # fmt: skip
def test_what_may_end_differently_the_next_time_says_why(changed, why):
    judged = {"text": "", "outcomes": {"megabytes": Outcome(NOT_YET)}, "unanswered": set()}
    judged |= {"stopped": None, "cell_stopped": False, "slow": set()}
    assert autograde._why_not_final(Judgment(**judged | changed)) == why
