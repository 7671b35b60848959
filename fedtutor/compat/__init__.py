"""What must be true before TensorFlow and TFF are imported. Imported first, before everything else.

lazy_imports      modules that TFF imports but hardly uses are executed later
removed_modules   replacements for modules that newer Pythons and packages no longer have
versions          which versions the course runs on
startup           lets `import tensorflow_federated` be a program's first import
"""

import importlib
import os

from fedtutor.compat import lazy_imports, removed_modules

# TensorFlow's C++ code logs to stderr while it loads, mostly about GPUs that aren't there. A learner
# would take that for an error. Set the variable yourself to see it.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# gRPC, which TFF uses to talk to its worker, logs on fork and on shutdown.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

# TFF needs Keras 2; TensorFlow then takes it from the package tf_keras.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

# Each device of TensorFlow gets threads of its own, so that a federated client can be kept to one core
# (`runtime.single_core`) while plain Keras training uses all of them.
os.environ.setdefault("TF_OVERRIDE_GLOBAL_THREADPOOL", "1")

lazy_imports.install()
removed_modules.install()


def revive_keras_models() -> None:
    """Repair Keras models that were made before a TFF process was built.

    TFF calls the learner's model function inside a TensorFlow graph. Keras 2 then turns the
    *classes* of that model and its layers into those of TensorFlow 1, and with them every model made
    before: `evaluate` and `fit` fail with "Your Layer or Model is in an invalid state" until a new
    model happens to be made. This turns the classes back. (Stopping Keras from changing the classes
    doesn't help: TFF's clients then train nothing, silently.)

    Lesson: 04_averaging_with_tff.
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
            # Classes that were written for TensorFlow 1 stay as they are.
            if not cls.__module__.endswith("_v1"):
                module["utils.version_utils"].swap_class(cls, modern, old, use_v2=True)
