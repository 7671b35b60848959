import numpy as np
import pandas as pd

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def two_means(accuracies, num_examples):
    devices = digits = 0
    sum_devices = sum_digits = 0.0
    for accuracy, n in zip(accuracies, num_examples):
        if n == 0:
            continue
        devices, digits = devices + 1, digits + n
        sum_devices += accuracy
        sum_digits += accuracy * n
    return sum_devices / devices, sum_digits / digits


@answers.right
def two_means(accuracies, num_examples):
    correct = np.nansum(accuracies * num_examples)
    return [np.nanmean(accuracies), correct / num_examples.sum()]


@answers.right
def two_means(accuracies, num_examples):
    table = pd.DataFrame({"accuracy": accuracies, "n": num_examples}).dropna()
    return table["accuracy"].mean(), np.average(table["accuracy"], weights=table["n"])


@answers.wrong("have changed places")
def two_means(accuracies, num_examples):
    known = num_examples > 0
    accuracies, num_examples = accuracies[known], num_examples[known]
    return np.average(accuracies, weights=num_examples), accuracies.mean()


@answers.wrong("makes the whole mean `nan`")
def two_means(accuracies, num_examples):
    return accuracies.mean(), np.average(accuracies, weights=num_examples)


@answers.wrong("it spoils the other")
def two_means(accuracies, num_examples):
    return np.nanmean(accuracies), np.average(accuracies, weights=num_examples)


@answers.wrong("one that reads nothing correctly")
def two_means(accuracies, num_examples):
    accuracies = np.where(num_examples == 0, 0.0, accuracies)
    return accuracies.mean(), (accuracies * num_examples).sum() / num_examples.sum()


@answers.wrong("Neither of your means is weighted")
def two_means(accuracies, num_examples):
    return np.nanmean(accuracies), np.nanmean(accuracies)


@answers.wrong("Both of your means are weighted")
def two_means(accuracies, num_examples):
    weighted = np.nansum(accuracies * num_examples) / np.sum(num_examples)
    return weighted, weighted


@answers.wrong("a count of digits")
def two_means(accuracies, num_examples):
    return np.nanmean(accuracies), np.nansum(accuracies * num_examples)


# One mean only.
@answers.wrong("a number, where a tuple is expected")
def two_means(accuracies, num_examples):
    return np.nansum(accuracies * num_examples) / np.sum(num_examples)


# Weighted by one over the number of examples.
@answers.wrong("gives back")
def two_means(accuracies, num_examples):
    known = num_examples > 0
    accuracies, num_examples = accuracies[known], num_examples[known]
    return accuracies.mean(), np.average(accuracies, weights=1 / num_examples)
