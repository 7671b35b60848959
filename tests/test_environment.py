"""uv.lock, environment.yml, tests/colab.txt and fedtutor/install.py name the same versions.

Nothing here needs the network; `make conda-check` asks pip itself.
"""

import re
import subprocess
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fedtutor import install
from tests.conftest import ROOT
from tools import conda

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = tomllib.loads((ROOT / "uv.lock").read_text())
# nbgrader needs a newer IPython than Colab's, and these three go together. `make test-colab` runs
# with Colab's.
NOT_COLABS = {"ipykernel", "ipython", "ipywidgets"}


@pytest.fixture(scope="module")
def uv():
    try:
        return conda.find_uv()
    except SystemExit as missing:
        pytest.skip(str(missing))  # as in conda's environment; `make test` always has one


@pytest.fixture(scope="module")
def environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text())


def locked():
    return {package["name"]: package["version"] for package in LOCK["package"]}


def colabs():
    """Every version that tests/colab.txt records."""
    text = (ROOT / "tests" / "colab.txt").read_text()
    lines = re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in lines}


def test_the_lock_is_in_step_with_pyproject(uv):
    found = subprocess.run(
        [uv, "lock", "--check", "--offline"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, f"run `make lock`:\n{found.stderr}"


def test_the_lock_holds_colabs_versions():
    versions = locked()
    differing = {
        name: (version, versions.get(name))
        for name, version in colabs().items()
        if versions.get(name) != version
    }
    assert set(differing) == NOT_COLABS, differing
    pins = [Requirement(line) for line in PROJECT["tool"]["uv"]["constraint-dependencies"]]
    assert {canonicalize_name(pin.name) for pin in pins} == set(colabs()) - NOT_COLABS


def test_what_is_installed_is_what_is_locked():
    versions = locked()
    for name in ("tensorflow", "tf-keras", "numpy", "tensorflow-federated", "nbval", "jupyterlab"):
        assert metadata.version(name) == versions[name]


def test_the_lock_serves_every_system_that_tensorflow_is_built_for():
    """Each package has a wheel for each of them; only TFF's own is for one."""
    assert len(LOCK["supported-markers"]) == 4
    (tff,) = (p for p in LOCK["package"] if p["name"] == "tensorflow-federated")
    assert all("manylinux_2_31_x86_64" in wheel["url"] for wheel in tff["wheels"])
    for name in ("tensorflow", "grpcio", "numpy", "scipy", "dm-tree", "h5py"):
        (package,) = (p for p in LOCK["package"] if p["name"] == name)
        files = " ".join(wheel["url"] for wheel in package["wheels"])
        for python in ("cp312", "cp313"):
            for system in (
                "manylinux.*x86_64",
                "manylinux.*aarch64",
                "macosx.*(arm64|universal2)",
                "win_amd64",
            ):
                assert re.search(f"{python}-{python}-{system}", files), (name, python, system)


def test_what_pip_refuses_is_what_install_adds_in_the_versions_of_the_lock():
    versions = locked()
    assert {name: versions[name] for name in install.FORCED} == install.FORCED
    told = {entry["name"] for entry in PROJECT["tool"]["uv"]["dependency-metadata"]}
    assert told == set(install.FORCED)
    group = [Requirement(line) for line in PROJECT["dependency-groups"]["tff"]]
    assert {f"{r.name}{r.specifier}" for r in group if r.name != "pip"} == {
        f"{name}=={version}" for name, version in install.FORCED.items()
    }


def test_pip_does_refuse_them_still():
    """If pip could install TFF, environment.yml would need no second command."""
    wheel = metadata.metadata("tensorflow-federated")
    assert "3.13" not in Requirement(f"python{wheel['Requires-Python']}").specifier


def test_conda_makes_an_environment_with_the_course_in_it(environment):
    assert environment["name"] == "fedtutor"
    assert "python=3.13" in environment["dependencies"]
    assert "pip" in environment["dependencies"]
    assert "--editable ." in environment["dependencies"][-1]["pip"]


def test_condas_second_command_is_the_one_that_an_import_without_tff_names():
    text = (ROOT / "environment.yml").read_text()
    assert "conda run -n fedtutor python -m fedtutor.install\n" in text
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    steps = " ".join(str(step.get("run")) for step in workflow["jobs"]["conda"]["steps"])
    assert "fedtutor python -m fedtutor.install" in steps


def test_conda_gets_the_versions_of_the_lock(environment, uv):
    text = (ROOT / "environment.yml").read_text()
    assert text.partition(conda.MARK)[2] == conda.pip_section(), "run `make lock`"
    lines = [Requirement(line) for line in environment["dependencies"][-1]["pip"][1:]]
    versions = locked()
    assert all(
        line.specifier == Requirement(f"x=={versions[line.name]}").specifier for line in lines
    )
    assert conda.direct_names() <= {line.name for line in lines}
    assert not set(install.FORCED) & {line.name for line in lines}


def test_pip_finds_no_contradiction_among_the_versions_for_conda(environment):
    pinned = {
        line.name: next(iter(line.specifier)).version
        for line in map(Requirement, environment["dependencies"][-1]["pip"][1:])
        if line.marker is None or line.marker.evaluate()
    }
    assert len(pinned) > 100
    for name in pinned:
        for line in metadata.requires(name) or []:
            needed = Requirement(line)
            if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
                continue
            version = pinned.get(canonicalize_name(needed.name))
            assert version is not None and version in needed.specifier, f"{name} needs {line}"
