"""What right and wrong rounds of federated averaging have in common, for the mistakes of lesson 03."""

import numpy as np

from fedtutor import by_hand


def returned(model, global_weights, cohort, learning_rate):
    """What the clients of a round return: `(client_weights, num_examples)`."""
    return zip(
        *(
            by_hand.client_update(model, global_weights, batches, learning_rate)
            for batches in cohort
        )
    )


def in_a_chain(model, global_weights, cohort, learning_rate):
    """The same, but each client continues from the weights of the one before it."""
    pairs = []
    for batches in cohort:
        global_weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        pairs.append((global_weights, n))
    return zip(*pairs)


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


def guarded(weights, num_examples, global_weights):
    """What a client returns that stays out of the round if any of its numbers is not finite."""
    if all(np.isfinite(array).all() for array in weights):
        return weights, num_examples
    return global_weights, 0
