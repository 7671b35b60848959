"""`make shake` finds what comes out differently, and names it. What it runs takes minutes; not so this."""

import json
import os

import numpy as np
import pytest

from fedtutor import models
from tests.conftest import run_python
from tools import claims, shake

CLAIM = ["nbval-check-output"]


def cell(number, printed, tags=CLAIM, alt=None):
    outputs = [{"output_type": "stream", "name": "stdout", "text": printed}]
    if alt is not None:
        picture = {"data": {"image/png": "…", "text/plain": "<Figure>"}}
        outputs.append(
            {"output_type": "display_data", "metadata": {"image/png": {"alt": alt}}} | picture
        )
    return {
        "cell_type": "code",
        "id": f"id{number}",
        "metadata": {"tags": tags},
        "outputs": outputs,
    }  # fmt: skip


def test_each_number_that_changed_is_listed_with_its_cell():
    before = {"cell 3 (id3)": "mean: 92.1%\nworst tenth: 82%, device 7\n"}
    after = {"cell 3 (id3)": "mean: 92.1%\nworst tenth: 83%, device 7\n"}
    (change,) = claims.compare(before, after)
    assert change.numbers == [("82%", "83%")]
    assert str(change).splitlines() == [
        "cell 3 (id3): 82% became 83%",
        "    - worst tenth: 82%, device 7",
        "    + worst tenth: 83%, device 7",
    ]
    assert claims.compare(before, before) == []


@pytest.mark.parametrize(
    "before, after, numbers",
    [
        ("loss 1,234.5 and -0.1", "loss 1,234.6 and -0.2", [("1,234.5", "1,234.6"), ("-0.1", "-0.2")]),
        ("largest 9e-08", "largest 1e-07", [("9e-08", "1e-07")]),
        ("the same: True", "the same: False", []),
        ("[0.75  nan 0.5 ]", "[0.75 0.1 0.5 ]", []),
    ],
)  # fmt: skip
def test_a_changed_line_is_found_whether_or_not_its_numbers_are_all_that_changed(
    before, after, numbers
):
    (change,) = claims.compare({"cell 1": before}, {"cell 1": after})
    assert change.numbers == numbers
    assert (change.before, change.after) == (before, after)


def test_lines_that_appear_or_are_missing_count():
    (more,) = claims.compare({"cell 1": "a\n"}, {"cell 1": "a\nb\n"})
    assert (more.before, more.after) == ("", "b")
    (less,) = claims.compare({"cell 1": "a"}, {})
    assert (less.before, less.after) == ("a", "")
    (new,) = claims.compare({}, {"cell 1": "a"})
    assert (new.before, new.after) == ("", "a")


def test_claims_are_what_checked_cells_and_exercises_print_and_the_titles_of_figures():
    notebook = {
        "cells": [
            {"cell_type": "markdown", "source": "text"},
            cell(1, "checked"),
            cell(2, "solved", tags=["exercise"]),
            cell(3, "seconds", tags=[]),
            cell(4, "drawn", alt=f"A title\n{claims.ANNOTATIONS}\n12%"),
        ]
    }
    assert claims.claims(notebook) == {
        "cell 1 (id1)": "checked",
        "cell 2 (id2)": "solved",
        "cell 4 (id4)": "drawn",
        "cell 4 (id4), title": "A title",
    }
    assert claims.unchecked(notebook) == {
        "cell 3 (id3)": "seconds",
        "cell 4 (id4), in the figure": "\n12%",
    }


def test_an_answer_that_is_judged_wrongly_is_found():
    found = {
        "double, answer 0": "correct",
        "double, answer 1": "not yet: It returns 3 (really).",
        "double, answer 2": "correct (must be 'You add one.')",
    }
    (change,) = shake.misjudged(found)
    assert change == claims.Change("double, answer 2", "'You add one.'", "correct")


def test_a_perturbation_that_changes_no_last_digit_is_not_in_force():
    usual = {"training": "ab", "products": "cd"}
    assert shake.in_force(usual, usual) == []
    assert shake.in_force(usual, {"training": "ab", "products": "ce"}) == ["products"]


def test_the_summary_counts_places_and_numbers_and_no_notes(capsys):
    report = shake.Report()
    note = claims.Change("cell 4 (id4), in the figure", "12%", "13%")
    report.add("00_start_here", shake.NO_PERTURBATION, [], 1, [note])
    assert report.summary() == "1 runs, nothing changed."
    change = claims.Change("cell 3 (id3)", "82%", "83%")
    for name in ("one thread", "oneDNN off"):
        report.add("05_who_benefits", shake.Perturbation(name), [change], 1)
    assert report.summary() == (
        "3 runs: 1 outputs and verdicts don't survive, with 2 changed numbers. "
        "05_who_benefits: cell 3 (id3)"
    )
    said = capsys.readouterr().out
    assert "may change: cell 4 (id4), in the figure: '12%' became '13%'" in said
    assert "05_who_benefits, one thread: 1 changed" in said and "82% became 83%" in said


def test_initial_weights_change_by_a_millionth_and_by_the_same_each_time():
    """As tools/perturbed/sitecustomize.py does it, in a process of its own."""
    code = (
        "import json\n"
        "from fedtutor import models\n"
        "twice = [models.logistic_regression().get_weights()[0].tolist() for _ in range(2)]\n"
        "print(json.dumps(twice))"
    )
    (perturbation,) = [p for p in shake.perturbations() if "weights" in p.name]
    done = run_python(code, env=shake.environment(perturbation))
    assert done.returncode == 0, done.stderr
    once, again = (np.array(weights) for weights in json.loads(done.stdout.splitlines()[-1]))
    assert np.array_equal(once, again)
    change = np.abs(once / models.logistic_regression().get_weights()[0] - 1)
    assert 5e-7 < change.max() < 2e-6 and np.mean(change > 0) > 0.9


def test_what_a_perturbation_does_not_set_stays_as_it_is(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "somewhere")
    changed = shake.environment(shake.Perturbation("another", {"A_SETTING": "1"}))
    assert changed["A_SETTING"] == "1" and changed["HOME"] == os.environ["HOME"]
    assert changed["PYTHONPATH"].endswith(f"{os.pathsep}somewhere")
