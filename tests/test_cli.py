import os
import re
import struct
import subprocess
import sys
from types import SimpleNamespace

import pytest

from fedtutor import cli, doctor
from tests.conftest import ROOT

FEDTUTOR = [sys.executable, "-c", "import sys; from fedtutor.cli import main; sys.exit(main())"]


def fedtutor(*arguments):
    return subprocess.run(
        [*FEDTUTOR, *arguments], capture_output=True, text=True, timeout=120, cwd=ROOT
    )


def test_the_demo_prints_five_losses_that_fall_and_the_gain_in_accuracy():
    done = fedtutor("demo")
    assert done.returncode == 0, done.stderr
    losses = [float(x) for x in re.findall(r"^round \d: loss (\d\.\d+)$", done.stdout, re.M)]
    assert len(losses) == 5 and losses[-1] < losses[0] / 1.5
    before, after = (float(x) for x in re.findall(r"gets (\d+\.\d)%", done.stdout))
    assert after > before + 1
    assert done.stderr == ""


@pytest.mark.linux
def test_the_demo_has_a_progress_bar_in_a_terminal():
    import fcntl
    import pty
    import termios

    parent, child = pty.openpty()
    # In a window of height 0, tqdm draws nothing.
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    process = subprocess.Popen(
        [*FEDTUTOR, "demo", "--rounds", "2", "--clients", "2"], stdout=child, stderr=child, cwd=ROOT
    )
    os.close(child)
    shown = b""
    while True:
        try:
            piece = os.read(parent, 65536)
        except OSError:  # the terminal's other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(parent)
    assert process.wait(20) == 0
    assert b"100%" in shown and b"2/2" in shown and b"train_loss" in shown


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--clients", "531"]])
def test_the_demo_refuses_impossible_numbers_at_once(arguments):
    done = fedtutor("demo", *arguments)
    assert done.returncode == 2 and "You asked for" in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""


def test_the_doctor_finds_nothing_wrong_here_and_runs_a_round():
    done = fedtutor("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wrong" not in done.stdout
    assert re.search(r"right  a federated round of 2 clients ran; loss \d", done.stdout)
    assert "Everything works." in done.stdout


@pytest.fixture
def without_round(monkeypatch):
    """The doctor without its slow check, a round with TFF. Returns `monkeypatch`."""

    def no_round():
        yield True, "a round ran", ""

    monkeypatch.setattr(doctor, "_check_round", no_round)
    return monkeypatch


def test_the_doctor_names_a_wrong_python(without_round, capsys):
    without_round.setattr(doctor, "PYTHONS", ((3, 2),))
    assert doctor.main() == 1
    out = capsys.readouterr().out
    assert "wrong  Python 3" in out and f"to fix it: {doctor.SETUP}" in out


def test_the_doctor_names_a_wrong_and_a_missing_package(without_round, capsys):
    without_round.setattr(
        doctor.metadata, "requires", lambda _: ["numpy==1.0", "no-such-thing>=2", "pandas>=0.1"]
    )
    assert doctor.main() == 1
    out = capsys.readouterr().out
    assert re.search(r"wrong  numpy .*the course needs ==1.0", out)
    assert "wrong  no-such-thing is not installed; the course needs >=2" in out
    assert "right  pandas" in out


def test_the_doctor_sends_unknown_systems_to_colab(without_round, capsys):
    without_round.setattr(doctor.platform, "system", lambda: "FreeBSD")
    assert doctor.main() == 1
    assert "Google Colab" in capsys.readouterr().out


@pytest.mark.parametrize("system, machine", [("Darwin", "arm64"), ("Windows", "AMD64")])
def test_the_doctor_accepts_laptops_without_tffs_worker(
    without_round, capsys, tmp_path, system, machine
):
    without_round.setattr(doctor.platform, "system", lambda: system)
    without_round.setattr(doctor.platform, "machine", lambda: machine)
    without_worker = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    without_round.setattr(doctor.importlib.util, "find_spec", lambda name: without_worker)
    assert doctor.main() == 0
    out = capsys.readouterr().out
    assert f"right  {system} on {machine}" in out
    assert "worker program is not installed: it only runs on Linux on x86-64" in out


@pytest.mark.parametrize(
    "system, command",
    [("Linux", "make lab, "), ("Darwin", "make lab, "), ("Windows", r"py -3.13 tools\laptop.py, ")],
)
def test_the_doctor_knows_each_systems_setup_command(monkeypatch, system, command):
    monkeypatch.delenv("COLAB_RELEASE_TAG", raising=False)
    monkeypatch.setattr(doctor.platform, "system", lambda: system)
    assert doctor.setup_command() == f"{command}in a checkout of the course"


def test_in_colab_the_setup_command_is_the_first_code_cell(monkeypatch):
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab")
    assert doctor.setup_command() == "run the lesson's first code cell"


def test_the_doctor_skips_requirements_for_other_pythons(without_round, capsys):
    without_round.setattr(
        doctor.metadata,
        "requires",
        lambda _: ['numpy==1.0; python_version < "3"', 'jupyterlab==1.0; extra == "other"'],
    )
    assert doctor.main() == 0
    assert "==1.0" not in capsys.readouterr().out


def test_the_doctor_fails_if_no_round_ran(without_round, capsys):
    def broken():
        raise RuntimeError("no worker here")
        yield

    without_round.setattr(doctor, "_check_round", broken)
    assert doctor.main() == 1
    out = capsys.readouterr().out
    assert "wrong  RuntimeError: no worker here" in out and "No federated round ran" in out


def test_help_lists_the_commands_without_loading_tensorflow(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert "doctor" in out and "demo" in out
