"""How much a running notebook uses: memory, processes, threads and open files."""

import contextlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

# What the kernel keeps for a file in memory, in bytes, even if the file is empty.
_BYTES_PER_FILE = 2048


@dataclass(frozen=True)
class Usage:
    """What some processes use together.

    Attributes:
        memory: in bytes: in RAM, swapped out, and in folders in memory.
        processes: how many processes there are.
        threads: how many threads they have in total.
        files: how many files and sockets they have open in total.
    """

    memory: int = 0
    processes: int = 0
    threads: int = 0
    files: int = 0


def of(pid: int, folders: Iterable[str | Path] = ()) -> Usage:
    """Measure the descendants of a process.

    Args:
        pid: the process.
        folders: the paths of their folders in memory, as these processes see them.

    Returns:
        What they use.
    """
    family = descendants(pid)
    memory = threads = files = 0
    in_folders = None
    for process in family:
        root = Path(f"/proc/{process.pid}")
        # Another process may end at any time.
        with contextlib.suppress(OSError, TypeError):
            own_memory, own_threads = _of_process(root)
            memory, threads = memory + own_memory, threads + own_threads
            files += len(os.listdir(root / "fd"))
            if in_folders is None and _has_own_root(root):
                in_folders = sum(_in_folder(f"{root}/root{folder}") for folder in folders)
    return Usage(memory + (in_folders or 0), len(family), threads, files)


def descendants(pid: int) -> list[psutil.Process]:
    """List all processes that a process has started, directly or not.

    Args:
        pid: the process.

    Returns:
        Those that are still there.
    """
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _of_process(root):
    """The memory that a process has to itself, and the number of its threads."""
    status = (root / "status").read_text(errors="replace")
    threads = int(re.search(r"^Threads:\s+(\d+)", status, re.M)[1])
    if "VmRSS:" not in status and threads > 1:
        # The first thread has ended. The others go on, with all of the memory.
        texts = (
            task.joinpath("status").read_text(errors="replace") for task in root.glob("task/*")
        )
        status = next((text for text in texts if "VmRSS:" in text), status)
    # What is shared, and can be written, is in a folder (see `syscalls`), and counted there.
    rss, of_files, shared, swapped, tables = (
        sum(map(int, re.findall(rf"^{name}:\s+(\d+) kB", status, re.M)))
        for name in ("VmRSS", "RssFile", "RssShmem", "VmSwap", "VmPTE")
    )
    return 1024 * (rss - of_files - shared + swapped + tables), threads


def _has_own_root(root):
    """Whether a process is in the sandbox already; while bubblewrap sets it up, it isn't."""
    return os.stat(root / "root").st_dev != os.stat("/").st_dev


def _in_folder(path):
    """The memory of a folder in memory."""
    found = os.statvfs(path)
    blocks, files = found.f_blocks - found.f_bfree, found.f_files - found.f_ffree
    return blocks * found.f_frsize + files * _BYTES_PER_FILE
