import numpy as np
import pandas as pd
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def who_gains(local, federated):
    gain = tie = lose = 0
    for mine, ours in zip(local, federated):
        if ours > mine:
            gain += 1
        elif ours == mine:
            tie += 1
        else:
            lose += 1
    return [gain / len(local), tie / len(local), lose / len(local)]


@answers.right
def who_gains(local, federated):
    sign = np.sign(federated - local)
    return tuple((sign == which).mean() for which in (1, 0, -1))


@answers.right
def who_gains(local, federated):
    share = pd.Series(np.sign(federated - local)).value_counts(normalize=True)
    return share.get(1, 0), share.get(0, 0), share.get(-1, 0)


@answers.right
def who_gains(local, federated):
    difference = tf.constant(federated) - tf.constant(local)
    answers = (difference > 0, difference == 0, difference < 0)
    return [tf.reduce_mean(tf.cast(answer, tf.float64)) for answer in answers]


@answers.wrong("a tie as a gain")
def who_gains(local, federated):
    gain = np.mean(federated >= local)
    tie = np.mean(federated == local)
    return gain, tie, 1 - gain


@answers.wrong("a tie as a loss")
def who_gains(local, federated):
    gain = np.mean(federated > local)
    return gain, np.mean(federated == local), 1 - gain


@answers.wrong("a tie on both sides")
def who_gains(local, federated):
    return np.mean(federated >= local), np.mean(federated == local), np.mean(federated <= local)


@answers.wrong("numbers of devices")
def who_gains(local, federated):
    return sum(federated > local), sum(federated == local), sum(federated < local)


@answers.wrong("percentages")
def who_gains(local, federated):
    return [100 * np.mean(x) for x in (federated > local, federated == local, federated < local)]


@answers.wrong("The number of devices is not always 100")
def who_gains(local, federated):
    gain, tie = np.sum(federated > local), np.sum(federated == local)
    return gain / 100, tie / 100, np.sum(federated < local) / 100


@answers.wrong("have changed places")
def who_gains(local, federated):
    return np.mean(local > federated), np.mean(local == federated), np.mean(local < federated)


@answers.wrong("The order is gain, tie, lose")
def who_gains(local, federated):
    return np.mean(federated > local), np.mean(federated < local), np.mean(federated == local)


@answers.wrong("The ties are missing")
def who_gains(local, federated):
    return np.mean(federated > local), np.mean(federated < local)


@answers.wrong("This is the share that gains")
def who_gains(local, federated):
    return np.mean(federated > local)


# The mean gain, and not the share of those who gain.
@answers.wrong("where a tuple is expected")
def who_gains(local, federated):
    return np.mean(federated) - np.mean(local)


# All devices' mean decides, as if they were one.
@answers.wrong("where (0.5, 0.25, 0.25) is expected")
def who_gains(local, federated):
    mine, ours = np.mean(local), np.mean(federated)
    return float(ours > mine), float(ours == mine), float(ours < mine)


# `zip` of one device works, division by the length is forgotten in the end.
@answers.wrong("It changes `local`")
def who_gains(local, federated):
    local -= federated
    return np.mean(local < 0), np.mean(local == 0), np.mean(local > 0)
