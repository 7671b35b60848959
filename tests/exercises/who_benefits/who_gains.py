import numpy as np
import pandas as pd
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def who_gains(before, after):
    gain = tie = lose = 0
    for mine, ours in zip(before, after):
        if ours > mine:
            gain += 1
        elif ours == mine:
            tie += 1
        else:
            lose += 1
    return [gain / len(before), tie / len(before), lose / len(before)]


@answers.right
def who_gains(before, after):
    sign = np.sign(after - before)
    return tuple((sign == which).mean() for which in (1, 0, -1))


@answers.right
def who_gains(before, after):
    share = pd.Series(np.sign(after - before)).value_counts(normalize=True)
    return share.get(1, 0), share.get(0, 0), share.get(-1, 0)


@answers.right
def who_gains(before, after):
    difference = tf.constant(after) - tf.constant(before)
    answers = (difference > 0, difference == 0, difference < 0)
    return [tf.reduce_mean(tf.cast(answer, tf.float64)) for answer in answers]


@answers.wrong("a tie as a gain")
def who_gains(before, after):
    gain = np.mean(after >= before)
    tie = np.mean(after == before)
    return gain, tie, 1 - gain


@answers.wrong("a tie as a loss")
def who_gains(before, after):
    gain = np.mean(after > before)
    return gain, np.mean(after == before), 1 - gain


@answers.wrong("You count ties three times")
def who_gains(before, after):
    return np.mean(after >= before), np.mean(after == before), np.mean(after <= before)


@answers.wrong("numbers of people")
def who_gains(before, after):
    return sum(after > before), sum(after == before), sum(after < before)


@answers.wrong("percentages")
def who_gains(before, after):
    return [100 * np.mean(x) for x in (after > before, after == before, after < before)]


@answers.wrong("there aren't always 100 people")
def who_gains(before, after):
    gain, tie = np.sum(after > before), np.sum(after == before)
    return gain / 100, tie / 100, np.sum(after < before) / 100


@answers.wrong("Gain and loss are swapped")
def who_gains(before, after):
    return np.mean(before > after), np.mean(before == after), np.mean(before < after)


@answers.wrong("The order is wrong")
def who_gains(before, after):
    return np.mean(after > before), np.mean(after < before), np.mean(after == before)


@answers.wrong("The ties are missing")
def who_gains(before, after):
    return np.mean(after > before), np.mean(after < before)


@answers.wrong("only the share that gains")
def who_gains(before, after):
    return np.mean(after > before)


# The mean gain, not the share of people who gain.
@answers.wrong("where a tuple is expected")
def who_gains(before, after):
    return np.mean(after) - np.mean(before)


# Compares the means, as if all people were one.
@answers.wrong("where (0.5, 0.25, 0.25) is expected")
def who_gains(before, after):
    mine, ours = np.mean(before), np.mean(after)
    return float(ours > mine), float(ours == mine), float(ours < mine)


# Subtracts in place.
@answers.wrong("It changes `before`")
def who_gains(before, after):
    before -= after
    return np.mean(before < 0), np.mean(before == 0), np.mean(before > 0)
