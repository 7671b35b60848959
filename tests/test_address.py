"""The course can move: one line in pyproject.toml and `make address` change every link to it."""

import json
import shutil

import pytest

from tests.conftest import ROOT
from tools import address

BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/OWNER/fedtutor/blob/lessons/notebooks/00_x.ipynb)"
)
LESSON = {
    "cells": [
        {"cell_type": "markdown", "source": [BADGE]},
        {
            "cell_type": "markdown",
            "source": ["https://github.com/google-parfait/tensorflow-federated"],
        },
        {"cell_type": "code", "source": ["%pip install git+https://github.com/OWNER/fedtutor.git"]},
    ]
}
README = """\
[![tests](https://github.com/OWNER/fedtutor/actions/workflows/test.yml/badge.svg)](https://github.com/OWNER/fedtutor)
git clone git@github.com:OWNER/fedtutor.git, or https://github.com/OWNER/fedtutor.
https://raw.githubusercontent.com/OWNER/fedtutor/main/data/README.md
Not ours: https://github.com/OWNER/fedtutor-solutions https://github.com/OWNER/fedtutor.js OWNER/fedtutor
"""


@pytest.fixture
def course(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00_x.ipynb").write_text(json.dumps(LESSON, indent=1))
    (tmp_path / "README.md").write_text(README)
    move(tmp_path, "OWNER/fedtutor")
    return tmp_path


def move(course, where):
    (course / "pyproject.toml").write_text(
        f'[project.urls]\nRepository = "https://github.com/{where}"\n'
    )


def contents(course):
    return {path: path.read_bytes() for path in address.files(course)}


def test_every_link_to_the_course_follows_it_and_no_other_does(course):
    move(course, "ada/course.two")
    changed = address.rewrite(course)
    assert [path.name for path in changed] == ["README.md", "00_x.ipynb"]
    readme, lesson = (path.read_text() for path in changed)
    assert readme == README.replace("OWNER/fedtutor", "ada/course.two").replace(
        "https://github.com/ada/course.two-solutions https://github.com/ada/course.two.js ada/course.two",
        "https://github.com/OWNER/fedtutor-solutions https://github.com/OWNER/fedtutor.js OWNER/fedtutor",
    )
    assert "github.com/google-parfait/tensorflow-federated" in lesson
    assert lesson.count("ada/course.two") == 2 and "OWNER" not in lesson


def test_moving_back_restores_every_byte(course):
    before = contents(course)
    move(course, "ada/course.two")
    address.rewrite(course)
    assert contents(course) != before
    move(course, "OWNER/fedtutor")
    address.rewrite(course)
    assert contents(course) == before


def test_a_second_run_changes_nothing(course):
    move(course, "ada/course")
    address.rewrite(course)
    assert address.rewrite(course) == []


def test_an_address_that_is_none_is_refused(course):
    (course / "pyproject.toml").write_text('[project.urls]\nRepository = "https://example.org/x"\n')
    with pytest.raises(SystemExit, match="OWNER/NAME"):
        address.rewrite(course)


def test_the_course_itself_can_move_and_come_back(tmp_path):
    here = address.address(ROOT)
    for path in address.files(ROOT):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    before = contents(tmp_path)
    move(tmp_path, "somebody/else")
    address.rewrite(tmp_path)
    assert address.addresses_in_use(tmp_path) == {"somebody/else"}
    move(tmp_path, here)
    address.rewrite(tmp_path)
    assert contents(tmp_path) == before


def test_every_badge_leads_to_the_address_in_pyproject():
    assert address.addresses_in_use(ROOT) == {address.address(ROOT)}, "run `make address`"
