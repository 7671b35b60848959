"""A client's function in a session of its own: the same results, side by side, until it is stopped."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for

import numpy as np
import pytest
import tensorflow as tf

from fedtutor.runtime import loops
from fedtutor.runtime.single_core import on_single_core


def concrete(*spec):
    return lambda function: tf.function(function, autograph=False).get_concrete_function(*spec)


def scalar(dtype):
    return tf.TensorSpec([], dtype)


@pytest.mark.parametrize("dtype", [tf.float32, tf.int64, tf.bool, tf.string, tf.bfloat16])
def test_it_takes_and_returns_what_the_function_does(dtype):
    known = tf.constant({tf.string: "b", tf.bool: True}.get(dtype, 2), dtype)

    @concrete(tf.TensorSpec([None], dtype))
    def function(values):
        return [tf.concat([values, [known]], 0), tf.size(values)]

    alone = on_single_core(function)
    assert alone is not function
    values = tf.cast([0, 1], dtype) if dtype != tf.string else tf.constant(["a", "c"])
    for ours, theirs in zip(alone(values), function(values), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_it_finds_the_functions_that_functions_call():
    inner = tf.function(lambda x: tf.while_loop(lambda x: x < 10, lambda x: [x + 3], [x]))

    @concrete(scalar(tf.int32))
    def function(x):
        return [tf.cond(x > 5, lambda: inner(x)[0], lambda: -x)]

    alone = on_single_core(function)
    assert [int(alone(tf.constant(x))[0]) for x in (1, 6, 7)] == [-1, 12, 10]


def test_what_a_session_cannot_hold_stays_where_it_is():
    variable = tf.Variable(1.0)
    reads = concrete(scalar(tf.float32))(lambda x: [x + variable])
    assert on_single_core(reads) is reads

    data = tf.data.Dataset.range(3)
    gives_data = concrete()(lambda: [tf.data.experimental.to_variant(data)])
    assert on_single_core(gives_data) is gives_data


def test_on_a_gpu_it_stays_where_it_is(monkeypatch):
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    function = concrete(scalar(tf.float32))(lambda x: [x + 1])
    assert on_single_core(function) is function


def test_an_operations_error_keeps_its_kind():
    function = concrete(scalar(tf.int32))(lambda x: [tf.debugging.assert_positive(x), x][1:])
    with pytest.raises(tf.errors.InvalidArgumentError, match="x > 0|positive"):
        on_single_core(function)(tf.constant(-1))


def test_two_run_side_by_side_and_can_be_stopped():
    """Each waits, after reading a data set, until as many have come as it is told."""

    @concrete(scalar(tf.int32))
    def meet(expected):
        numbers = tf.data.Dataset.range(tf.cast(expected, tf.int64))
        first = numbers.batch(99).get_single_element()[0]
        queue = tf.raw_ops.FIFOQueueV2(component_types=[tf.int64], shared_name="meeting")
        with tf.control_dependencies([tf.raw_ops.QueueEnqueueV2(handle=queue, components=[first])]):
            return loops.while_loop(
                lambda _: tf.raw_ops.QueueSizeV2(handle=queue) < expected,
                lambda turns: [turns + 1],
                [tf.constant(0)],
                [tf.TensorShape([])],
            )

    alone = on_single_core(meet)
    assert alone is not meet
    with ThreadPoolExecutor(3) as pool:
        met = [pool.submit(alone, tf.constant(2)) for _ in range(2)]
        waiting = wait_for(met, timeout=60).not_done
        still_waiting = pool.submit(alone, tf.constant(99))
        with loops.stopped():
            assert not wait_for([*met, still_waiting], timeout=60).not_done
    assert not waiting, "one waited for the other to end"
    assert still_waiting.result()[0].dtype == tf.int32
