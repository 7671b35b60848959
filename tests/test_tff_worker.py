"""Whatever happens to the process that uses TFF, its worker must not outlive it."""

import json
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
import tensorflow_federated as tff

from fedtutor import runtime
from fedtutor.runtime import tff_worker
from tests.conftest import ROOT, alive, obey_ctrl_c, our_processes, wait_until

# Runs a computation, tells who works for it, and then does what its argument says.
LEARNER = """
import sys, json
from fedtutor import runtime
import numpy as np
import tensorflow_federated as tff
runtime.use(worker=True)

@tff.federated_computation(tff.FederatedType(np.int32, tff.CLIENTS))
def total(values):
    return tff.federated_sum(values)

assert total([1, 2, 3]) == 6
print(json.dumps([runtime.worker().pid, runtime.worker().watchdog_pid]), flush=True)
exec(sys.argv[1])
"""


@pytest.fixture(scope="module")
def total():
    @tff.federated_computation(tff.FederatedType(np.int32, tff.CLIENTS))
    def total(values):
        return tff.federated_sum(values)

    return total


def learner(ending):
    """A learner's Python, its output in a pipe that somebody reads; and the pids it told."""
    process = subprocess.Popen(
        [sys.executable, "-c", LEARNER, ending],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
        preexec_fn=obey_ctrl_c,
    )  # fmt: skip
    for line in process.stdout:
        if re.fullmatch(r"\[\d+, \d+\]\n", line):
            return process, json.loads(line)
    raise AssertionError(f"it never got to work; status {process.wait()}")


@pytest.mark.parametrize(
    "ending, signal_, status, said",
    [
        ("pass", None, 0, ""),
        ("raise RuntimeError('oh no')", None, 1, "oh no"),
        ("import time; time.sleep(60)", signal.SIGINT, -signal.SIGINT, "KeyboardInterrupt"),
        ("import time; time.sleep(60)", signal.SIGKILL, -signal.SIGKILL, ""),
    ],
    ids=["normal exit", "exception", "Ctrl-C", "kill -9"],
)
def test_no_worker_outlives_its_process_and_no_pipe_stays_open(ending, signal_, status, said):
    process, pids = learner(ending)
    assert all(alive(pid) for pid in pids) or signal_ is None
    if signal_ is not None:
        process.send_signal(signal_)
    # Reading to the end blocks for as long as anyone holds the pipe.
    rest = process.stdout.read()
    assert process.wait(20) == status
    assert said in rest
    if not said:
        assert rest == "", "a learner would see this at the end of a program"
    assert wait_until(lambda: not any(alive(pid) for pid in pids), 5)


def ignore_ctrl_c():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.mark.parametrize("start", [obey_ctrl_c, ignore_ctrl_c], ids=["foreground", "background"])
def test_tffs_own_worker_is_ended_too_where_nobody_called_use(start):
    code = LEARNER.replace("runtime.use(worker=True)\n", "").replace(
        "[runtime.worker().pid, runtime.worker().watchdog_pid]",
        "[p.pid for p in __import__('psutil').Process().children()]",
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "pass"],
        capture_output=True, text=True, timeout=60, cwd=ROOT, preexec_fn=start,
    )  # fmt: skip
    pids = json.loads(re.search(r"^\[\d+\]$", done.stdout, re.M)[0])
    assert wait_until(lambda: not any(alive(pid) for pid in pids), 5)
    assert "Exception ignored" not in done.stderr


def test_the_worker_survives_ctrl_c_and_the_next_computation_uses_it():
    ending = """
try:
    import time; print("waiting", flush=True); time.sleep(60)
except KeyboardInterrupt:
    print(total([4, 5]), flush=True)
"""
    process, pids = learner(ending)
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.read() == "9\n"
    assert process.wait(20) == 0


def test_a_kernel_restart_leaves_no_worker(tmp_path):
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", cwd=str(ROOT))
    try:
        told = []
        reply = client.execute_interactive(
            LEARNER.replace("exec(sys.argv[1])", ""),
            output_hook=lambda m: told.append(m["content"].get("text", "")),
            timeout=90,
        )
        assert reply["content"]["status"] == "ok", reply
        pids = json.loads("".join(told))
        assert all(alive(pid) for pid in pids)
        manager.restart_kernel(now=True)
        assert wait_until(lambda: not any(alive(pid) for pid in pids), 5)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_worker_dies_with_a_watchdog_that_is_killed(total):
    runtime.use(worker=True)
    assert total([1]) == 1
    worker = runtime.worker().pid
    os.kill(runtime.worker().watchdog_pid, signal.SIGKILL)
    assert wait_until(lambda: not alive(worker), 5)
    runtime.stop()


def test_a_worker_that_died_is_told_and_replaced(total):
    runtime.use(worker=True)
    assert total([1, 2]) == 3
    os.kill(runtime.worker().pid, signal.SIGKILL)
    watchdog = runtime.worker().watchdog_pid
    assert wait_until(lambda: runtime.worker() is None or not runtime.worker().alive, 5)
    with pytest.raises(runtime.WorkerError, match="ended by signal 9(.|\n)*a new worker starts"):
        total([1, 2])
    assert total([3, 4]) == 7
    assert not alive(watchdog)


def test_a_worker_that_dies_in_mid_round_does_not_hang_the_round(few):
    from fedtutor import federated, models, partition

    clients = federated.ClientDatasets(
        *few, partition.iid(few[1], 2, seed=0), batch_size=1, local_epochs=100
    )
    process = federated.fed_avg(models.cnn, clients.element_spec, client_learning_rate=0.01)
    runtime.use(worker=True)
    state = process.initialize()
    victim = runtime.worker().pid
    pid = subprocess.Popen(
        [sys.executable, "-c", f"import time, os; time.sleep(3); os.kill({victim}, 9)"]
    )
    start = time.monotonic()
    with pytest.raises(runtime.WorkerError, match="ended by signal 9"):
        process.next(state, clients.cohort([0, 1]))
    assert 2 < time.monotonic() - start < 30
    pid.wait()


def test_stopping_ends_the_worker_and_the_next_computation_starts_one(total):
    runtime.use(worker=True)
    assert total([1]) == 1
    first = runtime.worker()
    runtime.stop()
    assert not alive(first.pid) and not alive(first.watchdog_pid) and runtime.worker() is None
    assert total([2]) == 2
    assert runtime.worker().pid != first.pid


def test_using_it_again_keeps_the_worker_unless_something_changes(total):
    runtime.use(worker=True)
    total([1])
    first = runtime.worker().pid
    runtime.use(worker=True)
    assert runtime.worker().pid == first
    runtime.use(worker=True, concurrent_clients=1)
    assert runtime.worker() is None
    assert total([5, 6]) == 11
    command = psutil.Process(runtime.worker().pid).cmdline()
    assert "--max_concurrent_computation_calls=1" in command
    runtime.use(worker=True)
    with pytest.raises(ValueError, match="1 or more"):
        runtime.use(concurrent_clients=-1)


def test_nobody_else_reaches_the_worker(total):
    """Its port is in a network of its own; the way in is a socket in a folder of this user's."""
    runtime.use(worker=True)
    total([1])
    worker = runtime.worker()
    if not worker.sealed:
        pytest.skip("this system allows no network namespaces; `fedtutor doctor` says so")
    (port,) = (
        int(word.split("=")[1])
        for word in psutil.Process(worker.pid).cmdline()
        if word.startswith("--port=")
    )
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    assert os.readlink(f"/proc/{worker.pid}/ns/net") != os.readlink("/proc/self/ns/net")
    folder = os.path.dirname(worker.address.removeprefix("unix:"))
    assert os.stat(folder).st_mode & 0o077 == 0


def test_a_forked_child_does_not_hold_the_worker(total):
    runtime.use(worker=True)
    assert total([1]) == 1
    worker = runtime.worker().pid
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(30,))
    child.start()
    try:
        runtime.stop()
        assert not alive(worker)
    finally:
        child.kill()
        child.join()


def program(tmp_path, text):
    path = tmp_path / "worker_binary"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def test_a_worker_that_dies_at_start_gives_its_log(tmp_path):
    before = our_processes().keys()
    with pytest.raises(runtime.WorkerError, match="status 3(.|\n)*not my kind of processor"):
        runtime.Worker(program(tmp_path, "echo not my kind of processor >&2; exit 3"), 1)
    with pytest.raises(runtime.WorkerError, match="signal 4"):
        runtime.Worker(program(tmp_path, "kill -ILL $$"), 1)
    assert our_processes().keys() <= set(before)


def test_a_worker_that_never_answers_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(tff_worker, "_START_SECONDS", 1)
    with pytest.raises(runtime.WorkerError, match="without a word"):
        runtime.Worker(program(tmp_path, "exec sleep 100"), 1)
    assert not [
        p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "100"]
    ]


def test_a_missing_worker_is_named(tmp_path):
    with pytest.raises(runtime.WorkerError, match=str(tmp_path)):
        runtime.Worker(tmp_path / "worker_binary", 1)


def test_where_the_network_cannot_be_sealed_the_worker_still_runs(monkeypatch):
    """As on systems that forbid network namespaces: reachable, and said so."""
    start, folders = runtime.Worker._start, []

    def forbidden(self, binary, concurrent_clients, seal):
        if seal == "seal":
            start(self, binary, concurrent_clients, "open")
            folders.append(self._folder)
            return {"failed": "no rights", "retry_unsealed": True}
        return start(self, binary, concurrent_clients, seal)

    monkeypatch.setattr(runtime.Worker, "_start", forbidden)
    worker = runtime.Worker(runtime.worker_binary(), 1)
    try:
        assert folders and not os.path.exists(folders[0]), "the first attempt is tidied away"
        assert not worker.sealed and worker.address.startswith("localhost:")
        socket.create_connection(("127.0.0.1", int(worker.address.split(":")[1])), 2).close()
    finally:
        worker.stop()
    assert not alive(worker.pid)
