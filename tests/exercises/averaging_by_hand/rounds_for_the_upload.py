import math

import numpy as np

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    bytes_per_round = clients_per_round * 2 * 4 * num_parameters
    return upload // bytes_per_round


@answers.right
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    rounds, sent = 0, 0
    while True:
        for _ in range(clients_per_round):
            sent += 8 * num_parameters
        if sent > upload:
            return rounds
        rounds += 1


@answers.right
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return np.floor(upload / (8 * np.array(num_parameters) * clients_per_round))


@answers.wrong("only one direction")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // (clients_per_round * 4 * num_parameters)


@answers.wrong("one byte per parameter")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // (clients_per_round * 2 * num_parameters)


@answers.wrong("You count one client")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // (8 * num_parameters)


@answers.wrong("the task asks for whole rounds")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload / (clients_per_round * 2 * 4 * num_parameters)


@answers.wrong("You round up")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return math.ceil(upload / (clients_per_round * 2 * 4 * num_parameters))


@answers.wrong("to the nearest whole number")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return round(upload / (clients_per_round * 2 * 4 * num_parameters), 0)


@answers.wrong("exceeds the upload")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    rounds, sent = 0, 0
    while sent <= upload:
        sent += clients_per_round * 2 * 4 * num_parameters
        rounds += 1
    return rounds


@answers.wrong("it still counts")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    rounds, one = 0, clients_per_round * 2 * 4 * num_parameters
    while (rounds + 1) * one < upload:
        rounds += 1
    return rounds


# The upload of the lesson, whatever it is given.
@answers.wrong("With other numbers")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return 47_100_000 // (clients_per_round * 8 * num_parameters)


# The answer of the page, remembered.
@answers.wrong("With other numbers")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return 2


# Down and up are added to the clients.
@answers.wrong("where 2 is expected")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // ((clients_per_round + 2) * 4 * num_parameters)


# Bits, not bytes.
@answers.wrong("returned 0, where 2 is expected")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // (clients_per_round * 2 * 32 * num_parameters)


@answers.wrong("Is the `return` missing?")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    print(upload // (clients_per_round * 2 * 4 * num_parameters))


@answers.wrong("Put the bytes of a round in parentheses")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // clients_per_round * 2 * 4 * num_parameters


@answers.wrong("Put the bytes of a round in parentheses")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload / clients_per_round * 2 * 4 * num_parameters


@answers.wrong("You always count the 2NN's 199,210 parameters")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // (clients_per_round * 2 * 4 * 199_210)


@answers.wrong("You divide bytes by MB")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // (clients_per_round * 2 * 4 * num_parameters / 1e6)


@answers.wrong("You divide bytes by MB")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return int(upload / (clients_per_round * 2 * 4 * num_parameters / 1e6))


@answers.wrong("upside down")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return clients_per_round * 8 * num_parameters / upload


@answers.wrong("You always count 10 clients. Use the argument `clients_per_round`.")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // (10 * 2 * 4 * num_parameters)


# As the lesson counts one round.
@answers.wrong("You always count 10 clients and the 2NN's 199,210 parameters.")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // (10 * 2 * 199_210 * 4)


# As the lesson prints one round, in MB.
@answers.wrong("You always count 10 clients and the 2NN's 199,210 parameters.")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // 15_900_000


@answers.wrong("Your function doesn't use `num_parameters` or `clients_per_round`.")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // (2 * 800_000)


@answers.wrong("Your function doesn't use `upload`.")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return 47_100_000 // (clients_per_round * 2 * 4 * num_parameters)


# As in the cell where the lesson counts bytes.
one_model = 199_210 * 4
one_round = 10 * 2 * one_model


@answers.wrong("You use `one_round`, which is the lesson's")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // one_round


@answers.wrong("You use `one_model`, which is the lesson's: the bytes of the 2NN.")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // (2 * clients_per_round * one_model)


@answers.wrong("You count eight bytes per parameter.")
def rounds_for_the_upload(upload, num_parameters, clients_per_round):
    return upload // (clients_per_round * 2 * 64 // 8 * num_parameters)
