import json

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_federated as tff
import tree

from fedtutor import by_hand, federated, models, partition, runtime


@pytest.fixture(scope="module", autouse=True)
def owned_worker():
    runtime.use()


@pytest.fixture(scope="module")
def clients(few):
    return federated.ClientDatasets(*few, partition.iid(few[1], 5, seed=0), batch_size=8, seed=3)


@pytest.fixture(scope="module")
def process(clients):
    return federated.fed_avg(
        models.logistic_regression, clients.element_spec, client_learning_rate=0.1
    )


@pytest.fixture(scope="module")
def evaluate(few):
    return federated.Evaluator(models.logistic_regression, *few)


def examples(dataset):
    """All examples of a dataset in a comparable form, in their order."""
    return [(x.tobytes(), int(y)) for xs, ys in dataset.as_numpy_iterator() for x, y in zip(xs, ys)]


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(tree.flatten(a), tree.flatten(b), strict=True))


def test_a_clients_dataset_holds_each_of_its_examples_once_per_local_epoch(few):
    images, labels = few
    parts = partition.iid(labels, 3, seed=0)
    clients = federated.ClientDatasets(images, labels, parts, batch_size=10, local_epochs=2)
    for client, part in enumerate(parts):
        got = examples(clients.dataset(client))
        expected = [((images[i] / np.float32(255)).tobytes(), labels[i]) for i in part]
        assert sorted(got) == sorted(expected * 2)
        half = len(part)
        assert sorted(got[:half]) == sorted(expected), "an epoch ends before the next begins"
        assert got[:half] != got[half:], "each epoch has an order of its own"


def test_a_clients_examples_are_those_of_its_part_in_their_order(few, clients):
    images, labels = few
    part = partition.iid(labels, 5, seed=0)[3]
    x, y = clients.examples(3)
    assert x.dtype == np.float32 and np.array_equal(x, images[part] / np.float32(255))
    assert y.dtype == np.int32 and np.array_equal(y, labels[part])


def test_batches_have_the_size_asked_for_and_the_rest_comes_last(few):
    parts = [np.arange(23), np.arange(23, 30)]
    clients = federated.ClientDatasets(*few, parts, batch_size=10, local_epochs=2)
    sizes = [len(y) for _, y in clients.dataset(0).as_numpy_iterator()]
    assert sizes == [10, 10, 3, 10, 10, 3]
    assert [len(y) for _, y in clients.dataset(1).as_numpy_iterator()] == [7, 7]
    whole = federated.ClientDatasets(*few, parts, batch_size=None)
    assert [len(y) for _, y in whole.dataset(0).as_numpy_iterator()] == [23]


def test_a_batch_is_what_the_element_spec_says(clients):
    x, y = next(iter(clients.dataset(0)))
    for value, spec in zip((x, y), clients.element_spec):
        assert value.dtype == spec.dtype and spec.shape.is_compatible_with(value.shape)
    assert x.numpy().max() <= 1.0 and x.numpy().min() >= 0.0


def test_the_order_depends_on_seed_client_and_round_alone(few, clients):
    parts = partition.iid(few[1], 5, seed=0)
    again = federated.ClientDatasets(*few, parts, batch_size=8, seed=3)
    other = federated.ClientDatasets(*few, parts, batch_size=8, seed=4)
    assert examples(clients.dataset(1, 2)) == examples(again.dataset(1, 2))
    assert examples(clients.dataset(1, 2)) != examples(clients.dataset(1, 3))
    assert examples(clients.dataset(1, 2)) != examples(other.dataset(1, 2))


def test_every_partition_becomes_what_tff_takes(few, process):
    images, labels = few
    state = process.initialize()
    for parts in (
        partition.iid(labels, 3, seed=0),
        partition.label_shards(labels, 3, seed=0),
        partition.dirichlet(labels, 3, 1.0, seed=0),
        partition.quantity_skew(labels, 3, 1.0, seed=0),
        partition.style_skew(images, 3, seed=0),
    ):
        clients = federated.ClientDatasets(images, labels, parts)
        output = process.next(state, clients.cohort(range(3)))
        assert output.metrics["client_work"]["train"]["num_examples"] == len(labels)


def test_one_full_batch_round_is_one_step_of_gradient_descent_on_all_data(few):
    """Weighted by examples, with clients of very different sizes: the check on the weights."""
    images, labels = few
    parts = [np.arange(0, 10), np.arange(10, 60), np.arange(60, 200)]
    clients = federated.ClientDatasets(images, labels, parts, batch_size=None)
    process = federated.fed_avg(
        models.logistic_regression, clients.element_spec, client_learning_rate=0.5
    )
    model = models.logistic_regression()
    state = federated.start_from(process, model)
    state = process.next(state, clients.cohort(range(3))).state
    with tf.GradientTape() as tape:
        loss = tf.keras.losses.SparseCategoricalCrossentropy()(
            labels, model(images.astype(np.float32) / 255)
        )
    gradients = tape.gradient(loss, model.trainable_variables)
    for ours, weight, gradient in zip(
        process.get_model_weights(state).trainable, model.trainable_variables, gradients
    ):
        assert np.allclose(ours, weight - 0.5 * gradient, atol=1e-6)


def test_rounds_lower_the_loss_and_the_history_tells(process, clients, evaluate):
    run = federated.run_rounds(
        process, clients, 6, clients_per_round=3, evaluate=evaluate, evaluate_every=4
    )
    frame = run.history.to_frame()
    assert list(frame.index) == [1, 2, 3, 4, 5, 6]
    assert frame["train_loss"].iloc[-1] < frame["train_loss"].iloc[0]
    assert list(frame["accuracy"].dropna().index) == [4, 6]
    assert run.history["accuracy"] == list(frame["accuracy"].dropna())
    assert (frame["num_examples"] == 120).all()
    assert evaluate(process.get_model_weights(run.state))["accuracy"] == frame["accuracy"].iloc[-1]
    json.dumps(run.history.rows)


def test_a_run_stops_when_its_target_is_reached(process, clients, evaluate):
    run = federated.run_rounds(process, clients, 50, evaluate=evaluate, until=("accuracy", 0.5))
    reached = run.history["accuracy"]
    assert reached[-1] >= 0.5 and all(value < 0.5 for value in reached[:-1])
    assert run.history.first_round("accuracy", 0.5) == len(run.history)
    assert run.history.first_round("accuracy", 2.0) is None


def test_the_evaluator_agrees_with_counting_by_hand(few, evaluate):
    model = models.logistic_regression(5)
    answers = model(few[0].astype(np.float32) / 255).numpy().argmax(axis=1)
    assert evaluate(model.get_weights())["accuracy"] == pytest.approx((answers == few[1]).mean())


def test_a_run_starts_from_the_model_it_is_given(process, evaluate):
    model = models.logistic_regression(9)
    state = federated.start_from(process, model)
    for a, b in zip(process.get_model_weights(state).trainable, model.get_weights()):
        assert np.array_equal(a, b)
    with pytest.raises(ValueError, match="shapes"):
        federated.start_from(process, models.perceptron_2nn())


def test_cohorts_are_seeded_distinct_and_sorted():
    for round_num in range(1, 30):
        cohort = federated.sample_cohort(20, 7, round_num, seed=5)
        assert len(set(cohort)) == 7 and (np.diff(cohort) > 0).all() and cohort.max() < 20
        assert np.array_equal(cohort, federated.sample_cohort(20, 7, round_num, seed=5))
    draws = [tuple(federated.sample_cohort(20, 7, r, seed=5)) for r in range(1, 30)]
    assert len(set(draws)) > 25
    assert list(federated.sample_cohort(4, 4, 1, seed=0)) == [0, 1, 2, 3]


def test_a_resumed_run_gives_the_same_numbers_as_an_uninterrupted_one(
    process, clients, evaluate, tmp_path
):
    options = dict(clients_per_round=3, seed=7, evaluate=evaluate, checkpoint_every=2)
    whole = federated.run_rounds(process, clients, 7, **options)
    # Stopped after round 5, whose checkpoint is that of round 4 after we take the newest away.
    federated.run_rounds(process, clients, 5, checkpoint_dir=tmp_path, **options)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["round_000004.npz", "round_000005.npz"]
    (tmp_path / "round_000005.npz").unlink()
    resumed = federated.run_rounds(process, clients, 7, checkpoint_dir=tmp_path, **options)
    assert resumed.history.rows == whole.history.rows
    assert same(resumed.state, whole.state)
    # A finished run is not run again.
    once_more = federated.run_rounds(process, clients, 7, checkpoint_dir=tmp_path, **options)
    assert once_more.history.rows == whole.history.rows and same(once_more.state, whole.state)


def test_a_keras_model_made_before_a_process_can_still_be_used(few, clients):
    """TFF's tracing turns Keras's classes into those of TensorFlow 1; ours are restored."""
    model = models.cnn()
    model.compile(loss="sparse_categorical_crossentropy")
    images = few[0].astype(np.float32) / 255
    before = model.evaluate(images, few[1], verbose=0)
    federated.fed_avg(models.cnn, clients.element_spec, client_learning_rate=0.1)
    assert model.evaluate(images, few[1], verbose=0) == pytest.approx(before)
    runtime.use()
    # Also where the learner builds the process without us, once a computation has run.
    tff.learning.algorithms.build_weighted_fed_avg(
        federated.tff_model(models.cnn, clients.element_spec),
        client_optimizer_fn=tff.learning.optimizers.build_sgdm(0.1),
    ).initialize()
    assert model.evaluate(images, few[1], verbose=0) == pytest.approx(before)


@pytest.mark.parametrize(
    "request_, complaint",
    [
        (lambda x, y, p: federated.ClientDatasets(x[:5], y, p), "5 images, but 200 labels"),
        (lambda x, y, p: federated.ClientDatasets(x, y, []), "no clients"),
        (lambda x, y, p: federated.ClientDatasets(x, y, [*p, []]), "Client 5 has no examples"),
        (lambda x, y, p: federated.ClientDatasets(x, y, p, batch_size=0), "batch_size"),
        (lambda x, y, p: federated.ClientDatasets(x, y, p, local_epochs=0), "local_epochs"),
        (lambda x, y, p: federated.sample_cohort(5, 6, 1, seed=0), "between 1 and 5"),
        (lambda x, y, p: federated.sample_cohort(5, 0, 1, seed=0), "between 1 and 5"),
        (lambda x, y, p: federated.run_rounds(None, p, 0), "must be 1 or more"),
    ],
)
def test_bad_input_is_refused_with_a_reason(few, request_, complaint):
    with pytest.raises(ValueError, match=complaint):
        request_(*few, partition.iid(few[1], 5, seed=0))


def test_an_unknown_client_is_named(clients):
    with pytest.raises(IndexError, match="no client 5: they are numbered 0 to 4"):
        clients.dataset(5)


def test_training_by_hand_on_examples_makes_the_same_steps_as_on_batches(few):
    parts = partition.iid(few[1], 5, seed=0)
    clients = federated.ClientDatasets(*few, parts, batch_size=7, local_epochs=2, seed=3)
    assert len(parts[2]) % 7, "the last batch is a smaller one"
    model = models.logistic_regression()
    first = model.get_weights()
    expected, _ = by_hand.client_update(model, first, clients.dataset(2, 9), 0.1)
    model.set_weights(first)
    got = by_hand.train(
        model, *clients.examples(2), learning_rate=0.1, batch_size=7, epochs=2, seed=[3, 2, 9]
    )
    for a, b in zip(expected, got, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
