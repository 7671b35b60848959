"""Watches one TFF worker, and ends it with the process that started it. Run by `runtime` only.

TFF's worker program outlives the Python that started it, listens on every network interface and
executes whatever it is sent. The watchdog is there to prevent that:

- it holds the read end of a pipe (its stdin). The other end is closed by the operating system when
  the starting process ends, however that happens, and then the watchdog kills the worker;
- if the watchdog itself is killed, the kernel kills the worker (PR_SET_PDEATHSIG);
- it moves into a network of its own (a user and a network namespace), where the worker's open port
  reaches nobody, and relays a Unix socket, in a folder that only this user may enter, to that port;
- neither of them inherits stdout or stderr, so no pipe is held open. The worker's goes to a file.

It tells its parent what happened in lines of JSON on its stdout: `ready`, `failed` or `died`.
Standard library only: it starts in a few hundredths of a second.
"""

import asyncio
import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG = 1
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
START_SECONDS = 60
LOG_LINES = 20

libc = ctypes.CDLL(None, use_errno=True)


def seal_network() -> bool:
    """Move this process into a network that holds nothing but its own loopback; True if allowed."""
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    try:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            request = struct.pack("16sh14x", b"lo", 0)
            (flags,) = struct.unpack("16xh14x", fcntl.ioctl(sock, SIOCGIFFLAGS, request))
            fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
    except OSError:
        # Half a move: the namespaces are there, but without rights in them. Some distributions
        # allow just that. The caller starts a watchdog that does not try.
        tell(failed="no rights in a network namespace", retry_unsealed=True)
        sys.exit(1)
    return True


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def start_worker(binary: str, port: int, folder: str, concurrent_clients: str) -> subprocess.Popen:
    def die_with_watchdog():
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    with open(os.path.join(folder, "worker.log"), "wb") as log:
        return subprocess.Popen(
            [binary, f"--port={port}", f"--max_concurrent_computation_calls={concurrent_clients}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_watchdog,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "1"},
        )


async def answers(port: int, worker: subprocess.Popen) -> bool:
    for _ in range(START_SECONDS * 50):
        if worker.poll() is not None:
            return False
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True
        except OSError:
            await asyncio.sleep(0.02)
    return False


async def relay(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on in both directions until either side closes."""
    try:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()
        return

    async def pump(source, target):
        try:
            while data := await source.read(1 << 20):
                target.write(data)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()

    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


async def parent_gone() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    await reader.read()


async def worker_gone(worker: subprocess.Popen) -> None:
    while worker.poll() is None:
        await asyncio.sleep(0.05)


def tell(**message) -> None:
    try:
        print(json.dumps(message), flush=True)
    except OSError:
        pass  # the parent is gone, which is what we are here to survive


def end_of_log(folder: str) -> str:
    with open(os.path.join(folder, "worker.log"), errors="replace") as log:
        return "".join(log.readlines()[-LOG_LINES:]).strip()


async def watch(binary: str, folder: str, concurrent_clients: str, sealed: bool) -> None:
    port = free_port()
    worker = start_worker(binary, port, folder, concurrent_clients)
    gone = asyncio.ensure_future(parent_gone())
    try:
        started = asyncio.ensure_future(answers(port, worker))
        await asyncio.wait([started, gone], return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            return
        if not started.result():
            tell(failed=worker.poll(), log=end_of_log(folder))
            return
        address = f"localhost:{port}"
        if sealed:
            path = os.path.join(folder, "worker.sock")
            server = await asyncio.start_unix_server(
                lambda reader, writer: relay(port, reader, writer), path, limit=1 << 20
            )
            address = f"unix:{path}"
        tell(ready=address, worker_pid=worker.pid, sealed=sealed)
        ended = asyncio.ensure_future(worker_gone(worker))
        await asyncio.wait([ended, gone], return_when=asyncio.FIRST_COMPLETED)
        if sealed:
            server.close()
        if not gone.done():
            tell(died=worker.poll(), log=end_of_log(folder))
    finally:
        worker.kill()
        worker.wait()
        shutil.rmtree(folder, ignore_errors=True)


def main(binary: str, folder: str, concurrent_clients: str, seal: str) -> None:
    sealed = seal == "seal" and seal_network()
    asyncio.run(watch(binary, folder, concurrent_clients, sealed))


if __name__ == "__main__":
    main(*sys.argv[1:])
