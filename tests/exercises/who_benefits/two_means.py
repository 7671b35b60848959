import numpy as np
import pandas as pd

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def two_means(accuracies, num_digits):
    devices = digits = 0
    sum_devices = sum_digits = 0.0
    for accuracy, n in zip(accuracies, num_digits):
        if n == 0:
            continue
        devices, digits = devices + 1, digits + n
        sum_devices += accuracy
        sum_digits += accuracy * n
    return sum_devices / devices, sum_digits / digits


@answers.right
def two_means(accuracies, num_digits):
    correct = np.nansum(accuracies * num_digits)
    return [np.nanmean(accuracies), correct / num_digits.sum()]


@answers.right
def two_means(accuracies, num_digits):
    table = pd.DataFrame({"accuracy": accuracies, "n": num_digits}).dropna()
    return table["accuracy"].mean(), np.average(table["accuracy"], weights=table["n"])


@answers.wrong("The two means are swapped")
def two_means(accuracies, num_digits):
    known = num_digits > 0
    accuracies, num_digits = accuracies[known], num_digits[known]
    return np.average(accuracies, weights=num_digits), accuracies.mean()


@answers.wrong("turns both of your means into `nan`")
def two_means(accuracies, num_digits):
    return accuracies.mean(), np.average(accuracies, weights=num_digits)


@answers.wrong("not out of the second")
def two_means(accuracies, num_digits):
    return np.nanmean(accuracies), np.average(accuracies, weights=num_digits)


@answers.wrong("as an accuracy of 0")
def two_means(accuracies, num_digits):
    accuracies = np.where(num_digits == 0, 0.0, accuracies)
    return accuracies.mean(), (accuracies * num_digits).sum() / num_digits.sum()


@answers.wrong("Neither of your means is weighted")
def two_means(accuracies, num_digits):
    return np.nanmean(accuracies), np.nanmean(accuracies)


@answers.wrong("Both of your means are weighted")
def two_means(accuracies, num_digits):
    weighted = np.nansum(accuracies * num_digits) / np.sum(num_digits)
    return weighted, weighted


@answers.wrong("how many digits are right")
def two_means(accuracies, num_digits):
    return np.nanmean(accuracies), np.nansum(accuracies * num_digits)


# One mean only.
@answers.wrong("a number, where a tuple is expected")
def two_means(accuracies, num_digits):
    return np.nansum(accuracies * num_digits) / np.sum(num_digits)


# Weighted by one over the number of examples.
@answers.wrong("returned")
def two_means(accuracies, num_digits):
    known = num_digits > 0
    accuracies, num_digits = accuracies[known], num_digits[known]
    return accuracies.mean(), np.average(accuracies, weights=1 / num_digits)


@answers.wrong("leave out people whose accuracy is 0")
def two_means(accuracies, num_digits):
    ok = accuracies > 0
    return accuracies[ok].mean(), np.average(accuracies[ok], weights=num_digits[ok])


@answers.wrong("These are percentages")
def two_means(accuracies, num_digits):
    right = np.nansum(accuracies * num_digits)
    return 100 * np.nanmean(accuracies), 100 * right / num_digits.sum()


@answers.wrong("Divide the number of right digits by the number of digits, not of people")
def two_means(accuracies, num_digits):
    return np.nanmean(accuracies), np.nanmean(accuracies * num_digits)


# Half filtered: the weights of people without digits are still there.
@answers.wrong("This happens where some people have no digits")
def two_means(accuracies, num_digits):
    known = accuracies[~np.isnan(accuracies)]
    return known.mean(), np.average(known, weights=num_digits)
