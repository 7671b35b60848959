import numpy as np

from fedtutor import by_hand, models
from fedtutor.by_hand import client_update, weighted_average
from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def federated_round(model, global_weights, cohort, learning_rate):
    updates = []
    for batches in cohort:
        updates.append(client_update(model, global_weights, batches, learning_rate))
    client_weights, num_examples = zip(*updates)
    return weighted_average(client_weights, num_examples)


# A running sum, without a list and without `weighted_average`.
@answers.right
def federated_round(model, global_weights, cohort, learning_rate):
    total, summed = 0, [np.zeros_like(array) for array in global_weights]
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        summed = [old + n * array for old, array in zip(summed, weights)]
        total += n
    return [array / total for array in summed]


@answers.right
def federated_round(model, global_weights, cohort, learning_rate):
    back = {}
    for number, batches in enumerate(reversed(cohort)):
        back[number] = client_update(model, list(global_weights), batches, learning_rate)
    return weighted_average([w for w, _ in back.values()], [n for _, n in back.values()])


@answers.wrong("You averaged without weights")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights = [client_update(model, global_weights, b, learning_rate)[0] for b in cohort]
    return [np.mean(arrays, axis=0) for arrays in zip(*client_weights)]


@answers.wrong("goes on from where the last one stopped. All of them start")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights, num_examples = [], []
    for batches in cohort:
        global_weights, n = client_update(model, global_weights, batches, learning_rate)
        client_weights.append(global_weights)
        num_examples.append(n)
    return weighted_average(client_weights, num_examples)


@answers.wrong("the last one's weights come back")
def federated_round(model, global_weights, cohort, learning_rate):
    for batches in cohort:
        global_weights, _ = client_update(model, global_weights, batches, learning_rate)
    return global_weights


@answers.wrong("that the model happens to hold")
def federated_round(model, global_weights, cohort, learning_rate):
    start = model.get_weights()
    updates = [client_update(model, start, batches, learning_rate) for batches in cohort]
    return weighted_average(*zip(*updates))


@answers.wrong("these are the last client's")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = []
    for batches in cohort:
        updates.append(client_update(model, model.get_weights(), batches, learning_rate))
    return weighted_average(*zip(*updates))


@answers.wrong("inside of the loop")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights, num_examples = [], []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        client_weights.append(weights)
        num_examples.append(n)
        return weighted_average(client_weights, num_examples)


@answers.wrong("the last client. Collect those of all")
def federated_round(model, global_weights, cohort, learning_rate):
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
    return weighted_average([weights], [n or 1])


@answers.wrong("one entry for each")
def federated_round(model, global_weights, cohort, learning_rate):
    return [client_update(model, global_weights, b, learning_rate)[0] for b in cohort]


@answers.wrong("as they were before the round")
def federated_round(model, global_weights, cohort, learning_rate):
    for batches in cohort:
        client_update(model, global_weights, batches, learning_rate)
    return global_weights


@answers.wrong("Give back the weights alone.")
def federated_round(model, global_weights, cohort, learning_rate):
    ws, ns = zip(*[client_update(model, global_weights, b, learning_rate) for b in cohort])
    return weighted_average(ws, ns), sum(ns)


@answers.wrong("Your clients learn with a rate of 0.2, whatever is asked for.")
def federated_round(model, global_weights, cohort, learning_rate):
    ws, ns = zip(*[client_update(model, global_weights, b, 0.2) for b in cohort])
    return weighted_average(ws, ns)


@answers.wrong("With three clients and a learning rate of")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(model, global_weights, b, learning_rate=0.5) for b in cohort]
    return weighted_average(*zip(*updates))


@answers.wrong("It changes `global_weights`")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(model, global_weights, batches, learning_rate) for batches in cohort]
    for place, array in enumerate(weighted_average(*zip(*updates))):
        global_weights[place] = array
    return global_weights


# The two arguments of `weighted_average`, as they come.
@answers.wrong("It raises an error in the line `return weighted_average(")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(model, global_weights, batches, learning_rate) for batches in cohort]
    return weighted_average(updates)


@answers.wrong("but yours takes (model, global_weights, cohort)")
def federated_round(model, global_weights, cohort):
    updates = [client_update(model, global_weights, batches, 0.2) for batches in cohort]
    return weighted_average(*zip(*updates))


@answers.wrong("You count batches. The last batch of a client may be smaller")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights, num_batches = [], []
    for batches in cohort:
        client_weights.append(client_update(model, global_weights, batches, learning_rate)[0])
        num_batches.append(len(batches))
    return weighted_average(client_weights, num_batches)


# As in the lesson, where it is the first model's weights.
start = models.perceptron_2nn(seed=0).get_weights()


@answers.wrong(
    "You use `start`, which is the lesson's. Take `global_weights`, which your function is"
)
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(model, start, batches, learning_rate) for batches in cohort]
    return weighted_average(*zip(*updates))


# The course's own.
@answers.wrong("`by_hand.federated_round` is put aside here: write it yourself.")
def federated_round(model, global_weights, cohort, learning_rate):
    return by_hand.federated_round(model, global_weights, cohort, learning_rate)
