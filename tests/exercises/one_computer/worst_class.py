import numpy as np
import pandas as pd
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def worst_class(confusion):
    worst, lowest = None, None
    for true in range(len(confusion)):
        examples = sum(confusion[true])
        if examples == 0:
            continue
        recall = confusion[true][true] / examples
        if lowest is None or recall < lowest:
            worst, lowest = true, recall
    return worst, lowest


@answers.right
def worst_class(confusion):
    recall = confusion.diagonal() / confusion.sum(axis=1)
    worst = np.nanargmin(recall)
    return worst, recall[worst]


@answers.right
def worst_class(confusion):
    recall = pd.Series(np.diag(confusion)) / pd.DataFrame(confusion).sum(axis=1)
    return [recall.idxmin(), recall.min()]


@answers.right
def worst_class(confusion):
    confusion = tf.cast(confusion, tf.float32)
    recall = tf.linalg.diag_part(confusion) / tf.reduce_sum(confusion, axis=1)
    recall = tf.where(tf.math.is_nan(recall), 2.0, recall)
    return tf.argmin(recall), tf.reduce_min(recall)


@answers.wrong("You divide by the sums of the columns")
def worst_class(confusion):
    precision = confusion.diagonal() / confusion.sum(axis=0)
    return np.nanargmin(precision), np.nanmin(precision)


@answers.wrong("You divide by the sums of the columns")
def worst_class(confusion):
    precision = np.diag(confusion) / np.sum(confusion, axis=0)
    return np.argmin(precision), np.min(precision)


@answers.wrong("the fewest right answers")
def worst_class(confusion):
    worst = np.diag(confusion).argmin()
    return worst, confusion[worst, worst] / confusion[worst].sum()


@answers.wrong("the most wrong answers")
def worst_class(confusion):
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    worst = wrong.sum(axis=1).argmax()
    return worst, confusion[worst, worst] / confusion[worst].sum()


@answers.wrong("the number of all examples")
def worst_class(confusion):
    shares = np.diag(confusion) / np.sum(confusion)
    return shares.argmin(), shares.min()


@answers.wrong("`argmin` takes `nan` for the smallest")
def worst_class(confusion):
    recall = confusion.diagonal() / confusion.sum(axis=1)
    return recall.argmin(), recall.min()


@answers.wrong("as a recall of 0")
def worst_class(confusion):
    recall = np.nan_to_num(confusion.diagonal() / confusion.sum(axis=1))
    return recall.argmin(), recall.min()


@answers.wrong("after them move up")
def worst_class(confusion):
    recall = confusion.diagonal() / confusion.sum(axis=1)
    recall = recall[~np.isnan(recall)]
    return recall.argmin(), recall.min()


@answers.wrong("the best class")
def worst_class(confusion):
    recall = confusion.diagonal() / confusion.sum(axis=1)
    return recall.argmax(), recall.max()


@answers.wrong("the share that was not recognized")
def worst_class(confusion):
    errors = 1 - confusion.diagonal() / confusion.sum(axis=1)
    return np.nanargmax(errors), np.nanmax(errors)


@answers.wrong("in percent")
def worst_class(confusion):
    recall = 100 * confusion.diagonal() / confusion.sum(axis=1)
    return np.nanargmin(recall), np.nanmin(recall)


@answers.wrong("Return the class first")
def worst_class(confusion):
    recall = confusion.diagonal() / confusion.sum(axis=1)
    return np.nanmin(recall), np.nanargmin(recall)


@answers.wrong("the class alone")
def worst_class(confusion):
    return np.nanargmin(confusion.diagonal() / confusion.sum(axis=1))


@answers.wrong("the recall alone")
def worst_class(confusion):
    return np.nanmin(confusion.diagonal() / confusion.sum(axis=1))


# Division by zero.
@answers.wrong("This happens where two classes have no examples")
def worst_class(confusion):
    rows = confusion.tolist()
    recall = [row[i] / sum(row) for i, row in enumerate(rows)]
    return recall.index(min(recall)), min(recall)


# Counts classes from 1.
@answers.wrong("where (0, 0.8) is expected")
def worst_class(confusion):
    recall = confusion.diagonal() / confusion.sum(axis=1)
    return np.nanargmin(recall) + 1, np.nanmin(recall)


# The answer of the page, remembered.
@answers.wrong("With ten classes")
def worst_class(confusion):
    return 0, 0.8


@answers.wrong("It changes `confusion`")
def worst_class(confusion):
    confusion[confusion.sum(axis=1) == 0] = 1
    recall = confusion.diagonal() / confusion.sum(axis=1)
    return recall.argmin(), recall.min()


# `if confusion[i, i]`, meant to leave out classes without examples.
@answers.wrong("You leave out a class that is never recognized")
def worst_class(confusion):
    worst = None, 2.0
    for i in range(len(confusion)):
        if confusion[i, i]:
            recall = confusion[i, i] / confusion[i].sum()
            if recall < worst[1]:
                worst = i, recall
    return worst


@answers.wrong("never picks a class")
def worst_class(confusion):
    worst, lowest = None, 1.0
    for label, row in enumerate(confusion):
        if row.sum() and row[label] / row.sum() < lowest:
            worst, lowest = label, row[label] / row.sum()
    return worst, lowest


@answers.wrong("an array with one number")
def worst_class(confusion):
    recall = confusion.diagonal() / np.where(
        confusion.sum(axis=1) > 0, confusion.sum(axis=1), np.nan
    )
    return np.where(recall == np.nanmin(recall))[0], np.nanmin(recall)


@answers.wrong("your comparison never leaves that class")
def worst_class(confusion):
    recall = confusion.diagonal() / confusion.sum(axis=1)
    worst = 0
    for place in range(len(recall)):
        if recall[place] < recall[worst]:
            worst = place
    return worst, recall[worst]


@answers.wrong("your comparison never leaves that class")
def worst_class(confusion):
    recall = list(np.diag(confusion) / confusion.sum(axis=1))
    worst = recall.index(min(recall))
    return worst, recall[worst]


@answers.wrong("Take the recall of your class")
def worst_class(confusion):
    recall = confusion.diagonal() / confusion.sum(axis=1)
    return np.nanargmin(recall), min(recall)


@answers.wrong("an empty row")
def worst_class(confusion):
    recall = {
        true: confusion[true, true] / confusion[true].sum()
        for true in range(len(confusion))
        if confusion[:, true].sum() > 0 and confusion[true].sum() > 0
    }
    worst = min(recall, key=recall.get)
    return worst, recall[worst]


@answers.wrong("from the rows and from the columns")
def worst_class(confusion):
    keep = confusion.sum(axis=1) > 0
    confusion = confusion[keep][:, keep]
    recall = np.diag(confusion) / confusion.sum(axis=1)
    return recall.argmin(), recall.min()


@answers.wrong("This is the best class")
def worst_class(confusion):
    recall = confusion.diagonal() / confusion.sum(axis=1)
    return np.nanargmax(recall), np.nanmax(recall)


@answers.wrong("Move `return` after the loop")
def worst_class(confusion):
    for true, row in enumerate(confusion):
        return true, row[true] / row.sum()


# The example's three classes.
@answers.wrong("With ten classes, it returned")
def worst_class(confusion):
    recall = [confusion[true, true] / max(1, confusion[true].sum()) for true in range(3)]
    return int(np.argmin(recall)), min(recall)


@answers.wrong("as a recall of 1")
def worst_class(confusion):
    examples = confusion.sum(axis=1)
    recall = confusion.diagonal() / np.maximum(examples, 1)
    recall[examples == 0] = 1.0
    return np.argmin(recall), np.min(recall)
