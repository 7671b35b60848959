"""Writes the project's address from pyproject.toml into every badge and link.

    python tools/address.py     (`make address`)

The address is the Repository under [project.urls] in pyproject.toml. To move the course, change it
there and run this program. The old address comes from the lessons: it is what their Colab badges point
to. Links to other projects stay as they are.
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

# Our badges lead to a lesson in our notebooks/ folder. No other link does.
BADGE = re.compile(
    r"colab\.research\.google\.com/github/([\w.-]+/[\w.-]+)/blob/[^/\s]+/notebooks/\d\d_"
)


def address(root: Path) -> str:
    """Read the project's address from pyproject.toml.

    Args:
        root: the root of the repository.

    Returns:
        OWNER/NAME.

    Raises:
        SystemExit: pyproject.toml holds something else than the address of a GitHub repository.
    """
    urls = tomllib.loads((root / "pyproject.toml").read_text())["project"]["urls"]
    match = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(\.git)?/?", urls["Repository"])
    if match is None:
        sys.exit(
            f"pyproject.toml: {urls['Repository']!r} does not have the form https://github.com/OWNER/NAME."
        )
    return match[1]


def files(root: Path) -> list[Path]:
    """List every file that may hold a link to the course.

    Args:
        root: the root of the repository.

    Returns:
        Their paths, sorted.
    """
    return sorted(path for pattern in FILES for path in root.glob(pattern))


def addresses_in_use(root: Path) -> set[str]:
    """Find the addresses that the course's Colab badges point to.

    Args:
        root: the root of the repository.

    Returns:
        Each OWNER/NAME.
    """
    return {found for path in files(root) for found in BADGE.findall(path.read_text())}


def rewrite(root: Path) -> list[Path]:
    """Change every link to the course to the address in pyproject.toml.

    Args:
        root: the root of the repository.

    Returns:
        The paths of the files that were changed.
    """
    new = address(root)
    changed = []
    for old in addresses_in_use(root) - {new}:
        # Matches github.com/OLD, git@github.com:OLD.git, colab.research.google.com/github/OLD and
        # raw.githubusercontent.com/OLD, but not github.com/OLD-and-more.
        link = re.compile(
            r"(github\.com[/:]|/github/|raw\.githubusercontent\.com/)"
            + re.escape(old)
            + r"(?![\w-]|\.(?!git\b)\w)"
        )
        for path in files(root):
            # Bytes, so that nothing else changes, neither line endings nor the spacing of JSON.
            before = path.read_bytes().decode()
            after = link.sub(lambda match: match[1] + new, before)
            if after != before:
                path.write_bytes(after.encode())
                changed.append(path)
    return changed


if __name__ == "__main__":
    for path in rewrite(ROOT):
        print(f"changed {path.relative_to(ROOT)}")
    print(f"Every link now points to https://github.com/{address(ROOT)}")
