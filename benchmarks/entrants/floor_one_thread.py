"""The floor, with TensorFlow's own threads kept to one: each client has a core to itself.

With two clients side by side on two cores, splitting one operation over both only costs.
"""

import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)

from benchmarks.entrants import floor  # noqa: E402, F401  (the whole program)
