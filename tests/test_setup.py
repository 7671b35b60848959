"""The way in: what `make` says and does before there is anything to run."""

import os
import re
import shutil
import subprocess

import pytest

from tests.conftest import ROOT


def make(*targets, cwd=ROOT, **environment):
    return subprocess.run(
        ["make", *targets],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_make_lists_every_target():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    listed = re.findall(r"^  make ([a-z-]+) +\w", make().stdout, re.MULTILINE)
    assert sorted(listed) == sorted(set(targets))
    assert {"help", "lab", "test", "demo", "doctor", "lessons", "format", "lint"} <= set(listed)


@pytest.fixture
def fresh_clone(tmp_path):
    """What `make` needs to begin with, and no environment."""
    rule = re.search(r"^\$\(READY\): ([^$]+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for name in ("Makefile", *rule[1].split()):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def path_with_uname(folder, system, processor):
    """A PATH with a `uname` of ours, ahead of the machine's own."""
    uname = folder / "bin" / "uname"
    uname.parent.mkdir(exist_ok=True)
    uname.write_text(f'#!/bin/sh\n[ "$1" = -m ] && echo {processor} || echo {system}\n')
    uname.chmod(0o755)
    return f"{uname.parent}:{os.environ['PATH']}"


@pytest.mark.parametrize(
    ("system", "processor", "said"),
    [
        ("Darwin", "x86_64", "Intel"),
        ("MINGW64_NT-10.0", "x86_64", r"py -3.13 tools\laptop.py"),
        ("MINGW64_NT-10.0", "x86_64", "WSL2"),
        ("Linux", "ppc64le", "ppc64le"),
        ("FreeBSD", "amd64", "FreeBSD"),
    ],
)
def test_elsewhere_the_message_says_at_once_what_to_use_instead(
    fresh_clone, system, processor, said
):
    found = make("lab", cwd=fresh_clone, PATH=path_with_uname(fresh_clone, system, processor))
    assert found.returncode != 0
    assert said in found.stderr
    assert "colab.research.google.com" in found.stderr
    assert not (fresh_clone / ".venv").exists() and not (fresh_clone / ".uv").exists()


@pytest.fixture
def pretend_uv(fresh_clone):
    """A uv that only writes down how it was called, and makes a Python that does the same."""
    uv = fresh_clone / "bin" / "uv"
    uv.parent.mkdir(exist_ok=True)
    calls = fresh_clone / "calls.txt"
    uv.write_text(
        f'#!/bin/sh\necho "uv $*" >> {calls}\n[ "$1" = sync ] || exit 0\nmkdir -p .venv/bin\n'
        f"printf '#!/bin/sh\\necho \"python $*\" >> {calls}\\n' > .venv/bin/python\n"
        "chmod +x .venv/bin/python\n"
    )
    uv.chmod(0o755)
    return calls


@pytest.mark.parametrize(
    ("system", "processor"), [("Darwin", "arm64"), ("Linux", "aarch64"), ("Linux", "x86_64")]
)
def test_every_system_installs_from_the_lock_and_then_gets_tff(
    fresh_clone, pretend_uv, system, processor
):
    path = path_with_uname(fresh_clone, system, processor)
    found = make("setup", cwd=fresh_clone, PATH=path)
    assert found.returncode == 0, found.stderr
    export, sync, install = pretend_uv.read_text().splitlines()
    assert export.startswith("uv export")
    assert sync.startswith("uv sync --locked --all-extras --all-groups --python ")
    assert install == "python -m fedtutor.install"


@pytest.mark.parametrize("variable", ["", "1"])
def test_what_python_may_not_keep_is_compiled_at_the_installation(
    fresh_clone, pretend_uv, variable
):
    path = path_with_uname(fresh_clone, "Linux", "x86_64")
    make("setup", cwd=fresh_clone, PATH=path, PYTHONDONTWRITEBYTECODE=variable)
    _, sync, _ = pretend_uv.read_text().splitlines()
    assert sync.endswith(" --compile-bytecode") == bool(variable)
