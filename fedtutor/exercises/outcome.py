"""What a check comes to."""

from dataclasses import dataclass

NOT_ATTEMPTED, NOT_YET, CORRECT, BROKEN = "not attempted", "not yet", "correct", "broken"


@dataclass(frozen=True)
class Outcome:
    """How an exercise stands.

    Attributes:
        status: "not attempted", "not yet", "correct", or "broken": the check itself failed.
        message: one or two sentences for the learner; empty where there is nothing to say.
    """

    status: str
    message: str = ""

    @property
    def solved(self):
        return self.status == CORRECT
