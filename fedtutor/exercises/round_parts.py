"""What right and wrong rounds of federated averaging have in common, for the mistakes of lesson 03."""

import functools

import numpy as np

from fedtutor import by_hand


def _trained_once(function):
    """Remember what training returns: a dozen mistakes begin with the same one.

    The weights are drawn anew for each case, so they also say which batches or which cohort it is.
    """
    results = {}

    @functools.wraps(function)
    def remembering(model, global_weights, data, learning_rate):
        key = *(array.tobytes() for array in global_weights), float(learning_rate)
        if key not in results:
            results[key] = function(model, global_weights, data, learning_rate)
        return results[key]

    return remembering


@_trained_once
def trained(model, global_weights, batches, learning_rate):
    """What the only client of a case returns."""
    return by_hand.client_update(model, global_weights, batches, learning_rate)


@_trained_once
def returned(model, global_weights, cohort, learning_rate):
    """What the clients of a round return: `(client_weights, num_examples)`."""
    pairs = [by_hand.client_update(model, global_weights, b, learning_rate) for b in cohort]
    return tuple(zip(*pairs))


@_trained_once
def in_a_chain(model, global_weights, cohort, learning_rate):
    """The same, but each client continues from the weights of the one before it."""
    pairs = []
    for batches in cohort:
        global_weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        pairs.append((global_weights, n))
    return tuple(zip(*pairs))


def mixed(old_weights, new_weights, share):
    return [(1 - share) * old + share * new for old, new in zip(old_weights, new_weights)]


def moved(model, global_weights, cohort, learning_rate, share):
    """The global weights plus the clients' average update, multiplied by a share."""
    average = by_hand.weighted_average(*returned(model, global_weights, cohort, learning_rate))
    return mixed(global_weights, average, share)


def weighted_sum(client_weights, factors):
    """The sum of the clients' arrays, each multiplied by its client's factor."""
    return [
        sum(factor * array for factor, array in zip(factors, arrays))
        for arrays in zip(*client_weights)
    ]


def is_finite(weights):
    """Whether all numbers of all arrays are finite."""
    return all(np.isfinite(array).all() for array in weights)


def guarded(weights, num_examples, global_weights, is_sound=is_finite):
    """What a client returns that stays out of the round if its weights are not sound."""
    return (weights, num_examples) if is_sound(weights) else (global_weights, 0)
