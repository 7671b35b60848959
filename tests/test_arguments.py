"""Whatever kind of array, number or list of parts comes in: it is read rightly, or refused by name."""

import array
from collections import deque

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from fedtutor import arguments, by_hand, data, federated, labeling, models, partition

N = 60
ORDER = np.random.default_rng(5).permutation(N)
LABELS = np.random.default_rng(1).integers(0, 10, N)
IMAGES = np.random.default_rng(2).integers(0, 256, (N, 28, 28)).astype(np.uint8)
PARTS = [np.arange(0, 7), np.arange(7, 30), np.arange(30, N)]

# The same labels, in the same order, as other libraries hold them.
LABELS_AS = {
    "a list": LABELS.tolist(),
    "a tuple": tuple(LABELS.tolist()),
    "a tensor": tf.constant(LABELS),
    "a Series that was shuffled": pd.Series(LABELS[np.argsort(ORDER)]).iloc[ORDER],
    "a Series that was filtered": pd.Series(np.r_[LABELS, LABELS])[[False] * N + [True] * N],
    "a Series with names": pd.Series(LABELS, index=[f"r{i}" for i in range(N)]),
    "a Series with an index that repeats": pd.Series(LABELS, index=np.zeros(N, int)),
    "a Series reversed twice": pd.Series(LABELS[::-1])[::-1],
    "a table of one column": pd.DataFrame({"digit": LABELS[::-1]})[::-1],
    "nullable integers": pd.Series(LABELS[::-1]).astype("Int64")[::-1],
    "a categorical": pd.Series(LABELS[::-1]).astype("category")[::-1],
    "a pandas index": pd.Index(LABELS),
    "objects": LABELS.astype(object),
    "floats": LABELS.astype(np.float32),
    "a Python array": array.array("q", LABELS.tolist()),
    "a masked array": np.ma.masked_array(LABELS, mask=False),
}
IMAGES_AS = {
    "a list of arrays": list(IMAGES),
    "nested lists": IMAGES.tolist(),
    "a tensor": tf.constant(IMAGES),
    "objects": IMAGES.astype(object),
    "int64": IMAGES.astype(np.int64),
}


@pytest.mark.parametrize("labels", LABELS_AS.values(), ids=LABELS_AS)
def test_labels_of_any_kind_are_taken_by_position(labels):
    parts = [part[::-1] for part in PARTS]
    clients = federated.ClientDatasets(IMAGES, labels, parts, batch_size=None)
    for client, part in enumerate(parts):
        x, y = clients.examples(client)
        assert y.dtype == np.int32 and np.array_equal(y, LABELS[part])
        assert np.array_equal(x, IMAGES[part] / np.float32(255))
    weights = models.logistic_regression().get_weights()
    measured, usual = (
        federated.Evaluator(models.logistic_regression, IMAGES, y)(weights)
        for y in (labels, LABELS)
    )
    assert measured == pytest.approx(usual)
    for split in (
        lambda y: partition.iid(y, 3, seed=0),
        lambda y: partition.label_shards(y, 3, seed=0),
        lambda y: partition.dirichlet(y, 3, 1.0, seed=0, min_size=2),
        lambda y: partition.quantity_skew(y, 3, 1.0, seed=0),
        lambda y: data.volunteers_and_devices(y, 2),
    ):
        for ours, expected in zip(split(labels), split(LABELS), strict=True):
            assert np.array_equal(ours, expected)
    assert partition.heterogeneity(labels, PARTS) == partition.heterogeneity(LABELS, PARTS)


@pytest.mark.parametrize("images", IMAGES_AS.values(), ids=IMAGES_AS)
def test_images_of_any_kind_are_taken_by_position(images):
    x, _ = federated.ClientDatasets(images, LABELS, PARTS).examples(1)
    assert x.dtype == np.float32 and np.array_equal(x, IMAGES[PARTS[1]] / np.float32(255))
    for ours, expected in zip(
        partition.style_skew(images, 3, seed=0), partition.style_skew(IMAGES, 3, seed=0)
    ):
        assert np.array_equal(ours, expected)
    assert np.allclose(partition.slant(images), partition.slant(IMAGES))
    assert np.allclose(partition.stroke_thickness(images), partition.stroke_thickness(IMAGES))


def test_a_table_of_pixels_is_taken_row_by_row():
    table = pd.DataFrame(IMAGES.reshape(N, -1)).iloc[ORDER]
    clients = federated.ClientDatasets(table, pd.Series(LABELS).iloc[ORDER], PARTS)
    x, y = clients.examples(2)
    assert np.array_equal(x, IMAGES.reshape(N, -1)[ORDER[PARTS[2]]] / np.float32(255))
    assert np.array_equal(y, LABELS[ORDER[PARTS[2]]])
    assert clients.element_spec[0].shape == (None, 784)


def test_weights_are_averaged_by_position_and_without_overflow():
    arrays = [[np.full(3, value, np.float32)] for value in (1.0, 4.0)]
    for numbers in (
        [200, 100],
        np.array([200, 100], np.uint8),
        [np.uint8(200), np.uint8(100)],
        pd.Series([100, 200])[::-1],
        tf.constant([200, 100]),
        np.array([200.0, 100.0]),
    ):
        (average,) = by_hand.weighted_average(arrays, numbers)
        assert average.dtype == np.float32 and np.allclose(average, 2.0)
    with pytest.raises(ValueError):
        by_hand.weighted_average([[np.ones(2), np.ones(3)], [np.ones(2)]], [1, 1])
    with pytest.raises(ValueError, match="cohort is empty"):
        by_hand.federated_round(None, [], [], 0.1)


@pytest.mark.parametrize("rate", [1, np.float64(0.5), np.float32(0.5), 0.5])
def test_a_learning_rate_by_hand_may_be_any_kind_of_number(rate):
    model = models.logistic_regression()
    clients = federated.ClientDatasets(IMAGES, LABELS, PARTS)
    weights, n = by_hand.client_update(model, model.get_weights(), clients.dataset(0), rate)
    assert n == 7 and all(np.isfinite(array).all() for array in weights)


# Parts

POSITIONS = {
    "lists": [part.tolist() for part in PARTS],
    "tuples": tuple(tuple(part) for part in PARTS),
    "ranges": [range(0, 7), range(7, 30), range(30, N)],
    "a generator": (part for part in PARTS),
    "Series with an index of their own": [pd.Series(part[::-1])[::-1] for part in PARTS],
    "a Series of arrays": pd.Series(PARTS, index=[5, 3, 1]),
    "an array of arrays": np.array(PARTS, dtype=object),
    "small unsigned integers": [part.astype(np.uint8) for part in PARTS],
    "tensors": [tf.constant(part) for part in PARTS],
    "a deque": deque(PARTS),
}


@pytest.mark.parametrize("parts", POSITIONS.values(), ids=POSITIONS)
def test_parts_of_any_kind_of_list_are_read_rightly(parts):
    clients = federated.ClientDatasets(IMAGES, LABELS, parts)
    assert list(clients.num_examples) == [7, 23, 30]
    for client, part in enumerate(PARTS):
        assert np.array_equal(clients.examples(client)[1], LABELS[part])


def test_equal_clients_may_be_the_rows_of_one_array():
    for rows in (np.arange(N).reshape(3, 20), pd.DataFrame(np.arange(N).reshape(3, 20))):
        clients = federated.ClientDatasets(IMAGES, LABELS, rows)
        assert np.array_equal(clients.examples(1)[1], LABELS[20:40])


WRONG_PARTS = {
    "a dictionary by number": (dict(enumerate(PARTS)), "list\\(parts.values\\(\\)\\)"),
    "a dictionary by name": ({f"client_{i}": p for i, p in enumerate(PARTS)}, "is a dictionary"),
    "groups of pandas": (pd.Series(LABELS).groupby(LABELS).indices, "is a dictionary"),
    "one array": (PARTS[0], "for a single client, pass \\[parts\\]"),
    "one list": ([1, 2, 3], "parts\\[0\\] is 1, but must be an array"),
    "masks": ([np.isin(np.arange(N), part) for part in PARTS], "np.flatnonzero\\(mask\\)"),
    "masks in a table": (np.eye(3, N, dtype=bool), "np.flatnonzero\\(mask\\)"),
    "a mask among positions": ([PARTS[0], np.arange(N) > 50], "parts\\[1\\] is a mask"),
    "lists of True and False": ([[True] * N], "np.flatnonzero\\(mask\\)"),
    "floats": ([part.astype(float) for part in PARTS], "part.astype\\(int\\)"),
    "beyond the end": ([PARTS[0], PARTS[2] + 1], "parts\\[1\\] holds position 60, but there are 60"),
    "far beyond the end": ([np.array([2**64 - 1], np.uint64)], "holds position 9223372036854775807"),
    "negative": ([PARTS[0], [8, -1]], "parts\\[1\\] holds position -1.*count from the end"),
    "nested": ([[[1, 2], [3, 4]]], "parts\\[0\\] has shape \\(2, 2\\)"),
    "names": ([["a", "b"]], "parts\\[0\\] holds 'a'"),
    "dates": ([np.array(["2020-01-01"], "M8[D]")], "parts\\[0\\] holds"),
    "a set": ([{1, 2}], "parts\\[0\\] is a set"),
    "None in the list": ([PARTS[0], None], "parts\\[1\\] is None"),
    "None": (None, "parts is None"),
    "a number": (3, "parts is an int"),
    "a string": ("iid", "parts is a string"),
}  # fmt: skip


@pytest.mark.parametrize("parts, complaint", WRONG_PARTS.values(), ids=WRONG_PARTS)
def test_parts_of_another_kind_are_refused_at_once_with_what_to_do(parts, complaint):
    for use in (
        lambda: federated.ClientDatasets(IMAGES, LABELS, parts),
        lambda: partition.heterogeneity(LABELS, parts),
    ):
        with pytest.raises(ValueError, match=complaint):
            use()


def test_an_example_belongs_to_one_client_once_unless_it_is_meant():
    between, within = [[1, 2, 5], [7, 5]], [[1, 2], [7, 8, 7]]
    with pytest.raises(ValueError, match=r"Position 5 is in parts\[0\] and in parts\[1\]"):
        federated.ClientDatasets(IMAGES, LABELS, between)
    with pytest.raises(ValueError, match=r"parts\[1\] holds position 7 twice"):
        federated.ClientDatasets(IMAGES, LABELS, within)
    for parts in (between, within):
        clients = federated.ClientDatasets(IMAGES, LABELS, parts, allow_overlaps=True)
        assert list(clients.num_examples) == [len(part) for part in parts]


def test_what_the_caller_changes_afterwards_changes_no_client():
    parts, labels = [part.copy() for part in PARTS], LABELS.copy()
    clients = federated.ClientDatasets(IMAGES, labels, parts)
    parts[0][:], labels[:] = 59, 0
    assert np.array_equal(clients.examples(0)[1], LABELS[PARTS[0]])


# Numbers

WHOLE = [3, 3.0, np.float64(3), np.float32(3), np.uint8(3), np.int64(3), np.array(3), 0.3 * 10]
NOT_WHOLE = [2.5, "3", True, np.bool_(True), float("nan"), float("inf"), [3], 3 + 0j, b"3"]


@pytest.mark.parametrize("value", [*WHOLE, tf.constant(3), 2.9999999999999996], ids=repr)
def test_a_whole_number_may_be_of_any_kind(value):
    found = arguments.whole("n", value, 1, 5)
    assert type(found) is int and found == 3


USES = {
    "num_clients": lambda n: partition.iid(LABELS, n, seed=0),
    "shards_per_client": lambda n: partition.label_shards(LABELS, 3, n, seed=0),
    "min_size": lambda n: partition.quantity_skew(LABELS, 3, 1, seed=0, min_size=n),
    "batch_size": lambda n: federated.ClientDatasets(IMAGES, LABELS, PARTS, batch_size=n),
    "local_epochs": lambda n: federated.ClientDatasets(IMAGES, LABELS, PARTS, local_epochs=n),
    "clients_per_round": lambda n: federated.sample_cohort(10, n, 1, seed=0),
    "round_num": lambda n: federated.sample_cohort(10, 2, n, seed=0),
    "client": lambda n: federated.ClientDatasets(IMAGES, LABELS, PARTS).examples(n),
    "num_volunteers": lambda n: data.volunteers_and_devices(LABELS, n),
    "seed": lambda n: models.logistic_regression(seed=n),
}  # fmt: skip


@pytest.mark.parametrize("name", USES)
def test_a_number_that_is_not_whole_is_refused_by_the_name_of_its_argument(name):
    for value in NOT_WHOLE:
        with pytest.raises(ValueError, match=f"{name} is "):
            USES[name](value)
    if name != "client":
        for value in WHOLE[:6]:
            USES[name](value)


@pytest.mark.parametrize(
    "use, complaint",
    [
        (lambda: partition.quantity_skew(LABELS, 3, 1, seed=0, min_size=-100), "min_size is -100"),
        (lambda: partition.dirichlet(LABELS, 3, 1, seed=0, min_size=-1), "min_size is -1"),
        (lambda: partition.dirichlet(LABELS, 3, "1", seed=0), "alpha is '1'"),
        (lambda: partition.dirichlet(LABELS, 3, np.ones(3), seed=0), "alpha is array"),
        (lambda: partition.dirichlet(LABELS, 3, True, seed=0), "alpha is True"),
        (lambda: partition.quantity_skew(LABELS, 3, np.inf, seed=0), "alpha is inf"),
        (lambda: partition.style_skew(IMAGES, 3, seed=0, noise=np.nan), "noise is nan"),
        (lambda: federated.sample_cohort(10, 0.5, 1, seed=0), "a share of something, round it"),
    ],
)  # fmt: skip
def test_a_number_out_of_range_is_refused_by_the_name_of_its_argument(use, complaint):
    with pytest.raises(ValueError, match=complaint):
        use()


def test_small_numpy_integers_do_not_overflow():
    labels = np.arange(1000) % 10
    for ours, usual in (
        (partition.label_shards(labels, np.uint8(200), np.uint8(2), seed=np.uint8(255)),
         partition.label_shards(labels, 200, 2, seed=255)),
        (partition.dirichlet(labels, np.uint8(50), np.float16(8), seed=1, min_size=np.uint8(6)),
         partition.dirichlet(labels, 50, 8.0, seed=1, min_size=6)),
        (partition.quantity_skew(labels, np.uint8(20), 1, seed=1, min_size=np.uint8(20)),
         partition.quantity_skew(labels, 20, 1, seed=1, min_size=20)),
        (models.cnn(np.uint8(200)).get_weights(), models.cnn(200).get_weights()),
        ([federated.sample_cohort(np.uint8(200), np.uint8(150), np.uint8(3), seed=np.int8(4))],
         [federated.sample_cohort(200, 150, 3, seed=4)]),
    ):  # fmt: skip
        assert all(np.array_equal(a, b) for a, b in zip(ours, usual, strict=True))


@pytest.mark.parametrize("seed", [None, -1, 0.5, "a", [1, 2]], ids=repr)
def test_a_seed_is_a_whole_number(seed):
    for use in (
        lambda: partition.iid(LABELS, 3, seed=seed),
        lambda: partition.label_shards(LABELS, 3, seed=seed),
        lambda: partition.dirichlet(LABELS, 3, 1, seed=seed, min_size=1),
        lambda: partition.quantity_skew(LABELS, 3, 1, seed=seed),
        lambda: partition.style_skew(IMAGES, 3, seed=seed),
        lambda: federated.ClientDatasets(IMAGES, LABELS, PARTS, seed=seed),
        lambda: federated.sample_cohort(3, 2, 1, seed=seed),
        lambda: data.volunteers_and_devices(LABELS, 5, seed=seed),
        lambda: models.perceptron_2nn(seed),
        lambda: models.cnn(seed),
    ):
        with pytest.raises(ValueError, match="seed is "):
            use()


# Labels

GAPS = {
    "NaN": np.where(np.arange(N) == 7, np.nan, LABELS),
    "NA": pd.Series(np.where(np.arange(N) == 7, np.nan, LABELS)).astype("Int64"),
    "None": np.where(np.arange(N) == 7, None, LABELS.astype(object)),
    "NaT": np.where(np.arange(N) == 7, "NaT", "2020-01-01").astype("M8[D]"),
    "None among strings": [None if i == 7 else "ab"[i % 2] for i in range(N)],
    "NaN among strings": [np.nan if i == 7 else "ab"[i % 2] for i in range(N)],
    "a mask": np.ma.masked_array(LABELS, mask=np.arange(N) == 7),
    "a missing category": pd.Series(["a", None] * (N // 2)).astype("category"),
}


@pytest.mark.parametrize("labels", GAPS.values(), ids=GAPS)
def test_missing_labels_are_counted_and_the_first_is_named(labels):
    for use in (
        lambda: partition.dirichlet(labels, 3, 1.0, seed=0, min_size=1),
        lambda: partition.label_shards(labels, 3, seed=0),
        lambda: partition.heterogeneity(labels, PARTS),
    ):
        with pytest.raises(ValueError, match=r"labels are missing; the first is labels\[[17]\] = "):
            use()
    # Where only the number of examples matters, every example is handed out.
    for parts in (partition.iid(labels, 3, seed=0), partition.quantity_skew(labels, 3, 1, seed=0)):
        assert sum(map(len, parts)) == N


@pytest.mark.parametrize(
    "labels",
    [list("abc") * 20, pd.Series(list("abc") * 20)[::-1], [0.5, -1, 2] * 20, [True, 2] * 30],
)
def test_a_partition_takes_labels_of_any_kind_that_can_be_sorted(labels):
    parts = partition.dirichlet(labels, 3, 5.0, seed=0, min_size=1)
    assert sorted(np.concatenate(parts)) == list(range(60))
    assert 0 <= partition.heterogeneity(labels, parts) <= 1


def test_labels_that_are_no_class_numbers_at_all_are_refused_with_what_to_do():
    texts = LABELS.astype(str)
    for labels, complaint in (
        (texts, "np.unique\\(labels, return_inverse=True\\)"),
        (list(texts), "labels holds '"),
        (pd.Series(texts), "labels holds '"),
        (np.where(np.arange(N) == 3, None, texts.astype(object)), "labels holds '"),
        (np.full(N, "2020-01-01", "M8[D]"), "labels holds"),
        (LABELS + 0j, "labels holds"),
        (np.eye(10)[LABELS], "labels.argmax\\(axis=1\\)"),
        (dict(enumerate(LABELS)), "labels is a dictionary"),
        (iter(LABELS), "labels is a"),
        (7, "labels is an int"),
        ([[1], [2, 3]], "rows have different lengths"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=complaint):
            federated.ClientDatasets(IMAGES, labels, PARTS)
        with pytest.raises(ValueError, match=complaint):
            federated.Evaluator(models.logistic_regression, IMAGES, labels)
    with pytest.raises(ValueError, match="can't be sorted"):
        partition.dirichlet(np.array([1, "a"] * 30, object), 3, 1.0, seed=0)


BAD_VALUES = [np.nan, np.inf, -1, -0.5, 3.5, 2.0**40, None, pd.NA]


@pytest.mark.parametrize("value", BAD_VALUES, ids=repr)
def test_a_label_that_is_no_class_number_is_named_with_its_client_and_never_converted(value):
    labels = LABELS.astype(object)
    labels[9] = value
    clients = federated.ClientDatasets(IMAGES, labels, PARTS)
    assert np.array_equal(clients.examples(0)[1], LABELS[PARTS[0]])
    for use in (clients.examples, clients.dataset, lambda client: clients.cohort([0, client])):
        with pytest.raises(ValueError, match=r"Client 1: 1 of its 23 labels is .*labels\[9\] = "):
            use(1)
    with pytest.raises(ValueError, match=r"1 of the 60 labels.*labels\[9\] = "):
        federated.Evaluator(models.logistic_regression, IMAGES, labels)


def test_whole_floats_and_booleans_are_class_numbers():
    for labels in (LABELS.astype(float), LABELS > 4, LABELS.astype(np.uint64), [1.0, 0] * 30):
        numbers, usable = labeling.class_numbers(labels)
        assert numbers.dtype == np.int32 and usable.all()
        assert np.array_equal(numbers, np.asarray(labels).astype(int))
