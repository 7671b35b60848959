"""TFF as its own tutorials use it: its defaults, its runtime, nothing of fedtutor."""

from benchmarks.entrants import learner

learner.train()
