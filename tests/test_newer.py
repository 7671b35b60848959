"""TFF on Pythons that it was not made for: what is mended there, and what is refused."""

import importlib
import os
import platform
import sys
from importlib import metadata

import pytest

from fedtutor import _newer
from tests.conftest import run_python

newer_only = pytest.mark.skipif(sys.version_info < (3, 12), reason="for Python 3.12 and 3.13")


def fresh_environment():
    """Without what importing fedtutor has set for the processes of these tests."""
    return {key: value for key, value in os.environ.items() if key != "TF_USE_LEGACY_KERAS"}


def run(code):
    done = run_python(code, env=fresh_environment())
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="for Python 3.11")
def test_on_python_3_11_nothing_is_mended():
    assert (
        run(
            "import sys; from fedtutor import _newer, compat\n"
            "print(_newer._Finder in sys.meta_path, _newer._Distutils in sys.meta_path)"
        )
        == "False False\n"
    )


@newer_only
def test_tff_imports_and_speaks_keras_2():
    assert (
        run(
            "from fedtutor import compat\n"
            "import tensorflow_federated as tff, tensorflow as tf\n"
            "print(tff.__version__, tf.keras.Model.__module__.split('.')[0])"
        )
        == "0.87.0 tf_keras\n"
    )


@newer_only
def test_what_is_gone_says_so_where_it_is_used():
    import tensorflow_federated as tff
    import tensorflow_privacy

    with pytest.raises(NotImplementedError, match="tff.tensorflow.computation"):
        tff.jax.computation(int)
    for gone in (tensorflow_privacy.DNNClassifier, tensorflow_privacy.v1.DNNClassifierV1):
        with pytest.raises(NotImplementedError, match="Keras"):
            gone()


@newer_only
@pytest.mark.parametrize("module", _newer.GONE)
def test_each_mend_is_still_needed(module):
    done = run_python(
        # As on a laptop, without JAX: in Colab this one only fails where somebody uses it.
        "import sys; sys.modules['jax'] = None\n"
        f"from fedtutor import _newer, compat\ndel _newer.GONE[{module!r}]\n"
        "import tensorflow_federated"
    )
    assert (
        "ImportError" in done.stderr
        or "ModuleNotFoundError" in done.stderr
        or ("AttributeError" in done.stderr)
    ), "TFF imports without it: take the mend away"


@newer_only
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
        spec = _newer._Distutils.find_spec(name)
        assert (spec.submodule_search_locations is not None) == (name == "distutils")
        loaded[name] = spec
    module = importlib.util.module_from_spec(loaded["distutils.version"])
    loaded["distutils.version"].loader.exec_module(module)
    assert module.LooseVersion("2.9.1") < module.LooseVersion("2.20.0")
    assert _newer._Distutils.find_spec("setuptools") is None


@newer_only
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
def versions(monkeypatch):
    """Pretend to be another Python, with another TensorFlow (or None)."""

    def pretend(python, tensorflow):
        def version(name):
            if tensorflow is None:
                raise metadata.PackageNotFoundError(name)
            return tensorflow

        monkeypatch.setattr(_newer.metadata, "version", version)
        monkeypatch.setattr(_newer.sys, "version_info", (*python, 0, "final", 0))
        monkeypatch.setattr(platform, "python_version", lambda: "{}.{}.0".format(*python))
        monkeypatch.delitem(sys.modules, "tensorflow", raising=False)

    return pretend


@pytest.mark.parametrize("python", [(3, 12), (3, 13)])
def test_versions_that_the_course_knows_are_let_through(versions, python):
    versions(python, "2.20.3")
    _newer.check()


@pytest.mark.parametrize(
    "python, tensorflow", [((3, 13), "2.21.0"), ((3, 13), "2.2.0"), ((3, 14), "2.20.0")]
)
def test_unknown_versions_are_refused_with_a_way_out(versions, python, tensorflow):
    versions(python, tensorflow)
    with pytest.raises(ImportError, match="open the lesson anew by its badge") as caught:
        _newer.check()
    assert f"TensorFlow {tensorflow} on Python {python[0]}.{python[1]}" in str(caught.value)


def test_where_tensorflow_is_missing_the_command_is_named(versions):
    versions((3, 13), None)
    with pytest.raises(ImportError, match="-m fedtutor.install"):
        _newer.check()


def test_unknown_versions_are_refused_as_soon_as_tff_is_imported(versions):
    versions((3, 14), "2.20.0")
    with pytest.raises(ImportError, match="This is TensorFlow"):
        _newer._Finder.find_spec("tensorflow_federated")
    assert _newer._Finder.find_spec("tensorflow") is None


@newer_only
def test_keras_3_in_use_is_refused_with_a_way_out():
    done = run_python(
        "import tensorflow as tf; tf.keras.Model\nimport fedtutor.federated",
        env=fresh_environment(),
    )
    assert done.returncode != 0
    assert "already in use as Keras 3" in done.stderr and "Restart the kernel" in done.stderr


@newer_only
def test_tensorflow_may_be_imported_first_as_long_as_keras_is_not_used():
    run(
        "import tensorflow as tf\nimport fedtutor.federated\nassert 'tf_keras' in tf.keras.Model.__module__"
    )
