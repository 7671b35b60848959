"""What goes wrong where TFF computations run."""


class CannotRun(NotImplementedError):
    """This computation is beyond the in-process runtime. The message says why, and what does run it."""


class WorkerError(RuntimeError):
    """TFF's worker could not start, or died at work. The message holds the end of its log."""
