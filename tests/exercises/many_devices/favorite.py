from collections import Counter

import numpy as np
import pandas as pd
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def favorite(labels, part):
    counts = {}
    for position in part:
        counts[labels[position]] = counts.get(labels[position], 0) + 1
    return max(counts, key=counts.get)


@answers.right
def favorite(labels, part):
    return Counter(labels[part].tolist()).most_common(1)[0][0]


# Of equals, the largest.
@answers.right
def favorite(labels, part):
    found, counts = np.unique(labels[part], return_counts=True)
    return found[counts == counts.max()][-1]


@answers.right
def favorite(labels, part):
    return pd.Series(labels[part]).mode()[0]


@answers.right
def favorite(labels, part):
    held = tf.cast(tf.gather(labels, part), tf.int32)
    return tf.argmax(tf.math.bincount(held))


@answers.wrong("how often the favorite occurs")
def favorite(labels, part):
    return Counter(labels[part].tolist()).most_common(1)[0][1]


@answers.wrong("of all clients together")
def favorite(labels, part):
    return Counter(labels.tolist()).most_common(1)[0][0]


@answers.wrong("You count the positions")
def favorite(labels, part):
    return np.argmax(np.bincount(part))


@answers.wrong("the favorite's place among the labels that the client holds")
def favorite(labels, part):
    _, counts = np.unique(labels[part], return_counts=True)
    return np.argmax(counts)


@answers.wrong("the largest label")
def favorite(labels, part):
    return max(labels[part])


# The rarest.
@answers.wrong("The client holds 1 of that label, but 3 of the label 7")
def favorite(labels, part):
    counts = Counter(labels[part].tolist())
    return min(counts, key=counts.get)


# The mean label.
@answers.wrong("The client holds none of that label, but 3 of the label 7")
def favorite(labels, part):
    return np.mean(labels[part])


# The first one that it holds.
@answers.wrong("The client holds")
def favorite(labels, part):
    return sorted(labels[part])[0]


# The position of the favorite, where it occurs first.
@answers.wrong("The client holds")
def favorite(labels, part):
    label = np.bincount(labels[part]).argmax()
    return part[np.flatnonzero(labels[part] == label)[0]]


# All counts.
@answers.wrong("an array, where a number is expected")
def favorite(labels, part):
    return np.bincount(labels[part], minlength=10)


@answers.wrong("a tuple, where a number is expected")
def favorite(labels, part):
    return Counter(labels[part].tolist()).most_common(1)[0]


# Ten labels and no more.
@answers.wrong("This happens with labels beyond 9")
def favorite(labels, part):
    counts = [0] * 10
    for label in labels[part]:
        counts[label] += 1
    return counts.index(max(counts))


@answers.wrong("It changes `labels`")
def favorite(labels, part):
    label = np.bincount(labels[part]).argmax()
    labels[part] = label
    return label
