"""What the setup cell does to an environment like Colab's, as recorded by tools/colab.py."""

import json

import pytest

from fedtutor import install
from tests.conftest import COLAB_NOTES


@pytest.fixture(scope="module")
def notes():
    return json.loads(COLAB_NOTES.read_text())


def test_no_package_of_colabs_is_removed_downgraded_or_upgraded(notes):
    before, after = notes["before"], notes["after"]
    assert len(before) > 50
    assert {name: after.get(name) for name in before} == before


def test_what_is_added_is_the_course_and_tff(notes):
    added = set(notes["after"]) - set(notes["before"])
    assert {name.replace("_", "-").lower() for name in added} == {"fedtutor", *install.FORCED}


def test_it_takes_less_than_a_minute_and_hardly_anything_the_second_time(notes):
    (first, printed), (second, again) = notes["first"], notes["second"]
    assert first["seconds"] < 60 and "Installing the course" in printed
    # Processor time, which no other program on this machine lengthens.
    assert second["cpu_seconds"] < 1 and again == ""
