"""TFF on versions that it was not made for: what is replaced, and what is refused."""

import importlib
import platform
import sys
from importlib import metadata

import pytest

from fedtutor.compat import removed_modules, versions
from tests.conftest import run_python


def run(code):
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_tff_imports_and_speaks_keras_2():
    assert (
        run(
            "from fedtutor import compat\n"
            "import tensorflow_federated as tff, tensorflow as tf\n"
            "print(tff.__version__, tf.keras.Model.__module__.split('.')[0])"
        )
        == "0.87.0 tf_keras\n"
    )


def test_what_is_gone_says_so_where_it_is_used():
    import tensorflow_federated as tff
    import tensorflow_privacy

    with pytest.raises(NotImplementedError, match="tff.tensorflow.computation"):
        tff.jax.computation(int)
    for gone in (tensorflow_privacy.DNNClassifier, tensorflow_privacy.v1.DNNClassifierV1):
        with pytest.raises(NotImplementedError, match="Keras"):
            gone()


@pytest.mark.parametrize("module", removed_modules.REMOVED)
def test_each_replacement_is_still_needed(module):
    done = run_python(
        # As on a learner's laptop, without JAX: in Colab this module only fails when it is used.
        "import sys; sys.modules['jax'] = None\n"
        "from fedtutor.compat import removed_modules\n"
        f"del removed_modules.REMOVED[{module!r}]\nprint('prepared')\n"
        "import tensorflow_federated"
    )
    assert done.stdout == "prepared\n"
    assert "Error: " in done.stderr, "TFF imports without it: remove the replacement"


def test_without_the_worker_tff_imports_and_says_what_to_call_instead():
    assert (
        run(
            "import os\n"
            "is_file = os.path.isfile\n"
            "os.path.isfile = lambda path: not str(path).endswith('worker_binary') and is_file(path)\n"
            "from fedtutor import runtime\n"
            "import numpy as np, tensorflow_federated as tff\n"
            "total = tff.federated_computation(tff.federated_sum, tff.FederatedType(np.int32, tff.CLIENTS))\n"
            "try:\n    total([1, 2])\n"
            "except RuntimeError as error:\n    print('fedtutor.runtime.use()' in str(error))\n"
            "runtime.use()\nprint(total([1, 2]))"
        )
        == "True\n3\n"
    )


def test_versions_are_compared_where_distutils_is_gone():
    loaded = {}
    for name in ("distutils", "distutils.version"):
        spec = removed_modules._DistutilsFinder.find_spec(name)
        assert (spec.submodule_search_locations is not None) == (name == "distutils")
        loaded[name] = spec
    module = importlib.util.module_from_spec(loaded["distutils.version"])
    loaded["distutils.version"].loader.exec_module(module)
    assert module.LooseVersion("2.9.1") < module.LooseVersion("2.20.0")
    assert removed_modules._DistutilsFinder.find_spec("setuptools") is None


def test_tff_imports_where_nobody_brings_distutils():
    assert (
        run(
            "import sys\n"
            "sys.meta_path[:] = [f for f in sys.meta_path if 'distutils' not in repr(f).lower()]\n"
            "sys.modules.pop('distutils', None)\n"
            "from fedtutor import compat\n"
            "import tensorflow_federated, tensorflow_model_optimization, distutils\n"
            "print(distutils.version.LooseVersion('2.9') < distutils.version.LooseVersion('2.20'))"
        )
        == "True\n"
    )


@pytest.fixture
def computer(monkeypatch):
    """Pretend to be another Python, with another TensorFlow (or None)."""

    def pretend(python, tensorflow):
        def version(name):
            if tensorflow is None:
                raise metadata.PackageNotFoundError(name)
            return tensorflow

        monkeypatch.setattr(versions.metadata, "version", version)
        monkeypatch.setattr(versions.sys, "version_info", (*python, 0, "final", 0))
        monkeypatch.setattr(platform, "python_version", lambda: "{}.{}.0".format(*python))
        monkeypatch.delitem(sys.modules, "tensorflow", raising=False)

    return pretend


@pytest.mark.parametrize("python", [(3, 12), (3, 13)])
def test_versions_that_the_course_knows_are_let_through(computer, python):
    computer(python, "2.20.3")
    versions.check()


@pytest.mark.parametrize(
    "python, tensorflow", [((3, 13), "2.21.0"), ((3, 13), "2.2.0"), ((3, 14), "2.20.0")]
)
def test_unknown_versions_are_refused_with_a_way_out(computer, python, tensorflow):
    computer(python, tensorflow)
    with pytest.raises(ImportError, match="open the lesson again from its badge") as caught:
        versions.check()
    assert f"TensorFlow {tensorflow} on Python {python[0]}.{python[1]}" in str(caught.value)


def test_where_tensorflow_is_missing_the_command_is_named(computer):
    computer((3, 13), None)
    with pytest.raises(ImportError, match="-m fedtutor.install"):
        versions.check()


def test_unknown_versions_are_refused_as_soon_as_tff_is_imported(computer):
    computer((3, 14), "2.20.0")
    with pytest.raises(ImportError, match="This is TensorFlow"):
        removed_modules._Finder.find_spec("tensorflow_federated")
    assert removed_modules._Finder.find_spec("tensorflow") is None


def test_keras_3_in_use_is_refused_with_a_way_out():
    done = run_python(
        "import tensorflow as tf; tf.keras.Model\nimport fedtutor.federated",
    )
    assert done.returncode != 0
    assert "already in use as Keras 3" in done.stderr and "Restart the kernel" in done.stderr


def test_tensorflow_may_be_imported_first_as_long_as_keras_is_not_used():
    run(
        "import tensorflow as tf\nimport fedtutor.federated\nassert 'tf_keras' in tf.keras.Model.__module__"
    )
