import numpy as np
import pandas as pd
import tensorflow as tf

from fedtutor import partition
from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def heterogeneity(labels, parts):
    total = 0.0
    for part in parts:
        distance = 0.0
        for label in set(labels.tolist()):
            share = sum(labels[i] == label for i in part) / len(part)
            distance += max(0.0, share - np.mean(labels == label))
        total += distance
    return total / len(parts)


@answers.right
def heterogeneity(labels, parts):
    found, codes = np.unique(labels, return_inverse=True)
    table = np.zeros((len(parts), len(found)))
    for row, part in zip(table, parts):
        np.add.at(row, codes[part], 1 / len(part))
    whole = np.bincount(codes) / len(codes)
    return 0.5 * np.abs(table - whole).sum(axis=1).mean()


@answers.right
def heterogeneity(labels, parts):
    whole = pd.Series(labels).value_counts(normalize=True)
    distances = []
    for part in parts:
        shares = pd.Series(labels[part]).value_counts(normalize=True)
        distances.append(shares.sub(whole, fill_value=0).abs().sum() / 2)
    return pd.Series(distances).mean()


@answers.right
def heterogeneity(labels, parts):
    depth = int(max(labels)) + 1
    one_hot = tf.one_hot(labels, depth)
    whole = tf.reduce_mean(one_hot, axis=0)
    shares = tf.stack([tf.reduce_mean(tf.gather(one_hot, part), axis=0) for part in parts])
    return tf.reduce_mean(tf.reduce_sum(tf.abs(shares - whole), axis=1)) / 2


# What is in common, subtracted from all.
@answers.right
def heterogeneity(labels, parts):
    whole = np.bincount(labels) / len(labels)
    common = [
        np.minimum(np.bincount(labels[part], minlength=len(whole)) / len(part), whole).sum()
        for part in parts
    ]
    return 1 - np.mean(common)


def shares_and_whole(labels, parts):
    size = max(labels) + 1
    shares = np.array([np.bincount(labels[part], minlength=size) / len(part) for part in parts])
    return shares, np.bincount(labels) / len(labels)


@answers.wrong("twice as large")
def heterogeneity(labels, parts):
    shares, whole = shares_and_whole(labels, parts)
    return np.abs(shares - whole).sum(axis=1).mean()


@answers.wrong("each client counts once")
def heterogeneity(labels, parts):
    shares, whole = shares_and_whole(labels, parts)
    distances = np.abs(shares - whole).sum(axis=1) / 2
    return sum(d * len(part) for d, part in zip(distances, parts)) / len(labels)


@answers.wrong("the mean of the clients' distributions as the overall")
def heterogeneity(labels, parts):
    shares, _ = shares_and_whole(labels, parts)
    whole = np.mean(shares, axis=0)
    return np.abs(shares - whole).sum() / 2 / len(parts)


@answers.wrong("all equally frequent")
def heterogeneity(labels, parts):
    found, codes = np.unique(labels, return_inverse=True)
    distances = []
    for part in parts:
        shares = np.bincount(codes[part], minlength=len(found)) / len(part)
        distances.append(np.abs(shares - 1 / len(found)).sum() / 2)
    return np.mean(distances)


@answers.wrong("a tenth of each label")
def heterogeneity(labels, parts):
    distances = []
    for part in parts:
        shares = np.bincount(labels[part], minlength=10) / len(part)
        distances.append(np.abs(shares - 0.1).sum() / 2)
    return np.mean(distances)


@answers.wrong("the sum of the clients' distances")
def heterogeneity(labels, parts):
    shares, whole = shares_and_whole(labels, parts)
    return np.abs(shares - whole).sum() / 2


@answers.wrong("the largest of the clients' distances")
def heterogeneity(labels, parts):
    shares, whole = shares_and_whole(labels, parts)
    return (np.abs(shares - whole).sum(axis=1) / 2).max()


@answers.wrong("one distance per client")
def heterogeneity(labels, parts):
    shares, whole = shares_and_whole(labels, parts)
    return [np.abs(row - whole).sum() / 2 for row in shares]


@answers.wrong("the mean over the labels")
def heterogeneity(labels, parts):
    shares, whole = shares_and_whole(labels, parts)
    return np.abs(shares - whole).mean()


@answers.wrong("You compare counts")
def heterogeneity(labels, parts):
    whole = np.bincount(labels)
    held = [np.bincount(labels[part], minlength=len(whole)) for part in parts]
    return np.mean([np.abs(counts - whole).sum() / 2 for counts in held])


@answers.wrong("Euclidean distance")
def heterogeneity(labels, parts):
    shares, whole = shares_and_whole(labels, parts)
    return np.mean(np.sqrt(((shares - whole) ** 2).sum(axis=1)))


@answers.wrong("cancel out")
def heterogeneity(labels, parts):
    shares, whole = shares_and_whole(labels, parts)
    return np.mean(np.sum(shares - whole, axis=1)) / 2


@answers.wrong("in common with the overall distribution")
def heterogeneity(labels, parts):
    shares, whole = shares_and_whole(labels, parts)
    return np.minimum(shares, whole).sum(axis=1).mean()


@answers.wrong("`partition.heterogeneity` is put aside here")
def heterogeneity(labels, parts):
    return partition.heterogeneity(labels, parts)


# Ten labels and no more.
@answers.wrong("`minlength=10` is too short for labels beyond 9")
def heterogeneity(labels, parts):
    whole = np.bincount(labels, minlength=10) / len(labels)
    distances = [
        np.abs(np.bincount(labels[part], minlength=10) / len(part) - whole).sum() / 2
        for part in parts
    ]
    return np.mean(distances)


# A client that lacks the largest label has a shorter row of counts.
@answers.wrong("a client without the last labels gets a shorter array")
def heterogeneity(labels, parts):
    whole = np.bincount(labels) / len(labels)
    return np.mean(
        [np.abs(np.bincount(labels[part]) / len(part) - whole).sum() / 2 for part in parts]
    )


# The answer of the page, remembered.
@answers.wrong("With six unequal clients")
def heterogeneity(labels, parts):
    return 0.3125


@answers.wrong("as if all were equally frequent")
def heterogeneity(labels, parts):
    classes = labels.max() + 1
    distances = []
    for part in parts:
        shares = np.bincount(labels[part], minlength=classes) / len(part)
        distances.append(np.abs(shares - 1 / classes).sum() / 2)
    return np.mean(distances)


@answers.wrong("Did you count the positions?")
def heterogeneity(labels, parts):
    k = labels.max() + 1
    whole = np.bincount(labels, minlength=k) / len(labels)
    return np.mean(
        [np.abs(np.bincount(part, minlength=k) / len(part) - whole).sum() / 2 for part in parts]
    )


@answers.wrong("Did you count the positions?")
def heterogeneity(labels, parts):
    k = labels.max() + 1
    whole = np.bincount(labels, minlength=k) / len(labels)
    return np.mean(
        [np.abs(np.bincount(part, minlength=10) / len(part) - whole).sum() / 2 for part in parts]
    )


@answers.wrong("Is `return` inside the loop?")
def heterogeneity(labels, parts):
    whole = np.bincount(labels) / len(labels)
    d = []
    for part in parts:
        shares = np.bincount(labels[part], minlength=len(whole)) / len(part)
        d.append(np.abs(shares - whole).sum() / 2)
        return np.mean(d)


@answers.wrong("by the number of all examples")
def heterogeneity(labels, parts):
    whole = np.bincount(labels) / len(labels)
    d = []
    for part in parts:
        shares = np.bincount(labels[part], minlength=len(whole)) / len(labels)
        d.append(np.abs(shares - whole).sum() / 2)
    return np.mean(d)


@answers.wrong("counts with the overall shares")
def heterogeneity(labels, parts):
    whole = np.bincount(labels) / len(labels)
    d = []
    for part in parts:
        shares = np.bincount(labels[part], minlength=len(whole))
        d.append(np.abs(shares - whole).sum() / 2)
    return np.mean(d)


@answers.wrong("A label that it lacks counts, too")
def heterogeneity(labels, parts):
    whole = np.bincount(labels) / len(labels)
    d = []
    for part in parts:
        found, c = np.unique(labels[part], return_counts=True)
        d.append(np.abs(c / len(part) - whole[found]).sum() / 2)
    return np.mean(d)


# Rows divided by a row.
@answers.wrong("keepdims=True")
def heterogeneity(labels, parts):
    classes = labels.max() + 1
    counts = np.array([np.bincount(labels[part], minlength=classes) for part in parts])
    shares = counts / counts.sum(axis=1)
    overall = np.bincount(labels) / len(labels)
    return np.mean(np.abs(shares - overall).sum(axis=1) / 2)


@answers.wrong("half of a sum over the labels")
def heterogeneity(labels, parts):
    distances, overall = [], np.bincount(labels) / len(labels)
    for part in parts:
        shares = np.bincount(labels[part], minlength=len(overall)) / len(part)
        distances.append(np.abs(shares - overall).mean() / 2)
    return np.mean(distances)


@answers.wrong("not for percent")
def heterogeneity(labels, parts):
    overall = np.bincount(labels) / len(labels)
    shares = [np.bincount(labels[part], minlength=len(overall)) / len(part) for part in parts]
    return 100 * np.mean([np.abs(share - overall).sum() / 2 for share in shares])


@answers.wrong("It is rounded")
def heterogeneity(labels, parts):
    overall = np.bincount(labels) / len(labels)
    shares = [np.bincount(labels[part], minlength=len(overall)) / len(part) for part in parts]
    return round(np.mean([np.abs(share - overall).sum() / 2 for share in shares]), 2)
