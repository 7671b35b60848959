"""TFF's worker and the runtime in this process, side by side: results must be the same."""

import contextlib

import attrs
import numpy as np
import tensorflow as tf
import tensorflow_federated as tff

from fedtutor.runtime.inprocess import Context
from fedtutor.runtime.tff_worker import WorkerContext

CLIENTS, SERVER = tff.CLIENTS, tff.SERVER


class Both:
    """Call it with a function: it computes in both, compares, and gives what this process gave."""

    def __init__(self):
        self.worker, self.ours = WorkerContext(2), Context(2)

    @contextlib.contextmanager
    def running(self, context):
        with tff.framework.get_context_stack().install(context):
            yield

    def __call__(self, compute, tolerance=1e-5):
        with self.running(self.worker):
            theirs = compute()
        with self.running(self.ours):
            ours = compute()
        assert_same(ours, theirs, tolerance)
        return ours

    def rounds(self, process, *data, tolerance=1e-5, rounds=2):
        """Some rounds of a process, from one initial state: each has one of its own."""
        with self.running(self.worker):
            initial = with_known_weights(process, process.initialize())
        with self.running(self.ours):
            assert_same(process.initialize(), initial, tolerance=np.inf)

        def compute():
            state, outputs = initial, []
            for _ in range(rounds):
                outputs.append(process.next(state, *data))
                state = getattr(outputs[-1], "state", outputs[-1])
            return outputs

        return self(compute, tolerance)

    def close(self):
        self.worker.close()
        self.ours.close()


def with_known_weights(process, state):
    """The state of a learning process with weights that are the same in every run of the tests.

    Adam, Yogi and Adagrad divide by the size of a gradient. Where that is almost nothing, they magnify
    the last digit, in which the runtimes may differ: from random weights, once in some hundred runs.
    """
    if not isinstance(process, tff.learning.templates.LearningProcess):
        return state
    weights = process.get_model_weights(state)
    if not isinstance(weights, tff.learning.models.ModelWeights):
        return state
    rng = np.random.default_rng(0)
    trainable = tf.nest.map_structure(
        lambda old: rng.uniform(-0.5, 0.5, np.shape(old)).astype(np.asarray(old).dtype),
        weights.trainable,
    )
    return process.set_model_weights(state, type(weights)(trainable, weights.non_trainable))


def same(compute):
    """Make a test of a function without arguments: it gives the same in both runtimes."""

    def test(both):
        both(compute)

    test.__name__, test.__module__, test.__doc__ = (
        compute.__name__, compute.__module__, compute.__doc__,
    )  # fmt: skip
    return test


def assert_same(ours, theirs, tolerance=1e-5, where="the result"):
    """Leaf by leaf: containers, dtypes and shapes are equal, numbers within the tolerance.

    With an infinite tolerance, the values of the leaves do not matter at all.
    """
    if isinstance(theirs, tf.data.Dataset):
        assert ours.element_spec == theirs.element_spec, where
        ours, theirs = list(ours.as_numpy_iterator()), list(theirs.as_numpy_iterator())
    assert type(ours) is type(theirs), where
    if attrs.has(type(theirs)):
        ours, theirs = (attrs.asdict(value, recurse=False) for value in (ours, theirs))
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs), where
        # All but the second in which it was computed.
        keys = [key for key in theirs if key != "round_timestamp"]
        parts = [(f"{where}[{key!r}]", ours[key], theirs[key]) for key in keys]
    elif isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs), where
        pairs = enumerate(zip(ours, theirs, strict=True))
        parts = [(f"{where}[{i}]", one, other) for i, (one, other) in pairs]
    else:
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape), where
        if tolerance == np.inf:
            return
        if theirs.dtype.kind in "fc":
            np.testing.assert_allclose(ours, theirs, tolerance, tolerance, err_msg=where)
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=where)
        return
    for inner, one, other in parts:
        assert_same(one, other, tolerance, inner)


def on_clients(type_spec, **kwargs):
    return tff.FederatedType(type_spec, CLIENTS, **kwargs)


def on_server(type_spec):
    return tff.FederatedType(type_spec, SERVER)


def vector(dtype, length=None):
    return tff.TensorType(dtype, [length])


def mapped(function, *types):
    """A computation that maps a function of TensorFlow's over what each client has."""
    function = tff.tensorflow.computation(function, *types)

    @tff.federated_computation(on_clients(function.type_signature.parameter))
    def compute(values):
        return tff.federated_map(function, values)

    return compute
