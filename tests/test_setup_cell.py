"""The cell that installs the course in Colab: one for all lessons, and silent everywhere else."""

import ast
import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.test_lessons import MOST_COLUMNS, MOST_LINES
from tests.test_lessons_tool import code, notebook
from tools import lessons


def bare_python(code, tmp_path, **environment):
    """Run code where fedtutor is not installed, as in Colab at first."""
    kept = {k: v for k, v in os.environ.items() if k not in ("COLAB_RELEASE_TAG", "PYTHONPATH")}
    return subprocess.run(
        [sys._base_executable, "-I", "-c", code], capture_output=True, text=True, timeout=60,
        cwd=tmp_path, env=kept | environment,
    )  # fmt: skip


def test_outside_of_colab_it_does_nothing(tmp_path):
    done = bare_python(
        lessons.SETUP + "\nprint(len(set(sys.modules) & {'pip', 'fedtutor'}))", tmp_path
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")


def test_a_failure_says_what_failed_what_pip_said_and_what_to_do(tmp_path):
    done = bare_python(
        lessons.SETUP, tmp_path, COLAB_RELEASE_TAG="x", FEDTUTOR_SOURCE=str(tmp_path / "no.zip")
    )
    assert done.returncode == 1
    last = done.stderr[done.stderr.index("RuntimeError") :]
    assert "no.zip" in last and "run this cell again" in last and "ERROR" in last


def test_it_keeps_to_what_every_cell_of_a_lesson_keeps_to():
    lines = lessons.SETUP.splitlines()
    assert len(lines) <= MOST_LINES and max(map(len, lines)) <= MOST_COLUMNS
    ast.parse(lessons.SETUP)
    assert not re.search(r"get_ipython|exec\(|__import__", lessons.SETUP)


def test_every_lesson_gets_it_behind_its_first_cell_and_only_once():
    first = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# 00"}
    once = lessons.normalise(notebook(first, code("1", id="b", execution_count=1)), "00_x")
    assert [cell["id"] for cell in once["cells"]] == ["a", "setup", "b"]
    assert once["cells"][1]["source"] == lessons.SETUP
    assert [cell.get("execution_count") for cell in once["cells"]] == [None, 1, 2]
    assert lessons.normalise(once, "00_x") == once


def test_an_old_one_is_brought_up_to_date_where_it_stands():
    old = notebook(code("1", id="b"), code("old", id="setup"))
    new = lessons.normalise(old, "00_x")
    assert [cell["source"] for cell in new["cells"]] == ["1", lessons.SETUP]
    assert "source of cell 1 (setup)" in lessons.differences(old, "00_x")


def test_a_lesson_without_it_is_told():
    assert "the setup cell is missing" in lessons.differences(notebook(code("1")), "00_x")


def test_other_notebooks_do_not_get_it():
    assert len(lessons.normalise(notebook(code("1")), "notes")["cells"]) == 1


def test_it_takes_the_course_from_where_the_course_lives():
    from tools import address

    assert f"https://github.com/{address.address(ROOT)}/archive/" in lessons.SETUP
    assert ROOT / "tools" / "setup_cell.py" in address.files(ROOT)


@pytest.mark.parametrize("source", ["a b", None])
def test_the_cell_in_a_file_that_splits_its_lines_counts_as_the_same(source):
    lines = (source or lessons.SETUP).splitlines(keepends=True)
    nb = notebook(code(lines, id="setup", execution_count=1))
    changed = "source of cell 0 (setup)" in lessons.differences(nb, "00_x")
    assert changed == (source is not None)
