"""The checkpoints of a run: when one is saved, and which run it belongs to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tree

from fedtutor import checkpoints, health
from fedtutor.federated.history import History, Run


class RunCheckpoints:
    """Saves a run every so many rounds and at its end, and continues one that was saved.

    Args:
        folder: where the checkpoints are kept; None saves nothing.
        every: save after each so many rounds.
        identify: returns what distinguishes this run from others, such as `identity`. Only called
            where there is a folder: TFF takes its time to look up the learning rates.
    """

    def __init__(
        self, folder: str | Path | None, every: int, identify: Callable[[], dict[str, Any]]
    ) -> None:
        self.folder, self._every = folder, every
        self._identity = {} if folder is None else identify()
        self._saved = 0

    def continued(self, run: Run, inspection: health.Inspection) -> Run:
        """The run at its newest checkpoint; `run` itself, which has no rounds yet, without one."""
        if self.folder is not None:
            found = checkpoints.load_latest(self.folder, run.state, self._identity)
            if found is not None:
                _, state, rows = found
                run = Run(state, History(rows), inspection.left_out(rows))
        self._saved = run.rounds
        return run

    def after_round(self, run: Run) -> None:
        """Save the run if its last round is one of those after which it is saved."""
        if run.rounds % self._every == 0:
            self.save(run)

    def save(self, run: Run) -> None:
        """Save the run, unless its last round is saved already."""
        if self.folder is not None and run.rounds > self._saved:
            rows = run.history.rows[: run.rounds]
            checkpoints.save(self.folder, run.rounds, run.state, rows, self._identity)
            self._saved = run.rounds


def identity(
    process: Any, state: Any, clients: Any, clients_per_round: int, seed: int
) -> dict[str, Any]:
    """What distinguishes this run from others, in a checkpoint.

    Args:
        process: as for `run_rounds`.
        state: the state that the run starts from.
        clients: as for `run_rounds`.
        clients_per_round: how many take part in each round.
        seed: of the choice of cohorts.
    """
    found = {
        "clients": len(clients),
        "clients_per_round": clients_per_round,
        "batch_size": getattr(clients, "batch_size", None),
        "local_epochs": getattr(clients, "local_epochs", None),
        "data_seed": getattr(clients, "seed", None),
        "cohort_seed": seed,
    }
    if hasattr(process, "get_hparams"):
        # The state holds the learning rates: a run that is continued keeps its old ones.
        for path, value in tree.flatten_with_path(process.get_hparams(state)):
            found[" ".join(map(str, path))] = str(np.asarray(value))
    return found
