"""Runs a learner's notebook where it can do no harm.

The program that runs it sees no network, none of the caller's environment, and a file system that
cannot be written to and holds little: Python, its packages, the course's package without solutions,
and the digits. It writes to a folder in memory that goes with it. Time and memory are limited.
bubblewrap (`bwrap`) does most of this.
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
from dataclasses import dataclass
from pathlib import Path

import psutil

import fedtutor
from fedtutor.data import FILE_NAME, FOLDERS
from fedtutor.exercises import LESSONS, examined

PACKAGE = Path(fedtutor.__file__).resolve().parent
_MISSING = (
    "bubblewrap is not here, or may not do its work{why}. It keeps what learners' notebooks do away "
    "from this machine. Install it (on Debian and Ubuntu: sudo apt-get install bubblewrap). Or, if "
    "you trust everybody who wrote these notebooks, say --no-sandbox: then they run as you, and can "
    "read, change and delete whatever you can."
)


class SandboxMissing(RuntimeError):
    """There is no sandbox on this machine; the message says what to do."""


@dataclass(frozen=True)
class Limits:
    """What one notebook may use.

    Attributes:
        seconds: in all.
        cell_seconds: one cell.
        memory: in bytes, all its processes together.
        processes: how many, with their threads not counted.
        disk: in bytes, in its folder.
        output: in bytes, what is kept of the executed notebook.
    """

    seconds: float = 600.0
    cell_seconds: int = 180
    memory: int = 6 * 2**30
    processes: int = 64
    disk: int = 500 * 2**20
    output: int = 50 * 2**20


def require():
    """Make sure that there is a sandbox.

    Raises:
        SandboxMissing: there is none.
    """
    if shutil.which("bwrap") is None:
        raise SandboxMissing(_MISSING.format(why=""))
    tried = subprocess.run(
        ["bwrap", *_FENCE, "--ro-bind", "/", "/", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode != 0:
        why = f" (it says: {tried.stderr.strip()})"
        raise SandboxMissing(_MISSING.format(why=why))


class Room:
    """Where the notebooks of one lesson run: a copy of the package in which its solutions are missing.

    Args:
        lesson: a `problem.Lesson`.
        sandboxed: False runs them as any other program, with all that the caller may do.
        limits: a `Limits`.

    Use it in a `with` statement; the copy goes at its end.
    """

    def __init__(self, lesson, *, sandboxed=True, limits=None):
        self.lesson, self.sandboxed = lesson, sandboxed
        self.limits = Limits() if limits is None else limits

    def __enter__(self):
        if self.sandboxed:
            require()
        self._folder = tempfile.TemporaryDirectory(prefix="fedtutor-room-")
        self._copy = Path(self._folder.name) / "package"
        shutil.copytree(
            PACKAGE, self._copy / "fedtutor", ignore=shutil.ignore_patterns("__pycache__", "_data")
        )
        for module in LESSONS:
            path = self._copy / "fedtutor" / "exercises" / f"{module}.py"
            path.write_text(_STAND_IN.format(module=module))
        for module, functions in self.lesson.hides.items():
            path = self._copy / "fedtutor" / f"{module}.py"
            path.write_text(_without(path.read_text(), functions))
        self._data = next(folder for folder in FOLDERS if (folder / FILE_NAME).is_file())
        (self._copy / "data").symlink_to(self._data)
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def run(self, notebook, socket_folder):
        """Start to run a notebook.

        Args:
            notebook: its text.
            socket_folder: the folder that holds the judge's socket, "judge".

        Returns:
            A `Running`.
        """
        return Running(self, notebook, Path(socket_folder))

    def command(self, box, socket_folder):
        """The command line that runs a notebook from standard input, and its environment."""
        program = [
            sys.executable, "-P", str(self._copy / "fedtutor" / "grading" / "inside.py"),
            str(self.limits.cell_seconds), str(self.limits.output),
        ]  # fmt: skip
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(box),
            "TMPDIR": str(box),
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
        return ["bwrap", *self._fence(box, socket_folder, environment), *program], {}

    def _fence(self, box, socket_folder, environment):
        readable = {self._copy, self._data, *_pythons()}
        binds = [part for path in sorted(readable) for part in ("--ro-bind", str(path), str(path))]
        # Where the course is installed among the packages, the copy lies over it.
        if any(PACKAGE.is_relative_to(path) for path in readable):
            binds += ["--ro-bind", str(self._copy / "fedtutor"), str(PACKAGE)]
        variables = [part for name in environment for part in ("--setenv", name, environment[name])]
        return [
            *_FENCE, *_SYSTEM,
            *self._scratch("/tmp"), "--proc", "/proc", "--dev", "/dev", *self._scratch("/dev/shm"),
            *binds, *self._scratch(box),
            "--ro-bind", str(socket_folder), str(socket_folder),
            # bwrap leaves the root and /dev as folders in memory that could be filled.
            "--remount-ro", "/dev", "--remount-ro", "/",
            "--chdir", str(box), "--clearenv", *variables,
        ]  # fmt: skip

    def _scratch(self, path):
        return ["--size", str(self.limits.disk), "--tmpfs", str(path)]


_FENCE = [
    "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
    "--uid", "65534", "--gid", "65534",
]  # fmt: skip
_SYSTEM = [
    "--ro-bind", "/usr", "/usr",
    *(part for name in ("bin", "lib", "lib64", "sbin") for part in
      ("--ro-bind-try", f"/{name}", f"/{name}")),
    *(part for name in ("ld.so.cache", "alternatives", "localtime", "fonts") for part in
      ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")),
]  # fmt: skip

_STAND_IN = '''"""Put aside while lessons are graded."""

from fedtutor.exercises.examined import attribute


def __getattr__(name):
    return attribute({module!r}, name)
'''
_PUT_ASIDE = """

def __getattr__(name):
    if name in {functions!r}:
        raise AttributeError(f"{{name}} is put aside while its exercise is graded")
    raise AttributeError(name)
"""


def _without(source, functions):
    """A module's text without some of its functions."""
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            del lines[first - 1 : node.end_lineno]
    return "\n".join(lines) + _PUT_ASIDE.format(functions=list(functions))


def _pythons():
    """The folders that Python and its packages lie in."""
    found = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
    # In a virtual environment `python` is a link, perhaps through others.
    found.add(Path(os.path.realpath(sys.executable)).parent.parent)
    return {path for path in found if not path.is_relative_to("/usr")}


class Running:
    """A notebook on its way.

    Attributes:
        stopped: why it was stopped early, as half a sentence; None if it was not.
    """

    def __init__(self, room, notebook, socket_folder):
        self.stopped = None
        self._limits = room.limits
        self._folder = tempfile.TemporaryDirectory(prefix="fedtutor-box-")
        self._errors = tempfile.TemporaryFile()
        command, environment = room.command(Path(self._folder.name), socket_folder)
        self._process = subprocess.Popen(
            command, env=environment, cwd=self._folder.name, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            preexec_fn=self._limit,
        )  # fmt: skip
        self._output = b""
        self._talk = threading.Thread(target=self._communicate, args=[notebook.encode()])
        self._watch = threading.Thread(target=self._watch_over)
        self._talk.start()
        self._watch.start()

    @property
    def is_on(self):
        return self._talk.is_alive()

    def stop(self, why):
        """End all its processes."""
        self.stopped = self.stopped or why
        for process in [*_family(self._process.pid), self._process]:
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                process.kill()

    def result(self):
        """Wait for its end.

        Returns:
            The executed notebook, as text; empty where there is none.
        """
        self._talk.join()
        self._watch.join()
        self._folder.cleanup()
        if self._process.returncode and self.stopped is None:
            self._errors.seek(0)
            last = self._errors.read().decode(errors="replace").strip().splitlines()[-1:]
            self.stopped = "".join(last) or f"its program failed ({self._process.returncode})"
        self._errors.close()
        return self._output.decode(errors="replace")

    def _communicate(self, text):
        with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(text)
        # More than this is no notebook of `inside`'s, which keeps to the limit.
        self._output = self._process.stdout.read(2 * self._limits.output)
        if self._process.stdout.read(1):
            self.stop("it wrote without end")
        self._process.stdout.close()
        self._process.wait()

    def _limit(self):
        limits = self._limits
        # Ignored in the process that grades; a cell that takes too long is interrupted by it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.disk, limits.disk))
        # So that a greedy cell gets a MemoryError, and the rest of the notebook goes on.
        resource.setrlimit(resource.RLIMIT_DATA, (limits.memory, limits.memory))

    def _watch_over(self):
        end = time.monotonic() + self._limits.seconds
        while self._talk.is_alive():
            family = _family(self._process.pid)
            if len(family) > self._limits.processes:
                self.stop(f"it had more than {self._limits.processes} processes")
            if sum(map(_memory, family)) > self._limits.memory:
                self.stop(f"it used more than {self._limits.memory / 2**30:.0f} GiB of memory")
            if time.monotonic() > end:
                self.stop(f"it took more than {self._limits.seconds:.0f} seconds")
            time.sleep(0.1)


def _family(pid):
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _memory(process):
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
