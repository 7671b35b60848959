"""The helper package of the course: what would distract from a lesson lives here.

Importing it is quick and silent; TensorFlow is only imported by the modules that need it.
Rooms, from top to bottom (imports only point downwards):

    cli          the command `fedtutor`
    grading      handing lessons out, and grading what comes back
    exercises    the exercises of the lessons, and what checks them
    lessons      the lessons as files, and copies of them to work in
    doctor       what is installed, what is right, what is wrong, and how to fix it
    demo         lesson 00 in the terminal
    plots        every figure that more than one lesson draws
    federated    a Keras model becomes a TFF process; rounds, cohorts, history, evaluation
    by_hand      federated averaging in NumPy and Keras alone, as lesson 03 writes it
    health       whether a client's data and the model are fit to continue
    clients      what each client holds, batch by batch, as TFF takes it
    checkpoints  a run saved to disk and continued to the same numbers
    progress     the bar that counts the rounds
    predictions  a reader's guess, set beside what came out
    runtime      where TFF computations run, and how that ends
    models       the literature's models, in Keras
    partition    who holds which examples
    data         the digits
    labeling     which labels are missing, and which are class numbers
    gray_levels  which number of an image means full ink
    arguments    what callers pass in, converted once and checked once
    install      adds TFF where pip refuses to install it
    compat       what must be true before TensorFlow and TFF are imported
"""

from importlib import metadata

from fedtutor import compat as compat

__version__ = metadata.version("fedtutor")
