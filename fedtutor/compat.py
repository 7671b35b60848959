"""What must be true before TensorFlow is imported. Imported first, before the rest of fedtutor."""

import importlib
import os
import sys

from fedtutor import _later, _newer

# TensorFlow's C++ side logs to stderr while it loads, most of it about GPUs that are not there; a
# learner would read it as an error. Whoever wants it back sets the variable first.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# gRPC, by which TFF talks to its worker, logs on fork and on shutdown.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

# TFF speaks Keras 2. TensorFlow 2.14 has nothing else; newer ones are told by this.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

# A lesson starts with an import, and nearly half of what that executes is used by none.
_later.install()

# TFF was made for Python 3.11. On the newer ones some of what it imports is gone.
if sys.version_info >= (3, 12):
    _newer.install()


def revive_keras_models():
    """Give Keras models that were made before a TFF process was built their life back.

    TFF calls the learner's model function inside a TensorFlow graph. Keras 2 answers by turning the
    *classes* of that model and its layers into those of TensorFlow 1, and so also every model made
    before: `evaluate` and `fit` then fail with "Your Layer or Model is in an invalid state", until
    a new model happens to be made. This turns the classes back. (To forbid Keras the change is no
    way out: TFF's clients then train nothing, silently.)
    """
    import tensorflow as tf

    keras = tf.keras.Model.__module__.split(".")[0] + ".src"
    module = {
        name: importlib.import_module(f"{keras}.{name}")
        for name in (
            "engine.training",
            "engine.training_v1",
            "engine.base_layer",
            "engine.base_layer_v1",
            "utils.version_utils",
        )
    }
    for modern, old in (
        (module["engine.training"].Model, module["engine.training_v1"].Model),
        (module["engine.base_layer"].Layer, module["engine.base_layer_v1"].Layer),
    ):
        for cls in old.__subclasses__():
            # Those that were born old stay so.
            if not cls.__module__.endswith("_v1"):
                module["utils.version_utils"].swap_class(cls, modern, old, use_v2=True)
