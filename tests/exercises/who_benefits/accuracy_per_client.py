import numpy as np
import pandas as pd
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def accuracy_per_client(predictions, labels, parts):
    found = []
    for part in parts:
        right = 0
        for position in part:
            if predictions[position] == labels[position]:
                right += 1
        found.append(right / len(part) if len(part) else float("nan"))
    return found


# The mean of an empty array is nan, with a warning that this test doesn't show.
@answers.right
def accuracy_per_client(predictions, labels, parts):
    return np.array([np.mean(predictions[part] == labels[part]) for part in parts])


@answers.right
def accuracy_per_client(predictions, labels, parts):
    client = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    position = np.concatenate(parts)
    table = pd.DataFrame({"client": client, "correct": (predictions == labels)[position]})
    return table.groupby("client")["correct"].mean().reindex(range(len(parts)))


@answers.right
def accuracy_per_client(predictions, labels, parts):
    correct = tf.cast(tf.equal(predictions, labels), tf.float32)
    return tf.stack([tf.reduce_mean(tf.gather(correct, part)) for part in parts])


@answers.wrong("not for 0")
def accuracy_per_client(predictions, labels, parts):
    return [sum(predictions[part] == labels[part]) / max(1, len(part)) for part in parts]


@answers.wrong("not for 1")
def accuracy_per_client(predictions, labels, parts):
    return [1 - sum(predictions[part] != labels[part]) / max(1, len(part)) for part in parts]


@answers.wrong("You leave out the clients without examples")
def accuracy_per_client(predictions, labels, parts):
    return [np.mean(predictions[part] == labels[part]) for part in parts if len(part) > 0]


# The sum of the positions instead of their number.
@answers.wrong("only position 0")
def accuracy_per_client(predictions, labels, parts):
    return [np.mean(predictions[p] == labels[p]) if sum(p) else np.nan for p in parts]


@answers.wrong("counts of right answers")
def accuracy_per_client(predictions, labels, parts):
    return [np.sum(predictions[part] == labels[part]) for part in parts]


@answers.wrong("number of all examples")
def accuracy_per_client(predictions, labels, parts):
    return [np.sum(predictions[part] == labels[part]) / len(predictions) for part in parts]


@answers.wrong("shares of wrong answers")
def accuracy_per_client(predictions, labels, parts):
    return [np.mean(predictions[part] != labels[part]) for part in parts]


@answers.wrong("one accuracy, of all examples together")
def accuracy_per_client(predictions, labels, parts):
    return np.mean(predictions == labels)


@answers.wrong("percentages")
def accuracy_per_client(predictions, labels, parts):
    return [100 * np.mean(predictions[part] == labels[part]) for part in parts]


@answers.wrong("client after client")
def accuracy_per_client(predictions, labels, parts):
    found, start = [], 0
    for part in parts:
        mine = slice(start, start + len(part))
        found.append(np.mean(predictions[mine] == labels[mine]))
        start += len(part)
    return found


# Division by zero.
@answers.wrong("This happens where two clients hold no examples")
def accuracy_per_client(predictions, labels, parts):
    found = []
    for part in parts:
        right = [predictions[i] == labels[i] for i in part]
        found.append(sum(map(int, right)) / len(right))
    return found


# The mean of the clients' accuracies.
@answers.wrong("a number, where an array is expected")
def accuracy_per_client(predictions, labels, parts):
    return np.nanmean([np.mean(predictions[part] == labels[part]) for part in parts])


# A constant instead of a computation.
@answers.wrong("With four unequal clients")
def accuracy_per_client(predictions, labels, parts):
    return [0.75, 0.0, 1.0]


@answers.wrong("contains `None` for a client without examples")
def accuracy_per_client(predictions, labels, parts):
    return [np.mean(predictions[p] == labels[p]) if len(p) else None for p in parts]


# None for every client: no known mistake, and no missing `return` either.
@answers.wrong("returned in place 0: None, where a value is expected.")
def accuracy_per_client(predictions, labels, parts):
    return [None for part in parts]
