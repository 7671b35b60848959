"""What the process that runs a learner's notebook knows of the answers."""

import re
import types

import IPython
import pytest

from fedtutor import exercises
from fedtutor.exercises import examined
from fedtutor.grading.sandbox import NotebookRunner


def test_the_copy_of_the_package_that_a_notebook_runs_with_holds_no_answers():
    with NotebookRunner(exercises.lesson("averaging_by_hand"), sandboxed=False) as runner:
        package = runner._copy / "fedtutor"
        texts = {path.name: path.read_text() for path in package.rglob("*.py")}
    assert "probes.py" in texts and texts["averaging_by_hand.py"].startswith('"""Replaces')
    answers = re.compile(r"^ *@mistake\(|^ *def solution\((?!self)|(round|tff)_parts\.", re.M)
    assert not [name for name, text in texts.items() if answers.search(text)]


@pytest.mark.parametrize(
    "first_line, defined", [("from math import pi", {"double"}), ("from math import hidden", set())]
)
def test_a_solution_that_needs_a_function_still_hidden_is_left_out(
    monkeypatch, first_line, defined
):
    shell = types.SimpleNamespace(user_ns={})
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    source = f"{first_line}\n\n\ndef double(x):\n    return 2 * x\n"
    examined.Exercise("99_test", "double")._go_on_with(source)
    assert set(shell.user_ns) == defined
