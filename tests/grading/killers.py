"""In place of grading, for tests/grading/test_killed.py: a module of its own that is quickly loaded."""

import os
import signal
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Handed:
    """In place of a submission."""

    file: str


def grade_or_be_killed(submission, number):
    """Some submissions kill the process that grades them."""
    if submission.file.startswith("kills"):
        os.kill(os.getpid(), signal.SIGKILL)
    return submission.file


def tell_the_cores(submission, number):
    """On which cores a submission would be graded."""
    time.sleep(1)
    return sorted(os.sched_getaffinity(0))


def start_nothing(*_):
    """In place of what a process needs to grade."""


def start_and_be_killed(*_):
    """In place of what a process needs to grade, on a machine that allows no process."""
    os.kill(os.getpid(), signal.SIGKILL)
