"""A client with a label that cannot be is named or left out, before a round is spent on it."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow_federated as tff

from fedtutor import federated, models, partition, runtime
from fedtutor.health import BadClientError

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


def spoilt(few, parts, values):
    """Labels in which client i's first one has another value."""
    labels = few[1].astype(object)
    for client, value in values.items():
        labels[parts[client][0]] = value
    return federated.ClientDatasets(few[0], labels, parts)


BAD = {1: np.nan, 3: 10}


@pytest.mark.parametrize("value", [np.nan, None, -1, 3.5, 10, 255], ids=repr)
def test_a_client_with_a_bad_label_is_named_or_left_out(process, few, parts, clients, value):
    bad = spoilt(few, parts, {3: value})
    with pytest.raises(BadClientError) as told:
        federated.run_rounds(process, bad, 1)
    message = str(told.value)
    shown = "None" if value is None else str(value)
    assert message.startswith("In round 1, client 3: 1 of ") and shown in message
    assert "Fix this data" in message and 'bad_clients="leave out"' in message
    run = federated.run_rounds(process, bad, 2, bad_clients="leave out")
    assert run.left_out.keys() == {3} and run.history["left_out"] == [[3], [3]]
    assert run.history["num_examples"] == [200 - len(parts[3])] * 2
    others, state = [0, 1, 2, 4], process.initialize()
    for round_num in (1, 2):
        state = process.next(state, clients.cohort(others, round_num)).state
    for ours, expected in zip(
        process.get_model_weights(run.state).trainable, process.get_model_weights(state).trainable
    ):
        assert np.array_equal(ours, expected)


def test_labels_from_1_up_are_recognized(process, few, parts):
    shifted = federated.ClientDatasets(few[0], few[1] + 1, parts)
    with pytest.raises(BadClientError, match="start at 1: subtract 1 from all of them"):
        federated.run_rounds(process, shifted, 1)
    with pytest.raises(ValueError, match=r"whole numbers from 0 to 9.*= 10"):
        federated.Evaluator(models.logistic_regression, few[0], few[1] + 1)


def test_bad_labels_behind_a_wrapper_are_found_too(process, few, parts):
    class Wrapped:
        def __init__(self, clients):
            self._clients = clients

        def __len__(self):
            return len(self._clients)

        def cohort(self, clients, round_num=1):
            return self._clients.cohort(clients, round_num)

    class Derived(federated.ClientDatasets):
        pass

    labels = few[1].astype(float)
    labels[parts[1][0]], labels[parts[3][0]] = np.nan, 10
    for bad in (Wrapped(spoilt(few, parts, BAD)), Derived(few[0], labels, parts)):
        run = federated.run_rounds(process, bad, 1, bad_clients="leave out")
        assert run.left_out.keys() == {1, 3}


def test_a_process_that_does_not_say_how_many_classes_it_has_is_understood(few, parts, clients):
    process = avg(federated.tff_model(models.logistic_regression, clients.element_spec), sgd(0.1))
    bad = spoilt(few, parts, {3: 11})
    with pytest.raises(BadClientError, match="client 3: 1 of .* other than 0 to 9.*: 11"):
        federated.run_rounds(process, bad, 1)
    run = federated.run_rounds(process, bad, 2, bad_clients="leave out")
    assert run.history["left_out"] == [[3], [3]] and run.rounds == 2


def test_a_divergence_that_labels_may_explain_says_so(few, parts):
    class Diverging:
        def initialize(self):
            return {"weights": np.zeros((4, 10))}

        def next(self, state, cohort):
            metrics = {"client_work": {"train": {"loss": np.float32(np.nan)}}}
            return SimpleNamespace(state=state, metrics=metrics)

        def get_model_weights(self, state):
            return [state["weights"]]

    with pytest.warns(UserWarning, match="the largest is 12, but .* for 10 outputs"):
        federated.run_rounds(Diverging(), spoilt(few, parts, {3: 12}), 1)
    with pytest.warns(UserWarning, match="Try a smaller learning rate"):
        federated.run_rounds(Diverging(), spoilt(few, parts, {}), 1)
