"""The helper package of the course: what would distract from a lesson lives here.

Importing it is quick and silent; TensorFlow is only imported by the modules that need it.
Rooms, from top to bottom (imports only point downwards):

    cli          the command `fedtutor`
    plots        every figure that more than one lesson draws
    federated    a Keras model becomes a TFF process; rounds, cohorts, history, evaluation
    checkpoints  a run saved to disk and continued to the same numbers
    progress     the bar that counts the rounds
    runtime      where TFF computations run, and how that ends
    models       the literature's models, in Keras
    partition    who holds which examples
    data         the digits
    compat       what must be true before TensorFlow is imported
"""

from importlib import metadata

from fedtutor import compat as compat

__version__ = metadata.version("fedtutor")
