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


def test_the_demo_prints_five_falling_losses_and_what_they_were_good_for():
    done = fedtutor("demo")
    assert done.returncode == 0, done.stderr
    losses = [float(x) for x in re.findall(r"^round \d: loss (\d\.\d+)$", done.stdout, re.M)]
    assert len(losses) == 5 and losses == sorted(losses, reverse=True)
    before, after = (float(x) for x in re.findall(r"reads (\d+\.\d)%", done.stdout))
    assert after > before + 1
    assert done.stderr == ""


@pytest.mark.linux
def test_the_demo_has_a_progress_bar_in_a_terminal():
    import fcntl
    import pty
    import termios

    parent, child = pty.openpty()
    # tqdm draws nothing into a window of no height.
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


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--clients", "101"]])
def test_the_demo_refuses_impossible_numbers_at_once(arguments):
    done = fedtutor("demo", *arguments)
    assert done.returncode == 2 and "they are" in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""


def test_the_doctor_finds_nothing_wrong_here_and_runs_a_round():
    done = fedtutor("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wrong" not in done.stdout
    assert re.search(r"right  a federated round of 2 clients ran; loss \d", done.stdout)
    assert "All is well." in done.stdout


@pytest.fixture
def quick(monkeypatch):
    """The doctor without the long look at TFF."""

    def no_round():
        yield True, "a round ran", ""

    monkeypatch.setattr(doctor, "_round", no_round)
    return monkeypatch


def test_the_doctor_names_a_wrong_python(quick, capsys):
    quick.setattr(doctor, "PYTHONS", ((3, 2),))
    assert doctor.main() == 1
    out = capsys.readouterr().out
    assert "wrong  Python 3" in out and f"to mend it: {doctor.SETUP}" in out


def test_the_doctor_names_a_wrong_and_a_missing_package(quick, capsys):
    quick.setattr(
        doctor.metadata, "requires", lambda _: ["numpy==1.0", "no-such-thing>=2", "pandas>=0.1"]
    )
    assert doctor.main() == 1
    out = capsys.readouterr().out
    assert re.search(r"wrong  numpy .*==1.0 is needed", out)
    assert "wrong  no-such-thing is not installed; >=2 is needed" in out
    assert "right  pandas" in out


def test_the_doctor_names_another_system(quick, capsys):
    quick.setattr(doctor.platform, "system", lambda: "FreeBSD")
    assert doctor.main() == 1
    assert "Google Colab" in capsys.readouterr().out


@pytest.mark.parametrize("system, machine", [("Darwin", "arm64"), ("Windows", "AMD64")])
def test_the_doctor_knows_laptops_and_what_is_not_to_be_had_there(
    quick, capsys, tmp_path, system, machine
):
    quick.setattr(doctor.platform, "system", lambda: system)
    quick.setattr(doctor.platform, "machine", lambda: machine)
    without_worker = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    quick.setattr(doctor.importlib.util, "find_spec", lambda name: without_worker)
    assert doctor.main() == 0
    out = capsys.readouterr().out
    assert f"right  {system} on {machine}" in out
    assert "worker program is not there: it is made for Linux on x86-64 only" in out


def test_the_doctor_asks_a_python_for_what_is_meant_for_it(quick, capsys):
    quick.setattr(
        doctor.metadata,
        "requires",
        lambda _: ['numpy==1.0; python_version < "3"', 'jupyterlab==1.0; extra == "other"'],
    )
    assert doctor.main() == 0
    assert "==1.0" not in capsys.readouterr().out


def test_the_doctor_is_not_content_where_no_round_ran(quick, capsys):
    def broken():
        raise RuntimeError("no worker here")
        yield

    quick.setattr(doctor, "_round", broken)
    assert doctor.main() == 1
    out = capsys.readouterr().out
    assert "wrong  RuntimeError: no worker here" in out and "No federated round ran" in out


def test_the_command_lists_its_commands_without_loading_tensorflow(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert "doctor" in out and "demo" in out
