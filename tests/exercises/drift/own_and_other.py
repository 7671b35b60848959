import numpy as np
import pandas as pd

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def own_and_other(predictions, labels, own_labels):
    own_labels = set(own_labels.tolist())
    right, total = [0, 0], [0, 0]
    for guess, label in zip(predictions, labels):
        kind = 0 if label in own_labels else 1
        total[kind] += 1
        right[kind] += guess == label
    return [r / n if n > 0 else float("nan") for r, n in zip(right, total)]


@answers.right
def own_and_other(predictions, labels, own_labels):
    table = pd.DataFrame({"right": predictions == labels, "own": np.isin(labels, own_labels)})
    shares = table.groupby("own")["right"].mean()
    return shares.get(True, np.nan), shares.get(False, np.nan)


@answers.right
def own_and_other(predictions, labels, own_labels):
    mine = np.zeros(10, bool)
    mine[own_labels] = True
    right, own = predictions == labels, mine[labels]
    ours = np.mean(right[own]) if own.sum() else np.nan
    return np.array([ours, np.mean(right[~own]) if (~own).sum() else np.nan])


@answers.wrong("look at `labels`, not at `predictions`")
def own_and_other(predictions, labels, own_labels):
    own = np.isin(predictions, own_labels)
    right = predictions == labels
    return right[own].mean(), right[~own].mean() if (~own).any() else np.nan


@answers.wrong("You divide by the number of all digits")
def own_and_other(predictions, labels, own_labels):
    own = np.isin(labels, own_labels)
    right = predictions == labels
    return (right & own).sum() / len(labels), (right & ~own).sum() / len(labels)


@answers.wrong("The two shares are swapped")
def own_and_other(predictions, labels, own_labels):
    other = ~np.isin(labels, own_labels)
    right = predictions == labels
    return [right[part].mean() if part.any() else np.nan for part in (other, ~other)]


@answers.wrong("the first two entries of `own_labels`")
def own_and_other(predictions, labels, own_labels):
    own = (labels == own_labels[0]) | (labels == own_labels[1])
    right = predictions == labels
    return [right[part].mean() if part.any() else np.nan for part in (own, ~own)]


@answers.wrong("counts of right answers")
def own_and_other(predictions, labels, own_labels):
    own = np.isin(labels, own_labels)
    return np.sum((predictions == labels)[own]), np.sum((predictions == labels)[~own])


@answers.wrong("each *digit* counts once")
def own_and_other(predictions, labels, own_labels):
    own, other = [], []
    for label in range(10):
        if np.any(labels == label):
            accuracy = np.mean(predictions[labels == label] == label)
            (own if label in own_labels else other).append(accuracy)
    return (np.mean(own) if own else np.nan), (np.mean(other) if other else np.nan)


@answers.wrong("asks for `np.nan`, not for 0")
def own_and_other(predictions, labels, own_labels):
    own = np.isin(labels, own_labels)
    right = predictions == labels
    return [right[part].sum() / max(part.sum(), 1) for part in (own, ~own)]


@answers.wrong("shares of wrong answers")
def own_and_other(predictions, labels, own_labels):
    own = np.isin(labels, own_labels)
    wrong = predictions != labels
    return [wrong[part].mean() if part.any() else np.nan for part in (own, ~own)]


@answers.wrong("percentages")
def own_and_other(predictions, labels, own_labels):
    own = np.isin(labels, own_labels)
    right = predictions == labels
    return [100 * right[part].mean() if part.any() else np.nan for part in (own, ~own)]


@answers.wrong("This is one share, of all digits")
def own_and_other(predictions, labels, own_labels):
    return (predictions == labels).mean()


# Python's `in` compares all labels at once with each entry.
@answers.wrong("`np.isin(labels, own_labels)` does")
def own_and_other(predictions, labels, own_labels):
    own = labels in own_labels.tolist()
    right = predictions == labels
    return right[own].mean(), right[~own].mean()


@answers.wrong("`np.isin(labels, own_labels)` does")
def own_and_other(predictions, labels, own_labels):
    own = labels in set(own_labels)
    right = predictions == labels
    return right[own].mean(), right[~own].mean()


@answers.wrong("`np.isin(labels, own_labels)` does")
def own_and_other(predictions, labels, own_labels):
    own = labels == own_labels
    right = predictions == labels
    return right[own].mean(), right[~own].mean()


# Doesn't look whether there are others.
@answers.wrong("where")
def own_and_other(predictions, labels, own_labels):
    return np.mean(predictions[labels == own_labels[0]] == own_labels[0]), 0.5


@answers.wrong("You divide the second count by the number of all digits")
def own_and_other(predictions, labels, own_labels):
    own = np.isin(labels, own_labels)
    right = predictions == labels
    return (right[own].mean() if own.any() else np.nan), (right & ~own).sum() / len(labels)


@answers.wrong("you return None for it")
def own_and_other(predictions, labels, own_labels):
    own = np.isin(labels, own_labels)
    right = predictions == labels
    return [right[part].mean() if part.any() else None for part in (own, ~own)]


@answers.wrong("`np.array(own)`")
def own_and_other(predictions, labels, own_labels):
    own = [label in own_labels for label in labels]
    right = predictions == labels
    return right[own].mean(), right[~own].mean()


@answers.wrong("`np.isin` can't look into a set")
def own_and_other(predictions, labels, own_labels):
    own = np.isin(labels, set(own_labels))
    right = predictions == labels
    return [right[part].mean() if part.any() else np.nan for part in (own, ~own)]


@answers.wrong("looks up each entry of its *first* argument")
def own_and_other(predictions, labels, own_labels):
    own = np.isin(own_labels, labels)
    right = predictions == labels
    return [right[part].mean() if part.any() else np.nan for part in (own, ~own)]


@answers.wrong("Your second share is of *all* digits")
def own_and_other(predictions, labels, own_labels):
    right = predictions == labels
    own = right[np.isin(labels, own_labels)]
    return (own.mean() if own.size else np.nan), right.mean()


@answers.wrong("Your second share is 1 minus the first one")
def own_and_other(predictions, labels, own_labels):
    own = np.isin(labels, own_labels)
    share = (predictions == labels)[own].mean() if own.any() else np.nan
    return share, 1 - share
