"""Writes what the entrants are told: see `entrants/contract.py`."""

import json

import numpy as np

from fedtutor import data, models, partition

MODELS = {"2nn": models.perceptron_2nn, "cnn": models.cnn}


class Judge:
    """Holds the digits: writes each work's folder, and measures what comes back."""

    def __init__(self):
        self._digits = data.load_mnist()

    def write(self, folder, work):
        """Write the folder of a work (a `works.Work`)."""
        folder.mkdir(parents=True)
        parts = np.array(partition.iid(self._digits.y_train, 100, seed=0))
        np.save(folder / "images.npy", self._digits.x_train)
        np.save(folder / "labels.npy", self._digits.y_train)
        np.save(folder / "parts.npy", parts[:, : work.examples])
        np.savez(folder / "initial.npz", *MODELS[work.model]().get_weights())
        told = {
            "model": work.model,
            "batch_size": 10,
            "learning_rate": 0.1,
            "cohorts": work.cohorts,
        }
        (folder / "work.json").write_text(json.dumps(told))

    def accuracy(self, model, weights):
        """The share of right answers on the 10,000 test digits."""
        network = MODELS[model]()
        network.set_weights(weights)
        images = self._digits.x_test.astype(np.float32) / 255
        answers = network.predict(images, batch_size=1000, verbose=0).argmax(axis=1)
        return float(np.mean(answers == self._digits.y_test))
