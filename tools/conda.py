"""Keeps environment.yml in step with uv.lock.

    python tools/conda.py           writes the pip part of environment.yml anew (`make lock`)
    python tools/conda.py --check   asks pip whether environment.yml resolves (`make conda-check`)

conda installs that part with a plain `pip install -r`, and pip knows no overrides: where uv.lock
overrides what TFF and its dependencies ask for, pip has to obey. So some packages are older there
than in uv.lock. Which ones, and why, stands in `HELD_BACK`, and only there; each line of
environment.yml that differs from uv.lock carries its reason from here.

jaxlib 0.4.14 is only to be had from JAX's own archive. Both commands put a stand-in for it, a wheel
that holds its metadata and nothing else, into a temporary folder: it serves to resolve, not to run.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
MARK = "      # From here to the end: written by `make lock`.\n"

# These would resolve, and then fail on import: their newer releases need more than TFF's pins allow,
# and do not say so.
CAPS = {
    "ipython": "<8.23",  # 8.23 takes TypeAliasType from typing-extensions, which has it since 4.6
    "jupyterlab": "<4.5.7",  # 4.5.7 takes InvalidName from packaging.utils, which 22 does not have
}

_JAX = "TFF wants 0.4.14"
_PACKAGING = "tensorflow-privacy wants packaging 22"
_SCIPY = "TFF wants scipy 1.9, which wants numpy below 1.26"
_SQLALCHEMY = "google-vizier wants sqlalchemy 1.4.20 or older"
_TYPING = "TFF wants typing-extensions 4.5"
HELD_BACK = {
    "alembic": _TYPING,
    "anyio": _TYPING,
    "grpcio": _TYPING,
    "ipykernel": _TYPING,
    "ipython": _TYPING,
    "jax": _JAX,
    "jaxlib": _JAX,
    "jupyter-client": _TYPING,
    "jupyterlab": _PACKAGING,
    "nest-asyncio": "ipykernel 7.2 needs it",
    "notebook": "it goes with jupyterlab",
    "numpy": _SCIPY,
    "packaging": _PACKAGING,
    "pandas": _SCIPY,
    "pytest": _PACKAGING,
    "pytz": "pandas 2 needs it",
    "scikit-learn": _SCIPY,
    "scipy": _SCIPY,
    "sqlalchemy": _SQLALCHEMY,
    "typing-extensions": _TYPING,
    "wheel": _PACKAGING,
}


def direct_requirements() -> list[str]:
    """What pyproject.toml asks for: to use the course, to follow the lessons, and to work on it.

    Without what it asks for on Pythons newer than conda's and the lock's.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    requirements = list(project["project"]["dependencies"])
    for group in project["project"]["optional-dependencies"].values():
        requirements += group
    requirements += project["dependency-groups"]["dev"]
    return [line for line in requirements if _is_for_this_lock(Requirement(line))]


def _is_for_this_lock(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"python_version": "3.11"})


def direct_names() -> set[str]:
    """The packages that `direct_requirements` asks for."""
    return {canonicalize_name(Requirement(line).name) for line in direct_requirements()}


def locked_versions() -> dict[str, list[str]]:
    """Every package of uv.lock but the course itself; some have two versions, for two patches of 3.11."""
    versions: dict[str, list[str]] = {}
    for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]:
        if "registry" in package["source"]:
            versions.setdefault(package["name"], []).append(package["version"])
    return versions


def pinned_versions() -> dict[str, str]:
    """Every package that environment.yml pins."""
    text = (ROOT / "environment.yml").read_text()
    return dict(re.findall(r"^ +- ([\w.-]+)==([^ #\n]+)", text, re.MULTILINE))


def find_uv() -> str:
    """uv from PATH, else the private one that tools/setup.sh fetched."""
    uv = shutil.which("uv") or shutil.which("uv", path=ROOT / ".uv" / "bin")
    return uv or sys.exit("uv was not found: run `make setup` first.")


def write_stand_in(folder: Path) -> None:
    """Write jaxlib 0.4.14's metadata, as a wheel, into `folder`."""
    info = "jaxlib-0.4.14.dist-info"
    files = {
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: jaxlib\nVersion: 0.4.14\nRequires-Python: >=3.9\n"
        "Requires-Dist: scipy >=1.7\nRequires-Dist: numpy >=1.22\nRequires-Dist: ml-dtypes >=0.2.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux2014_x86_64\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(
        folder / "jaxlib-0.4.14-cp311-cp311-manylinux2014_x86_64.whl", "w"
    ) as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


def resolve() -> dict[str, str]:
    """The versions that pip may install: uv.lock's wherever TFF's own pins leave room for them."""
    asked = direct_requirements() + [name + cap for name, cap in CAPS.items()]
    wished = {name: versions[-1] for name, versions in locked_versions().items()}
    wished |= {name: version for name, version in pinned_versions().items() if name in HELD_BACK}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_stand_in(folder)
        (folder / "asked.in").write_text("\n".join(asked))
        # uv keeps to the versions that it finds in the file it is to write, where it can.
        found = folder / "found.txt"
        found.write_text("\n".join(f"{name}=={version}" for name, version in wished.items()))
        # Outside the project and without its settings, or uv would apply the overrides here too.
        options = (
            "--quiet --no-config --no-annotate --no-header --find-links . --output-file found.txt"
        )
        options += " --python-version 3.11 --python-platform x86_64-manylinux_2_31"
        command = [find_uv(), "pip", "compile", "asked.in", *options.split()]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        lines = re.findall(r"^([\w.-]+)==(\S+)", found.read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in lines}


def write() -> None:
    """Write the pip part of environment.yml anew."""
    path = ROOT / "environment.yml"
    head, mark, _ = path.read_text().partition(MARK)
    if not mark:
        sys.exit(f"environment.yml has lost the line that says {MARK.strip()!r}.")

    versions, locked = resolve(), locked_versions()
    direct = direct_names()
    held_back = {name for name in versions if versions[name] not in locked.get(name, [])}

    def line(name: str) -> str:
        pin = f"      - {name}=={versions[name]}"
        if name not in held_back:
            return f"{pin}\n"
        there = " and ".join(locked.get(name, ["nothing"]))
        return f"{pin}  # uv.lock has {there}: {HELD_BACK.get(name, 'for no reason given')}\n"

    asked_for = "".join(map(line, sorted(direct)))
    needed = "".join(map(line, sorted(set(versions) - direct)))
    body = f"\n      # What pyproject.toml asks for\n{asked_for}\n      # What those need\n{needed}"
    path.write_text(head + mark + body)
    print(f"environment.yml: {len(versions)} packages, {len(held_back)} of them not as in uv.lock.")
    for name in sorted(held_back ^ set(HELD_BACK)):
        verb = "lacks" if name in held_back else "no longer needs"
        print(f"  HELD_BACK in tools/conda.py {verb} {name}.")


def check() -> None:
    """Ask pip whether environment.yml resolves; conda would call it in the same way."""
    import yaml

    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    (lines,) = (entry["pip"] for entry in dependencies if isinstance(entry, dict))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_stand_in(folder)
        lines = [
            f"--find-links {folder}" if line.startswith("--find-links") else line for line in lines
        ]
        (folder / "requirements.txt").write_text("\n".join(lines))
        venv = folder / "venv"
        command = [find_uv(), "venv", "--quiet", "--seed", "--python", sys.executable, venv]
        subprocess.run(command, check=True)
        # Twice quiet: errors and nothing else.
        command = [venv / "bin" / "pip", "install", "-qq", "--dry-run", "--upgrade"]
        command += ["--requirement", folder / "requirements.txt"]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            sys.exit("environment.yml does not resolve: the message above is pip's own.")
    print("environment.yml resolves, with a stand-in for jaxlib 0.4.14.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Keeps environment.yml in step with uv.lock.")
    parser.add_argument(
        "--check", action="store_true", help="ask pip whether environment.yml resolves"
    )
    check() if parser.parse_args().check else write()
