"""Lets TFF 0.87 be imported on Python 3.12 and 3.13 with TensorFlow 2.20.

TFF was made for Python 3.11, TensorFlow 2.14 and Linux. Everything the course uses of it also runs
on newer versions and other systems, once it is imported. But importing it needs a few modules that
have since been removed and that no lesson uses. Each gets a replacement that says so when it is used.
"""

import importlib
import sys
from importlib.machinery import ModuleSpec, PathFinder

from fedtutor.compat import versions

# Module: what is imported from it, and what to say when somebody uses that.
REMOVED = {
    "tensorflow_federated.python.core.environments.jax_frontend.jax_computation": (
        "jax_computation",
        "TFF's JAX computations need parts that JAX removed in version 0.6. Write this one with "
        "`tff.tensorflow.computation`.",
    ),
    # TensorFlow removed estimators in version 2.16. TFF only uses this package's queries.
    "tensorflow_privacy.privacy.estimators.dnn": (
        "DNNClassifier",
        "TensorFlow no longer has estimators. Use a Keras model.",
    ),
    "tensorflow_privacy.privacy.estimators.v1.dnn": (
        "DNNClassifier",
        "TensorFlow no longer has estimators. Use a Keras model.",
    ),
}

# Where TFF looks for its worker program as soon as it is imported.
FACTORY = "tensorflow_federated.python.core.impl.executor_stacks.executor_factory"


class _Finder:
    """Is asked first where a module is."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "tensorflow_federated":
            versions.check()
        if name == FACTORY:
            return _patched(PathFinder.find_spec(name, path), _allow_missing_worker)
        return ModuleSpec(name, _RemovedLoader) if name in REMOVED else None


def _patched(spec, patch):
    """A module's spec, changed so that the module is patched once it is executed."""
    execute = spec.loader.exec_module

    def exec_module(module):
        execute(module)
        patch(module)

    spec.loader.exec_module = exec_module
    return spec


def _allow_missing_worker(factories):
    """Let TFF complain about a missing worker when it would start it, not when it is imported."""
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


class _RemovedLoader:
    """Loads a module that holds one function, which says why it can't do anything."""

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        name, reason = REMOVED[module.__name__]

        def removed(*args, **kwargs):
            raise NotImplementedError(reason)

        setattr(module, name, removed)


class _DistutilsFinder:
    """Finds and loads a small `distutils`, which Python removed in version 3.12.

    setuptools brings its own, and where it is installed, that one is used. Two of the packages that
    TFF imports compare version numbers with it and use nothing else of it.
    """

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in ("distutils", "distutils.version"):
            return None
        return ModuleSpec(name, _DistutilsFinder, is_package=name == "distutils")

    create_module = _RemovedLoader.create_module

    @staticmethod
    def exec_module(module):
        if module.__name__ == "distutils":
            importlib.import_module("distutils.version")
        else:
            from packaging.version import Version

            module.LooseVersion = Version


def install() -> None:
    """From now on TFF can be imported."""
    sys.meta_path.insert(0, _Finder)
    sys.meta_path.append(_DistutilsFinder)
