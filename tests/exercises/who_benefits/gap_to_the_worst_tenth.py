import heapq
import math

import numpy as np
import pandas as pd
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def gap_to_the_worst_tenth(accuracies):
    worst = heapq.nsmallest(math.ceil(len(accuracies) / 10), accuracies)
    return sum(accuracies) / len(accuracies) - sum(worst) / len(worst)


@answers.right
def gap_to_the_worst_tenth(accuracies):
    num_worst = -(-len(accuracies) // 10)
    return accuracies.mean() - np.partition(accuracies, num_worst - 1)[:num_worst].mean()


@answers.right
def gap_to_the_worst_tenth(accuracies):
    series = pd.Series(accuracies)
    return series.mean() - series.nsmallest((len(series) + 9) // 10).mean()


@answers.right
def gap_to_the_worst_tenth(accuracies):
    ordered = tf.sort(tf.constant(accuracies))
    worst = ordered[: (len(accuracies) + 9) // 10]
    return tf.reduce_mean(ordered) - tf.reduce_mean(worst)


@answers.wrong("the single worst device")
def gap_to_the_worst_tenth(accuracies):
    return np.mean(accuracies) - min(accuracies)


@answers.wrong("the 10th percentile")
def gap_to_the_worst_tenth(accuracies):
    return np.mean(accuracies) - np.percentile(accuracies, 10)


@answers.wrong("more than a tenth")
def gap_to_the_worst_tenth(accuracies):
    return accuracies.mean() - accuracies[accuracies <= np.quantile(accuracies, 0.1)].mean()


@answers.wrong("less than a tenth")
def gap_to_the_worst_tenth(accuracies):
    return accuracies.mean() - accuracies[accuracies < np.percentile(accuracies, 10)].mean()


# The lesson's own `worst_tenth`.
@answers.wrong("You always take ten devices")
def gap_to_the_worst_tenth(accuracies):
    return accuracies.mean() - np.sort(accuracies)[:10].mean()


@answers.wrong("one too many")
def gap_to_the_worst_tenth(accuracies):
    ordered = sorted(accuracies)
    return np.mean(ordered) - np.mean(ordered[: len(ordered) // 10 + 1])


@answers.wrong("the cell multiplies by 100")
def gap_to_the_worst_tenth(accuracies):
    worst = np.sort(accuracies)[: math.ceil(len(accuracies) / 10)]
    return 100 * (accuracies.mean() - worst.mean())


@answers.wrong("the best tenth")
def gap_to_the_worst_tenth(accuracies):
    ordered = sorted(accuracies, reverse=True)
    return np.mean(ordered) - np.mean(ordered[: math.ceil(len(ordered) / 10)])


@answers.wrong("Sort them first")
def gap_to_the_worst_tenth(accuracies):
    return np.mean(accuracies) - np.mean(accuracies[: math.ceil(len(accuracies) / 10)])


@answers.wrong("of 25 devices the worst tenth are three")
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    return ordered.mean() - ordered[: max(len(ordered) // 10, 1)].mean()


@answers.wrong("nobody is left")
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    return ordered.mean() - ordered[: len(ordered) // 10].mean()


@answers.wrong("not to the nearest")
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    return ordered.mean() - ordered[: max(1, round(len(ordered) / 10))].mean()


@answers.wrong("The sign has changed")
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    return ordered[: math.ceil(len(ordered) / 10)].mean() - ordered.mean()


@answers.wrong("the worst tenth itself")
def gap_to_the_worst_tenth(accuracies):
    return np.sort(accuracies)[: math.ceil(len(accuracies) / 10)].mean()


@answers.wrong("the mean of the other devices")
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    cut = math.ceil(len(ordered) / 10)
    return ordered[cut:].mean() - ordered[:cut].mean()


@answers.wrong("You take the median")
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    return np.median(ordered) - ordered[: math.ceil(len(ordered) / 10)].mean()


# Sorts what belongs to the caller.
@answers.wrong("It changes `accuracies`")
def gap_to_the_worst_tenth(accuracies):
    accuracies.sort()
    return accuracies.mean() - accuracies[: math.ceil(len(accuracies) / 10)].mean()


# A slice with a float.
@answers.wrong("It raises an error")
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    return ordered.mean() - ordered[: np.ceil(len(ordered) / 10)].mean()


# No rounding error: for Python `0.1 * 70` is 7.0, and so on.
@answers.right
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    return ordered.mean() - ordered[: int(np.ceil(0.1 * len(accuracies)))].mean()
