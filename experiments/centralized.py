"""The two models of the course, each trained on all digits in one place: what the rest is compared with.

Both learn by SGD on cross-entropy. After a share s of all steps the learning rate is its first value
times (1 + cos(pi s)) / 2: it falls to zero, so the last epochs settle. To try other settings, use
`--held-out 5000`: it measures on 5,000 training digits that are kept apart, and leaves the test
digits alone.

    python experiments/centralized.py

writes data/results/centralized.csv: one row per model and epoch, with the mean loss and accuracy on
the training digits while they were trained on, and the loss and accuracy on the 10,000 test digits
afterwards. About three minutes on 2 cores.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from fedtutor import data, models

import tensorflow as tf  # isort: skip  (after fedtutor, which keeps its log lines away)

RESULT = Path(__file__).resolve().parent.parent / "data" / "results" / "centralized.csv"
SETTINGS = {
    "2nn": (models.perceptron_2nn, {"learning_rate": 0.3, "batch_size": 100}),
    "cnn": (models.cnn, {"learning_rate": 0.1, "batch_size": 50}),
}


def as_dataset(images, labels, batch_size, *, seed=None):
    """The digits in batches, in a new random order in each epoch if there is a seed."""
    dataset = tf.data.Dataset.from_tensor_slices((images.astype(np.float32) / 255, labels))
    if seed is not None:
        dataset = dataset.shuffle(len(images), seed=seed)
    return dataset.batch(batch_size).prefetch(tf.data.AUTOTUNE)


def run(name, train, measure, epochs, seed):
    build_model, settings = SETTINGS[name]
    batches = as_dataset(*train, settings["batch_size"], seed=seed)
    learning_rate = tf.keras.optimizers.schedules.CosineDecay(
        settings["learning_rate"], decay_steps=epochs * len(batches)
    )
    model = build_model(seed)
    model.compile(
        tf.keras.optimizers.SGD(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    report = tf.keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: print(
            f"{name}, epoch {epoch + 1} of {epochs}: accuracy {logs['val_accuracy']:.2%}",
            flush=True,
        )
    )
    history = model.fit(
        batches,
        epochs=epochs,
        validation_data=as_dataset(*measure, 1000),
        callbacks=[report],
        verbose=0,
    ).history
    return pd.DataFrame(
        {
            "model": name,
            "epoch": range(1, epochs + 1),
            "train_loss": history["loss"],
            "train_accuracy": history["accuracy"],
            "test_loss": history["val_loss"],
            "test_accuracy": history["val_accuracy"],
        }
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--models", nargs="+", choices=SETTINGS, default=list(SETTINGS), help="default: both"
    )
    parser.add_argument("--epochs", type=int, default=6, help="default: 6")
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    parser.add_argument(
        "--held-out",
        type=int,
        default=0,
        metavar="N",
        help="measure on N training digits kept apart, not on the test digits; writes no result",
    )
    parser.add_argument("--out", type=Path, default=RESULT)
    args = parser.parse_args()

    digits = data.load_mnist()
    train = digits.x_train, digits.y_train
    measure = digits.x_test, digits.y_test
    if args.held_out:
        shuffled = np.random.default_rng(args.seed).permutation(len(digits.y_train))
        held, rest = np.split(shuffled, [args.held_out])
        measure = digits.x_train[held], digits.y_train[held]
        train = digits.x_train[rest], digits.y_train[rest]
    table = pd.concat(run(name, train, measure, args.epochs, args.seed) for name in args.models)
    if not args.held_out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        table.round(4).to_csv(args.out, index=False)


if __name__ == "__main__":
    main()
