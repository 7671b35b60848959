"""Runs a learner's notebook where it can't do any harm.

The program that runs the notebook has no network access and sees none of the caller's environment. Its
file system is read-only and holds little: Python, its packages, the course's package without solutions,
and the digits. It can only write to a folder in memory, which is deleted at the end. Time and memory
are limited. bubblewrap (`bwrap`) does most of this.
"""

import ast
import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

import fedtutor
from fedtutor.data import DIGITS, FOLDERS
from fedtutor.exercises import LESSONS, WITH_ANSWERS, examined
from fedtutor.exercises.problem import Lesson
from fedtutor.grading.run_notebook import KERNEL_DIED

PACKAGE = Path(fedtutor.__file__).resolve().parent
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
        memory: the limit for all its processes together, in bytes.
        processes: the largest number of processes, not counting threads.
        disk: the size of its folder, in bytes.
        output: the largest size of the executed notebook, in bytes.
    """

    seconds: float = 600.0
    cell_seconds: int = 180
    memory: int = 6 * 2**30
    processes: int = 64
    disk: int = 500 * 2**20
    output: int = 50 * 2**20


def require() -> None:
    """Make sure that the sandbox works on this machine.

    Raises:
        SandboxMissing: it doesn't.
    """
    if shutil.which("bwrap") is None:
        raise SandboxMissing(_MISSING.format(why=""))
    tried = subprocess.run(
        ["bwrap", *_ISOLATION, "--ro-bind", "/", "/", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode != 0:
        why = f" (it says: {tried.stderr.strip()})"
        raise SandboxMissing(_MISSING.format(why=why))


class NotebookRunner:
    """Runs the notebooks of one lesson, with a copy of the package that lacks the lesson's solutions.

    Use it in a `with` statement; the copy is deleted at its end.

    Args:
        lesson: the notebooks' lesson.
        sandboxed: False runs notebooks like any other program, with all the rights of the caller.
        limits: what one notebook may use; None takes the defaults.
    """

    def __init__(
        self, lesson: Lesson, *, sandboxed: bool = True, limits: Limits | None = None
    ) -> None:
        self.lesson, self.sandboxed = lesson, sandboxed
        self.limits = Limits() if limits is None else limits

    def __enter__(self) -> "NotebookRunner":
        if self.sandboxed:
            require()
        self._folder = tempfile.TemporaryDirectory(prefix="fedtutor-package-")
        self._copy = Path(self._folder.name) / "package"
        shutil.copytree(
            PACKAGE, self._copy / "fedtutor", ignore=shutil.ignore_patterns("__pycache__", "_data")
        )
        for module in LESSONS:
            path = self._copy / "fedtutor" / "exercises" / f"{module}.py"
            path.write_text(_STAND_IN_MODULE.format(module=module))
            if module == self.lesson.module:
                path.write_text(f"{path.read_text()}\n\nkeep_name({module!r})\n")
        for module in WITH_ANSWERS:
            (self._copy / "fedtutor" / "exercises" / f"{module}.py").unlink()
        for module, functions in self.lesson.hides.items():
            path = self._copy / "fedtutor" / f"{module}.py"
            path.write_text(_without_functions(path.read_text(), functions))
        self._data = next(folder for folder in FOLDERS if (folder / DIGITS.name).is_file())
        (self._copy / "data").symlink_to(self._data)
        return self

    def __exit__(self, *_) -> None:
        self._folder.cleanup()

    def start(self, notebook: str, socket_folder: str | Path) -> "RunningNotebook":
        """Start to run a notebook, without waiting for its end.

        Args:
            notebook: the notebook's text.
            socket_folder: the folder that holds the judge's socket, "judge".

        Returns:
            The notebook, running.
        """
        return RunningNotebook(self, notebook, Path(socket_folder))

    def command(self, work_folder: Path, socket_folder: Path) -> tuple[list[str], dict[str, str]]:
        """Build the command that runs a notebook from standard input.

        Args:
            work_folder: the only folder that the notebook can write to.
            socket_folder: the folder that holds the judge's socket.

        Returns:
            The command line, and its environment.
        """
        program = [
            sys.executable, "-P", str(self._copy / "fedtutor" / "grading" / "run_notebook.py"),
            str(self.limits.cell_seconds), str(self.limits.output),
        ]  # fmt: skip
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(work_folder),
            "TMPDIR": str(work_folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(self._copy),
            "PYTHONDONTWRITEBYTECODE": "1",
            "JUPYTER_PLATFORM_DIRS": "1",
            "NBGRADER_EXECUTION": "autograde",
            examined.ADDRESS: str(socket_folder / "judge"),
        }
        # These choose how NumPy computes; without them it fails on some processors.
        kept = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
        environment |= {name: os.environ[name] for name in kept if name in os.environ}
        if not self.sandboxed:
            return program, environment
        return [
            "bwrap",
            *self._bwrap_options(work_folder, socket_folder, environment),
            *program,
        ], {}

    def _bwrap_options(
        self, work_folder: Path, socket_folder: Path, environment: Mapping[str, str]
    ) -> list[str]:
        readable = {self._copy, self._data, *_python_folders()}
        binds = [part for path in sorted(readable) for part in ("--ro-bind", str(path), str(path))]
        # If the course is installed in one of these folders, the copy is mounted on top of it.
        if any(PACKAGE.is_relative_to(path) for path in readable):
            binds += ["--ro-bind", str(self._copy / "fedtutor"), str(PACKAGE)]
        variables = [part for name in environment for part in ("--setenv", name, environment[name])]
        return [
            *_ISOLATION, *_SYSTEM_FOLDERS,
            *self._scratch("/tmp"), "--proc", "/proc", "--dev", "/dev", *self._scratch("/dev/shm"),
            *binds, *self._scratch(work_folder),
            "--ro-bind", str(socket_folder), str(socket_folder),
            # bwrap makes / and /dev as folders in memory, which a notebook could fill up.
            "--remount-ro", "/dev", "--remount-ro", "/",
            "--chdir", str(work_folder), "--clearenv", *variables,
        ]  # fmt: skip

    def _scratch(self, path):
        return ["--size", str(self.limits.disk), "--tmpfs", str(path)]


_ISOLATION = [
    "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
    "--uid", "65534", "--gid", "65534",
]  # fmt: skip
_SYSTEM_FOLDERS = [
    "--ro-bind", "/usr", "/usr",
    *(part for name in ("bin", "lib", "lib64", "sbin") for part in
      ("--ro-bind-try", f"/{name}", f"/{name}")),
    *(part for name in ("ld.so.cache", "alternatives", "localtime", "fonts") for part in
      ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")),
]  # fmt: skip

_STAND_IN_MODULE = '''"""Replaces a lesson's exercises while the lesson is graded."""

from fedtutor.exercises.examined import attribute, keep_name


def __getattr__(name):
    return attribute({module!r}, name)
'''
_HIDDEN_FUNCTIONS = """

def __getattr__(name):
    if name in {functions!r}:
        raise AttributeError(f"{{name}} is hidden until its exercise has been graded")
    raise AttributeError(name)
"""


def _without_functions(source, functions):
    """Remove some functions from a module's text."""
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            del lines[first - 1 : node.end_lineno]
    return "\n".join(lines) + _HIDDEN_FUNCTIONS.format(functions=list(functions))


def _python_folders():
    """The folders that Python and its packages are in."""
    found = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
    # In a virtual environment, `python` is a link, possibly to another link.
    found.add(Path(os.path.realpath(sys.executable)).parent.parent)
    return {path for path in found if not path.is_relative_to("/usr")}


class RunningNotebook:
    """A notebook that is running, or has ended.

    Attributes:
        stopped: why it was stopped early, as half a sentence; None if it wasn't.
    """

    def __init__(self, runner: NotebookRunner, notebook: str, socket_folder: Path) -> None:
        self.stopped: str | None = None
        self._limits = runner.limits
        # A short name: the kernel's sockets are in this folder, and their paths must not be long.
        self._folder = tempfile.TemporaryDirectory(prefix="fedtutor-run-")
        self._errors = tempfile.TemporaryFile()
        command, environment = runner.command(Path(self._folder.name), socket_folder)
        self._process = subprocess.Popen(
            command, env=environment, cwd=self._folder.name, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            preexec_fn=self._set_limits,
        )  # fmt: skip
        self._output = b""
        self._pipes = threading.Thread(target=self._communicate, args=[notebook.encode()])
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
        for process in [*_descendants(self._process.pid), self._process]:
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                process.kill()

    def result(self) -> str:
        """Wait until it has ended.

        Returns:
            The executed notebook, as text; empty if there is none.
        """
        self._pipes.join()
        self._watchdog.join()
        self._folder.cleanup()
        if self._process.returncode and self.stopped is None:
            # What it printed is no reason to show: the notebook could have written it.
            died = self._process.returncode == KERNEL_DIED
            why = f"its program failed ({self._process.returncode})"
            self.stopped = "Python ended in one of its cells" if died else why
        self._errors.close()
        return self._output.decode(errors="replace")

    def _communicate(self, text):
        with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(text)
        # `run_notebook` keeps to the limit, so anything larger was not written by it.
        self._output = self._process.stdout.read(2 * self._limits.output)
        if self._process.stdout.read(1):
            self.stop("its output was too large")
        self._process.stdout.close()
        self._process.wait()

    def _set_limits(self):
        limits = self._limits
        # The grading process ignores this signal, but a cell that takes too long is interrupted by it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.disk, limits.disk))
        # A cell that takes too much memory gets a MemoryError, and the rest of the notebook goes on.
        resource.setrlimit(resource.RLIMIT_DATA, (limits.memory, limits.memory))

    def _enforce_limits(self):
        end = time.monotonic() + self._limits.seconds
        while self._pipes.is_alive():
            processes = _descendants(self._process.pid)
            if len(processes) > self._limits.processes:
                self.stop(f"it had more than {self._limits.processes} processes")
            if sum(map(_memory, processes)) > self._limits.memory:
                self.stop(f"it used more than {self._limits.memory / 2**30:.0f} GiB of memory")
            if time.monotonic() > end:
                self.stop(f"it took more than {self._limits.seconds:.0f} seconds")
            time.sleep(0.1)


def _descendants(pid):
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _memory(process):
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
