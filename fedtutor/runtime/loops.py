"""Loops inside TensorFlow that Ctrl-C can end."""

import contextlib
from collections.abc import Callable, Iterator

import tensorflow as tf

_flag = None


def stop_flag() -> tf.Variable:
    """The variable that every loop asks before each step: True means that it should end now."""
    global _flag
    if _flag is None:
        # Made late: TensorFlow cannot be configured any more once something has been computed.
        with tf.init_scope():
            _flag = tf.Variable(False, trainable=False, name="stop")
    return _flag


@contextlib.contextmanager
def stopped() -> Iterator[None]:
    """All loops that run, and those that start, end with the step that they are in."""
    stop_flag().assign(True)
    try:
        yield
    finally:
        stop_flag().assign(False)


def while_loop(condition: Callable, body: Callable, state: list, shapes: list) -> list:
    """`tf.while_loop` over a list of tensors, which `stopped` ends too.

    Args:
        condition: takes the state's tensors; returns a bool tensor.
        body: takes the state's tensors; returns the next state, a list.
        state: a list of tensors.
        shapes: a list of `tf.TensorShape`: what stays true of each tensor's shape.

    Returns:
        A list of tensors: the last state. After a stop it is an unfinished one, fit for nothing.
    """
    flag = stop_flag()
    return tf.while_loop(
        lambda *state: tf.logical_and(condition(*state), tf.logical_not(flag)),
        lambda *state: list(body(*state)),
        list(state),
        shape_invariants=list(shapes),
    )
