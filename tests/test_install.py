"""What `fedtutor.install` adds, and that it leaves everything else alone."""

import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest

from fedtutor import install
from fedtutor.compat import versions


@pytest.fixture
def computer(monkeypatch):
    """A Python 3.13 whose packages are ours to choose, and whose pip only writes down its calls."""
    state = SimpleNamespace(packages={}, requires=[], calls=[], status=0, said="")

    def version(name):
        if name not in state.packages:
            raise metadata.PackageNotFoundError(name)
        return state.packages[name]

    def pip(command, **_):
        state.calls.append(command[command.index("install") + 1 :])
        return SimpleNamespace(returncode=state.status, stderr=state.said)

    monkeypatch.setattr(sys, "version_info", (3, 13, 0, "final", 0))
    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(metadata, "requires", lambda _: state.requires)
    monkeypatch.setattr(install, "installed", lambda: state.packages)
    monkeypatch.setattr(subprocess, "run", pip)
    monkeypatch.setattr(versions, "check_tensorflow", lambda: None)
    monkeypatch.setattr(install, "worker_runs_here", lambda: True)
    return state


def test_where_nothing_is_missing_it_returns_at_once(computer, capsys):
    computer.packages = dict(install.FORCED)
    install.complete()
    assert computer.calls == [] and capsys.readouterr().out == ""


def test_tff_comes_without_what_it_demands_of_others(computer):
    install.complete()
    (call,) = computer.calls
    assert {"--no-deps", "--ignore-requires-python"} <= set(call)
    assert "tensorflow-federated==0.87.0" in call and "--upgrade" not in call


def test_a_package_that_is_there_stays_whatever_its_version(computer):
    computer.packages = {"dp-accounting": "9.9", "numpy": "2.0"}
    computer.requires = ["numpy>=2.1"]
    ordinary, forced = install.missing()
    assert ordinary == []
    assert sorted(line.partition("==")[0] for line in forced) == sorted(
        set(install.FORCED) - {"dp-accounting"}
    )


def test_what_else_is_missing_comes_first_and_moves_nothing(computer, monkeypatch):
    computer.packages = {"numpy": "2.1.3"}
    computer.requires = [
        "numpy>=2", "mpmath>=1.3", 'tensorflow==2.14.1; python_version < "3"',
        'jupyterlab>=4; extra == "lab"',
    ]  # fmt: skip
    pinned = []
    write = install.Path.write_text
    monkeypatch.setattr(
        install.Path, "write_text", lambda self, text: pinned.append(text) or write(self, text)
    )
    install.complete()
    first, second = computer.calls
    assert first[-1] == "mpmath>=1.3" and "--constraint" in first and pinned == ["numpy==2.1.3\n"]
    assert "--no-deps" in second


def test_elsewhere_tffs_wheel_is_taken_all_the_same(computer, monkeypatch, tmp_path):
    """As on a Mac: the wheel for Linux, its Python files, and no worker."""
    monkeypatch.setattr(install, "worker_runs_here", lambda: False)
    worker = tmp_path / "tensorflow_federated" / "data" / "worker_binary"
    worker.parent.mkdir(parents=True)
    worker.touch()
    found = SimpleNamespace(locate_file=lambda path: tmp_path / path)
    monkeypatch.setattr(metadata, "distribution", lambda _: found)
    install.complete()
    (call,) = computer.calls
    assert call[call.index("--platform") + 1] == "manylinux_2_31_x86_64"
    assert "--target" in call and "--only-binary" in call
    assert not worker.exists()


def test_a_failure_names_what_failed_and_what_pip_said(computer, capsys, monkeypatch):
    computer.status, computer.said = 1, "ERROR: no route to host"
    with pytest.raises(install.InstallError, match="tensorflow-federated==0.87.0") as caught:
        install.complete()
    assert "no route to host" in str(caught.value) and "try again" in str(caught.value)
    monkeypatch.setattr(sys, "argv", ["install"])
    assert install.main() == 1
    assert "no route to host" in capsys.readouterr().err


def test_on_versions_that_the_course_does_not_know_nothing_is_installed(computer, monkeypatch):
    def refuse():
        raise ImportError("unknown")

    monkeypatch.setattr(versions, "check_tensorflow", refuse)
    with pytest.raises(ImportError):
        install.complete()
    assert computer.calls == []
