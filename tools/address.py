"""Writes the project's address, as pyproject.toml has it, into every badge and link.

    python tools/address.py     (`make address`)

The address stands in pyproject.toml, as the Repository under [project.urls]. To move the course,
change it there and run this. The address to replace is read off the lessons: whatever their Colab
badges point to is where the course has been so far. Links to other projects stay as they are.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

FILES = (
    "*.md",
    "*.yml",
    "data/*.md",
    "docs/**/*.md",
    "notebooks/*.ipynb",
    "fedtutor/**/*.py",
    "tools/setup_cell.py",
    ".github/workflows/*.yml",
)

# A badge of ours leads to a lesson in our notebooks/ folder; nobody else's link does that.
BADGE = re.compile(
    r"colab\.research\.google\.com/github/([\w.-]+/[\w.-]+)/blob/[^/\s]+/notebooks/\d\d_"
)


def address(root: Path) -> str:
    """The OWNER/NAME that pyproject.toml gives."""
    urls = tomllib.loads((root / "pyproject.toml").read_text())["project"]["urls"]
    match = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(\.git)?/?", urls["Repository"])
    if match is None:
        sys.exit(
            f"pyproject.toml: {urls['Repository']!r} is not of the form https://github.com/OWNER/NAME."
        )
    return match[1]


def files(root: Path) -> list[Path]:
    """Every file that may hold a link to the course."""
    return sorted(path for pattern in FILES for path in root.glob(pattern))


def addresses_in_use(root: Path) -> set[str]:
    """Every OWNER/NAME that a Colab badge of the course points to."""
    return {found for path in files(root) for found in BADGE.findall(path.read_text())}


def rewrite(root: Path) -> list[Path]:
    """Lead every link to the course to the address in pyproject.toml; returns the files changed."""
    new = address(root)
    changed = []
    for old in addresses_in_use(root) - {new}:
        # As in github.com/OLD, git@github.com:OLD.git, colab.research.google.com/github/OLD,
        # raw.githubusercontent.com/OLD; but not in github.com/OLD-and-more.
        link = re.compile(
            r"(github\.com[/:]|/github/|raw\.githubusercontent\.com/)"
            + re.escape(old)
            + r"(?![\w-]|\.(?!git\b)\w)"
        )
        for path in files(root):
            # Bytes, so that nothing else changes: no line ending, no spacing of the JSON.
            before = path.read_bytes().decode()
            after = link.sub(lambda match: match[1] + new, before)
            if after != before:
                path.write_bytes(after.encode())
                changed.append(path)
    return changed


if __name__ == "__main__":
    for path in rewrite(ROOT):
        print(f"changed {path.relative_to(ROOT)}")
    print(f"Every link leads to https://github.com/{address(ROOT)}")
