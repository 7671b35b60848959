"""The runtime in this process: rounds of every algorithm that TFF ships end as in TFF's worker.

Two it cannot compare: `build_adafactor` is broken in TFF 0.87 itself, in every graph; and seeded
dropout draws, in TFF's worker too, whatever number is next when a client gets there.
"""

from collections import OrderedDict

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_federated as tff

algorithms, models, optimizers = (
    tff.learning.algorithms, tff.learning.models, tff.learning.optimizers,
)  # fmt: skip
REDUCE, ITERATOR = (
    tff.learning.LoopImplementation.DATASET_REDUCE, tff.learning.LoopImplementation.DATASET_ITERATOR
)  # fmt: skip
SIZES = (7, 12, 5)
SPEC = (tf.TensorSpec([None, 5], tf.float32), tf.TensorSpec([None], tf.int32))
WORDS_SPEC = (tf.TensorSpec([None, 3], tf.int32), tf.TensorSpec([None], tf.int32))
layers = tf.keras.layers


def examples():
    """The features and labels of each client."""
    rng = np.random.default_rng(0)
    return [
        (rng.normal(size=(n, 5)).astype(np.float32), rng.integers(0, 3, n).astype(np.int32))
        for n in SIZES
    ]


def shuffled():
    return [
        tf.data.Dataset.from_tensor_slices(rows).shuffle(20, seed=i).repeat(2).batch(4)
        for i, rows in enumerate(examples())
    ]


def in_order():
    return [tf.data.Dataset.from_tensor_slices(rows).batch(4) for rows in examples()]


def words():
    return [
        tf.data.Dataset.from_tensor_slices(((np.abs(x[:, :3]) * 3).astype(np.int32) % 8, y)).batch(
            4
        )
        for x, y in examples()
    ]


def loss():
    return tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def keras(*more, spec=SPEC):
    """A function that makes a model for `tff.learning`: some layers, and a last one of three."""

    def make():
        first = layers.InputLayer(spec[0].shape[1:], dtype=spec[0].dtype)
        made = [first, *(make_layer() for make_layer in more), layers.Dense(3)]
        return models.from_keras_model(
            tf.keras.Sequential(made),
            loss=loss(),
            input_spec=spec,
            metrics=[tf.keras.metrics.SparseCategoricalAccuracy()],
        )

    return make


def functional():
    model = tf.keras.Sequential([layers.InputLayer((5,)), layers.Dense(4, "relu"), layers.Dense(3)])
    return models.functional_model_from_keras(
        model,
        loss_fn=loss(),
        input_spec=SPEC,
        metrics_constructor=lambda: OrderedDict(right=tf.keras.metrics.SparseCategoricalAccuracy()),
    )


def hidden():
    return layers.Dense(4, "relu", kernel_regularizer="l2")


def convolution():
    yield lambda: layers.Reshape((5, 1, 1))
    yield lambda: layers.Conv2D(2, (3, 1), activation="relu")
    yield lambda: layers.MaxPool2D((2, 1))
    yield layers.Flatten


def sgdm():
    return optimizers.build_sgdm(0.1, momentum=0.9)


def less_each_round(round_num):
    return 0.1 / (tf.cast(round_num, tf.float32) + 1.0)


# With the others below, they have every optimizer at either end, both loops, both kinds of models.
FEDERATED_AVERAGING = {
    "keras": lambda: algorithms.build_weighted_fed_avg(
        keras(hidden), sgdm(), optimizers.build_adam(0.05)
    ),
    "keras, iterator": lambda: algorithms.build_weighted_fed_avg(
        keras(*convolution()), optimizers.build_yogi(0.1), optimizers.build_adamw(0.05),
        loop_implementation=ITERATOR,
    ),
    "functional": lambda: algorithms.build_weighted_fed_avg(
        functional(), optimizers.build_adagrad(0.1), optimizers.build_rmsprop(0.05),
        client_weighting=tff.learning.ClientWeighting.UNIFORM,
    ),
    "unweighted, with state of its own": lambda: algorithms.build_unweighted_fed_avg(
        keras(layers.BatchNormalization, lambda: layers.Dropout(0.0)),
        optimizers.build_rmsprop(0.05), optimizers.build_yogi(0.1),
    ),
    "learning rates on a schedule": lambda: (
        algorithms.build_weighted_fed_avg_with_optimizer_schedule(
            keras(), less_each_round, optimizers.build_adam,
            optimizers.schedule_learning_rate(optimizers.build_sgdm(1.0), less_each_round),
        )
    ),
}  # fmt: skip
OTHERS = {
    "FedSGD": lambda: algorithms.build_fed_sgd(keras(hidden), sgdm()),
    "FedSGD, functional, iterator": lambda: algorithms.build_fed_sgd(
        functional(), optimizers.build_adam(0.1), loop_implementation=ITERATOR
    ),
    "FedProx": lambda: algorithms.build_weighted_fed_prox(keras(hidden), 0.5, sgdm()),
    "FedProx, unweighted, functional": lambda: algorithms.build_unweighted_fed_prox(
        functional(), 0.5, sgdm(), loop_implementation=ITERATOR
    ),
    "MimeLite": lambda: algorithms.build_weighted_mime_lite(keras(hidden), sgdm()),
    "MimeLite, scheduled": lambda: algorithms.build_mime_lite_with_optimizer_schedule(
        functional(), less_each_round, optimizers.build_adam(0.1)
    ),
    "evaluation, functional, iterator": lambda: algorithms.build_fed_eval(
        functional(), loop_implementation=ITERATOR
    ),
}


@pytest.mark.parametrize("build", FEDERATED_AVERAGING.values(), ids=FEDERATED_AVERAGING)
def test_federated_averaging_ends_as_in_the_worker(both, build):
    outputs = both.rounds(build(), shuffled())
    assert all(np.isfinite(part).all() for part in tf.nest.flatten(outputs[-1].metrics))


@pytest.mark.parametrize("build", OTHERS.values(), ids=OTHERS)
def test_every_other_algorithm_ends_as_in_the_worker(both, build):
    both.rounds(build(), shuffled())


def test_a_round_with_one_client_with_empty_ones_and_with_nobody(both):
    process = algorithms.build_weighted_fed_avg(keras(), sgdm())
    one = shuffled()[0]
    for data in ([one], [one, one.take(0)], [one.take(0)], []):
        both.rounds(process, data, rounds=1)


def test_two_passes_of_iterators(both):
    """In order: which of two iterators is first to draw from a shuffle, TensorFlow leaves open."""
    process = algorithms.build_unweighted_mime_lite(
        keras(), optimizers.build_adagrad(0.1), loop_implementation=ITERATOR
    )
    both.rounds(process, in_order())


def test_sparse_gradients_of_an_embedding_and_a_loop_over_words(both):
    model = keras(lambda: layers.Embedding(8, 3), lambda: layers.LSTM(2), spec=WORDS_SPEC)
    process = algorithms.build_weighted_fed_avg(
        model, optimizers.build_adamw(0.1, epsilon=1e-3), optimizers.build_adagrad(0.5)
    )
    both.rounds(process, words())


def test_every_kind_of_metric(both):
    def model():
        first = [layers.InputLayer((5,)), layers.BatchNormalization()]
        net = tf.keras.Sequential([*first, layers.Dense(1, "sigmoid")])
        kinds = tf.keras.metrics
        metrics = [
            kinds.AUC(num_thresholds=20), kinds.BinaryAccuracy(), kinds.Precision(), kinds.Recall(),
            kinds.MeanSquaredError(), kinds.RootMeanSquaredError(), kinds.FalsePositives(),
            tff.learning.metrics.NumExamplesCounter(), tff.learning.metrics.NumBatchesCounter(),
        ]  # fmt: skip
        return models.from_keras_model(
            net, loss=tf.keras.losses.BinaryCrossentropy(), metrics=metrics, input_spec=spec
        )

    spec = (SPEC[0], tf.TensorSpec([None, 1], tf.float32))
    data = [
        tf.data.Dataset.from_tensor_slices((x, (y > 0).astype(np.float32)[:, None])).batch(4)
        for x, y in examples()
    ]
    both.rounds(algorithms.build_fed_eval(model), data, rounds=1)


def reconstruction_model(local=True):
    def make():
        inputs, shared, own = layers.Input((5,)), layers.Dense(4), layers.Dense(3)
        return models.ReconstructionModel.from_keras_model_and_layers(
            keras_model=tf.keras.Model(inputs, own(shared(inputs))),
            global_layers=[shared] if local else [shared, own],
            local_layers=[own] if local else [],
            input_spec=SPEC,
        )

    return make


@pytest.mark.parametrize(
    "local, split",
    [
        (True, {"split_dataset": True}),
        (True, {"recon_epochs": 2, "recon_steps_max": 3}),
        (False, {}),
    ],
    ids=["split data", "epochs", "nothing local"],
)
def test_reconstruction_of_local_variables(both, local, split):
    process = algorithms.build_fed_recon(
        reconstruction_model(local),
        loss_fn=loss,
        metrics_fn=lambda: [tf.keras.metrics.SparseCategoricalAccuracy()],
        client_optimizer_fn=sgdm(),
        dataset_split_fn=models.ReconstructionModel.build_dataset_split_fn(**split),
    )
    both.rounds(process, shuffled())


def test_evaluation_with_reconstruction(both):
    split = models.ReconstructionModel.build_dataset_split_fn(split_dataset=True)
    process = algorithms.build_fed_recon_eval(
        reconstruction_model(),
        loss_fn=loss,
        metrics_fn=lambda: [tf.keras.metrics.SparseCategoricalAccuracy()],
        dataset_split_fn=split,
    )
    both.rounds(process, shuffled(), rounds=1)


def test_k_means(both):
    data = [tf.data.Dataset.from_tensor_slices(x) for x, _ in examples()]
    both.rounds(algorithms.build_fed_kmeans(2, (5,), random_seed=(1, 2)), data)


def test_personalization_with_an_optimizer_of_keras(both):
    """It updates the model's variables in place, as does all hand-written training with Keras."""

    def evaluate(model, data):
        def add(total, batch):
            return total + model.forward_pass(batch, training=False).loss

        return OrderedDict(total=data.batch(2).reduce(0.0, add))

    def fine_tuning():
        optimizer = tf.keras.optimizers.Adam(0.1)

        def fine_tune(model, train_data, test_data, context=None):
            @tf.function
            def go():
                optimizer.build(model.trainable_variables)
                for batch in train_data.batch(3):
                    with tf.GradientTape() as tape:
                        output = model.forward_pass(batch)
                    gradients = tape.gradient(output.loss, model.trainable_variables)
                    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
                return evaluate(model, test_data)

            return go()

        return fine_tune

    compute = algorithms.build_personalization_eval_computation(
        keras(), OrderedDict(fine_tuned=fine_tuning), tf.function(evaluate)
    )
    weights = models.ModelWeights([np.ones([5, 3], np.float32), np.zeros([3], np.float32)], [])
    sets = [tf.data.Dataset.from_tensor_slices(rows) for rows in examples()]

    def in_order_of_the_baseline():  # a sample of the clients comes in random order
        result = compute(weights, [OrderedDict(train_data=data, test_data=data) for data in sets])
        order = np.argsort(result["baseline_metrics"]["total"])
        return tf.nest.map_structure(lambda part: np.asarray(part)[order], result)

    both(in_order_of_the_baseline)
