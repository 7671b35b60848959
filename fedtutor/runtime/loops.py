"""Loops inside TensorFlow that Ctrl-C can end."""

import contextlib
import weakref
from collections.abc import Callable, Iterator

import tensorflow as tf

_flag = None
_others = weakref.WeakSet()


def stop_flag() -> tf.Variable:
    """The variable that every loop asks before each step: True means that it should end now."""
    global _flag
    if _flag is None:
        # Made late: TensorFlow cannot be configured any more once something has been computed.
        with tf.init_scope():
            _flag = tf.Variable(False, trainable=False, name="stop")
    return _flag


def also_stop(other: object) -> None:
    """Call `other.set_stop` too, because its loops ask a flag of their own."""
    _others.add(other)


@contextlib.contextmanager
def stopped() -> Iterator[None]:
    """All loops that run, and those that start, end with the step that they are in."""
    _set_stop(True)
    try:
        yield
    finally:
        _set_stop(False)


def _set_stop(value):
    stop_flag().assign(value)
    for other in list(_others):
        other.set_stop(value)


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
