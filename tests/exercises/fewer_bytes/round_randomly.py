import math

import numpy as np
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def round_randomly(values, dice):
    return np.floor(values + dice)


@answers.right
def round_randomly(values, dice):
    fraction = values % 1
    return np.where(dice < fraction, np.ceil(values), np.floor(values))


@answers.right
def round_randomly(values, dice):
    flat = []
    for value, die in zip(values.ravel(), dice.ravel()):
        below = math.floor(value)
        flat.append(below + 1 if die < value - below else below)
    return np.reshape(flat, values.shape)


@answers.right
def round_randomly(values, dice):
    return tf.floor(values) + tf.cast(dice <= values - tf.floor(values), values.dtype)


@answers.wrong("You round to the nearest whole number")
def round_randomly(values, dice):
    return np.rint(values)


@answers.wrong("You round to the nearest whole number")
def round_randomly(values, dice):
    return np.round(values)


@answers.wrong("goes up in 70% of the draws")
def round_randomly(values, dice):
    return np.where(dice < values - np.floor(values), np.floor(values), np.ceil(values))


@answers.wrong("`np.floor` always goes down")
def round_randomly(values, dice):
    whole = values.astype(int)
    return whole + (dice < values - whole)


@answers.wrong("You round up and down equally often")
def round_randomly(values, dice):
    return np.where(dice > 0.5, np.ceil(values), np.floor(values))


@answers.wrong("Draw nothing of your own")
def round_randomly(values, dice):
    return np.floor(values + np.random.rand(*values.shape))


@answers.wrong("You add the dice, but don't round down")
def round_randomly(values, dice):
    return values + dice


@answers.wrong("half too large on average")
def round_randomly(values, dice):
    return np.round(values + dice)


@answers.wrong("True counts as 1")
def round_randomly(values, dice):
    if dice < values - np.floor(values):
        return np.floor(values) + 1
    return np.floor(values)


# Subtracts: unbiased only where the fraction is a half.
@answers.wrong("the fraction")
def round_randomly(values, dice):
    return np.ceil(values - dice / 2)


# One number instead of an array.
@answers.wrong("a number, where an array is expected")
def round_randomly(values, dice):
    return np.floor(values + dice).mean()


# Draws with a seed of its own: repeatable, but not spread evenly.
@answers.wrong("Round up with the probability")
def round_randomly(values, dice):
    own = np.random.default_rng(0).random(values.shape) ** 2
    return np.floor(values + own)


@answers.wrong("You add 1 to half of the numbers")
def round_randomly(values, dice):
    return np.floor(values) + (dice < 0.5)


# Whole numbers move.
@answers.wrong("A whole number must stay as it is")
def round_randomly(values, dice):
    return np.floor(values) + (dice < values % 1) + (values % 1 == 0)


@answers.wrong("your fraction is negative")
def round_randomly(values, dice):
    fraction, _ = np.modf(values)
    return np.where(dice < fraction, np.ceil(values), np.floor(values))


@answers.wrong("from the wrong side")
def round_randomly(values, dice):
    return np.floor(values) + (dice < np.abs(np.modf(values)[0]))


# Go through the rows of a matrix, as if they were numbers.
@answers.wrong("`values` may have any shape")
def round_randomly(values, dice):
    return np.array([int(v // 1) + (d < v % 1) for v, d in zip(values, dice)])


@answers.wrong("`values` may have any shape")
def round_randomly(values, dice):
    rounded = []
    for value, die in zip(values, dice):
        below = np.floor(value)
        if die < value - below:
            rounded.append(below + 1)
        else:
            rounded.append(below)
    return np.array(rounded)
