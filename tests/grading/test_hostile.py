"""The corpus of hostile, unlucky and unreadable submissions (see tests/grading/hostile)."""

import csv
import importlib
import pkgutil
import re

import pytest

from fedtutor.grading import grade
from tests.grading import hostile

CASES = [
    case
    for module in pkgutil.iter_modules(hostile.__path__, f"{hostile.__name__}.")
    for case in getattr(importlib.import_module(module.name), "CASES", ())
]
# The page shows the notebook's code as well; what counts is what came out.
CODE = re.compile(r'<div class="code">.*?</pre></div>\s*</div>', re.S)


@pytest.fixture(scope="module")
def graded(tmp_path_factory, needs_sandbox):
    """{learner: row of grades.csv}, and the folder of the results."""
    folder, out = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("grades")
    for case in CASES:
        case.write(folder)
    grade.grade(folder, out, secret="test", cell_seconds=20, log=lambda line: None)
    with (out / "grades.csv").open(newline="", encoding="utf-8") as file:
        return {row["learner"]: row for row in csv.DictReader(file)}, out


def test_each_case_is_a_learner_of_its_own():
    assert len({case.learner for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.tries)
def test_it_earns_what_it_earned_and_the_note_says_what_happened(graded, case):
    rows, out = graded
    row = rows[case.learner]
    assert float(row["points"]) == case.points and case.note in row["note"], row
    page = (out / "feedback" / row["feedback"]).read_text(encoding="utf-8")
    page = CODE.sub("", page)
    for text in case.never:
        assert text not in row["note"] and text not in page
