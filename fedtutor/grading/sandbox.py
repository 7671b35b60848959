"""Runs a learner's notebook where it can't do any harm.

The program that runs the notebook has no network access and sees none of the caller's environment. Its
file system is read-only and holds little: Python, its packages, the course's package without solutions,
and the digits. It can only write to a folder in memory, which is deleted at the end. Time and memory
are limited. bubblewrap (`bwrap`) does most of this.
"""

import contextlib
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from fedtutor.data import DIGITS, FOLDERS
from fedtutor.exercises import codec, examined
from fedtutor.exercises.problem import Lesson
from fedtutor.grading import mounts, package_copy, scratch, syscalls, usage
from fedtutor.grading.package_copy import PACKAGE
from fedtutor.grading.run_notebook import CELL_STOPPED, KERNEL_DIED

_MISSING = (
    "bubblewrap is not installed, or is not allowed to work here{why}. It protects this machine from "
    "what learners' notebooks do. Install it (on Debian and Ubuntu: sudo apt-get install bubblewrap). "
    "Or, if you trust everybody who wrote these notebooks, use --no-sandbox: the notebooks then run "
    "as you, and can read, change and delete everything that you can."
)


class SandboxMissing(RuntimeError):
    """There is no working sandbox on this machine; the message says what to do."""


@dataclass(frozen=True)
class Limits:
    """What one notebook may use.

    Attributes:
        seconds: the time limit for the notebook.
        cell_seconds: the time limit for one cell.
        memory: the limit for all its processes and folders together, in bytes.
        processes: the largest number of processes, not counting threads.
        threads: the largest number of threads of all processes together.
        files: the largest number of files and sockets that all processes together have open.
        sockets: the largest number of sockets, also of those that no process has open.
        disk: the size of each of its folders, in bytes.
        output: the largest size of the executed notebook, in bytes.
        values: the largest number of values in the executed notebook.
    """

    seconds: float = 600.0
    cell_seconds: int = 180
    memory: int = 6 * 2**30
    processes: int = 64
    threads: int = 3000
    files: int = 5000
    sockets: int = 1000
    disk: int = 500 * 2**20
    output: int = 50 * 2**20
    values: int = 1_000_000


def require() -> None:
    """Make sure that the sandbox works on this machine.

    Raises:
        SandboxMissing: it doesn't.
    """
    if shutil.which("bwrap") is None:
        raise SandboxMissing(_MISSING.format(why=""))
    if not syscalls.is_known_processor():
        raise SandboxMissing(_MISSING.format(why=f" (not on {platform.machine()})"))
    with _filter() as filter:
        command = [*_bwrap(filter), *mounts.options([], {}, []), str(mounts.python()), "-c", ""]
        tried = subprocess.run(
            command, capture_output=True, text=True, check=False, env={}, pass_fds=[filter]
        )
    if tried.returncode != 0:
        why = f" (it says: {tried.stderr.strip()})"
        raise SandboxMissing(_MISSING.format(why=why))


def _bwrap(filter):
    """The beginning of a command line for bubblewrap, with a filter from `_filter`."""
    # `shutil.which`, because the environment that it gets has no PATH.
    return [os.path.abspath(shutil.which("bwrap")), *_ISOLATION, "--seccomp", str(filter)]


@contextlib.contextmanager
def _filter():
    """In the block, an open file with the filter for system calls."""
    reads, writes = os.pipe()
    with os.fdopen(writes, "wb") as pipe:
        pipe.write(syscalls.program())
    try:
        yield reads
    finally:
        os.close(reads)


class NotebookRunner:
    """Runs the notebooks of one lesson, with a copy of the package that lacks the lesson's solutions.

    Use it in a `with` statement; the copy is deleted at its end.

    Args:
        lesson: the notebooks' lesson.
        sandboxed: False runs notebooks like any other program, with all the rights of the caller.
        limits: what one notebook may use; None takes the defaults.
        hidden: folders with other people's data. Notebooks can't read them, wherever they are.
    """

    def __init__(
        self,
        lesson: Lesson,
        *,
        sandboxed: bool = True,
        limits: Limits | None = None,
        hidden: Iterable[str | Path] = (),
    ) -> None:
        self.lesson, self.sandboxed, self._hidden = lesson, sandboxed, list(hidden)
        self.limits = Limits() if limits is None else limits

    def __enter__(self) -> "NotebookRunner":
        if self.sandboxed:
            require()
        self._folder = scratch.Folder()
        self._copy = self._folder.path / "package"
        package_copy.write(self._copy, self.lesson)
        self._data = next(folder for folder in FOLDERS if (folder / DIGITS.name).is_file())
        (self._copy / "data").symlink_to(self._data)
        return self

    def __exit__(self, *_) -> None:
        self._folder.remove()

    @property
    def folder(self) -> Path:
        """The folder for everything temporary, which is deleted at the end."""
        return self._folder.path

    def start(self, notebook: str, socket_folder: str | Path) -> "RunningNotebook":
        """Start to run a notebook, without waiting for its end.

        Args:
            notebook: the notebook's text.
            socket_folder: the folder that holds the judge's socket, "judge".

        Returns:
            The notebook, running.
        """
        return RunningNotebook(self, notebook, Path(socket_folder))

    def command(
        self, work_folder: Path, socket_folder: Path, filter: int | None
    ) -> tuple[list[str], dict[str, str]]:
        """Build the command that runs a notebook from standard input.

        Args:
            work_folder: the notebook's folder if there is no sandbox. In it, the folder is /tmp, in memory.
            socket_folder: the folder that holds the judge's socket.
            filter: the number of an open file with the filter for system calls; None if there is no
                sandbox.

        Returns:
            The command line, and its environment.
        """
        program = [
            str(mounts.python()), "-P", str(self._copy / "fedtutor" / "grading" / "run_notebook.py"),
            str(self.limits.cell_seconds), str(self.limits.output),
        ]  # fmt: skip
        home, judge = ("/tmp", _JUDGE) if self.sandboxed else (str(work_folder), str(socket_folder))
        environment = {
            "PATH": f"{mounts.python().parent}:/usr/bin:/bin",
            "HOME": home,
            "TMPDIR": home,
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(self._copy),
            "PYTHONDONTWRITEBYTECODE": "1",
            "JUPYTER_PLATFORM_DIRS": "1",
            "NBGRADER_EXECUTION": "autograde",
            examined.ADDRESS: f"{judge}/judge",
        }
        # These choose how NumPy computes; without them it fails on some processors.
        kept = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
        environment |= {name: os.environ[name] for name in kept if name in os.environ}
        if not self.sandboxed:
            return program, environment
        variables = [part for name in environment for part in ("--setenv", name, environment[name])]
        return [
            *_bwrap(filter),
            *self._scratch("/tmp"), "--proc", "/proc", "--dev", "/dev", *self._scratch("/dev/shm"),
            # Memory that is shared through it would belong to no process.
            "--dev-bind", "/dev/null", "/dev/zero",
            *self._readable(),
            "--ro-bind", str(socket_folder), _JUDGE,
            # bwrap makes / and /dev as folders in memory, which a notebook could fill up. The settings in
            # /proc/sys are this machine's own, and root may change them.
            "--remount-ro", "/dev", "--remount-ro", "/proc", "--remount-ro", "/",
            "--chdir", home, "--clearenv", *variables, *program,
        ], {}  # fmt: skip

    def _readable(self):
        # Another version of the course may be installed where Python looks for packages.
        packages = {Path(folder).resolve() / "fedtutor" for folder in sys.path} | {PACKAGE}
        copy = self._copy / "fedtutor"
        # What is temporary may hold the secret and other learners' submissions.
        hidden = [*self._hidden, tempfile.gettempdir(), self._folder.path]
        return mounts.options(
            [self._copy, self._data],
            {path: copy for path in packages if path.is_dir()},
            [PACKAGE.parent, *hidden] if _is_checkout() else hidden,
        )

    def _scratch(self, path):
        return ["--size", str(self.limits.disk), "--tmpfs", str(path)]


def _is_checkout():
    """Whether the package's folder is inside the course's own folder, not one of Python's."""
    return (PACKAGE.parent / "pyproject.toml").is_file()


# Short: the path of a socket has at most 107 characters.
_JUDGE = "/run/judge"
_ISOLATION = [
    "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
    "--uid", "65534", "--gid", "65534",
]  # fmt: skip


class RunningNotebook:
    """A notebook that is running, or has ended.

    Attributes:
        stopped: why it was stopped early, as half a sentence; None if it wasn't.
        cell_stopped: whether one of its cells took too long, and the rest went on.
    """

    def __init__(self, runner: NotebookRunner, notebook: str, socket_folder: Path) -> None:
        self.stopped: str | None = None
        self.cell_stopped = False
        self._limits, self._begin = runner.limits, time.monotonic()
        self._in_memory = []
        self._folder = tempfile.TemporaryDirectory(prefix="run-", dir=runner.folder)
        if runner.sandboxed:
            self._in_memory = ["/tmp", "/dev/shm"]
        with _filter() if runner.sandboxed else contextlib.nullcontext() as filter:
            command, environment = runner.command(Path(self._folder.name), socket_folder, filter)
            self._process = subprocess.Popen(
                command, env=environment, cwd=self._folder.name, start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                preexec_fn=self._set_limits, pass_fds=[filter] if runner.sandboxed else [],
            )  # fmt: skip
        self._output = b""
        self._pipes = threading.Thread(
            target=self._communicate, args=[notebook.encode(errors="replace")]
        )
        self._watchdog = threading.Thread(target=self._enforce_limits)
        self._pipes.start()
        self._watchdog.start()

    @property
    def is_running(self) -> bool:
        """Whether the program that runs the notebook hasn't ended yet."""
        return self._pipes.is_alive()

    def stop(self, why: str) -> None:
        """Kill all its processes.

        Args:
            why: the reason, for `stopped`.
        """
        self.stopped = self.stopped or why
        for process in [*usage.descendants(self._process.pid), self._process]:
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                process.kill()

    def result(self) -> str:
        """Wait until it has ended.

        Returns:
            The executed notebook, as text; empty if there is none, or if it holds too many values or
            takes too much memory.
        """
        self._pipes.join()
        self._watchdog.join()
        self._folder.cleanup()
        # What the program itself says about its end is not shown: the notebook may have written it.
        if self._process.returncode == KERNEL_DIED:
            self.stopped = self.stopped or "Python ended in one of its cells"
        elif self._process.returncode == CELL_STOPPED and self._took >= self._limits.cell_seconds:
            self.cell_stopped = True
        elif self._process.returncode:
            self.stopped = self.stopped or f"its program failed ({self._process.returncode})"
        if codec.values_in(self._output) > self._limits.values:
            return ""
        text = self._output.decode(errors="replace")
        # One emoji makes Python take four bytes for each character.
        return text if sys.getsizeof(text) <= 2 * self._limits.output else ""

    def _communicate(self, text):
        with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(text)
        # `run_notebook` keeps to the limit, so anything larger was not written by it.
        self._output = self._process.stdout.read(self._limits.output)
        if self._process.stdout.read(1):
            self.stop("its output was too large")
        self._process.stdout.close()
        self._process.wait()
        self._took = time.monotonic() - self._begin

    def _set_limits(self):
        limits = self._limits
        # The grading process ignores this signal, but a cell that takes too long is interrupted by it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.disk, limits.disk))
        # A cell that takes too much memory gets a MemoryError, and the rest of the notebook goes on.
        resource.setrlimit(resource.RLIMIT_DATA, (limits.memory, limits.memory))
        most, hard = usage.FILES_PER_PROCESS, resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    def _enforce_limits(self):
        end = time.monotonic() + self._limits.seconds
        while self._pipes.is_alive():
            used, limits = usage.of(self._process.pid, self._in_memory), self._limits
            for what in ("processes", "threads", "files", "sockets"):
                if getattr(used, what) > (most := getattr(limits, what)):
                    self.stop(f"it had more than {most} {_WORDS.get(what, what)}")
            if used.memory > limits.memory:
                self.stop(f"it used more than {limits.memory / 2**30:.0f} GiB of memory")
            if time.monotonic() > end:
                self.stop(f"it took more than {self._limits.seconds:.0f} seconds")
            time.sleep(0.1)


_WORDS = {"files": "open files"}
