"""The learner's code over fedtutor's runtime: what a lesson runs on."""

import fedtutor.runtime
from benchmarks.entrants import learner

fedtutor.runtime.use()
learner.train()
