"""Keeps environment.yml in step with uv.lock.

    python tools/conda.py           writes the pip part of environment.yml (`make lock`)
    python tools/conda.py --check   asks pip whether environment.yml resolves (`make conda-check`)

conda installs that part with a plain `pip install -r`. It holds every package of uv.lock that the
course, the lessons and the tests need, save the five that pip refuses: `python -m fedtutor.install`
adds those.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
MARK = "      # From here to the end: written by `make lock`.\n"
# Where the course runs, as uv.lock has it (`environments` in pyproject.toml).
SYSTEMS = (
    {"sys_platform": "linux", "platform_machine": "x86_64"},
    {"sys_platform": "linux", "platform_machine": "aarch64"},
    {"sys_platform": "darwin", "platform_machine": "arm64"},
    {"sys_platform": "win32", "platform_machine": "AMD64"},
)


def find_uv() -> str:
    """uv from PATH, otherwise the private one that tools/setup.sh fetched."""
    uv = shutil.which("uv") or shutil.which("uv", path=ROOT / ".uv" / "bin")
    return uv or sys.exit("uv was not found: run `make setup` first.")


def direct_names() -> set[str]:
    """The packages that pyproject.toml asks for: to use the course, to follow it, to work on it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = list(project["project"]["dependencies"])
    for extra in project["project"]["optional-dependencies"].values():
        lines += extra
    lines += project["dependency-groups"]["dev"]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def locked_requirements() -> dict[str, str]:
    """What environment.yml installs: for each package's name, the line that pip reads."""
    command = [find_uv(), "export", "--quiet", "--frozen", "--no-hashes", "--no-annotate"]
    command += ["--no-header", "--no-emit-project", "--all-extras", "--group", "dev"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    lines = {}
    for requirement in map(Requirement, done.stdout.splitlines()):
        marker = requirement.marker
        if marker is not None and all(marker.evaluate(system) for system in SYSTEMS):
            requirement.marker = None
        lines[requirement.name] = str(requirement)
    return lines


def pip_section() -> str:
    """The text that belongs below the mark in environment.yml."""
    lines, direct = locked_requirements(), direct_names()

    def items(names):
        quoted = (f"'{lines[n]}'" if ";" in lines[n] else lines[n] for n in sorted(names))
        return "".join(f"      - {line}\n" for line in quoted)

    return (
        f"\n      # What pyproject.toml asks for\n{items(direct)}"
        f"\n      # What those need\n{items(set(lines) - direct)}"
    )


def write() -> None:
    """Write the pip part of environment.yml."""
    path = ROOT / "environment.yml"
    head, mark, _ = path.read_text().partition(MARK)
    if not mark:
        sys.exit(f"environment.yml has lost the line that says {MARK.strip()!r}.")
    path.write_text(head + mark + pip_section())


def check() -> None:
    """Ask pip whether environment.yml resolves, called the way conda calls it."""
    import yaml

    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    (lines,) = (entry["pip"] for entry in dependencies if isinstance(entry, dict))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "requirements.txt").write_text("\n".join(lines))
        venv = folder / "venv"
        command = [find_uv(), "venv", "--quiet", "--seed", "--python", sys.executable, venv]
        subprocess.run(command, check=True)
        # Twice quiet: errors and nothing else.
        command = [venv / "bin" / "pip", "install", "-qq", "--dry-run", "--upgrade"]
        command += ["--requirement", folder / "requirements.txt"]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            sys.exit("environment.yml does not resolve: the message above is pip's own.")
    print("environment.yml resolves.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Keeps environment.yml in step with uv.lock.")
    parser.add_argument(
        "--check", action="store_true", help="ask pip whether environment.yml resolves"
    )
    check() if parser.parse_args().check else write()
