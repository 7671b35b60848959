"""TFF's own runtime: a worker process, to which TFF hands every computation, and its watchdog.

Left alone, that worker often stays behind when Python ends, holds the pipes that read your output,
waits forever where it can't start, and obeys anyone on the network. Here the watchdog
(`_worker_watchdog.py`) ends it with this process, however this process ends, and hides its port.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import OrderedDict
from pathlib import Path

import grpc
import tensorflow_federated as tff

from fedtutor import compat, install
from fedtutor.runtime.errors import WorkerError

# One executor per number of clients in a round, as TFF itself keeps them.
_MOST_EXECUTORS = 10
_START_SECONDS = 70
_STOP_SECONDS = 5
_MESSAGE_BYTES = 2_000_000_000
_CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", _MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MESSAGE_BYTES),
]
_REMEDY = (
    "Install TFF again: `make clean lab` in a checkout of the course."
    if install.worker_runs_here()
    else "It is made for Linux on x86-64 only. `runtime.use()` needs none, here as anywhere."
)
_WATCHDOG = Path(__file__).with_name("_worker_watchdog.py")


def worker_binary() -> Path:
    """The path of the worker program inside the installed TFF."""
    return Path(tff.__file__).parent / "data" / "worker_binary"


class Worker:
    """One running worker and its watchdog.

    Attributes:
        address: where gRPC finds it.
        pid: the worker's process.
        watchdog_pid: the watchdog's process.
        sealed: True if no other machine, and no other user of this one, can reach it. False where
            the system allows no network namespaces: then its port is open on every interface.
    """

    def __init__(self, binary: Path, concurrent_clients: int) -> None:
        if not Path(binary).is_file():
            raise WorkerError(
                f"TFF's worker program is missing: there is no file {binary}. " + _REMEDY
            )
        message = self._start(binary, concurrent_clients, "seal")
        if message.get("retry_unsealed"):
            self.stop()
            message = self._start(binary, concurrent_clients, "open")
        if "ready" not in message:
            self.stop()
            raise WorkerError(_obituary("TFF's worker did not start", message))
        self.address = message["ready"]
        self.pid = message["worker_pid"]
        self.sealed = message["sealed"]

    def _start(self, binary, concurrent_clients, seal):
        self._folder = tempfile.mkdtemp(prefix="fedtutor-")
        self._watchdog = subprocess.Popen(
            # Isolated from the caller's environment, so that no module of theirs can get in its way.
            [sys.executable, "-I", "-S", _WATCHDOG]
            + [binary, self._folder, str(concurrent_clients), seal],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Ctrl-C goes to every process of a terminal's group; the worker must survive it.
            start_new_session=True,
        )
        self.watchdog_pid = self._watchdog.pid
        _lifelines.add(self._watchdog.stdin)
        return self._hear(_START_SECONDS)

    def _hear(self, seconds):
        """The watchdog's next message; an empty one if there is none."""
        ready, _, _ = select.select([self._watchdog.stdout], [], [], seconds)
        line = self._watchdog.stdout.readline() if ready else b""
        return json.loads(line) if line else {}

    @property
    def alive(self) -> bool:
        return self._watchdog.poll() is None

    def obituary(self) -> str:
        """What is known of the death of a worker that is no longer alive."""
        return _obituary("TFF's worker died", self._hear(0))

    def stop(self) -> None:
        """End the worker and the watchdog, and wait for it."""
        _lifelines.discard(self._watchdog.stdin)
        self._watchdog.stdin.close()
        try:
            self._watchdog.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._watchdog.kill()
            self._watchdog.wait()
        self._watchdog.stdout.close()
        # The watchdog tidies up after itself, unless it was killed.
        shutil.rmtree(self._folder, ignore_errors=True)


class WorkerContext(tff.framework.SyncExecutionContext):
    """Runs TFF's computations in an owned worker, which starts with the first of them.

    Args:
        concurrent_clients: how many clients of a round are computed side by side.
    """

    def __init__(self, concurrent_clients: int) -> None:
        self._factory = _WorkerFactory(worker_binary(), concurrent_clients)
        self.concurrent_clients = concurrent_clients
        super().__init__(
            executor_fn=self._factory,
            compiler_fn=tff.backends.native.desugar_and_transform_to_native,
            transform_args=tff.tensorflow.transform_args,
            transform_result=tff.tensorflow.transform_result,
        )

    @property
    def worker(self) -> Worker | None:
        """The running `Worker`, or None."""
        return self._factory.worker

    def close(self) -> None:
        """End the worker. The next computation starts a new one."""
        self._factory.stop()

    def invoke(self, comp: tff.Computation, arg: object) -> object:
        compat.revive_keras_models()
        return super().invoke(comp, arg)


class _Channel:
    """A gRPC channel that nobody watches.

    TFF's stub subscribes to its state and never unsubscribes: gRPC then polls in a thread, which
    ends with a traceback when the channel is closed. The watchdog knows the worker's state better.
    """

    def __init__(self, channel):
        self._channel = channel

    def subscribe(self, callback, try_to_connect=False):
        pass

    def __getattr__(self, name):
        return getattr(self._channel, name)


class _WorkerFactory(tff.framework.ExecutorFactory):
    """Gives TFF its executors, and makes sure that there is a worker behind them."""

    def __init__(self, binary, concurrent_clients):
        self._binary = binary
        self._concurrent_clients = concurrent_clients
        self.worker = None
        self._stub = None
        self._channel = None
        self._executors = OrderedDict()

    def create_executor(self, cardinalities):
        # TFF repeats a call that lost its connection, and so comes back here when a worker dies.
        if self.worker is not None and not self.worker.alive:
            message = self.worker.obituary()
            self.stop()
            raise WorkerError(
                f"{message}\nNothing in Python is lost: run this again, and a new worker starts. "
                "If it dies again, it is probably short of memory: take fewer clients per round, "
                "or `fedtutor.runtime.use(worker=True, concurrent_clients=1)`."
            )
        if self.worker is None:
            self._connect()
        clients = cardinalities.setdefault(tff.CLIENTS, 0)
        if clients not in self._executors:
            executor = tff.framework.RemoteExecutor(self._stub)
            executor.set_cardinalities(cardinalities)
            self._executors[clients] = executor
            if len(self._executors) > _MOST_EXECUTORS:
                self._executors.popitem(last=False)
        self._executors.move_to_end(clients)
        return self._executors[clients]

    def clean_up_executor(self, cardinalities):
        executor = self._executors.pop(cardinalities.get(tff.CLIENTS, 0), None)
        if executor is not None and self.worker.alive:
            executor.close()

    def _connect(self):
        self.worker = Worker(self._binary, self._concurrent_clients)
        self._channel = _Channel(grpc.insecure_channel(self.worker.address, _CHANNEL_OPTIONS))
        self._stub = tff.framework.RemoteExecutorGrpcStub(self._channel)

    def stop(self):
        self._executors.clear()
        self._stub = None
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self.worker is not None:
            self.worker.stop()
            self.worker = None


def _obituary(what, message):
    # Popen's return code of a process that was ended by a signal is the negative signal.
    status = message.get("failed", message.get("died"))
    if status is None:
        how = "without a word within the time it was given"
    elif isinstance(status, int) and status < 0:
        how = f"ended by signal {-status}"
    else:
        how = f"ended with status {status}"
    log = message.get("log") or "(its log is empty)"
    return f"{what}: {how}. The end of its log:\n{log}"


def end_tffs_own_worker() -> None:
    """Kill the worker that TFF has started, if somebody computed before calling `use`.

    TFF ends it when its runtime is replaced: by SIGINT, and waits for that without a limit. But
    whatever a shell started in the background ignores SIGINT, and so do its children.
    """
    binary = worker_binary().resolve()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            program = (process / "cmdline").read_bytes().split(b"\0")[0]
        except OSError:  # it has just ended
            continue
        if parent == os.getpid() and Path(os.fsdecode(program)).resolve() == binary:
            os.kill(int(process.name), signal.SIGKILL)


# A forked child (multiprocessing) would hold the lifelines of its parent's watchdogs open.
_lifelines = set()


def _let_go_after_fork():
    for pipe in _lifelines:
        os.close(pipe.fileno())
    _lifelines.clear()


if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(after_in_child=_let_go_after_fork)
