import numpy as np
import tensorflow as tf

from fedtutor import models
from fedtutor.by_hand import client_update, federated_round, weighted_average
from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    updates, num_examples = [], []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        updates.append([new - old for new, old in zip(weights, global_weights)])
        num_examples.append(n)
    average = weighted_average(updates, num_examples)
    return [old + server_rate * step for old, step in zip(global_weights, average)]


# The average of the updates is the update of the average.
@answers.right
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return [
        (1 - server_rate) * old + server_rate * new for old, new in zip(global_weights, average)
    ]


@answers.right
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    sums, total = [0.0] * len(global_weights), 0
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        for place in range(len(weights)):
            sums[place] = sums[place] + n * np.subtract(weights[place], global_weights[place])
        total += n
    return [w + server_rate / total * s for w, s in zip(global_weights, sums)]


@answers.wrong("has no effect")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    updates, num_examples = [], []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        updates.append([new - old for new, old in zip(weights, global_weights)])
        num_examples.append(n)
    average = weighted_average(updates, num_examples)
    return [old + step for old, step in zip(global_weights, average)]


@answers.wrong("Your average is not weighted")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    updates = []
    for batches in cohort:
        weights, _ = client_update(model, global_weights, batches, learning_rate)
        updates.append([new - old for new, old in zip(weights, global_weights)])
    average = [np.mean(arrays, axis=0) for arrays in zip(*updates)]
    return [old + server_rate * step for old, step in zip(global_weights, average)]


@answers.wrong("You add up the updates of all clients")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    result = global_weights
    for batches in cohort:
        weights, _ = client_update(model, global_weights, batches, learning_rate)
        update = [new - old for new, old in zip(weights, global_weights)]
        result = [mine + server_rate * step for mine, step in zip(result, update)]
    return result


@answers.wrong("Your model moves in the wrong direction")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    update = [old - new for old, new in zip(global_weights, average)]
    return [old + server_rate * step for old, step in zip(global_weights, update)]


@answers.wrong("You returned the step alone")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return [server_rate * (new - old) for old, new in zip(global_weights, average)]


@answers.wrong("You multiply the average of the weights")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    return [server_rate * w for w in federated_round(model, global_weights, cohort, learning_rate)]


@answers.wrong("First subtract the global weights from each")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return [old + server_rate * new for old, new in zip(global_weights, average)]


@answers.wrong("You scale the clients' steps, not the average update.")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    return federated_round(model, global_weights, cohort, learning_rate * server_rate)


@answers.wrong("twice")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    updates, num_examples = [], []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        updates.append([server_rate * (new - old) for new, old in zip(weights, global_weights)])
        num_examples.append(n)
    average = weighted_average(updates, num_examples)
    return [old + server_rate * step for old, step in zip(global_weights, average)]


@answers.wrong("'list' and 'list'. Lists aren't arrays: go through them entry by entry")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    updates, num_examples = [], []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        updates.append(weights - global_weights)
        num_examples.append(n)
    average = weighted_average(updates, num_examples)
    return [old + server_rate * step for old, step in zip(global_weights, average)]


@answers.wrong("of type 'float'. Lists aren't arrays")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    update = [new - old for new, old in zip(average, global_weights)]
    return global_weights + server_rate * update


@answers.wrong("`+` appends one list to the other")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return global_weights + [server_rate * (w - g) for w, g in zip(average, global_weights)]


@answers.wrong("It changes `global_weights`")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    for old, new in zip(global_weights, average):
        old += server_rate * (new - old)
    return global_weights


# Without the default the call of the task's first rate does not work.
@answers.wrong("but yours takes")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return [old + server_rate * (new - old) for old, new in zip(global_weights, average)]


# As in the lesson, where it is the first model's weights.
start = models.perceptron_2nn(seed=0).get_weights()


@answers.wrong("You use `start`, which is the lesson's. Use `global_weights`")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return [old + server_rate * (new - old) for old, new in zip(start, average)]


@answers.wrong("You multiply by `learning_rate` again. The clients have already used it")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    rate = server_rate * learning_rate
    return [old + rate * (new - old) for old, new in zip(global_weights, average)]


@answers.wrong(
    "You multiply the average update by `learning_rate`. The clients have already used it"
)
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return [old + learning_rate * (new - old) for old, new in zip(global_weights, average)]


# No known mistake: the first array differs in its first number.
@answers.wrong("returned in place `[0][0, 0]`: ")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return [old + 3.5 * server_rate * (new - old) + 1 for old, new in zip(global_weights, average)]


@answers.wrong("You add the step to the clients' average.")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return [new + server_rate * (new - old) for old, new in zip(global_weights, average)]


@answers.wrong("Only the last client's update is used.")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        update = [new - old for new, old in zip(weights, global_weights)]
    return [old + server_rate * step for old, step in zip(global_weights, update)]


@answers.wrong("change them once, after the loop")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        update = [new - old for new, old in zip(weights, global_weights)]
        global_weights = [old + server_rate * step for old, step in zip(global_weights, update)]
    return global_weights


@answers.wrong("If you did, go through the weights array by array")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return global_weights + server_rate * (np.array(average) - np.array(global_weights))


@answers.wrong("Did you unpack what `client_update` returns?")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    updates, ns = [], []
    for b in cohort:
        update = [
            new - old
            for new, old in zip(
                client_update(model, global_weights, b, learning_rate), global_weights
            )
        ]
        updates.append(update)
        ns.append(1)
    average = weighted_average(updates, ns)
    return [old + server_rate * step for old, step in zip(global_weights, average)]


@answers.wrong("Did you unpack what `client_update` returns?")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    updates, ns = [], []
    for b in cohort:
        weights = client_update(model, global_weights, b, learning_rate)
        updates.append([new - old for new, old in zip(weights, global_weights)])
        ns.append(len(b))
    average = weighted_average(updates, ns)
    return [old + server_rate * step for old, step in zip(global_weights, average)]


@answers.wrong("Did you subtract `model.get_weights()`?")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    updates, ns = [], []
    for b in cohort:
        weights, n = client_update(model, global_weights, b, learning_rate)
        updates.append([new - old for new, old in zip(weights, model.get_weights())])
        ns.append(n)
    average = weighted_average(updates, ns)
    return [old + server_rate * step for old, step in zip(global_weights, average)]


@answers.wrong("Old and new are swapped")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return [
        server_rate * old + (1 - server_rate) * new for old, new in zip(global_weights, average)
    ]


@answers.wrong("lists of numbers, where arrays are expected")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return [(old + server_rate * (new - old)).tolist() for old, new in zip(global_weights, average)]


@answers.right
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return [
        tf.constant(old) + server_rate * tf.constant(new - old)
        for old, new in zip(global_weights, average)
    ]


@answers.wrong("Only the first client's update is used. Is `return` inside the loop?")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    updates, num_examples = [], []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        updates.append([new - old for new, old in zip(weights, global_weights)])
        num_examples.append(n)
        average = weighted_average(updates, num_examples)
        return [old + server_rate * step for old, step in zip(global_weights, average)]


# As in the cell below the function.
goal = models.perceptron_2nn(seed=1).get_weights()
rate = 0.5


@answers.wrong("You use `goal`, which is the lesson's: the cell compares your result with it.")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    return [old + server_rate * (new - old) for old, new in zip(global_weights, goal)]


@answers.wrong("You use `rate`, which is the lesson's. Use `server_rate`")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    return [old + rate * (new - old) for old, new in zip(global_weights, average)]


@answers.wrong("Your clients always learn with a rate of 0.1.")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, 0.1)
    return [old + server_rate * (new - old) for old, new in zip(global_weights, average)]


@answers.wrong("Your clients always learn with a rate of 0.2.")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, 0.2)
    return [old + server_rate * (new - old) for old, new in zip(global_weights, average)]


@answers.wrong("Do you pass it a single number, such as the last client's?")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    updates = []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        updates.append([new - old for new, old in zip(weights, global_weights)])
    average = weighted_average(updates, n)
    return [old + server_rate * step for old, step in zip(global_weights, average)]


@answers.wrong("`old = old + step` in a loop changes no list")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    for old, new in zip(global_weights, average):
        old = old + server_rate * (new - old)
    return global_weights


@answers.wrong("which are the last client's. Add it to `global_weights`")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    updates, num_examples = [], []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        updates.append([new - old for new, old in zip(weights, global_weights)])
        num_examples.append(n)
    average = weighted_average(updates, num_examples)
    return [old + server_rate * step for old, step in zip(model.get_weights(), average)]


@answers.wrong("You returned the model's variables")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    average = federated_round(model, global_weights, cohort, learning_rate)
    model.set_weights([w + server_rate * (a - w) for w, a in zip(global_weights, average)])
    return model.trainable_variables


@answers.wrong("You returned a pair, or one entry for each client.")
def round_of_updates(model, global_weights, cohort, learning_rate, server_rate=1.0):
    updates = []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        updates.append([new - old for new, old in zip(weights, global_weights)])
    return updates
