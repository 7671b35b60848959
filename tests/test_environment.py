"""environment.yml, uv.lock and pyproject.toml say the same, and what they say about TFF is true.

Nothing here needs the network; `make conda-check` asks pip itself.
"""

import subprocess
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT
from tools import conda


@pytest.fixture(scope="module")
def environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text())


def requirements_of(name):
    """What an installed package asks for on this machine, without its extras."""
    for line in metadata.requires(name) or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def test_conda_makes_an_environment_with_the_course_in_it(environment):
    assert environment["name"] == "fedtutor"
    assert "python=3.11" in environment["dependencies"]
    assert "pip" in environment["dependencies"]
    lines = environment["dependencies"][-1]["pip"]
    assert "--editable ." in lines
    # jaxlib 0.4.14 is nowhere else.
    assert any(line.startswith("--find-links") and "jax_releases.html" in line for line in lines)


def test_conda_gets_every_dependency_of_the_project():
    assert conda.direct_names() <= set(conda.pinned_versions())


def test_conda_gets_the_versions_of_the_lock_save_where_a_reason_is_given():
    locked = conda.locked_versions()
    differing = {
        name: version
        for name, version in conda.pinned_versions().items()
        if version not in locked.get(name, [])
    }
    assert set(differing) == set(conda.HELD_BACK), "run `make lock`, and give or remove the reasons"
    text = (ROOT / "environment.yml").read_text()
    for name, reason in conda.HELD_BACK.items():
        there = " and ".join(locked.get(name, ["nothing"]))
        assert f"- {name}=={differing[name]}  # uv.lock has {there}: {reason}\n" in text


def test_pip_finds_no_contradiction_among_the_versions_for_conda():
    pinned = conda.pinned_versions()
    checked = 0
    for name, version in pinned.items():
        # Only the requirements of what is installed can be read here. That is all but the few held back.
        if name in conda.HELD_BACK or metadata.version(name) != version:
            continue
        checked += 1
        for requirement in requirements_of(name):
            needed = canonicalize_name(requirement.name)
            assert needed in pinned, f"{name} needs {requirement}"
            assert pinned[needed] in requirement.specifier, f"{name} needs {requirement}"
    assert checked > 100
    for line in conda.direct_requirements():
        requirement = Requirement(line)
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_lock_is_in_step_with_pyproject():
    try:
        uv = conda.find_uv()
    except SystemExit as missing:
        pytest.skip(str(missing))  # as in conda's environment; `make test` always has one
    found = subprocess.run(
        [uv, "lock", "--check", "--offline"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, f"run `make lock`:\n{found.stderr}"


def test_every_override_still_overrides_something():
    """One that no longer contradicts anybody's pin should go, with the comment that explains it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins = [
        requirement
        for distribution in metadata.distributions()
        if distribution.metadata["Name"] != "fedtutor"
        for requirement in requirements_of(distribution.metadata["Name"])
    ]
    for line in project["tool"]["uv"]["override-dependencies"]:
        override = Requirement(line)
        (version,) = conda.locked_versions()[override.name]
        assert version in override.specifier
        assert any(
            canonicalize_name(pin.name) == override.name and version not in pin.specifier
            for pin in pins
        ), f"nobody objects to {override.name} {version} any more"


def test_jax_and_jaxlib_come_as_a_pair_that_has_what_tff_imports():
    from jax.lib import xla_client

    assert metadata.version("jax") == metadata.version("jaxlib")
    for name in ("XlaComputation", "Shape", "PrimitiveType", "dtype_to_etype"):
        assert hasattr(xla_client, name)
