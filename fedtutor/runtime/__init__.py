"""Where TFF computations run, and how that ends.

`use()` runs them inside this process: no child process, no port, nothing that stays behind, and
rounds about as fast as the arithmetic allows. `use(worker=True)` hands them to TFF's own worker,
which a watchdog ends with this process. Both return the same results.

Inside: `inprocess` runs a `plan`, which consists of `nodes` (and of `elements`, for sequences);
`graphs` traces TFF's graphs again, in a `scope`, with their `library`, `variables` and `scans`;
`dataset_reader` takes clients' data sets apart, `layouts` finds one way to hold them all, and
`sequences` puts them together again; `loops` can be stopped; `single_core` keeps a client to one
core; `convert` turns Python's values into a plan's and back; `tff_worker` and `_worker_watchdog` own
TFF's worker.

Lesson: 04_averaging_with_tff explains what a runtime does; every lesson calls `use()` once.
"""

import atexit
import os

import tensorflow_federated as tff

from fedtutor.runtime.errors import CannotRun, WorkerError
from fedtutor.runtime.inprocess import Context
from fedtutor.runtime.tff_worker import Worker, WorkerContext, end_tffs_own_worker, worker_binary

__all__ = ["CannotRun", "Worker", "WorkerError", "ensure", "stop", "use", "worker", "worker_binary"]

_context = None


def use(*, worker: bool = False, concurrent_clients: int | None = None) -> None:
    """Choose the runtime for TFF computations from here on.

    Calling it again with the same arguments does nothing.

    Args:
        worker: False runs them in this process; True in TFF's own worker, which starts with the
            first computation and ends with this process: at a normal exit, an exception, Ctrl-C, a
            kernel restart or `kill -9`. (The worker needs Linux on x86-64.)
        concurrent_clients: how many clients of a round are computed side by side; by default, one
            per processor core. More need more memory.

    Raises:
        ValueError: `concurrent_clients` is below 1.
        CannotRun: from a computation itself, where this process cannot run it.
        WorkerError: from a computation itself, where the worker cannot start or dies.

    Lesson: 00_start_here.
    """
    global _context
    concurrent_clients = os.cpu_count() if concurrent_clients is None else concurrent_clients
    if concurrent_clients < 1:
        raise ValueError(f"concurrent_clients is {concurrent_clients}, but must be 1 or more.")
    kind = WorkerContext if worker else Context
    if type(_context) is kind and _context.concurrent_clients == concurrent_clients:
        return
    stop()
    _context = kind(concurrent_clients)
    end_tffs_own_worker()
    tff.framework.set_default_context(_context)


def ensure() -> None:
    """`use()`, unless a runtime has been chosen already."""
    if _context is None:
        use()


def stop() -> None:
    """Release what the runtime holds. The next computation takes it again; nothing is lost."""
    if _context is not None:
        _context.close()


def worker() -> Worker | None:
    """TFF's worker, where one is running for this process (a `Worker`), or None."""
    return _context.worker if isinstance(_context, WorkerContext) else None


def _at_exit():
    # Where nobody called `use`, TFF's own runtime is still in place. It fails to end its worker once
    # Python has begun to shut down, and complains of it: so it is replaced while that still works.
    ensure()
    stop()


atexit.register(_at_exit)
