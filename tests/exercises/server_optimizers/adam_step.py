import math

import numpy as np
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * m / (np.sqrt(v) + tau), m, v


@answers.right
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    new_m = m + (update - m) / 10
    new_v = v + (update * update - v) / 100
    return weights + new_m * (learning_rate / (new_v**0.5 + tau)), new_m, new_v


@answers.right
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    new_m = 0.9 * tf.constant(m) + 0.1 * tf.constant(update)
    new_v = 0.99 * tf.constant(v) + 0.01 * tf.square(tf.constant(update))
    return [weights + learning_rate * new_m / (tf.sqrt(new_v) + tau), new_m, new_v]


@answers.wrong("You subtract")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights - learning_rate * m / (np.sqrt(v) + tau), m, v


@answers.wrong("the old `m` and `v`")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    new = weights + learning_rate * m / (np.sqrt(v) + tau)
    return new, 0.9 * m + 0.1 * update, 0.99 * v + 0.01 * update**2


@answers.wrong("You put the square of the new `m`")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * m**2
    return weights + learning_rate * m / (np.sqrt(v) + tau), m, v


@answers.wrong("Divide by its square root")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * m / (v + tau), m, v


@answers.wrong("inside your square root")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * m / np.sqrt(v + tau), m, v


@answers.wrong("Step with `m`")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * update / (np.sqrt(v) + tau), m, v


@answers.wrong("You take 0.99 for both")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.99 * m + 0.01 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * m / (np.sqrt(v) + tau), m, v


@answers.wrong("You take 0.9 for both")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.9 * v + 0.1 * update**2
    return weights + learning_rate * m / (np.sqrt(v) + tau), m, v


@answers.wrong("You divide by one number for all weights")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * m / (np.sqrt(np.mean(v)) + tau), m, v


@answers.wrong("You step without `tau`")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * m / np.sqrt(v), m, v


@answers.wrong("correct the bias")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * (m / (1 - 0.9)) / (np.sqrt(v / (1 - 0.99)) + tau), m, v


@answers.wrong("Return three things")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * m / (np.sqrt(v) + tau)


@answers.wrong("You take their sizes")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * np.abs(update)
    return weights + learning_rate * m / (np.sqrt(v) + tau), m, v


@answers.wrong("It changes `m`")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m *= 0.9
    m += 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * m / (np.sqrt(v) + tau), m, v


@answers.wrong("`math.sqrt` takes one number")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * m / (math.sqrt(v) + tau), m, v


@answers.wrong("You add `tau` to the step")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * m / np.sqrt(v) + tau, m, v


@answers.wrong("You add `tau` to `m / np.sqrt(v)`")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    step = m / np.sqrt(v) + tau
    return weights + learning_rate * step, m, v


@answers.wrong("You swap the shares")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.1 * m + 0.9 * update
    v = 0.01 * v + 0.99 * update**2
    return weights + learning_rate * m / (np.sqrt(v) + tau), m, v


@answers.wrong("You swap 0.9 and 0.1")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.1 * m + 0.9 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * m / (np.sqrt(v) + tau), m, v


@answers.wrong("You return `v` before `m`")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    return weights + learning_rate * m / (np.sqrt(v) + tau), v, m


@answers.wrong("the old `v`")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    weights = weights + learning_rate * m / (np.sqrt(v) + tau)
    return weights, m, 0.99 * v + 0.01 * update**2


@answers.wrong("`^` isn't a power")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update ^ 2
    return weights + learning_rate * m / (np.sqrt(v) + tau), m, v


@answers.wrong("You don't square the update")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update
    return weights + learning_rate * m / (np.sqrt(v) + tau), m, v


@answers.wrong("the old `m`. Compute")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    v = 0.99 * v + 0.01 * update**2
    weights = weights + learning_rate * m / (np.sqrt(v) + tau)
    return weights, 0.9 * m + 0.1 * update, v


@answers.wrong("`weights` can also be a matrix")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    out = np.zeros(len(weights))
    for i in range(len(weights)):
        out[i] = weights[i] + learning_rate * m[i] / (np.sqrt(v[i]) + tau)
    return out, m, v


@answers.wrong("`weights` can also be a matrix")
def adam_step(weights, update, m, v, learning_rate, tau=0.001):
    m = 0.9 * m + 0.1 * update
    v = 0.99 * v + 0.01 * update**2
    steps = [float(a / (np.sqrt(b) + tau)) for a, b in zip(m, v)]
    return weights + learning_rate * np.array(steps), m, v
