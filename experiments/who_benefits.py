"""Who benefits? Four models for each of 100 devices, on that device's own held-out digits.

The 59,000 device digits are dealt to 100 devices in three ways. Each device keeps a fifth of its
digits for testing and trains on the rest. All models are 2NNs, and all begin as the general first
model:

    first        `models.first_model` as it is, trained on the 1,000 general digits
    local        one for each device, trained on its own digits alone
    federated    one for all, by federated averaging of all devices, ten per round
    centralized  one for all, trained on the training digits of all devices in one place

The learning rate was chosen by `--validation --partitions shards`, which holds back a fifth of each
device's training digits, measures on that, prints, and leaves the test digits alone. Of 0.02, 0.05 and
0.1 the last was best or as good as the others for all three kinds of training.

    python experiments/who_benefits.py

writes data/results/who_benefits.csv: one row per partition, device and model, with the number of the
device's held-out digits, the share of them that the model reads correctly, and the share of MNIST's
10,000 test digits that it reads correctly.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from fedtutor import by_hand, data, federated, models, partition
from fedtutor.clients import as_floats

RESULT = Path(__file__).resolve().parent.parent / "data" / "results" / "who_benefits.csv"
SEED = 1
PARTITIONS = {
    "iid": lambda labels: partition.iid(labels, 100, seed=SEED),
    "dirichlet": lambda labels: partition.dirichlet(labels, 100, 0.3, seed=SEED),
    "shards": lambda labels: partition.label_shards(labels, 100, 2, seed=SEED),
}
LOCAL = {"learning_rate": 0.1, "epochs": 5}
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

    def __init__(self, images, labels, train, first):
        self._images, self._labels, self._train = images, labels, train
        self._first = first
        self._model = models.perceptron_2nn()

    def clients(self, parts):
        return federated.ClientDatasets(self._images, self._labels, parts, seed=SEED)

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
            seed=SEED,
            state=federated.start_from(process, self._first),
            evaluate=evaluate,
            evaluate_every=evaluate_every,
            progress=False,
        )
        return process.get_model_weights(run.state).trainable, run.history


class Measure:
    """Which share of some digits a model reads correctly."""

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


def run(images, labels, test, parts, first):
    """The rows of one partition."""
    train, held_out = split(parts, SEED)
    make = Models(images, labels, train, first)
    *_, local = make.local(**LOCAL)
    *_, centralized = make.centralized(**CENTRALIZED)
    found = {
        "first": first.get_weights(),
        "local": local,
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
        for name, weights in found.items()
    ]
    return pd.concat(tables)


def validate(images, labels, parts, first):
    """Print the mean accuracy of the clients on digits that are held back from their training."""
    train, _ = split(parts, SEED)
    train, validation = split(train, SEED + 1)
    make, measure = Models(images, labels, train, first), Measure(images, labels)

    def mean(weights):
        return {"accuracy": np.mean(measure.per_client(weights, validation))}

    for rate in (0.02, 0.05, 0.1):
        for name, train, epochs in (
            ("local", make.local, 10),
            ("centralized", make.centralized, 5),
        ):
            shown = [
                f"{mean(weights)['accuracy']:.4f}"
                for weights in train(learning_rate=rate, epochs=epochs)
            ]
            print(f"  {name} {rate}: {' '.join(shown)}", flush=True)
        _, history = make.federated(
            learning_rate=rate,
            rounds=200,
            evaluate=lambda weights: mean(list(map(np.asarray, weights.trainable))),
            evaluate_every=10,
        )
        shown = [f"{accuracy:.4f}" for accuracy in history["accuracy"]]
        print(f"  federated {rate}: {' '.join(shown)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--validation",
        action="store_true",
        help="compare settings on digits held back from the training; writes no result",
    )
    parser.add_argument("--partitions", nargs="+", choices=PARTITIONS, default=list(PARTITIONS))
    parser.add_argument("--out", type=Path, default=RESULT)
    args = parser.parse_args()

    digits = data.load_mnist()
    _, devices = data.general_and_devices(digits.y_train)
    images, labels = digits.x_train[devices], digits.y_train[devices]
    test = digits.x_test, digits.y_test
    first = models.first_model(digits)
    tables = []
    for name in args.partitions:
        print(name, flush=True)
        parts = PARTITIONS[name](labels)
        if args.validation:
            validate(images, labels, parts, first)
            continue
        table = run(images, labels, test, parts, first)
        print(table.groupby("model", sort=False)["accuracy"].mean().round(3).to_string())
        table.insert(0, "partition", name)
        tables.append(table)
    if tables:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        pd.concat(tables).round(4).to_csv(args.out, index=False)


if __name__ == "__main__":
    main()
