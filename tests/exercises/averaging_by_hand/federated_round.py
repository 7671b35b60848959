import numpy as np
import tensorflow as tf

from fedtutor import by_hand, federated, models
from fedtutor.by_hand import client_update, weighted_average
from fedtutor.exercises import averaging_by_hand
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


@answers.wrong("continues from the weights of the one before it. All must start")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights, num_examples = [], []
    for batches in cohort:
        global_weights, n = client_update(model, global_weights, batches, learning_rate)
        client_weights.append(global_weights)
        num_examples.append(n)
    return weighted_average(client_weights, num_examples)


@answers.wrong("and you return the last client's")
def federated_round(model, global_weights, cohort, learning_rate):
    for batches in cohort:
        global_weights, _ = client_update(model, global_weights, batches, learning_rate)
    return global_weights


@answers.wrong("that the model happens to hold")
def federated_round(model, global_weights, cohort, learning_rate):
    start = model.get_weights()
    updates = [client_update(model, start, batches, learning_rate) for batches in cohort]
    return weighted_average(*zip(*updates))


@answers.wrong("Is `return` inside the loop?")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights, num_examples = [], []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        client_weights.append(weights)
        num_examples.append(n)
        return weighted_average(client_weights, num_examples)


@answers.wrong("You returned the last client's weights. Collect")
def federated_round(model, global_weights, cohort, learning_rate):
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
    return weighted_average([weights], [n or 1])


@answers.wrong("one entry for each client")
def federated_round(model, global_weights, cohort, learning_rate):
    return [client_update(model, global_weights, b, learning_rate)[0] for b in cohort]


@answers.wrong("as they were before the round")
def federated_round(model, global_weights, cohort, learning_rate):
    for batches in cohort:
        client_update(model, global_weights, batches, learning_rate)
    return global_weights


@answers.wrong("Return the weights alone.")
def federated_round(model, global_weights, cohort, learning_rate):
    ws, ns = zip(*[client_update(model, global_weights, b, learning_rate) for b in cohort])
    return weighted_average(ws, ns), sum(ns)


@answers.wrong("Your clients always learn with a rate of 0.2.")
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


@answers.wrong("You weight by the numbers of batches. A client's last batch may be smaller")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights, num_batches = [], []
    for batches in cohort:
        client_weights.append(client_update(model, global_weights, batches, learning_rate)[0])
        num_batches.append(len(batches))
    return weighted_average(client_weights, num_batches)


# As in the lesson, where it is the first model's weights.
start = models.perceptron_2nn(seed=0).get_weights()


@answers.wrong("You use `start`, which is the lesson's. Use `global_weights`, your function's own")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(model, start, batches, learning_rate) for batches in cohort]
    return weighted_average(*zip(*updates))


# The course's own.
@answers.wrong("`by_hand.federated_round` is put aside here: write it yourself.")
def federated_round(model, global_weights, cohort, learning_rate):
    return by_hand.federated_round(model, global_weights, cohort, learning_rate)


# As in the cell below the function.
five = []


@answers.wrong("You use `five`, which is the lesson's. Use `cohort`, your function's own argument.")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(model, global_weights, batches, learning_rate) for batches in five]
    return weighted_average(*zip(*updates))


# The loop is forgotten.
@answers.wrong("`cohort` is a list with one such data set for each client.")
def federated_round(model, global_weights, cohort, learning_rate):
    weights, n = client_update(model, global_weights, cohort, learning_rate)
    return weighted_average([weights], [n])


# One loop too many.
@answers.wrong("goes through the batches of one client, pairs of images and labels")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights, num_examples = [], []
    for batches in cohort:
        for batch in batches:
            weights, n = client_update(model, global_weights, batch, learning_rate)
            client_weights.append(weights)
            num_examples.append(n)
    return weighted_average(client_weights, num_examples)


@answers.wrong("The model needs a list of 4 arrays as its weights, but gets 16.")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(model, global_weights[0], b, learning_rate) for b in cohort]
    return weighted_average(*zip(*updates))


@answers.wrong("Does each get one entry per client?")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights, num_examples = [], []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        client_weights += weights
        num_examples.append(n)
    return weighted_average(client_weights, num_examples)


# Keras's own training, and what Keras says about it.
@answers.wrong("in the line `model.fit(batches)`: The model is not compiled")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights = []
    for batches in cohort:
        model.set_weights(global_weights)
        model.fit(batches)
        client_weights.append(model.get_weights())
    return weighted_average(client_weights, [1] * len(client_weights))


@answers.wrong("Is this a model? Check the order of the arguments.")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(global_weights, model, b, learning_rate) for b in cohort]
    return weighted_average(*zip(*updates))


@answers.wrong("The arguments of `weighted_average` are in the wrong order")
def federated_round(model, global_weights, cohort, learning_rate):
    ws, ns = zip(*[client_update(model, global_weights, b, learning_rate) for b in cohort])
    return weighted_average(ns, ws)


@answers.wrong("These are batches, where the weights of a model are needed")
def federated_round(model, global_weights, cohort, learning_rate):
    ws, ns = zip(*[client_update(model, b, global_weights, learning_rate) for b in cohort])
    return weighted_average(ws, ns)


@answers.wrong("A cohort can have any number of clients")
def federated_round(model, global_weights, cohort, learning_rate):
    ws, ns = zip(
        *[client_update(model, global_weights, cohort[k], learning_rate) for k in range(2, 7)]
    )
    return weighted_average(ws, ns)


@answers.wrong("A cohort can have any number of clients")
def federated_round(model, global_weights, cohort, learning_rate):
    ws, ns = zip(
        *[client_update(model, global_weights, cohort[k], learning_rate) for k in range(5)]
    )
    return weighted_average(ws, ns)


@answers.wrong("`sum` can't add up lists.")
def federated_round(model, global_weights, cohort, learning_rate):
    ws, ns = zip(*[client_update(model, global_weights, b, learning_rate) for b in cohort])
    return sum(n * array for n, array in zip(ns, sum(ws))) / sum(ns)


@answers.wrong("which are the previous client's")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = []
    for batches in cohort:
        updates.append(client_update(model, model.get_weights(), batches, learning_rate))
    return weighted_average(*zip(*updates))


@answers.wrong("lists of numbers, where arrays are expected")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(model, global_weights, batches, learning_rate) for batches in cohort]
    return [array.tolist() for array in weighted_average(*zip(*updates))]


@answers.right
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(model, global_weights, batches, learning_rate) for batches in cohort]
    return [tf.constant(array) for array in weighted_average(*zip(*updates))]


# The lesson's, for the 2NN.
evaluate = federated.Evaluator(
    models.perceptron_2nn, np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8)
)


@answers.wrong("You use the lesson's `evaluate`, which fits only the 2NN")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(model, global_weights, batches, learning_rate) for batches in cohort]
    average = weighted_average(*zip(*updates))
    print(evaluate(average))
    return average


@answers.wrong("Return the weights: the cell evaluates them.")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(model, global_weights, batches, learning_rate) for batches in cohort]
    return evaluate(weighted_average(*zip(*updates)))["accuracy"]


# In grading the name is not seen, but the error is.
@answers.wrong("use only `model`. (The lesson's `evaluate` fits only the 2NN.")
def federated_round(model, global_weights, cohort, learning_rate):
    model = models.perceptron_2nn(seed=0)
    updates = [client_update(model, global_weights, batches, learning_rate) for batches in cohort]
    return weighted_average(*zip(*updates))


# What the name means in the lesson, if exercise 1 is not solved.
lessons_weighted_average = averaging_by_hand.weighted_average.solve


@answers.wrong("Do you pass it a single number, such as the last client's?")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights = []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        client_weights.append(weights)
    return weighted_average(client_weights, n)


@answers.wrong("`weighted_average` takes one number of examples per client, in a list.")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights = []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        client_weights.append(weights)
    return lessons_weighted_average(client_weights, n)


@answers.wrong("Did you unpack what `client_update` returns?")
def federated_round(model, global_weights, cohort, learning_rate):
    results = [client_update(model, global_weights, b, learning_rate) for b in cohort]
    return weighted_average(results, [n for w, n in results])


@answers.wrong("Did you unpack what `client_update` returns?")
def federated_round(model, global_weights, cohort, learning_rate):
    results = [client_update(model, global_weights, b, learning_rate) for b in cohort]
    return lessons_weighted_average(results, [n for w, n in results])


# One pair for each argument.
@answers.wrong("or not unpacked: first the list of the clients' weights")
def federated_round(model, global_weights, cohort, learning_rate):
    results = [client_update(model, global_weights, b, learning_rate) for b in cohort]
    return weighted_average(*results)


@answers.wrong("To count, write `range(…)`")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = []
    for k in len(cohort):
        updates.append(client_update(model, global_weights, cohort[k], learning_rate))
    return weighted_average(*zip(*updates))


@answers.wrong("Your clients always learn with a rate of 0.1.")
def federated_round(model, global_weights, cohort, learning_rate):
    ws, ns = zip(*[client_update(model, global_weights, b, 0.1) for b in cohort])
    return weighted_average(ws, ns)


@answers.wrong("Your function doesn't use `learning_rate`.")
def federated_round(model, global_weights, cohort, learning_rate):
    ws, ns = zip(*[client_update(model, global_weights, b, 0.01) for b in cohort])
    return weighted_average(ws, ns)


# In the lesson it is a tuple of ten numbers.
num_examples = (889, 1411)


@answers.wrong("You use `num_examples`, which is the lesson's, from another cell.")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights = []
    for batches in cohort:
        weights, n = client_update(model, global_weights, batches, learning_rate)
        client_weights.append(weights)
    return weighted_average(client_weights, num_examples)


# The model's variables, which the check sets to other numbers afterwards, as the lesson would.
@answers.wrong("You returned the model's variables, which change with the model.")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = [client_update(model, global_weights, batches, learning_rate) for batches in cohort]
    model.set_weights(weighted_average(*zip(*updates)))
    return model.weights


@answers.wrong("`model.weights` are variables, which the next client overwrites")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights, num_examples = [], []
    for batches in cohort:
        _, n = client_update(model, global_weights, batches, learning_rate)
        client_weights.append(model.weights)
        num_examples.append(n)
    return weighted_average(client_weights, num_examples)


@answers.wrong("pass these to each `client_update`")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights, num_examples = [global_weights], [0]
    for batches in cohort:
        weights, n = client_update(model, client_weights[-1], batches, learning_rate)
        client_weights.append(weights)
        num_examples.append(n)
    return weighted_average(client_weights, num_examples)


@answers.wrong("You returned a pair, or one entry for each client.")
def federated_round(model, global_weights, cohort, learning_rate):
    ws, ns = zip(*[client_update(model, global_weights, b, learning_rate) for b in cohort])
    return weighted_average(ws, ns), ns


@answers.wrong("Go through it with `for batches in cohort`.")
def federated_round(model, global_weights, cohort, learning_rate):
    client_weights, num_examples = [], []
    for x, y in cohort:
        weights, n = client_update(model, global_weights, (x, y), learning_rate)
        client_weights.append(weights)
        num_examples.append(n)
    return weighted_average(client_weights, num_examples)


@answers.wrong("`append` changes the list and returns None")
def federated_round(model, global_weights, cohort, learning_rate):
    updates = []
    for batches in cohort:
        updates = updates.append(client_update(model, global_weights, batches, learning_rate))
    return weighted_average(*zip(*updates))
