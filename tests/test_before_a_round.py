"""What can't work is said before a round is spent on it, and a round that changes nothing is reported."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_federated as tff

from fedtutor import federated, models, partition, runtime

avg, sgd = tff.learning.algorithms.build_weighted_fed_avg, tff.learning.optimizers.build_sgdm


@pytest.fixture(scope="module", autouse=True)
def in_process():
    runtime.use()


@pytest.fixture(scope="module")
def parts(few):
    return partition.quantity_skew(few[1], 5, 1.0, seed=0)


@pytest.fixture(scope="module")
def clients(few, parts):
    return federated.ClientDatasets(*few, parts)


@pytest.fixture(scope="module")
def process(clients):
    return federated.fed_avg(
        models.logistic_regression, clients.element_spec, client_learning_rate=0.1
    )


@pytest.fixture
def no_round(process, monkeypatch):
    """A process for which a round is a failure."""

    def next_(*_):
        raise AssertionError("a round was spent")

    next_.type_signature = process.next.type_signature
    watched = SimpleNamespace(
        initialize=process.initialize,
        next=next_,
        get_model_weights=process.get_model_weights,
        get_hparams=process.get_hparams,
        num_classes=process.num_classes,
    )
    return watched


# Models that learn nothing


def layers():
    dense = tf.keras.layers.Dense(
        10, "softmax", kernel_initializer=tf.keras.initializers.GlorotUniform(seed=1)
    )
    return tf.keras.layers.Flatten(), dense


class Subclassed(tf.keras.Model):
    """Has no weights before its first call."""

    def __init__(self):
        super().__init__()
        self.flatten, self.out = layers()

    def call(self, x):
        return self.out(self.flatten(x))


class WithTraining(Subclassed):
    def call(self, x, training=None):
        return super().call(x)


class Nested(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.body = tf.keras.Sequential(layers())

    def call(self, x):
        return self.body(x)


def sequential_without_input():
    return tf.keras.Sequential(layers())


def functional():
    x = tf.keras.Input((28, 28))
    flatten, out = layers()
    return tf.keras.Model(x, out(flatten(x)))


def called_in_the_builder():
    model = Subclassed()
    model(tf.zeros((2, 28, 28)))
    return model


@pytest.mark.parametrize(
    "build", [Subclassed, WithTraining, Nested, sequential_without_input, called_in_the_builder]
)
def test_a_model_without_weights_is_built_and_learns_like_any_other(clients, few, build):
    histories = []
    for builder in (functional, build):
        process = federated.fed_avg(builder, clients.element_spec, client_learning_rate=0.1)
        assert process.num_classes == 10
        evaluate = federated.Evaluator(builder, *few)
        run = federated.run_rounds(process, clients, 2, evaluate=evaluate)
        histories.append([run.history["train_loss"], run.history["loss"]])
    np.testing.assert_allclose(histories[1], histories[0], rtol=1e-6)


def test_a_model_that_cannot_be_built_from_a_batch_says_what_to_do(clients):
    class OfPairs(Subclassed):
        def call(self, x):
            first, second = x
            return super().call(first + second)

    with pytest.raises(ValueError, match=r"Begin it with tf.keras.Input, or call it once"):
        federated.fed_avg(OfPairs, clients.element_spec, client_learning_rate=0.1)


def frozen():
    model = models.logistic_regression()
    model.trainable = False
    return model


def with_frozen_layers():
    model = models.perceptron_2nn()
    for layer in model.layers:
        layer.trainable = False
    return model


def without_weights():
    return tf.keras.Sequential([tf.keras.Input((28, 28)), tf.keras.layers.GlobalMaxPool1D()])


@pytest.mark.parametrize("build", [frozen, with_frozen_layers, without_weights])
def test_a_model_with_nothing_to_train_is_refused(clients, build):
    with pytest.raises(ValueError, match="no trainable weights.*layer.trainable = True"):
        federated.fed_avg(build, clients.element_spec, client_learning_rate=0.1)
    process = avg(federated.tff_model(build, clients.element_spec), sgd(0.1))
    with pytest.raises(ValueError, match="no trainable weights.*layer.trainable = True"):
        federated.run_rounds(process, clients, 1)


def test_an_unbuilt_model_in_a_model_fn_of_ones_own_is_refused(clients):
    def model_fn():
        return tff.learning.models.from_keras_model(
            Subclassed(),
            loss=tf.keras.losses.SparseCategoricalCrossentropy(),
            input_spec=clients.element_spec,
        )

    with pytest.raises(ValueError, match="no weights before its first call.*tf.keras.Input"):
        federated.run_rounds(avg(model_fn, sgd(0.1)), clients, 1)


def test_partly_frozen_models_learn(clients):
    def build():
        model = models.perceptron_2nn()
        model.layers[1].trainable = False
        return model

    process = federated.fed_avg(build, clients.element_spec, client_learning_rate=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = federated.run_rounds(process, clients, 2)
    assert run.history["train_loss"][1] < run.history["train_loss"][0]


def test_an_evaluation_of_a_frozen_model_is_fine(clients):
    process = tff.learning.algorithms.build_fed_eval(
        federated.tff_model(frozen, clients.element_spec)
    )
    output = process.next(process.initialize(), clients.cohort(range(5)))
    assert output.metrics["client_work"]["eval"]["total_rounds_metrics"]["num_examples"] == 200


@pytest.mark.parametrize("rate", [0, 0.0, -0.1, np.nan, np.inf, None, "0.1", True, [0.1]])
@pytest.mark.parametrize("side", ["client_learning_rate", "server_learning_rate"])
def test_a_learning_rate_that_is_no_number_above_0_is_refused_by_name(clients, rate, side):
    rates = {"client_learning_rate": 0.1, side: rate}
    with pytest.raises(ValueError, match=f"{side} is "):
        federated.fed_avg(models.logistic_regression, clients.element_spec, **rates)


@pytest.mark.parametrize(
    "client_rate, server, reason",
    [
        (0.0, 1.0, "The clients' learning rate is 0"),
        (0.1, 0.0, "The server's learning rate is 0"),
    ],
)
def test_a_round_that_changes_no_weight_is_reported_once(clients, client_rate, server, reason):
    process = avg(
        federated.tff_model(models.logistic_regression, clients.element_spec),
        client_optimizer_fn=sgd(client_rate),
        server_optimizer_fn=sgd(server),
    )
    with pytest.warns(UserWarning) as told:
        federated.run_rounds(process, clients, 3)
    (message,) = (str(warning.message) for warning in told)
    assert message.startswith("Round 1 changed nothing") and reason in message
    assert told[0].filename == __file__


def test_a_process_of_ones_own_that_changes_nothing_is_reported_too(clients):
    class Idle:
        def initialize(self):
            return {"weights": np.ones(3)}

        def next(self, state, cohort):
            metrics = {"client_work": {"train": {"loss": np.float32(2.3)}}}
            return SimpleNamespace(state={"weights": state["weights"].copy()}, metrics=metrics)

        def get_model_weights(self, state):
            return [state["weights"]]

    with pytest.warns(UserWarning, match="Round 1 changed nothing.*not 0 or tiny"):
        federated.run_rounds(Idle(), clients, 2)


# Builders, states and models of another kind


@pytest.mark.parametrize(
    "build, complaint",
    [
        (lambda: models.cnn(), r"pass models.cnn, not models.cnn\(\)"),
        (lambda: "cnn", "build_model is 'cnn'"),
        (lambda: lambda: None, "Is its `return` missing"),
        (lambda: lambda: models.cnn, "build_model returned cnn"),
    ],
)
def test_a_builder_of_another_kind_is_refused(clients, few, build, complaint):
    with pytest.raises(ValueError, match=complaint):
        federated.fed_avg(build(), clients.element_spec, client_learning_rate=0.1)
    with pytest.raises(ValueError, match=complaint):
        federated.Evaluator(build(), *few)


def test_a_state_of_another_kind_is_refused_before_a_round(clients, process, no_round):
    output = process.next(process.initialize(), clients.cohort([0]))
    other = federated.fed_avg(
        lambda: models.logistic_regression(), clients.element_spec, client_learning_rate=0.1
    )
    narrow = federated.ClientDatasets(np.zeros((200, 5, 5)), np.arange(200) % 10, [range(200)])
    build = lambda: tf.keras.Sequential([tf.keras.Input((5, 5)), *layers()])  # noqa: E731
    narrow = federated.fed_avg(build, narrow.element_spec, client_learning_rate=0.1)
    deep = federated.fed_avg(models.perceptron_2nn, clients.element_spec, client_learning_rate=0.1)
    for state, complaint in (
        (output, "Pass its .state"),
        (federated.Run(output.state, federated.History()), "Pass its .state"),
        (models.logistic_regression(), r"federated.start_from\(process, model\)"),
        (process.get_model_weights(output.state), "no state of this process"),
        (models.logistic_regression().get_weights(), "no state of this process"),
        (deep.initialize(), "no state of this process"),
        (narrow.initialize(), r"of another model: .*\(25, 10\)"),
        (0, "state is 0"),
        ({}, "state is {}"),
    ):
        with pytest.raises(ValueError, match=complaint):
            federated.run_rounds(no_round, clients, 1, state=state)
    assert federated.run_rounds(process, clients, 1, state=other.initialize()).rounds == 1


def test_a_model_of_another_kind_is_refused_as_a_start(process):
    for model, complaint in (
        (models.cnn, "models.perceptron_2nn\\(\\)"),
        (models.cnn().get_weights(), "model is \\["),
        (Subclassed(), "Call it once on a batch"),
        (models.cnn(), "The process was built for weights of shapes"),
    ):
        with pytest.raises(ValueError, match=complaint):
            federated.start_from(process, model)


def test_processes_and_clients_of_another_kind_are_refused(process, clients, few):
    for one, other, complaint in (
        (models.cnn, clients, "process is cnn"),
        (None, clients, "process is None"),
        (process, clients.cohort([0]), "clients is \\["),
        (process, few, "clients is \\("),
    ):
        with pytest.raises(ValueError, match=complaint):
            federated.run_rounds(one, other, 1)


# What is measured


@pytest.mark.parametrize(
    "evaluate, complaint",
    [
        (lambda weights: None, "evaluate returned None.*Is its `return` missing"),
        (lambda weights: 0.5, "evaluate returned 0.5, but must return a dict"),
        (lambda weights: np.zeros(3), "evaluate returned array"),
        (lambda weights: [("accuracy", 0.5)], "evaluate returned \\["),
        (lambda weights: {"each": np.zeros(3)}, "as 'each', but each value must be a single"),
        (lambda weights: {"accuracy": "90%"}, "'90%' as 'accuracy'"),
        (lambda weights: {"accuracy": None}, "None as 'accuracy'"),
        (lambda weights: {"round": 3}, "a number named 'round'"),
        (lambda weights: {"train_loss": 3}, "a number named 'train_loss'"),
        (lambda weights: {0: 3}, "a number named 0"),
        ({"accuracy": 0.5}, "evaluate is {'accuracy': 0.5}, but must be a function"),
    ],
)
def test_an_evaluate_that_returns_no_numbers_costs_no_round(no_round, clients, evaluate, complaint):
    with pytest.raises(ValueError, match=complaint):
        federated.run_rounds(no_round, clients, 5, evaluate=evaluate, evaluate_every=5)


def test_an_evaluator_of_another_model_costs_no_round(no_round, clients, few):
    with pytest.raises(ValueError, match="evaluate measures a model with weights of shapes"):
        federated.run_rounds(
            no_round, clients, 5, evaluate=federated.Evaluator(models.perceptron_2nn, *few)
        )


def test_numbers_of_any_kind_can_be_measured(process, clients):
    measured = {"a": np.float32(0.5), "b": tf.constant(2), "c": np.array([3.0]), "d": True, "e": 1}
    run = federated.run_rounds(process, clients, 1, evaluate=lambda weights: measured)
    row = run.history.rows[0]
    assert [row[name] for name in "abcde"] == [0.5, 2, 3.0, True, 1]
    assert all(isinstance(row[name], int | float) for name in "abcde")


@pytest.mark.parametrize(
    "until, complaint",
    [
        (("acuracy", 0.5), "'acuracy', which is never measured; did you mean 'accuracy'"),
        (("test accuracy", 0.5), "never measured"),
        (("left_out", 1), "never measured"),
        ("accuracy", "must be a name and a number"),
        (("accuracy",), "must be a name and a number"),
        ((0.5, "accuracy"), "must be a name and a number"),
        (("accuracy", "0.5"), "for 'accuracy' is '0.5', but must be a number"),
        (("accuracy", np.nan), "must be a number"),
        (0.5, "until is 0.5"),
    ],
)
def test_a_target_that_is_never_measured_costs_no_round(no_round, clients, few, until, complaint):
    own = lambda weights: {"accuracy": 0.1, "loss": 2.0}  # noqa: E731
    for evaluate in (own, federated.Evaluator(models.logistic_regression, *few)):
        with pytest.raises(ValueError, match=complaint):
            federated.run_rounds(no_round, clients, 5, evaluate=evaluate, until=until)


def test_a_target_of_the_training_itself_needs_no_evaluate(process, no_round, clients):
    run = federated.run_rounds(process, clients, 5, until=("train_accuracy", 0.3))
    assert 1 < run.rounds < 5
    with pytest.raises(ValueError, match="never measured(.|\n)*Pass evaluate to measure more"):
        federated.run_rounds(no_round, clients, 5, until=("accuracy", 0.3))


@pytest.mark.parametrize(
    "options, complaint",
    [
        ({"clients_per_round": 0.1 * 5}, "clients_per_round is 0.5.*round it"),
        ({"clients_per_round": "all"}, "clients_per_round is 'all'"),
        ({"clients_per_round": 6}, "between 1 and 5"),
        ({"clients_per_round": np.uint8(200)}, "between 1 and 5"),
        ({"evaluate_every": 0}, "evaluate_every is 0"),
        ({"checkpoint_every": 2.5}, "checkpoint_every is 2.5"),
        ({"seed": None}, "seed is None"),
        ({"seed": -3}, "seed is -3"),
    ],
)
def test_a_number_that_cannot_be_is_refused_before_a_round(no_round, clients, options, complaint):
    with pytest.raises(ValueError, match=complaint):
        federated.run_rounds(no_round, clients, 1, **options)


def test_whole_floats_and_small_integers_are_taken(process, clients):
    usual = federated.run_rounds(process, clients, 2, clients_per_round=2, seed=3)
    for two, three in ((2.0, 3.0), (np.uint8(2), np.int64(3)), (0.4 * len(clients), 3)):
        run = federated.run_rounds(process, clients, two, clients_per_round=two, seed=three)
        assert run.history.rows == usual.history.rows
