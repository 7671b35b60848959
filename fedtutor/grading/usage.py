"""How much a running notebook uses: memory, processes, threads, open files and sockets."""

import contextlib
import functools
import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

# As many files as a process in the sandbox may open; also what is assumed if a process's can't be seen.
FILES_PER_PROCESS = 1024
# What the kernel keeps for a file in memory, in bytes, even if the file is empty.
_BYTES_PER_FILE = 2048
# A line of /proc/PID/status. Its name, which a process chooses itself, is in another line.
_HAS_MEMORY = re.compile(r"^VmRSS:", re.M)


@dataclass(frozen=True)
class Usage:
    """What some processes use together.

    Attributes:
        memory: in bytes: in RAM, swapped out, in folders in memory, and as much as their sockets may hold.
        processes: how many processes there are.
        threads: how many threads they have in total.
        files: how many files and sockets they have open in total.
        sockets: how many sockets exist in the sandbox, also those that no process has open.
    """

    memory: int = 0
    processes: int = 0
    threads: int = 0
    files: int = 0
    sockets: int = 0


def of(pid: int, folders: Iterable[str | Path] = ()) -> Usage:
    """Measure the descendants of a process.

    Args:
        pid: the process.
        folders: the paths of their folders in memory, as these processes see them. Only in a sandbox,
            which has such folders, sockets are counted too.

    Returns:
        What they use.
    """
    family, folders = descendants(pid), list(folders)
    memory = threads = files = sockets = 0
    counted = not folders
    for process in family:
        root = Path(f"/proc/{process.pid}")
        # Another process may end at any time.
        with contextlib.suppress(OSError, TypeError):
            own_memory, own_threads, own_files = _of_process(root)
            memory, threads, files = memory + own_memory, threads + own_threads, files + own_files
        with contextlib.suppress(OSError, TypeError):
            if not counted and _has_own_root(root):
                sockets, in_sockets = _of_sockets(root)
                memory += in_sockets + sum(_in_folder(f"{root}/root{path}") for path in folders)
                counted = True
    return Usage(memory, len(family), threads, files, sockets)


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
    """The memory that a process has to itself, and the numbers of its threads and open files."""
    status = (root / "status").read_text(errors="replace")
    threads = int(re.search(r"^Threads:\s+(\d+)", status, re.M)[1])
    if threads > 1 and not _HAS_MEMORY.search(status):
        # The first thread has ended. The others go on, with all of the memory and the files.
        root, status = _of_another_thread(root) or (root, status)
    # What is shared, and can be written, is in a folder (see `syscalls`), and counted there.
    rss, of_files, shared, swapped, tables = (
        sum(map(int, re.findall(rf"^{name}:\s+(\d+) kB", status, re.M)))
        for name in ("VmRSS", "RssFile", "RssShmem", "VmSwap", "VmPTE")
    )
    try:
        files = len(os.listdir(root / "fd"))
    except PermissionError:  # a process can hide them from everybody but root
        files = FILES_PER_PROCESS
    return 1024 * (rss - of_files - shared + swapped + tables), threads, files


def _of_another_thread(root):
    """The folder and the status of a thread that hasn't ended, or None."""
    # Threads can start each other and end faster than they are read.
    for _ in range(20):
        # The newest first.
        for task in sorted(map(int, os.listdir(root / "task")), reverse=True):
            with contextlib.suppress(OSError):
                status = (root / "task" / str(task) / "status").read_text(errors="replace")
                if _HAS_MEMORY.search(status):
                    return root / "task" / str(task), status
    return None


def _of_sockets(root):
    """The number of sockets in a process's network, and the memory that they can hold."""
    # The first one must be there. The second one is missing on machines without IPv6.
    found = (root / "net" / "sockstat").read_text()
    with contextlib.suppress(FileNotFoundError):
        found += (root / "net" / "sockstat6").read_text()
    sockets, tcp = (
        sum(map(int, re.findall(rf"^{name} (\d+)", found, re.M)))
        for name in ("sockets: used", r"TCP6?: inuse")
    )
    return sockets, sockets * _bytes_per_socket() + tcp * _bytes_per_tcp_socket()


@functools.cache
def _bytes_per_socket():
    with socket.socket(socket.AF_UNIX) as example:
        # The last message may exceed the limit by its own size.
        return 2 * example.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)


@functools.cache
def _bytes_per_tcp_socket():
    """As much as the kernel lets the buffers of a TCP socket grow by itself."""
    folder = Path("/proc/sys/net/ipv4")
    return sum(int((folder / f"tcp_{way}mem").read_text().split()[2]) for way in "rw")


def _has_own_root(root):
    """Whether a process is in the sandbox already; while bubblewrap sets it up, it isn't."""
    return os.stat(root / "root").st_dev != os.stat("/").st_dev


def _in_folder(path):
    """The memory of a folder in memory."""
    found = os.statvfs(path)
    blocks, files = found.f_blocks - found.f_bfree, found.f_files - found.f_ffree
    return blocks * found.f_frsize + files * _BYTES_PER_FILE
