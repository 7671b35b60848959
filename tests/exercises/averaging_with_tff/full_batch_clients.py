import math
import types

import numpy as np
import tensorflow as tf

from fedtutor import data, federated, partition
from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=None, seed=7)


@answers.right
def full_batch_clients(images, labels, parts):
    largest = max(len(part) for part in parts)
    return federated.ClientDatasets(
        images, labels, parts, batch_size=largest, local_epochs=1, seed=1
    )


@answers.right
def full_batch_clients(images, labels, parts):
    floats = federated.as_floats(images)
    whole = [np.sort(part) for part in parts]
    return federated.ClientDatasets(floats, labels.astype(int), whole, batch_size=len(labels))


# A class of one's own.
@answers.right
def full_batch_clients(images, labels, parts):
    class Whole:
        def __len__(self):
            return len(parts)

        def cohort(self, clients, round_num=1):
            chosen = [parts[client] for client in clients]
            return [
                tf.data.Dataset.from_tensors((federated.as_floats(images[part]), labels[part]))
                for part in chosen
            ]

    return Whole()


@answers.wrong("The batches still hold 10 digits")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=10, seed=1)


@answers.wrong("a batch of its own")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=1)


@answers.wrong("600 fits the clients of this lesson")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=600)


@answers.wrong("the first client's number")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=parts[0].size)


@answers.wrong("more than one pass")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=None, local_epochs=5)


@answers.wrong("You give all digits to one client")
def full_batch_clients(images, labels, parts):
    everybody = [np.arange(len(labels))]
    return federated.ClientDatasets(images, labels, everybody, batch_size=None)


@answers.wrong("You use the lesson's digits")
def full_batch_clients(images, labels, parts):
    digits = data.load_mnist()
    return federated.ClientDatasets(digits.x_train, digits.y_train, parts, batch_size=None)


# With the lesson's parts as well, and still in tens.
@answers.wrong("You use the lesson's digits")
def full_batch_clients(images, labels, parts):
    digits = data.load_mnist()
    parts = partition.iid(digits.y_train, 100, seed=1)
    return federated.ClientDatasets(digits.x_train, digits.y_train, parts)


@answers.wrong("The task asks for a `federated.ClientDatasets`")
def full_batch_clients(images, labels, parts):
    held = [(federated.as_floats(images[part]), labels[part]) for part in parts]
    return [tf.data.Dataset.from_tensors(batch) for batch in held]


@answers.wrong("not 0, not -1, not infinity")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=0)


@answers.wrong("Is the `return` missing?")
def full_batch_clients(images, labels, parts):
    federated.ClientDatasets(images, labels, parts, batch_size=None)


# The pixels are scaled twice.
@answers.wrong("Don't scale the images a second time")
def full_batch_clients(images, labels, parts):
    scaled = federated.as_floats(images) / 255
    return federated.ClientDatasets(scaled, labels, parts, batch_size=None)


@answers.wrong("There is no number for this batch size")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=-1)


@answers.wrong("There is no number for this batch size")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=np.inf)


@answers.wrong("`batch_size` needs its name")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, None)


@answers.wrong("no fixed number is right for every client")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=700)


@answers.wrong("no fixed number is right for every client")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=100_000)


@answers.wrong("no fixed number is right for every client")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=100)


@answers.wrong("the smallest client's number")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=min(len(p) for p in parts))


@answers.wrong("`len(parts)` is the number of clients")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=len(parts))


@answers.wrong("Don't scale the images: `ClientDatasets` does that.")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images / 255, labels, parts, batch_size=None)


@answers.wrong("the average number of digits")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=len(labels) // len(parts))


@answers.wrong("the average number of digits")
def full_batch_clients(images, labels, parts):
    average = math.ceil(len(labels) / len(parts))
    return federated.ClientDatasets(images, labels, parts, batch_size=average)


@answers.wrong("the average number of digits")
def full_batch_clients(images, labels, parts):
    average = round(np.mean([len(part) for part in parts]))
    return federated.ClientDatasets(images, labels, parts, batch_size=average)


# Not the average.
@answers.wrong("no fixed number is right for every client")
def full_batch_clients(images, labels, parts):
    median = int(np.median([len(part) for part in parts]))
    return federated.ClientDatasets(images, labels, parts, batch_size=median)


@answers.wrong("the last client's number")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=len(parts[-1]))


@answers.wrong("Return the `ClientDatasets` itself: the cell calls its `cohort`")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=None).cohort(range(100))


@answers.wrong("You returned one client's dataset.")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=None).dataset(0)


@answers.wrong("You returned a class.")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets


@answers.wrong("The batch size is right, but the clients make more than one pass.")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=None, local_epochs=2)


@answers.wrong("Each client's dataset holds more than one batch.")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, local_epochs=2)


@answers.wrong("Each client's dataset holds more than one batch.")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=5)


@answers.wrong("Write `None` without quotation marks.")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size="None")


@answers.wrong("There is one batch size for all clients, not a list.")
def full_batch_clients(images, labels, parts):
    sizes = [len(part) for part in parts]
    return federated.ClientDatasets(images, labels, parts, batch_size=sizes)


# What the lesson's cells have made.
clients = federated.ClientDatasets(np.zeros((4, 28, 28)), np.zeros(4, int), [[0, 1], [2, 3]])
digits = types.SimpleNamespace(x_train=np.zeros((4, 28, 28)))
cohort = clients.cohort([0, 1])


@answers.wrong("You use `clients`, which is the lesson's. Use `parts`")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(images, labels, parts, batch_size=max(clients.num_examples))


@answers.wrong("You use the lesson's digits.")
def full_batch_clients(images, labels, parts):
    return federated.ClientDatasets(digits.x_train, labels, parts, batch_size=None)


@answers.wrong("Return a `federated.ClientDatasets` of all clients")
def full_batch_clients(images, labels, parts):
    return cohort
