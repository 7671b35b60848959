"""A client that cannot train is named with what is wrong and what to do, or left out by choice."""

import numpy as np
import pytest
import tensorflow as tf

from fedtutor import federated, models, partition
from fedtutor.health import BadClientError
from tests.stand_ins import (
    Arithmetic,
    Numbers,
    Spoilt,
    empty,
    five_clients,
    regression,
    same,
    with_nan,
)


@pytest.fixture(scope="module")
def clients(few):
    return five_clients(few)


@pytest.fixture(scope="module")
def process(clients):
    return regression(clients)


def of_batches_without_examples(data):
    return data.map(lambda x, y: (x[:0], y[:0]))


def of_another_shape(data):
    return data.map(lambda x, y: (x[:, 1:], y))


def of_another_type(data):
    return data.map(lambda x, y: (tf.cast(x, tf.float64), y))


def of_another_structure(data):
    return data.map(lambda x, y: {"x": x, "y": y})


def not_batched(data):
    return data.unbatch()


def with_infinity(data):
    return data.map(lambda x, y: (x / 0, y))


def of_lists_of_another_shape(data):
    return [(x[:, 1:], y) for x, y in data.as_numpy_iterator()]


COMPLAINTS = {
    empty: "it has no examples",
    of_batches_without_examples: "it has no examples",
    of_another_shape: "its batches are <float32[8,27,28],int32[8]>, but should be <float32[?,28,28]",
    of_another_type: "its batches are <float64[8,28,28],int32[8]>, but should be <float32[?,28,28]",
    of_another_structure: "its batches are <x=float32[8,28,28],y=int32[8]>, but should be <float32",
    not_batched: "its batches are <float32[28,28],int32>, but should be <float32[?,28,28]",
    with_nan: "5 of the 40 examples it trains on hold NaN or infinite values",
    with_infinity: "40 of the 40 examples it trains on hold NaN or infinite values",
    of_lists_of_another_shape: "its batches are <float32[8,27,28],int32[8]>, but should be",
}


@pytest.mark.parametrize("spoil", COMPLAINTS, ids=lambda spoil: spoil.__name__)
def test_a_client_that_cannot_train_is_named_with_what_is_wrong_and_what_to_do(
    process, clients, spoil
):
    with pytest.raises(BadClientError) as told:
        federated.run_rounds(process, Spoilt(clients, c3=spoil), 2)
    message = str(told.value)
    assert message.startswith("In round 1, client 3: ") and message.count("client ") == 1
    assert COMPLAINTS[spoil] in message and 'bad_clients="leave out"' in message


@pytest.mark.parametrize("spoil", COMPLAINTS, ids=lambda spoil: spoil.__name__)
def test_by_choice_it_is_left_out_and_the_rest_trains_as_usual(process, clients, spoil):
    run = federated.run_rounds(
        process, Spoilt(clients, c3=spoil), 2, bad_clients="leave out", clients_per_round=5
    )
    assert run.history["left_out"] == [[3], [3]]
    assert run.left_out.keys() == {3} and COMPLAINTS[spoil] in run.left_out[3]
    assert run.history["num_examples"] == [160, 160]
    others, state = [0, 1, 2, 4], process.initialize()
    for round_num in (1, 2):
        state = process.next(state, clients.cohort(others, round_num)).state
    assert same(run.state, state)


def test_a_client_is_looked_at_when_it_is_first_met_and_only_then(process, clients):
    watched = Spoilt(clients)
    federated.run_rounds(process, watched, 6, clients_per_round=2)
    drawn = [
        (int(client), round_num)
        for round_num in range(1, 7)
        for client in federated.sample_cohort(5, 2, round_num, seed=0)
    ]
    first = dict(reversed([(client, (client, round_num)) for client, round_num in drawn]))
    assert sorted(watched.asked) == sorted(drawn + list(first.values()))


def test_where_all_is_well_leaving_out_changes_nothing_but_a_column(process, clients):
    run = federated.run_rounds(process, clients, 2, bad_clients="leave out")
    usual = federated.run_rounds(process, clients, 2)
    assert same(run.state, usual.state) and run.left_out == usual.left_out == {}
    assert run.history["left_out"] == [[], []] and "left_out" not in usual.history.to_frame()


def test_a_round_with_nobody_left_is_an_error_that_names_them(process, clients):
    bad = Spoilt(clients, c1=empty, c3=with_nan)
    cohorts = [list(federated.sample_cohort(5, 2, n, seed=4)) for n in range(1, 30)]
    hit = cohorts.index([1, 3]) + 1
    with pytest.raises(
        BadClientError,
        match=f"Nobody is left to train in round {hit}: client 1: it has no (.*); client 3: 5 of",
    ):
        federated.run_rounds(process, bad, 30, clients_per_round=2, seed=4, bad_clients="leave out")
    assert federated.last_run().rounds == hit - 1, "the rounds before it are kept"


def test_of_many_bad_clients_the_first_five_are_named(process, few):
    many = federated.ClientDatasets(*few, partition.iid(few[1], 20, seed=0))
    bad = Spoilt(many, **{f"c{client}": empty for client in range(20)})
    with pytest.raises(BadClientError) as told:
        federated.run_rounds(process, bad, 1)
    assert "client 4: it has no examples; and others. Fix" in str(told.value)


def test_float_images_are_taken_as_they_are_and_a_nan_in_them_is_found(process, few):
    images, labels = few
    floats = images / 255
    parts = partition.iid(labels, 5, seed=0)
    as_bytes, as_floats = (
        federated.ClientDatasets(x, labels, parts, batch_size=8) for x in (images, floats)
    )
    for (a, _), (b, _) in zip(as_bytes.dataset(2), as_floats.dataset(2)):
        assert b.dtype == tf.float32 and np.allclose(a, b, rtol=0, atol=1e-7)
    by_bytes, by_floats = (
        federated.Evaluator(models.logistic_regression, x, labels)(
            models.logistic_regression(1).get_weights()
        )
        for x in (images, floats)
    )
    assert by_bytes == pytest.approx(by_floats)
    floats[parts[2][0], 14, 14] = np.nan
    spoilt = federated.ClientDatasets(floats, labels, parts, batch_size=8, local_epochs=2)
    run = federated.run_rounds(process, spoilt, 1, bad_clients="leave out")
    assert run.left_out == {2: "1 of the 40 examples it trains on hold NaN or infinite values"}


def test_clients_of_a_class_derived_from_ours_are_looked_at_as_they_train(process, few):
    class Ours(federated.ClientDatasets):
        def dataset(self, client, round_num=1):
            data = super().dataset(client, round_num)
            return with_nan(data) if client == 4 else data

    ours = Ours(*few, partition.iid(few[1], 5, seed=0), batch_size=8)
    with pytest.raises(BadClientError, match="client 4: 5 of the 40"):
        federated.run_rounds(process, ours, 1)


def test_clients_that_promise_other_batches_than_the_process_takes_are_refused_at_once(
    process, few
):
    small = federated.ClientDatasets(few[0][:, 2:, 2:], few[1], partition.iid(few[1], 5, seed=0))
    with pytest.raises(ValueError, match=r"is <float32\[\?,26,26\].*takes <float32\[\?,28,28\]"):
        federated.run_rounds(process, small, 1)


def test_clients_and_processes_that_promise_nothing_are_taken_at_their_word():
    run = federated.run_rounds(Arithmetic(), Numbers(), 3, clients_per_round=2)
    assert run.rounds == 3 and run.history["num_examples"] == [4, 4, 4]


def test_a_choice_that_does_not_exist_is_refused(process, clients):
    with pytest.raises(ValueError, match='must be "raise" or "leave out"'):
        federated.run_rounds(process, clients, 1, bad_clients="ignore")
