"""The learner's code over TFF's own worker, in fedtutor's care."""

import fedtutor.runtime
from benchmarks.entrants import learner

fedtutor.runtime.use(worker=True)
learner.train()
