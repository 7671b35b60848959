import numpy as np
import tensorflow as tf

from fedtutor import by_hand
from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def weighted_average(client_weights, num_examples):
    result = []
    for place in range(len(client_weights[0])):
        arrays = [weights[place] for weights in client_weights]
        result.append(np.average(arrays, axis=0, weights=num_examples))
    return result


@answers.right
def weighted_average(client_weights, num_examples):
    total = 0
    for n in num_examples:
        total = total + n
    average = []
    for array in client_weights[0]:
        average.append(np.zeros(np.shape(array)))
    for k in range(len(client_weights)):
        for i in range(len(average)):
            average[i] = average[i] + client_weights[k][i] * num_examples[k] / total
    return average


@answers.right
def weighted_average(client_weights, num_examples):
    shares = tf.cast(num_examples, tf.float32) / tf.cast(tf.reduce_sum(num_examples), tf.float32)
    return [
        tf.tensordot(shares, tf.stack([tf.cast(a, tf.float32) for a in arrays]), axes=1)
        for arrays in zip(*client_weights)
    ]


# A tuple is as good as a list, and so is the sum first and the division last.
@answers.right
def weighted_average(client_weights, num_examples):
    def average(*arrays):
        return np.add.reduce([n * a for n, a in zip(num_examples, arrays)]) / np.sum(num_examples)

    return tuple(map(average, *client_weights))


@answers.wrong("You averaged without weights: a client with 10 examples")
def weighted_average(client_weights, num_examples):
    return [np.mean(arrays, axis=0) for arrays in zip(*client_weights)]


@answers.wrong("divide by the number of clients. Divide by")
def weighted_average(client_weights, num_examples):
    result = []
    for arrays in zip(*client_weights):
        total = 0
        for n, array in zip(num_examples, arrays):
            total = total + n * array
        result.append(total / len(num_examples))
    return result


@answers.wrong("The shares already add up to 1")
def weighted_average(client_weights, num_examples):
    shares = np.array(num_examples) / np.sum(num_examples)
    return [np.mean([s * a for s, a in zip(shares, arrays)], 0) for arrays in zip(*client_weights)]


@answers.wrong("never divide by the total number of examples")
def weighted_average(client_weights, num_examples):
    return [sum(n * a for n, a in zip(num_examples, arrays)) for arrays in zip(*client_weights)]


@answers.wrong("You add up the clients' arrays")
def weighted_average(client_weights, num_examples):
    return [sum(arrays) for arrays in zip(*client_weights)]


@answers.wrong("rounds down")
def weighted_average(client_weights, num_examples):
    n = sum(num_examples)
    return [
        sum(k // n * a for k, a in zip(num_examples, arrays)) for arrays in zip(*client_weights)
    ]


@answers.wrong("You average only the first array")
def weighted_average(client_weights, num_examples):
    first = [weights[0] for weights in client_weights]
    return [np.average(first, axis=0, weights=num_examples)]


@answers.wrong("You average only the first array")
def weighted_average(client_weights, num_examples):
    total = sum(num_examples)
    for arrays in zip(*client_weights):
        return [sum(n / total * array for n, array in zip(num_examples, arrays))]


@answers.wrong("You returned one array")
def weighted_average(client_weights, num_examples):
    first = [weights[0] for weights in client_weights]
    return np.average(first, axis=0, weights=num_examples)


@answers.wrong("the clients are not added up yet")
def weighted_average(client_weights, num_examples):
    total, result = sum(num_examples), []
    for weights, n in zip(client_weights, num_examples):
        result.append([n / total * array for array in weights])
    return result


@answers.wrong("It changes `client_weights`")
def weighted_average(client_weights, num_examples):
    total = sum(num_examples)
    average = client_weights[0]
    for array in average:
        array *= num_examples[0] / total
    for n, weights in zip(num_examples[1:], client_weights[1:]):
        for mine, other in zip(average, weights):
            mine += n / total * other
    return average


@answers.right
def weighted_average(client_weights, num_examples):
    average = [np.zeros_like(array) for array in client_weights[0]]
    for n, weights in zip(num_examples, client_weights):
        for mine, other in zip(average, weights):
            mine += n / sum(num_examples) * other
    return average


# Two clients, as on the page, and no others.
@answers.wrong("With three clients of four arrays, it returned")
def weighted_average(client_weights, num_examples):
    a, b = num_examples[0], num_examples[1]
    return [(a * x[0] + b * x[1]) / (a + b) for x in zip(*client_weights)]


# One array each, and no more: NumPy cannot stack arrays of different shapes.
@answers.wrong("It raises an error in the line `return np.average(")
def weighted_average(client_weights, num_examples):
    return np.average(client_weights, axis=0, weights=num_examples)


@answers.wrong("where an array is expected")
def weighted_average(client_weights, num_examples):
    total = sum(num_examples)
    return [
        sum(n / total * np.mean(array) for n, array in zip(num_examples, arrays))
        for arrays in zip(*client_weights)
    ]


# The answer of the page, remembered.
@answers.wrong("With three clients of four arrays")
def weighted_average(client_weights, num_examples):
    return [np.array([0.75, 17.5]), np.array([[5.0]])]


# The course's own.
@answers.wrong("`by_hand.weighted_average` is put aside here: write it yourself.")
def weighted_average(client_weights, num_examples):
    return by_hand.weighted_average(client_weights, num_examples)


# The lesson has an `n` of its own, from the prediction above.
n = 40


@answers.wrong("You use `n`, which is the lesson's. Use `num_examples`")
def weighted_average(client_weights, num_examples):
    return [
        sum(k / n * array for k, array in zip(num_examples, arrays))
        for arrays in zip(*client_weights)
    ]


# A share for each client, and a list instead of an array of them.
@answers.wrong("Lists aren't arrays: go through them entry by entry")
def weighted_average(client_weights, num_examples):
    total = sum(num_examples)
    shares = [n / total for n in num_examples]
    return [share * weights for share, weights in zip(shares, client_weights)]


# Clients and arrays mixed up.
@answers.wrong("the shape (1, 2), where (2,) is expected")
def weighted_average(client_weights, num_examples):
    total = sum(num_examples)
    return [
        sum(n / total * array for n, array in zip(num_examples, weights, strict=True))
        for weights in client_weights
    ]


# Only the sum over clients is forgotten: everything in one long list.
@answers.wrong("returned 4 values, where 2 are expected")
def weighted_average(client_weights, num_examples):
    total, result = sum(num_examples), []
    for weights, n in zip(client_weights, num_examples):
        for array in weights:
            result.append(n / total * array)
    return result


@answers.wrong("divide by the largest number")
def weighted_average(client_weights, num_examples):
    shares = np.array(num_examples) / np.max(num_examples)
    return [sum(s * a for s, a in zip(shares, arrays)) for arrays in zip(*client_weights)]


@answers.wrong("the less it counts.")
def weighted_average(client_weights, num_examples):
    shares = [1 / n if n > 0 else 0.0 for n in num_examples]
    shares = np.array(shares) / np.sum(shares)
    return [sum(s * a for s, a in zip(shares, arrays)) for arrays in zip(*client_weights)]


@answers.wrong("the client with the most examples")
def weighted_average(client_weights, num_examples):
    return client_weights[list(num_examples).index(max(num_examples))]


@answers.wrong("`+=`, not `=`")
def weighted_average(client_weights, num_examples):
    result = []
    for place in range(len(client_weights[0])):
        for n, weights in zip(num_examples, client_weights):
            average = n / sum(num_examples) * weights[place]
        result.append(average)
    return result


# Nested lists of the right numbers: the lesson's `evaluate` could not put them into a model.
@answers.wrong("lists of numbers, where arrays are expected")
def weighted_average(client_weights, num_examples):
    total = sum(num_examples)
    return [
        sum(n / total * array for n, array in zip(num_examples, arrays)).tolist()
        for arrays in zip(*client_weights)
    ]


@answers.wrong("Leave out `.tolist()`")
def weighted_average(client_weights, num_examples):
    result = []
    for arrays in zip(*client_weights):
        result.append(np.average(arrays, axis=0, weights=num_examples).tolist())
    return tuple(result)


# The mistake comes first, the lists later.
@answers.wrong("You averaged without weights")
def weighted_average(client_weights, num_examples):
    return [np.mean(arrays, axis=0).tolist() for arrays in zip(*client_weights)]


# TensorFlow's arrays do: the lesson goes on with them.
@answers.right
def weighted_average(client_weights, num_examples):
    total = sum(num_examples)
    return [
        tf.Variable(sum(n / total * array for n, array in zip(num_examples, arrays)))
        for arrays in zip(*client_weights)
    ]


@answers.wrong("`sum` begins with the number 0. A client's weights are a list of arrays")
def weighted_average(client_weights, num_examples):
    total, result = sum(num_examples), []
    for weights, n in zip(client_weights, num_examples):
        result.append([n / total * array for array in weights])
    return sum(result)


@answers.wrong("A number and a list can't be added")
def weighted_average(client_weights, num_examples):
    total, average = sum(num_examples), 0
    for weights, n in zip(client_weights, num_examples):
        average += [n / total * array for array in weights]
    return average


# The same with NumPy's `sum`, which would need one array.
@answers.wrong("Go through the list one array at a time")
def weighted_average(client_weights, num_examples):
    total, result = sum(num_examples), []
    for weights, n in zip(client_weights, num_examples):
        result.append([n / total * array for array in weights])
    return np.sum(result, axis=0)


@answers.wrong("To count, write `range(…)`")
def weighted_average(client_weights, num_examples):
    result = []
    for place in len(client_weights[0]):
        arrays = [weights[place] for weights in client_weights]
        result.append(np.average(arrays, axis=0, weights=num_examples))
    return result


# In the lesson, the weights of one client.
weights = []


@answers.wrong("You use `weights`, which is the lesson's. Use `client_weights`")
def weighted_average(client_weights, num_examples):
    total = sum(num_examples)
    return [n / total * array for n, array in zip(num_examples, weights)]


@answers.wrong("Your function doesn't use `num_examples`.")
def weighted_average(client_weights, num_examples):
    return [0.25 * a + 0.75 * b for a, b in zip(client_weights[0], client_weights[-1])]


@answers.wrong("You combine two arrays whose shapes don't fit.")
def weighted_average(client_weights, num_examples):
    total, result = sum(num_examples), 0
    for weights, n in zip(client_weights, num_examples):
        for array in weights:
            result += n / total * array
    return result


@answers.wrong("for /: 'list' and 'int'. Lists aren't arrays")
def weighted_average(client_weights, num_examples):
    result = []
    for weights, n in zip(client_weights, num_examples):
        result.append(weights * n / sum(num_examples))
    return result
