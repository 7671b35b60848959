"""The runtime in this process: TFF's aggregators and analytics give what TFF's worker gives."""

from collections import OrderedDict

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_federated as tff
from tensorflow_federated.python.aggregators import discretization, modular_clipping, primitives

from fedtutor import federated, models, partition, runtime
from fedtutor.runtime import CannotRun
from tests.both_runtimes import mapped, on_clients

aggregators, learning = tff.aggregators, tff.learning
Private = aggregators.DifferentiallyPrivateFactory
WEIGHTS = [1.0, 2.0, 3.0, 0.5]
FLOATS = tff.to_type(
    OrderedDict(
        w=tff.TensorType(np.float32, [4, 3]), b=tff.TensorType(np.float32, [3])
    )
)  # fmt: skip
INTEGERS = tff.TensorType(np.int32, [8])
LONG = tff.TensorType(np.float32, [30_000])


def values_of(type_spec):
    """A value for each of four clients."""
    rng = np.random.default_rng(1)
    if type_spec is INTEGERS:
        return [rng.integers(-9, 9, 8).astype(np.int32) for _ in WEIGHTS]
    if type_spec is LONG:
        return [rng.normal(0, 0.01, 30_000).astype(np.float32) * w for w in WEIGHTS]
    return [
        OrderedDict(w=rng.normal(0, w, (4, 3)).astype(np.float32), b=np.float32([w, -w, 0]))
        for w in WEIGHTS
    ]


def adaptive_quantile():
    return aggregators.PrivateQuantileEstimationProcess.no_noise(1.0, 0.8, 0.2)


def spec():
    return OrderedDict(w=tf.TensorSpec([4, 3], tf.float32), b=tf.TensorSpec([3], tf.float32))


EXACT = {
    "sum": lambda: aggregators.SumFactory(),
    "mean": lambda: aggregators.MeanFactory(no_nan_division=True),
    "unweighted mean": lambda: aggregators.UnweightedMeanFactory(),
    "clipping": lambda: aggregators.clipping_factory(1.0, aggregators.MeanFactory()),
    "clipping, adaptive": lambda: aggregators.clipping_factory(
        adaptive_quantile(), aggregators.as_weighted_aggregator(aggregators.SumFactory())
    ),
    "zeroing": lambda: aggregators.zeroing_factory(4.0, aggregators.MeanFactory(), norm_order=2.0),
    "zeroing, adaptive": lambda: aggregators.zeroing_factory(
        adaptive_quantile(), aggregators.UnweightedMeanFactory()
    ),
    "concatenation": lambda: aggregators.concat_factory(aggregators.MeanFactory()),
    "discretization": lambda: discretization.DiscretizationFactory(
        aggregators.SumFactory(), scale_factor=100.0, stochastic=False, prior_norm_bound=None
    ),
    "robust": lambda: learning.robust_aggregator(),
    "robust, unweighted, measured": lambda: learning.robust_aggregator(
        weighted=False, debug_measurements_fn=learning.add_debug_measurements
    ),
    "compression of little": lambda: learning.compression_aggregator(),
    "tree, with noise from a seed": lambda: Private.tree_aggregation(
        1.0, 4, 1.0, spec(), use_efficient=True, noise_seed=3
    ),
}
ROUNDED_AT_RANDOM = {
    "rotation by Hadamard": (lambda: aggregators.HadamardTransformFactory(), FLOATS, 1e-4),
    "rotation by Fourier": (lambda: aggregators.DiscreteFourierTransformFactory(), FLOATS, 1e-4),
    "stochastic discretization": (
        lambda: discretization.DiscretizationFactory(
            aggregators.SumFactory(), scale_factor=1000.0, stochastic=True, beta=0.0,
            prior_norm_bound=None,
        ), FLOATS, 4 / 1000,
    ),
    "quantization": (lambda: learning.compression_aggregator(), LONG, 4 * 0.24 / 255),
}  # fmt: skip
WITH_LITTLE_NOISE = {
    "fixed": lambda: Private.gaussian_fixed(1e-9, 4, 1.0),
    "adaptive": lambda: Private.gaussian_adaptive(1e-6, 4, initial_l2_norm_clip=1.0),
    "tree": lambda: Private.tree_aggregation(1e-9, 4, 1.0, spec(), use_efficient=False),
    "tree, adaptive": lambda: Private.tree_adaptive(
        noise_multiplier=1e-6, clients_per_round=4, record_specs=spec(), initial_l2_norm_clip=1.0,
        restart_warmup=1, restart_frequency=2, target_unclipped_quantile=0.5,
        clip_learning_rate=0.2, noise_seed=3,
    ),
    "for learning": lambda: learning.dp_aggregator(1e-7, 4),
}  # fmt: skip


def create(factory, type_spec):
    """An aggregator's process, and what it is given of four clients."""
    values = values_of(type_spec)
    if isinstance(factory, aggregators.WeightedAggregationFactory):
        return factory.create(type_spec, tff.to_type(np.float32)), (values, WEIGHTS)
    return factory.create(type_spec), (values,)


@pytest.mark.parametrize("make", EXACT.values(), ids=EXACT)
def test_an_aggregator_gives_what_it_gives_in_the_worker(both, make):
    process, given = create(make(), FLOATS)
    both.rounds(process, *given)


@pytest.mark.parametrize("make, type_spec, step", ROUNDED_AT_RANDOM.values(), ids=ROUNDED_AT_RANDOM)
def test_what_is_rounded_at_random_differs_by_no_more_than_the_steps(both, make, type_spec, step):
    process, given = create(make(), type_spec)
    both.rounds(process, *given, tolerance=step, rounds=1)


@pytest.mark.parametrize("make", WITH_LITTLE_NOISE.values(), ids=WITH_LITTLE_NOISE)
def test_with_hardly_any_noise_private_aggregates_are_those_of_the_worker(both, make):
    process, given = create(make(), FLOATS)
    results = []
    for context in (both.worker, both.ours):
        with both.running(context):
            results.append(process.next(process.initialize(), *given).result)
    for one, other in zip(results[0].values(), results[1].values(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_the_noise_of_a_private_aggregate_has_the_size_that_was_asked_for(both):
    process, (values,) = create(Private.gaussian_fixed(2.0, 4, clip=3.0), LONG)
    with both.running(both.ours):
        first, second = (process.next(process.initialize(), values).result for _ in range(2))
    # The noise multiplier times the clip, over the number of clients; for two of them, times √2.
    np.testing.assert_allclose(np.std(first - second), np.sqrt(2) * 2.0 * 3.0 / 4, rtol=0.03)


def test_integers_are_clipped_modulo_as_in_the_worker(both):
    factory = modular_clipping.ModularClippingSumFactory(-5, 5, estimate_stddev=True)
    process, given = create(factory, INTEGERS)
    both.rounds(process, *given)


def test_a_sample_and_a_quantile_of_the_clients(both):
    process = adaptive_quantile()
    with both.running(both.worker):
        initial = process.initialize()

    def follow():
        state, reports = initial, []
        for _ in range(3):
            state = process.next(state, [1.0, 2.0, 5.0])
            reports.append((state, process.report(state)))
        return reports

    both(follow)
    sample = tff.federated_computation(
        lambda values: primitives.federated_sample(values, 10), on_clients(np.int32)
    )
    both(lambda: np.sort(sample([3, 1, 2])))
    reservoir, given = create(aggregators.UnweightedReservoirSamplingFactory(10), FLOATS)
    both.rounds(reservoir, *given, tolerance=np.inf, rounds=1)


def test_histograms_and_counts_of_distinct_values(both):
    numbers = ([1, 2, 3], [1, 1], [7.5, 0.2, 3], [])
    data = [tf.data.Dataset.from_tensor_slices(np.array(part, np.float32)) for part in numbers]
    process = tff.analytics.build_hierarchical_histogram_process(
        0.0, 8.0, 8, clip_mechanism="distinct", max_records_per_user=4,
        expected_clients_per_round=4, enable_secure_sum=False,
    )  # fmt: skip
    both.rounds(process, data, rounds=1)
    count = tff.analytics.count_distinct.create_federated_hyperloglog_computation(use_secagg=False)
    words = (["a", "b"], ["b", "c"], ["d"])
    both(lambda: count([tf.data.Dataset.from_tensor_slices(part) for part in words]))


@pytest.mark.parametrize("weighted", [True, False], ids=["weighted", "unweighted"])
@pytest.mark.filterwarnings("ignore")
def test_a_secure_aggregator_learns_what_the_plain_average_learns(few, weighted):
    """Without zeroing and clipping, it only quantizes: to 32 bits over the range of the updates."""
    runtime.use()
    clients = federated.ClientDatasets(*few, partition.quantity_skew(few[1], 5, 1.0, seed=0))
    build = learning.algorithms.build_weighted_fed_avg
    if not weighted:
        build = learning.algorithms.build_unweighted_fed_avg
    secure = learning.secure_aggregator(weighted=weighted, zeroing=False, clipping=False)
    results = []
    for aggregator in (None, secure):
        process = build(
            federated.tff_model(models.logistic_regression, clients.element_spec),
            client_optimizer_fn=learning.optimizers.build_sgdm(0.1),
            model_aggregator=aggregator,
        )
        run = federated.run_rounds(process, clients, 2, progress=False)
        assert run.history["num_examples"] == [200, 200]
        results.append(process.get_model_weights(run.state).trainable)
    for plain, summed in zip(*results, strict=True):
        np.testing.assert_allclose(summed, plain, rtol=0, atol=1e-6)


def test_by_default_a_secure_aggregator_also_zeroes_and_clips_and_runs():
    process, given = create(learning.secure_aggregator(), FLOATS)
    runtime.use()
    state = process.initialize()
    assert all(np.isfinite(part).all() for part in process.next(state, *given).result.values())


def test_secure_sums_are_sums_and_their_limits_hold():
    runtime.use()
    values = values_of(INTEGERS)
    process, _ = create(aggregators.SecureSumFactory(10, -10), INTEGERS)
    total = process.next(process.initialize(), values).result
    np.testing.assert_array_equal(total, np.sum(values, axis=0))
    modular, _ = create(aggregators.SecureModularSumFactory(9), INTEGERS)
    wrapped = [np.mod(value, 9) for value in values]
    total = modular.next(modular.initialize(), wrapped).result
    np.testing.assert_array_equal(total, np.mod(np.sum(wrapped, axis=0), 9))
    within = tff.federated_computation(
        lambda values: tff.federated_secure_sum_bitwidth(values, 3), on_clients(np.int32)
    )
    assert within([7, 1]) == 8
    with pytest.raises(tf.errors.InvalidArgumentError, match="larger than maximum"):
        within([8, 1])


def test_what_shares_a_queue_is_refused_by_its_name(both):
    """TFF's heavy hitters keep one on the server; the worker runs them."""

    def queued(x):
        queue = tf.queue.FIFOQueue(2, tf.int32)
        with tf.control_dependencies([queue.enqueue(x)]):
            return queue.dequeue()

    compute = mapped(queued, np.int32)
    with both.running(both.ours), pytest.raises(CannotRun, match="FIFOQueueV2"):
        compute([1])
