"""The runtime inside this process: what it leaves alone, how it stops, and what it refuses.

That its results equal those of TFF's worker is in test_inprocess*.py.
"""

import os
import signal
import sys
import threading
import time

import numpy as np
import psutil
import pytest
import tensorflow as tf
import tensorflow_federated as tff

from fedtutor import federated, models, partition, runtime
from tests.conftest import run_python

LOOPS = tff.learning.LoopImplementation


@pytest.fixture(autouse=True)
def in_this_process():
    runtime.use()


@pytest.fixture(scope="module")
def digits():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (60, 28, 28)).astype(np.uint8)
    return images, np.arange(60) % 10


@pytest.fixture(scope="module")
def clients(digits):
    images, labels = digits
    return federated.ClientDatasets(images, labels, partition.iid(labels, 6, seed=0), batch_size=3)


def process_for(clients, loop=LOOPS.DATASET_REDUCE):
    return tff.learning.algorithms.build_weighted_fed_avg(
        federated.tff_model(models.logistic_regression, clients.element_spec),
        client_optimizer_fn=tff.learning.optimizers.build_sgdm(0.1),
        loop_implementation=loop,
    )


@pytest.fixture(scope="module")
def process(clients):
    return process_for(clients)


def weights_of(process, state):
    return process.get_model_weights(state).trainable


@tff.federated_computation(tff.FederatedType(np.int32, tff.CLIENTS))
def total(values):
    return tff.federated_sum(values)


def test_it_starts_no_process_and_opens_no_port():
    done = run_python("""
from fedtutor import runtime
import numpy as np, psutil, tensorflow_federated as tff
runtime.use()

@tff.federated_computation(tff.FederatedType(np.int32, tff.CLIENTS))
def total(values):
    return tff.federated_sum(values)

assert total([1, 2, 3]) == 6
me = psutil.Process()
print(len(me.children()), len(me.net_connections()))
""")
    assert (done.returncode, done.stdout) == (0, "0 0\n"), done.stderr


@pytest.mark.worker
def test_the_worker_is_one_argument_away_and_what_was_chosen_stays_chosen(process, clients):
    runtime.use(worker=True)
    assert runtime.worker() is None, "it starts with the first computation"
    federated.run_rounds(process, clients, 1, progress=False)
    assert runtime.worker() is not None, "run_rounds does not choose another runtime"
    runtime.use()
    assert runtime.worker() is None
    assert not [c for c in psutil.Process().children() if "worker_binary" in c.name()]
    assert total([1, 2]) == 3


def test_a_result_does_not_depend_on_how_many_clients_are_computed_side_by_side(process, clients):
    state = process.initialize()
    results = []
    for concurrent_clients in (1, 2, 5):
        runtime.use(concurrent_clients=concurrent_clients)
        output = process.next(state, clients.cohort(range(6)))
        results.append(weights_of(process, output.state))
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(one, two)


def unending(clients, kind):
    """Data sets that would take minutes to go through, as rows, by tf.data, and as a generator."""
    for dataset in clients.cohort(range(3)):
        if kind == "filtered":
            dataset = dataset.filter(lambda x, y: True)
        yield dataset.repeat(20_000)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals for threads")
@pytest.mark.parametrize(
    "kind, loop",
    [
        ("rows", LOOPS.DATASET_REDUCE),
        ("filtered", LOOPS.DATASET_REDUCE),
        ("rows", LOOPS.DATASET_ITERATOR),
    ],
    ids=["rows", "tf.data", "iterator"],
)
def test_an_interrupted_round_stops_within_two_seconds_and_the_next_is_right(clients, kind, loop):
    process = process_for(clients, loop)
    state = process.initialize()
    expected = weights_of(process, process.next(state, clients.cohort(range(6))).state)
    # Also where the tests run in the background of a shell, which ignores Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    pressed = []

    def press_stop():
        pressed.append(time.monotonic())
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    timer = threading.Timer(3, press_stop)
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            process.next(state, list(unending(clients, kind)))
        assert time.monotonic() - pressed[0] < 2
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)
    again = weights_of(process, process.next(state, clients.cohort(range(6))).state)
    for one, two in zip(expected, again, strict=True):
        np.testing.assert_array_equal(one, two)


def test_an_error_in_a_clients_work_names_the_client_and_spoils_nothing():
    @tff.tensorflow.computation(np.int32)
    def half(x):
        with tf.control_dependencies([tf.debugging.assert_equal(x % 2, 0, "x is odd")]):
            return x // 2

    @tff.federated_computation(tff.FederatedType(np.int32, tff.CLIENTS))
    def halves(values):
        return tff.federated_sum(tff.federated_map(half, values))

    with pytest.raises(tf.errors.InvalidArgumentError, match="x is odd") as caught:
        halves([2, 4, 5, 6])
    assert "client 2" in "".join(caught.value.__notes__)
    assert halves([2, 4, 6]) == 6


def test_computations_from_several_threads_do_not_disturb_each_other(process, clients):
    state = process.initialize()
    expected = weights_of(process, process.next(state, clients.cohort([0, 1])).state)
    results = []

    def work():
        with tff.framework.get_context_stack().install(runtime._context):
            for _ in range(3):
                results.append(process.next(state, clients.cohort([0, 1])))

    threads = [threading.Thread(target=work) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(results) == 9
    for result in results:
        for one, two in zip(expected, weights_of(process, result.state), strict=True):
            np.testing.assert_array_equal(one, two)


def test_what_it_cannot_run_it_says_plainly():
    @tff.tensorflow.computation(np.int32)
    def queued(x):
        queue = tf.queue.FIFOQueue(2, tf.int32)
        with tf.control_dependencies([queue.enqueue(x)]):
            return queue.dequeue()

    with pytest.raises(runtime.CannotRun, match=r"FIFOQueueV2.*use\(worker=True\)"):
        queued(1)


def test_stopping_lets_the_threads_go_and_the_next_computation_takes_new_ones():
    def ours():
        return [t for t in threading.enumerate() if t.name.startswith("fedtutor-client")]

    assert total([1, 2]) == 3 and ours()
    runtime.stop()
    assert not ours()
    assert total([3, 4]) == 7


def test_memory_stays_as_it_is_with_cohorts_of_any_size(process, digits):
    images, labels = digits
    clients = federated.ClientDatasets(
        images, labels, partition.quantity_skew(labels, 12, 1.0, seed=1, min_size=1), batch_size=2
    )
    rng, state, memory = np.random.default_rng(0), process.initialize(), psutil.Process(os.getpid())
    used = []
    for round_num in range(60):
        cohort = rng.choice(12, rng.integers(1, 12), replace=False)
        state = process.next(state, clients.cohort(cohort, round_num)).state
        used.append(memory.memory_info().rss / 2**20)
    assert used[-1] - used[20] < 25, "MiB in forty rounds"
