"""What lets TFF 0.87 run on Python 3.12 and 3.13 with TensorFlow 2.20: in Colab and on laptops.

TFF was made for Python 3.11 and TensorFlow 2.14, and for Linux. All that the course uses of it runs
on the newer ones too, and elsewhere, once it is imported. But importing it asks for a few things
that are gone and that no lesson uses. Each of these is replaced by one that says so when it is used.
"""

import importlib
import platform
import sys
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder

from fedtutor import _later

PYTHONS = ((3, 12), (3, 13))
TENSORFLOW = "2.20"

# Module: what is imported from it, and why that cannot be had.
GONE = {
    # What it makes computations of left JAX with version 0.6, and Colab has a newer one.
    "tensorflow_federated.python.core.environments.jax_frontend.jax_computation": (
        "jax_computation",
        "TFF's side of JAX stands on parts that JAX has no more. Write this with "
        "`tff.tensorflow.computation`, or take Python 3.11.",
    ),
    # Estimators left TensorFlow with version 2.16; TFF takes only the queries of this package.
    "tensorflow_privacy.privacy.estimators.dnn": (
        "DNNClassifier",
        "TensorFlow has no estimators any more. Take a Keras model.",
    ),
    "tensorflow_privacy.privacy.estimators.v1.dnn": (
        "DNNClassifier",
        "TensorFlow has no estimators any more. Take a Keras model.",
    ),
}

# Where TFF, as soon as it is imported, looks for its worker program.
FACTORY = "tensorflow_federated.python.core.impl.executor_stacks.executor_factory"

# Under a name from Keras 2, TensorFlow Model Optimization imports all of Keras 3, and with that JAX,
# Matplotlib and IPython: half of the seconds that TFF takes. TFF uses another part of the package.
SLOW = {
    f"tensorflow_model_optimization.python.core.api.{part}"
    for part in ("clustering", "experimental", "quantization", "sparsity")
}


def check():
    """See to it that the course knows the versions that are installed.

    Raises:
        ImportError: it does not; the message says which they are and what to do.
    """
    try:
        tensorflow = metadata.version("tensorflow")
    except metadata.PackageNotFoundError:
        raise ImportError(
            "TensorFlow is not installed. This installs what is missing: "
            f"{sys.executable} -m fedtutor.install"
        ) from None
    if sys.version_info[:2] not in PYTHONS or not f"{tensorflow}.".startswith(f"{TENSORFLOW}."):
        raise ImportError(
            f"This is TensorFlow {tensorflow} on Python {platform.python_version()}. This version "
            f"of fedtutor knows TensorFlow {TENSORFLOW} on Python 3.12 and 3.13, and TensorFlow "
            "2.14 on Python 3.11. If there is a newer fedtutor, it may know yours: in Colab, delete "
            "the runtime and open the lesson anew by its badge. On a computer of your own, make the "
            "environment as the README says."
        )
    tf = sys.modules.get("tensorflow")
    if tf is not None and tf.keras.Model.__module__.startswith("keras."):  # else "tf_keras."
        raise ImportError(
            "TFF speaks Keras 2, and `tf.keras` is already in use as Keras 3. Restart the kernel, "
            "and import fedtutor before TensorFlow."
        )


class _Finder:
    """Is asked first where a module is."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "tensorflow_federated":
            check()
        if name == FACTORY:
            return _then(PathFinder.find_spec(name, path), _do_without_worker)
        return ModuleSpec(name, _Gone) if name in GONE else None


def _then(spec, mend):
    """A module's spec, changed so that it is mended once it is executed."""
    execute = spec.loader.exec_module

    def exec_module(module):
        execute(module)
        mend(module)

    spec.loader.exec_module = exec_module
    return spec


def _do_without_worker(factories):
    """Let TFF miss its worker where it would start it, and not already where it is imported."""
    original = factories.local_cpp_executor_factory

    def missing(cardinalities):
        raise RuntimeError(
            "TFF's own worker program is not on this computer. Call `fedtutor.runtime.use()` first: "
            "computations then run inside this process."
        )

    def local_cpp_executor_factory(*args, **kwargs):
        try:
            return original(*args, **kwargs)
        except RuntimeError:
            return factories.python_executor_stacks.ResourceManagingExecutorFactory(missing)

    factories.local_cpp_executor_factory = local_cpp_executor_factory


class _Gone:
    """Loads a module that holds one function, which says why it can do nothing."""

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        name, reason = GONE[module.__name__]

        def gone(*args, **kwargs):
            raise NotImplementedError(reason)

        setattr(module, name, gone)


class _Distutils:
    """Finds and loads `distutils`, which left Python with version 3.12, where nobody else has it.

    setuptools brings one along, and Colab has that. Of all of it, two of the packages that TFF
    imports compare version numbers, and nothing more.
    """

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in ("distutils", "distutils.version"):
            return None
        return ModuleSpec(name, _Distutils, is_package=name == "distutils")

    create_module = _Gone.create_module

    @staticmethod
    def exec_module(module):
        if module.__name__ == "distutils":
            importlib.import_module("distutils.version")
        else:
            from packaging.version import Version

            module.LooseVersion = Version


def install():
    """From now on TFF can be imported, and in fewer seconds."""
    _later.LATER.update(SLOW)
    sys.meta_path.insert(0, _Finder)
    sys.meta_path.append(_Distutils)
