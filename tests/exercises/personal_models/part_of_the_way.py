import numpy as np

from fedtutor import by_hand
from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def part_of_the_way(shared, tuned, share):
    mixed = []
    for a, b in zip(shared, tuned):
        mixed.append((1 - share) * a + share * b)
    return mixed


@answers.right
def part_of_the_way(shared, tuned, share):
    return [shared[i] + share * (tuned[i] - shared[i]) for i in range(len(shared))]


# The server's average of lesson 03, of two models.
@answers.right
def part_of_the_way(shared, tuned, share):
    return by_hand.weighted_average([shared, tuned], [1 - share, share])


@answers.right
def part_of_the_way(shared, tuned, share):
    return [np.average([a, b], axis=0, weights=[1 - share, share]) for a, b in zip(shared, tuned)]


@answers.wrong("the other end")
def part_of_the_way(shared, tuned, share):
    return [share * a + (1 - share) * b for a, b in zip(shared, tuned)]


@answers.wrong("step alone")
def part_of_the_way(shared, tuned, share):
    return [share * (b - a) for a, b in zip(shared, tuned)]


@answers.wrong("a share of the tuned model")
def part_of_the_way(shared, tuned, share):
    return [a + share * b for a, b in zip(shared, tuned)]


@answers.wrong("always go halfway")
def part_of_the_way(shared, tuned, share):
    return [0.5 * a + 0.5 * b for a, b in zip(shared, tuned)]


@answers.wrong("You subtract the step")
def part_of_the_way(shared, tuned, share):
    return [a + share * (a - b) for a, b in zip(shared, tuned)]


@answers.wrong("It changes `shared`")
def part_of_the_way(shared, tuned, share):
    for a, b in zip(shared, tuned):
        a += share * (b - a)
    return shared


# A list can't be subtracted from a list.
@answers.wrong("list")
def part_of_the_way(shared, tuned, share):
    return shared + share * (tuned - shared)


@answers.wrong("only the first array")
def part_of_the_way(shared, tuned, share):
    for a, b in zip(shared, tuned):
        return a + share * (b - a)
