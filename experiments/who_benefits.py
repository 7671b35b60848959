"""Who benefits? Four models for each device, and for 297 people who hold no device.

Nine volunteers' digits train the first model. The digits of the other 530 people are on devices, each
keeps a fifth of its digits for testing and trains on the rest. They are dealt out in three ways:

    people  each device holds what one person wrote, 19 to 131 digits
    iid     the same digits, shuffled and dealt to 530 devices
    shards  the same digits, sorted by label; each of 100 devices gets two shards

All models are 2NNs, and all begin as the first model:

    first        `models.first_model` as it is
    local        one for each device, trained on its own digits alone
    federated    one for all, by federated averaging of all devices, ten per round
    centralized  one for all, trained on the training digits of all devices in one place

The settings were compared by `--validation`, which holds back a fifth of each device's training digits,
measures on that, prints, and leaves the test digits alone. Of the learning rates 0.02, 0.05, 0.1 and 0.2,
0.1 was best for the local models (people: 91.3, 92.2, 92.9, 91.3% after ten epochs; shards: 98.1, 98.1,
98.5, 98.4%) and (people) for the centralized one. The federated model was 0.3 (people) to 0.5 (shards) points
better with 0.2 than with 0.1, the rate of the lessons; larger rates were not tried.

    python experiments/who_benefits.py

writes data/results/who_benefits.csv: one row per partition, device and model, with the number of the
device's held-out digits, the share of them that the model gets right, and the share of MNIST's 10,000
test digits that it gets right; and data/results/who_benefits_strangers.csv: for `people`, the share of
each of the 297 strangers' test digits that each shared model gets right. The
federated model is there three times, with three seeds: of the devices' held-out digits, the cohorts and
the order of the digits.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from fedtutor import by_hand, data, federated, models, partition
from fedtutor.clients import as_floats

RESULTS = Path(__file__).resolve().parent.parent / "data" / "results"
SEED = 1
SEEDS = (1, 2, 3)  # for the strangers
PARTITIONS = {
    "people": lambda labels, writers: partition.by_writer(writers),
    "iid": lambda labels, writers: partition.iid(labels, len(np.unique(writers)), seed=SEED),
    "shards": lambda labels, writers: partition.label_shards(labels, 100, 2, seed=SEED),
}
RATES = (0.02, 0.05, 0.1, 0.2)  # compared by --validation
LOCAL = {"learning_rate": 0.1, "epochs": 10}
FEDERATED = {"learning_rate": 0.1, "rounds": 200}
CENTRALIZED = {"learning_rate": 0.1, "epochs": 5}


def split(parts, seed):
    """Each client keeps a fifth of its examples for testing, as lesson 05 writes it out."""
    rng = np.random.default_rng(seed)
    train, held_out = [], []
    for part in parts:
        shuffled = rng.permutation(part)
        size = round(len(part) / 5)
        held_out.append(shuffled[:size])
        train.append(shuffled[size:])
    return train, held_out


class Models:
    """The models of one partition, each as a list of arrays."""

    def __init__(self, images, labels, train, first, seed=SEED):
        self._images, self._labels, self._train = images, labels, train
        self._first, self._seed = first, seed
        self._model = models.perceptron_2nn()

    def clients(self, parts):
        return federated.ClientDatasets(self._images, self._labels, parts, seed=self._seed)

    def local(self, *, learning_rate, epochs):
        """After each epoch, one list of weights per client."""
        return self._epochs(self.clients(self._train), learning_rate, epochs)

    def centralized(self, *, learning_rate, epochs):
        """After each epoch: the one client who holds everything."""
        everything = self.clients([np.concatenate(self._train)])
        for (weights,) in self._epochs(everything, learning_rate, epochs):
            yield weights

    def _epochs(self, clients, learning_rate, epochs):
        all_weights = [self._first.get_weights()] * len(clients)
        for epoch in range(1, epochs + 1):
            all_weights = [
                by_hand.client_update(
                    self._model, weights, clients.dataset(client, epoch), learning_rate
                )[0]
                for client, weights in enumerate(all_weights)
            ]
            yield all_weights

    def federated(self, *, learning_rate, rounds, evaluate=None, evaluate_every=1):
        """After the last round."""
        clients = self.clients(self._train)
        process = federated.fed_avg(
            models.perceptron_2nn, clients.element_spec, client_learning_rate=learning_rate
        )
        run = federated.run_rounds(
            process,
            clients,
            rounds,
            clients_per_round=10,
            seed=self._seed,
            state=federated.start_from(process, self._first),
            evaluate=evaluate,
            evaluate_every=evaluate_every,
            progress=False,
        )
        return process.get_model_weights(run.state).trainable, run.history


class Measure:
    """The share of some digits that a model gets right."""

    def __init__(self, images, labels):
        self._images, self._labels = as_floats(images), labels
        self._model = models.perceptron_2nn()

    def correct(self, weights, index=slice(None)):
        """One True or False per digit."""
        self._model.set_weights([np.asarray(array) for array in weights])
        return np.argmax(self._model(self._images[index]), axis=1) == self._labels[index]

    def per_client(self, weights, parts):
        """(clients,) accuracies; `weights` are one model for all, or a list of one per client."""
        if isinstance(weights[0], list):
            return [self.correct(own, part).mean() for own, part in zip(weights, parts)]
        correct = self.correct(weights)
        return [correct[part].mean() for part in parts]


def on_devices(images, labels, test, parts, first):
    """The rows of one partition: each model on each device. And the shared models."""
    train, held_out = split(parts, SEED)
    make = Models(images, labels, train, first)
    *_, local = make.local(**LOCAL)
    *_, centralized = make.centralized(**CENTRALIZED)
    shared = {
        "first": first.get_weights(),
        "federated": make.federated(**FEDERATED)[0],
        "centralized": centralized,
    }
    own, everyone = Measure(images, labels), Measure(*test)
    everything = [np.arange(len(test[1]))] * len(parts)
    tables = [
        pd.DataFrame(
            {
                "client": range(len(parts)),
                "model": name,
                "held_out": [len(part) for part in held_out],
                "accuracy": own.per_client(weights, held_out),
                "test_accuracy": everyone.per_client(weights, everything),
            }
        )
        for name, weights in {**shared, "local": local}.items()
    ]
    return pd.concat(tables), shared


def on_strangers(images, labels, digits, parts, first, shared):
    """The shared models on each person who wrote test digits; the federated one for several seeds."""
    found = [(name, SEED, weights) for name, weights in shared.items()]
    for seed in SEEDS[1:]:
        train, _ = split(parts, seed)
        weights, _ = Models(images, labels, train, first, seed).federated(**FEDERATED)
        found.append(("federated", seed, weights))
    strangers = partition.by_writer(digits.writer_test)
    measure = Measure(digits.x_test, digits.y_test)
    tables = [
        pd.DataFrame(
            {
                "person": [digits.writer_test[part[0]] for part in strangers],
                "student": [
                    int(digits.series_test[part[0]] == data.STUDENTS) for part in strangers
                ],
                "digits": [len(part) for part in strangers],
                "model": name,
                "seed": seed,
                "accuracy": measure.per_client(weights, strangers),
            }
        )
        for name, seed, weights in found
    ]
    return pd.concat(tables)


def validate(images, labels, parts, first):
    """Print the mean accuracy of the clients on digits that are held back from their training."""
    train, _ = split(parts, SEED)
    train, validation = split(train, SEED + 1)
    some = slice(0, None, 5)  # a fifth of the devices is enough for the local models
    make, measure = Models(images, labels, train, first), Measure(images, labels)

    def mean_of_each(weights):
        return np.mean(measure.per_client(weights, validation[some]))

    def evaluate(weights):
        return {"accuracy": mean_of_all(list(map(np.asarray, weights.trainable)))}

    def mean_of_all(weights):
        return np.mean(measure.per_client(weights, validation))

    for rate in RATES:
        _, history = make.federated(
            learning_rate=rate, rounds=200, evaluate=evaluate, evaluate_every=50
        )
        report("federated", rate, history["accuracy"])
        local = Models(images, labels, train[some], first).local(learning_rate=rate, epochs=10)
        report("local", rate, [mean_of_each(weights) for weights in local])
        centralized = make.centralized(learning_rate=rate, epochs=5)
        report("centralized", rate, [mean_of_all(weights) for weights in centralized])


def report(name, rate, accuracies):
    print(f"  {name} {rate}:", *(f"{accuracy:.4f}" for accuracy in accuracies), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--validation",
        action="store_true",
        help="compare settings on digits held back from the training; writes no result",
    )
    parser.add_argument("--partitions", nargs="+", choices=PARTITIONS, default=list(PARTITIONS))
    parser.add_argument("--out", type=Path, default=RESULTS, help="the folder for the results")
    args = parser.parse_args()

    digits = data.load_mnist()
    _, held = data.volunteers_and_devices(digits.writer_train)
    images, labels, writers = (
        array[held] for array in (digits.x_train, digits.y_train, digits.writer_train)
    )
    test = digits.x_test, digits.y_test
    first = models.first_model(digits)
    tables = []
    for name in args.partitions:
        print(name, flush=True)
        parts = PARTITIONS[name](labels, writers)
        if args.validation:
            validate(images, labels, parts, first)
            continue
        table, shared = on_devices(images, labels, test, parts, first)
        print(table.groupby("model", sort=False)["accuracy"].mean().round(3).to_string())
        table.insert(0, "partition", name)
        tables.append(table)
        # After each partition, so that a run that is stopped leaves what it has.
        save(pd.concat(tables), args.out / "who_benefits.csv")
        if name == "people":
            table = on_strangers(images, labels, digits, parts, first, shared)
            print(table.groupby(["model", "student"])["accuracy"].mean().round(3).to_string())
            save(table, args.out / "who_benefits_strangers.csv")


def save(table, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    table.round(4).to_csv(path, index=False)


if __name__ == "__main__":
    main()
