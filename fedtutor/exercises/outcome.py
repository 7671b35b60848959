"""The outcome of a check."""

from dataclasses import dataclass

NOT_ATTEMPTED, NOT_YET, CORRECT, BROKEN = "not attempted", "not yet", "correct", "broken"


@dataclass(frozen=True)
class Outcome:
    """The state of an exercise.

    Attributes:
        status: "not attempted", "not yet", "correct", or "broken": the check itself failed.
        message: one or two sentences for the learner; empty if there is nothing to say.
    """

    status: str
    message: str = ""

    @property
    def solved(self):
        return self.status == CORRECT
