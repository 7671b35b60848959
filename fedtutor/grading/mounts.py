"""Which folders of this machine a notebook can read while it is graded, as options for bubblewrap.

They are few: programs, Python and its packages, and what the caller adds. Of these, some parts are hidden:
a checkout, submissions or grades may be anywhere, below /usr too, as in many Docker images.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

# What a machine's programs, and a Python's, need of the folders that they are installed in.
_PARTS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "share", "pyvenv.cfg")
_TOP = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_SETTINGS = ("ld.so.cache", "alternatives", "localtime", "fonts")


def python() -> Path:
    """Find the program that runs Python, under a path that exists in the sandbox too."""
    return Path(sys.executable).parent.resolve() / Path(sys.executable).name


def options(
    shown: Iterable[Path], replaced: Mapping[Path, Path], hidden: Iterable[str | Path]
) -> list[str]:
    """Build the options that mount what a notebook can read.

    Args:
        shown: folders that can be read in addition, even if they lie in a hidden one.
        replaced: {folder: what is shown instead, if the folder lies in one that can be read}.
        hidden: folders whose content can't be read, even if they lie in one that can.

    Returns:
        Options for `bwrap`.
    """
    programs = _programs()
    links = [path for path in programs if path.is_symlink()]
    visible = {*programs, *shown} - {*links}
    instead = dict.fromkeys((Path(path).resolve() for path in hidden), None) | replaced
    mounts = {path: new for path, new in instead.items() if visible.intersection(path.parents)}
    mounts |= {path: path for path in visible}
    found = [part for path in links for part in ("--symlink", os.readlink(path), str(path))]
    # Outer folders first: what is mounted later lies on top.
    for path in sorted(mounts, key=lambda path: len(path.parts)):
        instead = mounts[path]
        found += ["--tmpfs"] if instead is None else ["--ro-bind", str(instead)]
        found.append(str(path))
    empty = [str(path) for path, instead in mounts.items() if instead is None]
    return found + [part for path in empty for part in ("--remount-ro", path)]


def _programs():
    """Where this machine's programs, and Python and its packages, are."""
    prefixes = {Path("/usr"), Path("/usr/local")}
    # In a virtual environment, `python` is a link, possibly to another link.
    executable = Path(os.path.realpath(sys.executable))
    prefixes |= {Path(p).resolve() for p in (sys.prefix, sys.base_prefix, executable.parent.parent)}
    found = {path / part for path in prefixes for part in _PARTS}
    found |= {Path("/") / name for name in _TOP} | {Path("/etc") / name for name in _SETTINGS}
    return [path for path in sorted(found) if path.exists()]
