"""Runs one entrant as a child process, watches what it and its children hold, and ends them all."""

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

LOOK_EVERY = 0.1  # seconds; one look costs about a millisecond


@dataclass
class Run:
    """What one process of one entrant gave.

    Attributes:
        error: why there is no result, or None.
        seconds: of each round, the first one too.
        first_round: seconds from the start of the process to the end of its first round.
        peak: the most bytes that it and its children held together.
        memory: bytes held at the end of each round.
        weights: the last ones, a list of arrays.
        versions: of the packages that did the work.
    """

    error: str | None = None
    seconds: list = field(default_factory=list)
    first_round: float = 0.0
    peak: int = 0
    memory: list = field(default_factory=list)
    weights: list = field(default_factory=list)
    versions: dict = field(default_factory=dict)


def run(command, result, log, *, environment=None, timeout=900, cwd=None):
    """Run a command that is told its work and writes `result` (see `entrants/contract.py`).

    Args:
        command: the program with its arguments.
        result: the path of the JSON file that it will write.
        log: the path of a file for its output. (A pipe would be held open by TFF's worker.)
        environment: variables beside this process's own.
        timeout: seconds, after which it is ended.

    Returns:
        A `Run`. Whatever happens, no process of the entrant is left.
    """
    family, looks = Family(), []
    with open(log, "wb") as output:
        start = time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | (environment or {}),
            cwd=cwd,
            start_new_session=True,
        )
        try:
            while process.poll() is None and time.monotonic() - start < timeout:
                looks.append((time.monotonic(), family.look(process.pid)))
                time.sleep(LOOK_EVERY)
            status = process.poll()
        finally:
            # TFF's worker, and some of Ray's processes, would outlive their program.
            family.end()
            process.kill()
            process.wait()
    if status is None:
        return Run(error=f"not done after {timeout} seconds")
    if status != 0 or not Path(result).is_file():
        return Run(error=f"ended with status {status}: {_last_line(log)}")
    return _read(Path(result), start, looks)


class Family:
    """A process and its descendants, as far as they have been seen."""

    def __init__(self):
        self._seen = {}

    def look(self, pid):
        """How many bytes the process and its descendants hold now.

        Pages that several processes of one program share (its code, its shared memory) are counted
        once; everything else is added up.
        """
        own, shared, pending = 0, {}, [pid]
        while pending:
            pid = pending.pop()
            try:
                # psutil remembers when a process began, and so never takes another for it.
                self._seen.setdefault(pid, psutil.Process(pid))
                anonymous, mapped, program = _memory(pid)
                pending += _children(pid)
            except (OSError, psutil.NoSuchProcess):  # it has just ended
                continue
            own += anonymous
            shared[program] = max(shared.get(program, 0), mapped)
        return own + sum(shared.values())

    def end(self):
        """Kill every process that was seen and still lives."""
        for process in self._seen.values():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                pass


def _memory(pid):
    """(bytes of its own, bytes that it may share with others of its program, the program)."""
    kilobytes = dict.fromkeys(("RssAnon", "RssFile", "RssShmem"), 0)
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in kilobytes:
            kilobytes[name] = int(value.split()[0])
    mapped = kilobytes["RssFile"] + kilobytes["RssShmem"]
    return 1024 * kilobytes["RssAnon"], 1024 * mapped, os.readlink(f"/proc/{pid}/exe")


def _children(pid):
    # Each thread has a list of the children that it started.
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            children = Path(f"/proc/{pid}/task/{thread}/children").read_text()
        except FileNotFoundError:  # the thread has just ended
            continue
        yield from map(int, children.split())


def _read(result, start, looks):
    answer = json.loads(result.read_text())
    with np.load(result.with_suffix(".npz")) as arrays:
        weights = [arrays[name] for name in arrays.files]
    marks = answer["marks"]
    times, held = zip(*looks)
    # The last look before each mark; before the first look, that one.
    places = np.maximum(np.searchsorted(times, marks[1:], side="right") - 1, 0)
    return Run(
        seconds=np.diff(marks).tolist(),
        first_round=marks[1] - start,
        peak=max(held),
        memory=[held[place] for place in places],
        weights=weights,
        versions=answer["versions"],
    )


def _last_line(log):
    lines = Path(log).read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
