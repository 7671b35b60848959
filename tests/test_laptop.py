"""`tools/laptop.py`: the way in where there is no make."""

import re
import sys
from pathlib import Path

import pytest

from tools import laptop


@pytest.fixture
def on(monkeypatch):
    def pretend(system, machine, python=(3, 13)):
        monkeypatch.setattr(laptop.platform, "system", lambda: system)
        monkeypatch.setattr(laptop.platform, "machine", lambda: machine)
        monkeypatch.setattr(sys, "version_info", (*python, 0, "final", 0))

    return pretend


@pytest.mark.parametrize(
    "system, machine", [("Darwin", "arm64"), ("Windows", "AMD64"), ("Linux", "aarch64")]
)
def test_nothing_stands_in_the_way_of_an_ordinary_laptop(on, system, machine):
    on(system, machine)
    assert laptop.obstacle() is None


@pytest.mark.parametrize(
    "system, machine, python, said",
    [
        ("Darwin", "x86_64", (3, 13), "Google Colab"),
        ("Windows", "ARM64", (3, 13), "Google Colab"),
        ("Darwin", "arm64", (3, 9), "brew install python@3.13"),
        ("Windows", "AMD64", (3, 14), "winget install Python.Python.3.13"),
        ("Linux", "x86_64", (3, 11), "Python 3.13"),
    ],
)
def test_an_obstacle_is_named_with_a_way_around_it(on, system, machine, python, said):
    on(system, machine, python)
    assert said in laptop.obstacle()


def test_the_environment_comes_from_the_lock_with_the_tests_tools_only_where_they_are_wanted():
    learner, developer = (
        [" ".join(step) for step in laptop.steps(Path("venv"), dev=dev)] for dev in (False, True)
    )
    for steps in (learner, developer):
        assert re.search(r"-m pip install .*uv>=0", steps[1])
        assert "sync --locked" in steps[2] and f"--python {sys.executable}" in steps[2]
        assert steps[-1].endswith("-m fedtutor.install")
    assert "--extra lab" in learner[2] and "--group tff" in learner[2] and "--no-dev" in learner[2]
    assert "--all-extras --all-groups" in developer[2]


def test_programs_are_found_where_each_system_keeps_them(monkeypatch):
    venv = Path("venv")
    for system, program in (("posix", venv / "bin/python"), ("nt", venv / "Scripts/python.exe")):
        monkeypatch.setattr(laptop.os, "name", system)
        assert laptop.program(venv, "python") == str(program)


def test_a_step_that_fails_is_named_and_the_environment_does_not_count_as_ready(
    tmp_path, monkeypatch
):
    broken = [sys.executable, "-c", "raise SystemExit(3)"]
    monkeypatch.setattr(laptop, "steps", lambda *_: [broken])
    with pytest.raises(SystemExit, match="raise SystemExit"):
        laptop.make(tmp_path)
    assert not laptop.is_ready(tmp_path)
    monkeypatch.setattr(laptop, "steps", lambda *_: [])
    laptop.make(tmp_path)
    assert laptop.is_ready(tmp_path)
