"""A corpus of hostile, unlucky and unreadable submissions, one kind per case.

Each module here holds a list CASES. tests/grading/test_hostile.py grades all of them together, as one
class, in a real sandbox, and compares each with what its case says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """Something that a learner hands in.

    Attributes:
        learner: the learner's name, which is unique in the whole corpus.
        tries: what the submission tries, or what is wrong with it, in a few words.
        write: writes the submission, given the folder of all submissions.
        points: the points that it earns.
        note: what the note in grades.csv must contain.
        never: texts that must not be in its note or, outside of its code, on its page of feedback.
    """

    learner: str
    tries: str
    write: Callable[[Path], None]
    points: float
    note: str = ""
    never: tuple[str, ...] = ()
