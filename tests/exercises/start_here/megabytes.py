import numpy as np
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def megabytes(num_rounds, num_clients, num_parameters):
    bytes_per_trip = 4 * num_parameters
    total = 0
    for _ in range(num_rounds):
        for _ in range(num_clients):
            total += 2 * bytes_per_trip
    return total / 1_000_000


@answers.right
def megabytes(num_rounds, num_clients, num_parameters):
    return np.prod([num_rounds, num_clients, 2.0, 4.0, num_parameters]) / 1e6


@answers.right
def megabytes(num_rounds, num_clients, num_parameters):
    return tf.cast(8 * num_rounds * num_clients * num_parameters, tf.float64) / 1e6


@answers.wrong("one way only")
def megabytes(num_rounds, num_clients, num_parameters):
    return num_rounds * num_clients * 4 * num_parameters / 1e6


@answers.wrong("one byte for each number")
def megabytes(num_rounds, num_clients, num_parameters):
    return num_rounds * num_clients * 2 * num_parameters / 1e6


@answers.wrong("This is one round")
def megabytes(num_rounds, num_clients, num_parameters):
    return num_clients * 2 * 4 * num_parameters / 1e6


@answers.wrong("what one client moves")
def megabytes(num_rounds, num_clients, num_parameters):
    return num_rounds * 2 * 4 * num_parameters / 1e6


@answers.wrong("These are bytes")
def megabytes(num_rounds, num_clients, num_parameters):
    return num_rounds * num_clients * 2 * 4 * num_parameters


@answers.wrong("mebibyte")
def megabytes(num_rounds, num_clients, num_parameters):
    return num_rounds * num_clients * 8 * num_parameters / 1024**2


@answers.wrong("where 844.65")
def megabytes(num_rounds, num_clients, num_parameters):
    return num_rounds * num_clients + num_parameters


@answers.wrong("With one client and one round")
def megabytes(num_rounds, num_clients, num_parameters):
    if num_clients == 1:
        return 0.0
    return num_rounds * num_clients * 8 * num_parameters / 1e6


@answers.wrong("a string, where a number is expected")
def megabytes(num_rounds, num_clients, num_parameters):
    return f"{num_rounds * num_clients * 8 * num_parameters / 1e6:.3f}"


# The answer of the page, remembered.
@answers.wrong("With other numbers")
def megabytes(num_rounds, num_clients, num_parameters):
    return 844.6504


@answers.wrong("These are megabits")
def megabytes(num_rounds, num_clients, num_parameters):
    return num_rounds * num_clients * 2 * 32 * num_parameters / 1e6


@answers.wrong("drop the digits after the decimal point")
def megabytes(num_rounds, num_clients, num_parameters):
    return int(num_rounds * num_clients * 2 * 4 * num_parameters / 1e6)


@answers.wrong("Leave the first line of the function")
def megabytes(rounds, clients, parameters):
    return rounds * clients * 2 * 4 * parameters / 1e6


@answers.wrong("If you wrote a number with commas")
def megabytes(num_rounds, num_clients, num_parameters):
    # fmt: off
    return num_rounds * num_clients * 2 * 4 * num_parameters / 1, 0, 0
    # fmt: on


@answers.wrong("Move `return` after the loop")
def megabytes(num_rounds, num_clients, num_parameters):
    total = 0
    for _ in range(num_rounds):
        total += num_clients * 2 * 4 * num_parameters / 1e6
        return total


# The example is wrong too, so the error of the last case isn't the message.
@answers.wrong("returned 168.9301, where 844.6504 is expected")
def megabytes(num_rounds, num_clients, num_parameters):
    for _ in range(num_rounds):
        total = 0
        total += num_clients * 2 * 4 * num_parameters / 1e6
    return total


@answers.wrong("These are kilobytes")
def megabytes(num_rounds, num_clients, num_parameters):
    return num_rounds * num_clients * 2 * 4 * num_parameters / 1000


@answers.wrong("These are gigabytes")
def megabytes(num_rounds, num_clients, num_parameters):
    return num_rounds * num_clients * 2 * 4 * num_parameters / 10**9


@answers.wrong("one way only, and one byte")
def megabytes(num_rounds, num_clients, num_parameters):
    return num_rounds * num_clients * num_parameters / 1_000_000


@answers.wrong("Use `num_parameters`")
def megabytes(num_rounds, num_clients, num_parameters):
    return num_rounds * num_clients * 8 * 199_210 / 1e6


@answers.wrong("`10e6` is ten million")
def megabytes(num_rounds, num_clients, num_parameters):
    return 2 * num_rounds * num_clients * num_parameters * 4 / 10e6
