"""What is deferred while TensorFlow and TFF are imported, and that nobody notices it."""

import importlib.util
import os
import textwrap

import pytest

from tests.conftest import run_python

needs_jax = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="a learner's laptop has no JAX and needs none"
)


def succeeds(code, **kwargs):
    """Run code in a Python of its own, which must neither fail nor print."""
    done = run_python(textwrap.dedent(code), **kwargs)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_neither_importing_tff_nor_a_round_executes_what_was_deferred():
    succeeds(
        """
        import sys
        from fedtutor import data, federated, models, partition
        from fedtutor.compat import lazy_imports

        def executed():
            heavy = {"jax", "jaxlib", "joblib", "sklearn", "tensorflow_probability"}
            inner = ("scipy.stats.", "scipy.signal.", "tensorflow.lite.python.")
            return [
                name for name in sys.modules
                if name in lazy_imports.LAZY or name.split(".")[0] in heavy or name.startswith(inner)
            ]

        assert not executed(), executed()

        import numpy as np
        x, y = np.zeros((20, 28, 28), np.uint8), np.arange(20) % 10
        clients = federated.ClientDatasets(x, y, partition.iid(y, 2, seed=0))
        process = federated.fed_avg(models.cnn, clients.element_spec, client_learning_rate=0.1)
        federated.run_rounds(process, clients, 1)
        assert not executed(), executed()
        """
    )


# Everything that is deferred, and everything of TFF that uses it; first what should not execute it yet.
USES = """
import collections, contextlib, inspect, io, pickle, sys, types, warnings
from fedtutor import runtime
from fedtutor.compat import lazy_imports
import numpy as np
import tensorflow as tf
import tensorflow_federated as tff

runtime.use()
here = lambda name: sys.modules[name]

def near(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-4)

# To look at a module, or for something in all of them, is not to use it.
assert isinstance(tf.lite, types.ModuleType) and "lite" in repr(tf.lite) and tf.lite.__file__
assert inspect.getmodule(compile("", "nowhere", "exec")) is None
assert not lazy_imports._used

# Robust, compressing and private aggregation.
def aggregated(factory, *values):
    process = factory.create(tff.types.to_type((np.float32, [2])))
    state = process.initialize()
    return process.next(state, [np.asarray(value, np.float32) for value in values]).result

learning, private = tff.learning, tff.aggregators.DifferentiallyPrivateFactory
near(aggregated(learning.robust_aggregator(weighted=False), [0.1, 0.2], [0.3, 0.4]), [0.2, 0.3])
small = aggregated(learning.compression_aggregator(weighted=False), [0.1, 0.2], [0.3, 0.4])
near(small, [0.2, 0.3])
near(aggregated(private.gaussian_fixed(0.0, 2, clip=10.0), [1, 2], [3, 4]), [2, 3])
near(aggregated(private.gaussian_adaptive(1e-6, 2, 10.0), [1, 2], [3, 4]), [2, 3])
spec = tf.TensorSpec([2], tf.float32)
near(aggregated(private.tree_aggregation(0.0, 2, 10.0, spec), [1, 2], [3, 4]), [2, 3])
dp = learning.dp_aggregator(1e-6, 2, zeroing=False)
near(aggregated(dp, [0.01, 0.02], [0.03, 0.04]), [0.02, 0.03])
learning.ddp_secure_aggregator(1.0, 100).create(tff.types.to_type((np.float32, [2])))

# The learning algorithms.
def keras_model():
    return tf.keras.Sequential([tf.keras.layers.Input([2]), tf.keras.layers.Dense(1)])

of = dict(input_spec=(tf.TensorSpec([None, 2]), tf.TensorSpec([None, 1])))
mse, sgd = tf.keras.losses.MeanSquaredError, learning.optimizers.build_sgdm(0.1)

def model_fn():
    return learning.models.from_keras_model(keras_model(), loss=mse(), **of)

def recon_fn():
    layers = (model := keras_model()).layers
    return learning.models.ReconstructionModel.from_keras_model_and_layers(
        model, global_layers=layers, local_layers=[], **of
    )

algorithms = learning.algorithms
algorithms.build_weighted_fed_avg(model_fn, sgd)
algorithms.build_unweighted_fed_avg(model_fn, sgd, model_aggregator=dp)
algorithms.build_weighted_fed_prox(model_fn, 0.1, sgd)
algorithms.build_weighted_mime_lite(model_fn, sgd)
algorithms.build_fed_sgd(model_fn)
algorithms.build_fed_eval(model_fn)
algorithms.build_fed_recon(recon_fn, loss_fn=mse)
metrics = collections.OrderedDict
algorithms.build_personalization_eval_computation(
    model_fn, metrics(), lambda model, data: metrics(n=tf.constant(1))
)
algorithms.build_fed_kmeans(2, (2,)).initialize()

# What else there is.
tff.analytics.heavy_hitters.iblt.build_iblt_computation(capacity=10)
tff.analytics.build_hierarchical_histogram_process(0.0, 8.0, 4, dp_mechanism="central-gaussian")
assert len(tff.simulation.datasets.emnist.get_synthetic().client_ids) == 2
assert inspect.iscoroutinefunction(learning.programs.train_model_with_vizier)
assert inspect.signature(tff.program.FileProgramStateManager).parameters["root_dir"]
assert pickle.loads(pickle.dumps(private)) is private
assert not lazy_imports._used, lazy_imports._used

# What was deferred, used by those who imported it ...
import tensorflow_privacy
from tensorflow_privacy.privacy.dp_query import discrete_gaussian_utils
noise = discrete_gaussian_utils.sample_discrete_gaussian(scale=3, shape=[2000], dtype=tf.int32)
assert 2.5 < np.std(noise) < 3.5
assert discrete_gaussian_utils.tf_prob is here("tensorflow_probability")
points = tensorflow_privacy.synthetic_linearly_separable_data(6, 2, 2, 3)[0]
near(np.linalg.norm(points.points, axis=1), 1)

import dp_accounting
rdp, pld = dp_accounting.rdp.RdpAccountant(), dp_accounting.pld.PLDAccountant()
for accountant, epsilon in ((rdp, 4.011322), (pld, 3.708635)):
    accountant.compose(dp_accounting.GaussianDpEvent(2.0), 3)
    near(accountant.get_epsilon(1e-5), epsilon)
near(dp_accounting.calibrate_dp_mechanism(
    dp_accounting.rdp.RdpAccountant, dp_accounting.GaussianDpEvent, 3.0, 1e-5
), 1.493206)

# ... and by the learner.
import scipy, scipy.signal
near(scipy.signal.fftconvolve([1, 2], [3, 4]), [3, 10, 8])
near(scipy.ndimage.gaussian_filter([0.0, 1.0, 0.0], 1).sum(), 1)
near(scipy.linalg.det([[2.0, 1.0], [1.0, 2.0]]), 3)
from scipy import stats
near(stats.norm.cdf(1.96), 0.9750021)
assert scipy.stats is here("scipy.stats") is stats

import sklearn.linear_model
line = sklearn.linear_model.LinearRegression().fit([[0], [1], [2]], [1, 3, 5])
near(line.coef_, 2)
assert type(pickle.loads(pickle.dumps(line))) is sklearn.linear_model.LinearRegression
assert here("sklearn").linear_model is sklearn.linear_model

import tensorflow_probability as tfp
near(tfp.distributions.Normal(0.0, 1.0).log_prob(0.0), -0.9189385)

import jax, jax.numpy as jnp
near(jax.grad(lambda x: jnp.sum(x**2))(jnp.array([1.0, 2.0])), [2, 4])

model = tf.keras.Sequential([tf.keras.layers.Input([2]), tf.keras.layers.Dense(1)])
with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
    warnings.simplefilter("ignore")
    flat = tf.lite.TFLiteConverter.from_keras_model(model).convert()
lite = tf.lite.Interpreter(model_content=flat)
lite.allocate_tensors()
assert tf.compat.v1.lite.Interpreter is tf.compat.v2.lite.Interpreter is tf.lite.Interpreter

# Each of them is now a module like any other.
assert not set(lazy_imports._deferred) & set(sys.modules)
for name in lazy_imports.LAZY & set(sys.modules):
    # TensorFlow wraps some of its own.
    assert isinstance(here(name), types.ModuleType), name
    assert type(here(name)) is not lazy_imports._LazyModule, name
assert tf.lite is here("tensorflow._api.v2.lite") and "TFLiteConverter" in dir(tf.lite)
"""


@needs_jax
def test_whatever_was_deferred_works_when_it_is_used():
    succeeds(USES)


@needs_jax
def test_what_is_imported_already_stays_as_it_is():
    succeeds(
        """
        import sys
        import jax, scipy.signal, sklearn.preprocessing
        before = dict(sys.modules)
        from fedtutor.compat import lazy_imports
        import tensorflow_federated as tff
        from tensorflow_privacy.privacy.logistic_regression import datasets

        assert all(sys.modules[name] is module for name, module in before.items())
        assert datasets.preprocessing is sklearn.preprocessing
        assert not {"jax", "scipy.signal", "sklearn"} & set(lazy_imports._deferred)
        """
    )


@pytest.fixture
def other(tmp_path):
    """Run code where TensorFlow, JAX and scikit-learn are others, and small."""

    def run(code, files, before=""):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(textwrap.dedent(text))
        path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
        succeeds(
            f"import sys\n{before}\nfrom fedtutor.compat import lazy_imports\n{textwrap.dedent(code)}",
            env=os.environ | {"PYTHONPATH": path},
        )

    return run


def test_where_tensorflow_came_first_nothing_is_deferred(other):
    other(
        """
        import jax
        assert type(jax) is type(sys) and tensorflow.jax is jax and not lazy_imports._deferred
        """,
        {"tensorflow.py": "import jax", "jax.py": ""},
        before="import tensorflow",
    )


def test_an_error_surfaces_where_the_module_is_used_each_time(other):
    other(
        """
        import tensorflow
        for use in (lambda: tensorflow.jax.numpy, lambda: hasattr(tensorflow.jax, "numpy")):
            try:
                use()
            except ImportError as error:
                assert "no_such_module" in str(error), error
            else:
                raise AssertionError("no error")
        try:
            import jax
        except ModuleNotFoundError as error:
            assert error.name == "no_such_module"
        else:
            raise AssertionError("no error")
        try:
            tensorflow.sklearn.base
        except ImportError as error:
            assert str(error).startswith("sklearn cannot be imported: module 'sys' has no"), error
        """,
        {
            "tensorflow.py": "import jax, sklearn",
            "jax.py": "import no_such_module",
            "sklearn.py": "import sys; sys.no_such_attribute",
        },
    )


def test_threads_see_the_whole_module_and_only_one_executes_it(other):
    other(
        """
        import tensorflow, threading
        seen = []

        def use(number):
            if number % 2:
                import jax.numpy
                seen.append(jax.numpy.pi + jax.last)
            else:
                seen.append(tensorflow.jax.numpy.pi + tensorflow.jax.last)

        threads = [threading.Thread(target=use, args=[number]) for number in range(8)]
        [thread.start() for thread in threads]
        [thread.join(20) for thread in threads]
        assert seen == [4] * 8, seen
        # Python itself may execute a package's module in one thread before another has come to
        # the package's own first line.
        assert tensorflow.jax is sys.modules["jax"]
        assert sorted(sys.executions) == ["jax", "jax.numpy"], sys.executions
        """,
        {
            "tensorflow.py": "import jax, sys; sys.executions = []",
            "jax/__init__.py": """
                import sys, time
                sys.executions.append(__name__)
                time.sleep(0.3)
                from jax import numpy
                last = 1
            """,
            "jax/numpy.py": "import sys; sys.executions.append(__name__); pi = 3",
        },
    )


def test_a_version_that_reads_sooner_has_it_executed_once_and_in_order(other):
    other(
        """
        import tensorflow
        assert sys.executions == ["sklearn", "sklearn.base", "jax", "sklearn.preprocessing"]
        assert tensorflow.base is sys.modules["sklearn.base"] is sys.modules["sklearn"].base
        assert tensorflow.again is sys.modules["sklearn.preprocessing"]
        assert not lazy_imports._deferred and not lazy_imports._importing
        """,
        {
            "tensorflow.py": """
                import sys
                sys.executions = []
                import jax
                from sklearn import preprocessing
                import sklearn.base
                from sklearn import base
                from jax import numpy
                from sklearn.preprocessing import scale
                again = preprocessing
            """,
            "sklearn/__init__.py": """
                import sys
                sys.executions.append(__name__)
                from sklearn.base import thing
            """,
            "sklearn/base.py": "import sys; sys.executions.append(__name__); thing = 1",
            "sklearn/preprocessing.py": "import sys; sys.executions.append(__name__); scale = 1",
            "jax.py": "import sys; sys.executions.append(__name__); numpy = 1",
        },
    )


def test_an_import_that_failed_can_be_tried_again(other):
    other(
        """
        for _ in range(2):
            try:
                import tensorflow
            except KeyboardInterrupt:
                assert "jax" not in sys.modules and not lazy_imports._importing
        sys.enough = True
        import tensorflow
        assert tensorflow.jax.numpy == 1
        """,
        {
            "tensorflow.py": """
                import jax, sys
                if not hasattr(sys, "enough"):
                    raise KeyboardInterrupt
            """,
            "jax.py": "numpy = 1",
        },
    )
