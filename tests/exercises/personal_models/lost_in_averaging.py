import numpy as np

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def lost_in_averaging(all_a, all_b):
    n = len(all_a)
    mean_a, mean_b = sum(all_a) / n, sum(all_b) / n
    return sum(a @ b for a, b in zip(all_a, all_b)) / n - mean_a @ mean_b


# The covariance: the same matrix.
@answers.right
def lost_in_averaging(all_a, all_b):
    mean_a, mean_b = np.mean(all_a, axis=0), np.mean(all_b, axis=0)
    return np.mean([(a - mean_a) @ (b - mean_b) for a, b in zip(all_a, all_b)], axis=0)


@answers.right
def lost_in_averaging(all_a, all_b):
    all_a, all_b = np.array(all_a), np.array(all_b)
    return (all_a @ all_b).mean(axis=0) - all_a.mean(axis=0) @ all_b.mean(axis=0)


@answers.right
def lost_in_averaging(all_a, all_b):
    wanted = np.zeros((len(all_a[0]), all_b[0].shape[1]))
    for a, b in zip(all_a, all_b):
        wanted += np.dot(a, b) / len(all_a)
    return wanted - np.dot(sum(all_a), sum(all_b)) / len(all_a) ** 2


@answers.wrong("This is the mean of the products")
def lost_in_averaging(all_a, all_b):
    return sum(a @ b for a, b in zip(all_a, all_b)) / len(all_a)


@answers.wrong("This is the product of the means")
def lost_in_averaging(all_a, all_b):
    return (sum(all_a) / len(all_a)) @ (sum(all_b) / len(all_b))


@answers.wrong("The sign is wrong")
def lost_in_averaging(all_a, all_b):
    products = np.mean([a @ b for a, b in zip(all_a, all_b)], axis=0)
    return np.mean(all_a, axis=0) @ np.mean(all_b, axis=0) - products


@answers.wrong("the sum of the products")
def lost_in_averaging(all_a, all_b):
    wanted = sum(a @ b for a, b in zip(all_a, all_b))
    return wanted - np.mean(all_a, axis=0) @ np.mean(all_b, axis=0)


@answers.wrong("multiply the sums")
def lost_in_averaging(all_a, all_b):
    return np.mean([a @ b for a, b in zip(all_a, all_b)], axis=0) - sum(all_a) @ sum(all_b)


@answers.wrong("`np.mean` needs `axis=0`")
def lost_in_averaging(all_a, all_b):
    wanted = np.mean([a @ b for a, b in zip(all_a, all_b)], axis=0)
    return np.mean(wanted - np.mean(all_a, axis=0) @ np.mean(all_b, axis=0))


@answers.wrong("absolute values")
def lost_in_averaging(all_a, all_b):
    wanted = np.mean([a @ b for a, b in zip(all_a, all_b)], axis=0)
    return np.abs(wanted - np.mean(all_a, axis=0) @ np.mean(all_b, axis=0))


# `*` multiplies entry by entry; the shapes may not fit, or fit by broadcasting.
@answers.wrong("multiply matrices with `@`, not `*`?")
def lost_in_averaging(all_a, all_b):
    wanted = np.mean([a * b for a, b in zip(all_a, all_b)], axis=0)
    return wanted - np.mean(all_a, axis=0) * np.mean(all_b, axis=0)


# Only `@`, but averaged over the wrong axis.
@answers.wrong("Did you average over the devices (`axis=0`)")
def lost_in_averaging(all_a, all_b):
    products = [a @ b for a, b in zip(all_a, all_b)]
    return np.mean(products, axis=1) - np.mean(all_a, axis=0) @ np.mean(all_b, axis=0)


# `np.dot` of stacks of matrices pairs each device with every other one.
@answers.wrong("The shapes don't fit")
def lost_in_averaging(all_a, all_b):
    products = np.dot(np.array(all_a), np.array(all_b))
    return products.mean(axis=0) - np.mean(all_a, axis=0) @ np.mean(all_b, axis=0)


@answers.wrong("You multiply two single numbers")
def lost_in_averaging(all_a, all_b):
    wanted = np.mean([a @ b for a, b in zip(all_a, all_b)], axis=0)
    return wanted - np.mean(all_a) * np.mean(all_b)


@answers.wrong("made of single numbers")
def lost_in_averaging(all_a, all_b):
    wanted = np.mean([a @ b for a, b in zip(all_a, all_b)])
    return wanted - np.mean(all_a) * np.mean(all_b)


@answers.wrong("You take sums")
def lost_in_averaging(all_a, all_b):
    return sum(a @ b for a, b in zip(all_a, all_b)) - sum(all_a) @ sum(all_b)


@answers.wrong("Go through both lists at once")
def lost_in_averaging(all_a, all_b):
    return np.mean(all_a @ all_b, axis=0) - np.mean(all_a, axis=0) @ np.mean(all_b, axis=0)


@answers.wrong("Leave out `.tolist()`")
def lost_in_averaging(all_a, all_b):
    wanted = np.mean([a @ b for a, b in zip(all_a, all_b)], axis=0)
    return (wanted - np.mean(all_a, axis=0) @ np.mean(all_b, axis=0)).tolist()


@answers.wrong("`np.mean` without `axis=0` is a single number")
def lost_in_averaging(all_a, all_b):
    wanted = np.mean([a @ b for a, b in zip(all_a, all_b)])
    return wanted - np.mean(all_a) @ np.mean(all_b)


@answers.wrong("You subtract from a single number")
def lost_in_averaging(all_a, all_b):
    wanted = np.mean([a @ b for a, b in zip(all_a, all_b)])
    return wanted - np.mean(all_a, axis=0) @ np.mean(all_b, axis=0)
