"""What a run leaves behind: what was measured in each round, and the last state."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# What TFF calls the metrics of the clients' training, and what the history calls them.
TRAINING_COLUMNS = {
    "loss": "train_loss",
    "accuracy": "train_accuracy",
    "num_examples": "num_examples",
}


@dataclass
class History:
    """What was measured, one row (a dict) per round, starting with round 1."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def __getitem__(self, name: str) -> list[Any]:
        """One column as a list; rounds that did not measure it are left out."""
        return [row[name] for row in self.rows if name in row]

    def __len__(self) -> int:
        return len(self.rows)

    def to_frame(self) -> "pd.DataFrame":
        """A pandas DataFrame with the round as index; NaN where a round did not measure."""
        import pandas as pd  # half a second that most runs don't need

        return pd.DataFrame(self.rows).set_index("round")

    def first_round(self, name: str, at_least: float) -> int | None:
        """The first round whose `name` reached `at_least`, or None."""
        return next((row["round"] for row in self.rows if row.get(name, -np.inf) >= at_least), None)


@dataclass
class Run:
    """What `run_rounds` returns.

    Attributes:
        state: the server's last state; of a run that diverged, the last one before.
        history: a `History`; of a run that diverged, with the round in which it did.
        left_out: what is wrong with the data of each client that was left out, as {client: text}.
        diverged: the round whose training loss or model was NaN or infinite; None if none was.
    """

    state: Any
    history: History
    left_out: dict[int, str] = field(default_factory=dict)
    diverged: int | None = None

    @property
    def rounds(self) -> int:
        """How many rounds led to the state."""
        return len(self.history) - (self.diverged is not None)

    def after(self, state: Any, row: dict[str, Any], left_out: Mapping[int, str]) -> "Run":
        """The run one round later. This run stays as it is, so its parts always fit together."""
        history = History([*self.history.rows, row])
        return replace(self, state=state, history=history, left_out=self.left_out | dict(left_out))

    def diverging(self, row: dict[str, Any]) -> "Run":
        """The run with a round that diverged: the state stays that of the round before."""
        history = History([*self.history.rows, row])
        return replace(self, history=history, diverged=row["round"])
