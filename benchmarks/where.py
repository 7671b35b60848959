"""Tells where the time of a round goes: `python -m benchmarks.where`.

The work "2nn", inside this process: how long the clients' graphs take, beside the floor's function for
a client under the same conditions (two at a time), and what is done around them.
"""

import statistics
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf

from benchmarks.entrants.arithmetic import Client
from fedtutor import data, federated, models, partition, runtime
from fedtutor.runtime import convert, inprocess

ROUNDS, CLIENTS, WARM_UP = 30, 10, 3


def timed(times, name, function):
    """The function, noting how long each call takes."""

    def call(*args, **kwargs):
        begin = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            times[name].append(time.perf_counter() - begin)

    return call


def fedtutor_round(examples, times):
    """A function that runs one round, and notes what its parts take."""
    datasets = [
        tf.data.Dataset.from_tensor_slices(pair).shuffle(len(pair[1])).batch(10)
        for pair in examples
    ]
    process = federated.fed_avg(
        models.perceptron_2nn, datasets[0].element_spec, client_learning_rate=0.1
    )
    state = process.initialize()
    find = inprocess._Program.function

    def function(self, place, given, gives):
        return timed(times, f"graph: {place[0]}", find(self, place, given, gives))

    inprocess._Program.function = function
    convert.ingest = timed(times, "reading the data sets", convert.ingest)
    convert.emit = timed(times, "writing the result", convert.emit)

    def run():
        nonlocal state
        state = process.next(state, datasets).state

    return run


def floor_round(examples, times):
    """The same for the floor: nothing but a function for each client, two at a time."""
    initial = models.perceptron_2nn().get_weights()
    pool = ThreadPoolExecutor(2)
    free = [Client(initial, 10, 0.1) for _ in range(2)]

    def train(pair):
        client = free.pop()
        try:
            return timed(times, "floor: clients", client.train)(initial, *pair)
        finally:
            free.append(client)

    return lambda: list(pool.map(train, examples))


def main():
    runtime.use()
    mnist = data.load_mnist()
    parts = partition.iid(mnist.y_train, 100, seed=1)[:CLIENTS]
    examples = [
        (mnist.x_train[part].astype(np.float32) / 255, mnist.y_train[part].astype(np.int32))
        for part in parts
    ]
    times = defaultdict(list)
    runs = {"fedtutor": fedtutor_round(examples, times), "floor": floor_round(examples, times)}
    for _ in range(WARM_UP):
        [run() for run in runs.values()]
    times.clear()
    for _ in range(ROUNDS):  # taking turns, so that a slow second meets both
        for name, run in runs.items():
            timed(times, f"a round of {name}", run)()
    whole = statistics.median(times["a round of floor"])
    for name, all_times in sorted(times.items()):
        a_round = sum(all_times) / ROUNDS
        print(f"{name:28} {1000 * a_round:8.1f} ms a round, {a_round / whole:5.2f} of the floor's")


if __name__ == "__main__":
    main()
