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


@answers.wrong("the single lowest accuracy")
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


# The number that fits one hundred people.
@answers.wrong("You always take ten people")
def gap_to_the_worst_tenth(accuracies):
    return accuracies.mean() - np.sort(accuracies)[:10].mean()


# The number of the lesson's 297 strangers.
@answers.wrong("You always take 30 people")
def gap_to_the_worst_tenth(accuracies):
    return accuracies.mean() - np.sort(accuracies)[:30].mean()


# The number of the cell's 25 people.
@answers.wrong("You always take three people")
def gap_to_the_worst_tenth(accuracies):
    return accuracies.mean() - np.sort(accuracies)[0:3].mean()


@answers.wrong("one too many")
def gap_to_the_worst_tenth(accuracies):
    ordered = sorted(accuracies)
    return np.mean(ordered) - np.mean(ordered[: len(ordered) // 10 + 1])


@answers.wrong("the cell multiplies by 100")
def gap_to_the_worst_tenth(accuracies):
    worst = np.sort(accuracies)[: math.ceil(len(accuracies) / 10)]
    return 100 * (accuracies.mean() - worst.mean())


@answers.wrong("the highest accuracies")
def gap_to_the_worst_tenth(accuracies):
    ordered = sorted(accuracies, reverse=True)
    return np.mean(ordered) - np.mean(ordered[: math.ceil(len(ordered) / 10)])


@answers.wrong("Sort the accuracies first")
def gap_to_the_worst_tenth(accuracies):
    return np.mean(accuracies) - np.mean(accuracies[: math.ceil(len(accuracies) / 10)])


@answers.wrong("You round down. Round up")
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


@answers.wrong("The sign is wrong")
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    return ordered[: math.ceil(len(ordered) / 10)].mean() - ordered.mean()


@answers.wrong("the worst tenth itself")
def gap_to_the_worst_tenth(accuracies):
    return np.sort(accuracies)[: math.ceil(len(accuracies) / 10)].mean()


@answers.wrong("the mean of the others")
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    cut = math.ceil(len(ordered) / 10)
    return ordered[cut:].mean() - ordered[:cut].mean()


@answers.wrong("You subtract from the median")
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    return np.median(ordered) - ordered[: math.ceil(len(ordered) / 10)].mean()


# Sorts the caller's array.
@answers.wrong("It changes `accuracies`")
def gap_to_the_worst_tenth(accuracies):
    accuracies.sort()
    return accuracies.mean() - accuracies[: math.ceil(len(accuracies) / 10)].mean()


# A slice with a float.
@answers.wrong("write `int(np.ceil(…))`")
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    return ordered.mean() - ordered[: np.ceil(len(ordered) / 10)].mean()


# 0.1 * 70 is exactly 7.0 in floating point, and so on, so this rounds up correctly.
@answers.right
def gap_to_the_worst_tenth(accuracies):
    ordered = np.sort(accuracies)
    return ordered.mean() - ordered[: int(np.ceil(0.1 * len(accuracies)))].mean()


@answers.wrong("the highest of the tenth's accuracies")
def gap_to_the_worst_tenth(accuracies):
    num_worst = math.ceil(len(accuracies) / 10)
    return accuracies.mean() - sorted(accuracies)[num_worst - 1]


@answers.wrong("The gap is a difference")
def gap_to_the_worst_tenth(accuracies):
    worst = np.sort(accuracies)[: math.ceil(len(accuracies) / 10)].mean()
    return (accuracies.mean() - worst) / accuracies.mean()


@answers.wrong("`np.sort` returns a new array")
def gap_to_the_worst_tenth(accuracies):
    np.sort(accuracies)
    return accuracies.mean() - accuracies[: math.ceil(len(accuracies) / 10)].mean()


@answers.wrong("the highest accuracies")
def gap_to_the_worst_tenth(accuracies):
    best = np.sort(accuracies)[-math.ceil(len(accuracies) / 10) :]
    return best.mean() - accuracies.mean()


@answers.wrong("Round up, not to the nearest")
def gap_to_the_worst_tenth(accuracies):
    worst = np.sort(accuracies)[: round(len(accuracies) / 10)]
    return accuracies.mean() - worst.mean()
