"""The runtime in this process: what a client's data set gives, batch by batch, is what it gives in
TFF's worker, in the very same order."""

import functools
from collections import OrderedDict

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_federated as tff
from tensorflow_federated.python.core.impl.types import computation_types

from fedtutor.clients import ClientDatasets
from fedtutor.runtime import inprocess
from fedtutor.runtime.dataset_reader import read
from tests.both_runtimes import mapped, on_clients

Data = tf.data.Dataset
X = np.arange(22, dtype=np.float32).reshape(11, 2)
Y = np.arange(11, dtype=np.int32)


def pairs(chosen=slice(None)):
    return Data.from_tensor_slices((X[chosen], Y[chosen]))


def numbers():
    return Data.from_tensor_slices(Y)


def text(*element):
    """All that there is in an element: the shapes and the values."""
    parts = []
    for tensor in tf.nest.flatten(element):
        values = tensor if tensor.dtype == tf.string else tf.strings.as_string(tensor)
        shape = tf.strings.as_string(tf.shape(tensor))
        parts += [tf.strings.reduce_join(shape, separator="x"), ":"]
        parts += [tf.strings.reduce_join(tf.reshape(values, [-1]), separator=","), " "]
    return tf.strings.join([*parts, "|"])


def whole(dataset):
    """All the elements of a data set, in order."""
    return dataset.reduce("", lambda said, *element: said + text(*element))


# Data sets whose elements are all of one type, by name: each is one client's.


def batches_of_pairs():
    return {
        "batch": pairs().batch(4),
        "one batch, exactly": pairs().batch(11),
        "a batch larger than the data": pairs().batch(40),
        "shuffle": pairs().shuffle(20, seed=3).batch(4),
        "shuffle with a small buffer": pairs().shuffle(3, seed=3).batch(4),
        "shuffle twice": pairs().shuffle(10, seed=3).shuffle(4, seed=9).batch(4),
        "shuffle, the same in each epoch": (
            pairs().shuffle(20, seed=3, reshuffle_each_iteration=False).repeat(2).batch(4)
        ),
        "shuffle, repeat": pairs().shuffle(20, seed=3).repeat(3).batch(4),
        "shuffle, prefetch, repeat": pairs().shuffle(20, seed=3).prefetch(1).repeat(3).batch(4),
        "repeat, shuffle": pairs().repeat(3).shuffle(10, seed=3).batch(4),
        "shuffle, batch, repeat": pairs().shuffle(7, seed=5).batch(4).repeat(2),
        "shuffle, batch without remainder, repeat": (
            pairs()
            .shuffle(7, seed=5)
            .batch(4, drop_remainder=True)
            .repeat(2)
            .map(lambda x, y: (x, y))
        ),
        "batch, repeat": pairs().batch(4).repeat(2),
        "batch, shuffle, repeat": pairs().batch(4).shuffle(3, seed=1).repeat(3),
        "shuffle, take, repeat": pairs().shuffle(7, seed=5).take(5).repeat(2).batch(3),
        "shuffle, skip": pairs().shuffle(7, seed=5).skip(5).batch(3),
        "shuffle, shard": pairs().shuffle(7, seed=5).shard(2, 1).batch(3),
        "take, shuffle": pairs().take(7).shuffle(7, seed=5).batch(3),
        "batch, take": pairs().batch(4).take(2),
        "batch, skip": pairs().batch(4).skip(2),
        "batch, shard": pairs().batch(4).shard(2, 0),
        "shard, batch": pairs().shard(3, 1).batch(2),
        "repeat nothing": pairs().repeat(0).batch(4),
        "prefetch": pairs().batch(4).prefetch(2),
        "cache, shuffle": pairs().cache().shuffle(11, seed=4).batch(4),
        "concatenate": pairs().concatenate(pairs(slice(3))).batch(4),
        "filter": pairs().filter(lambda x, y: y % 2 == 0).batch(4),
        "filter everything out": pairs().filter(lambda x, y: y < 0).batch(4),
        "filter, shuffle, repeat": (
            pairs().filter(lambda x, y: y > 1).shuffle(9, seed=6).repeat(2).batch(4)
        ),
        "map after batch": pairs().batch(4).map(lambda x, y: (x * 2, y + 1)),
        "map before batch": pairs().map(lambda x, y: (x * 2, y + 1)).batch(4),
        "map, shuffle": pairs().map(lambda x, y: (x * 2, y)).shuffle(5, seed=2).batch(4),
        "map in parallel": pairs().map(lambda x, y: (x * 2, y), num_parallel_calls=2).batch(4),
        "map with a condition": (
            pairs().map(lambda x, y: (tf.cond(y > 4, lambda: x, lambda: -x), y)).batch(4)
        ),
        "batch again": pairs().batch(4).unbatch().batch(3),
        "ragged batches": pairs().batch(4).concatenate(pairs(slice(1)).batch(4)).repeat(2),
        "grouped": pairs().group_by_window(
            lambda x, y: tf.cast(y % 2, tf.int64), lambda _, group: group.batch(3), 3
        ),
        "no rows": pairs(slice(0)).batch(4),
        "no rows, shuffle, repeat": pairs(slice(0)).shuffle(4, seed=1).repeat(2).batch(4),
        "one row": pairs(slice(1)).shuffle(4, seed=1).batch(4),
        "a list of batches": [(X[:3], Y[:3]), (X[3:5], Y[3:5])],
        **put_together(),
    }


def put_together():
    """Batches that somebody has put together beforehand, as `ClientDatasets` does."""

    def batches(start, number, size):
        rows = slice(start, start + number * size)
        return Data.from_tensor_slices(
            (X[rows].reshape(number, size, 2), Y[rows].reshape(number, size))
        )

    epoch = batches(0, 3, 3).concatenate(batches(9, 1, 2))
    return {
        "put together": batches(0, 3, 3),
        "put together, a single one": batches(0, 1, 7),
        "put together, all smaller": batches(0, 2, 2),
        "put together, the last one smaller": epoch,
        "put together, epochs": epoch.concatenate(epoch).prefetch(1).concatenate(epoch),
        "put together, the last one larger": batches(0, 3, 1).concatenate(batches(3, 2, 3)),
        "put together, alternating": functools.reduce(
            Data.concatenate, [batches(0, 1, 1 + i % 2) for i in range(6)]
        ),
        "put together, mapped": epoch.map(lambda x, y: (x * 2, y + 1)),
        "put together, a single one, mapped": batches(0, 1, 5).map(lambda x, y: (x * 2, y + 1)),
        "put together, empty ones": batches(0, 2, 0),
        "put together, empty ones and others": batches(0, 2, 0).concatenate(batches(0, 2, 3)),
        "put together, none": batches(0, 0, 3),
        "put together, shuffled": batches(0, 3, 2).shuffle(3, seed=1).repeat(2),
    }


def single_numbers():
    return {
        "rows": numbers(),
        "shuffle": numbers().shuffle(11, seed=8),
        "no rows": numbers().take(0),
        "unbatch": numbers().batch(4).unbatch(),
        "range": Data.range(10, output_type=tf.int32),
        "from tensors": Data.from_tensors(np.int32(7)).repeat(3),
        "flat map": Data.range(4)
        .flat_map(lambda i: Data.range(i))
        .map(lambda i: tf.cast(i, tf.int32)),
        "windows": numbers().window(3).flat_map(lambda window: window.take(2)),
        "scan": numbers().scan(0, lambda total, y: (total + y, total + y)),
        "take while": numbers().take_while(lambda y: y < 5),
        "interleave": numbers().interleave(
            lambda y: Data.from_tensors(y).repeat(2), cycle_length=3
        ),
        "from several": Data.sample_from_datasets([numbers(), numbers()], [0.5, 0.5], seed=3),
        "unique": numbers().map(lambda y: y % 3).unique(),
        "a list": [3, 1, 2],
        "an empty list": [],
    }


def whole_batches():
    return {
        "drop the remainder": numbers().batch(4, drop_remainder=True),
        "drop all": numbers().take(3).batch(4, drop_remainder=True),
        "shuffle, repeat": numbers().shuffle(9, seed=2).repeat(3).batch(4, drop_remainder=True),
        "drop, repeat": numbers().batch(4, drop_remainder=True).repeat(2),
    }


def dictionaries():
    return {
        "rows": Data.from_tensor_slices(OrderedDict(b=Y, a=Y + 100)),
        "shuffle": Data.from_tensor_slices(OrderedDict(b=Y, a=Y + 100)).shuffle(11, seed=1),
        "map": numbers().map(lambda y: OrderedDict(b=y, a=y + 100)),
        "a list": [OrderedDict(b=1, a=2), OrderedDict(b=3, a=4)],
    }


def strings():
    return {
        "rows": Data.from_tensor_slices(["a", "bcd", "", "e"]).batch(3),
        "shuffle": Data.from_tensor_slices(["a", "bcd", "", "e"]).shuffle(4, seed=2).batch(2),
    }


# One of each type, and so a computation for each: what kinds of elements there can be.
def others():
    return {
        "nested": Data.from_tensor_slices((OrderedDict(a=X, b=Y), (Y, (X,)))).batch(3),
        "bool": Data.from_tensor_slices(Y > 4).batch(3),
        "uint8": Data.from_tensor_slices(Y.astype(np.uint8)).shuffle(9, seed=1).batch(3),
        "float16": Data.from_tensor_slices(X.astype(np.float16)).batch(3),
        "zip": Data.zip((Data.range(4), Data.from_tensor_slices(X))).batch(2),
        "enumerate": numbers().enumerate().batch(2),
        "padded": Data.range(1, 6).map(lambda i: tf.ones([i])).padded_batch(2),
        "map to one number": pairs().batch(4).map(lambda x, y: tf.reduce_sum(x)),
        "map to a dictionary": pairs().batch(4).map(lambda x, y: OrderedDict(y=y, x=x)),
    }


def sequence_of(group):
    """The type of the group's data sets."""
    spec = next(iter(group.values())).element_spec
    return tff.SequenceType(computation_types.tensorflow_to_type(spec))


@pytest.mark.parametrize(
    "make_group", [batches_of_pairs, single_numbers, whole_batches, dictionaries, strings]
)
def test_each_data_set_gives_in_two_rounds_what_it_gives_in_the_worker(both, make_group):
    group = make_group()
    compute = mapped(whole, sequence_of(group))
    both(lambda: [dict(zip(group, compute(list(group.values())), strict=True)) for _ in range(2)])


def test_elements_of_any_kind_are_those_of_the_worker(both):
    for name, dataset in others().items():
        compute = mapped(whole, sequence_of({name: dataset}))
        both(lambda compute=compute, dataset=dataset: compute([dataset]))


@pytest.fixture(scope="module")
def shuffled():
    group = batches_of_pairs()
    names = ("shuffle", "shuffle, repeat", "shuffle, batch, repeat", "cache, shuffle")
    return {name: group[name] for name in names}


@pytest.mark.parametrize(
    "passes",
    [
        lambda data: (whole(data), whole(data), whole(data)),
        lambda data: (whole(data.take(2)), whole(data.repeat(2)), whole(data)),
        lambda data: (whole(data.map(lambda x, y: y)), whole(data.shuffle(2, seed=1))),
    ],
    ids=["three", "parts", "pipelines"],
)
def test_each_pass_over_a_shuffled_data_set_has_the_order_that_it_has_in_the_worker(
    both, shuffled, passes
):
    sequence = sequence_of(shuffled)
    compute = mapped(tf.function(passes), sequence)
    both(lambda: compute(list(shuffled.values())))


def test_each_computation_of_a_round_sees_a_data_set_from_its_beginning(both, shuffled):
    sequence = sequence_of(shuffled)
    one = tff.tensorflow.computation(whole, sequence)
    other = tff.tensorflow.computation(lambda data: whole(data.repeat(2)), sequence)

    @tff.federated_computation(on_clients(sequence))
    def compute(datasets):
        return tff.federated_map(one, datasets), tff.federated_map(other, datasets)

    for first, second in zip(*both(lambda: compute(list(shuffled.values()))), strict=True):
        assert second.startswith(first)


def test_a_loop_over_a_data_set_sees_what_a_reduction_sees(both, shuffled):
    def loop(data):
        said = ""
        for element in data:
            said += text(element)
        return said

    def iterate(data):
        said = ""
        for element in iter(data):
            said += text(element)
        return said

    sequence = sequence_of(shuffled)
    for function in (loop, iterate):
        compute = mapped(tf.function(function), sequence)
        both(lambda compute=compute: compute(list(shuffled.values())))


def test_a_data_set_made_by_python_is_shuffled_like_any_other(both):
    def numbers_of_python():
        yield from range(5)

    # The worker cannot go back to this Python for the elements.
    dataset = Data.from_generator(
        numbers_of_python, output_signature=tf.TensorSpec([], tf.int32)
    ).shuffle(3, seed=1)
    compute = mapped(whole, tff.SequenceType(np.int32))
    with both.running(both.ours):
        first, second = compute([dataset, dataset])
    assert first == second and sorted(first) == sorted(b":0 |:1 |:2 |:3 |:4 |")


def test_a_data_set_goes_out_as_it_came_in(both):
    @tff.federated_computation(
        tff.FederatedType(tff.SequenceType(OrderedDict(b=np.int32, a=np.int32)), tff.CLIENTS)
    )
    def same(datasets):
        return datasets

    both(lambda: same(list(dictionaries().values())))


def test_most_data_sets_are_read_as_rows():
    """What is compared above would prove little if all went through `tf.data` as it is."""
    group = batches_of_pairs()
    spec = tf.nest.flatten(group["batch"].element_spec)
    kinds = {
        name: read(data, spec)[0].kind for name, data in group.items() if not isinstance(data, list)
    }
    assert list(kinds.values()).count("rows") > len(group) / 2
    assert kinds["shuffle, repeat"] == kinds["map after batch"] == "rows"
    assert kinds["put together, epochs"] == kinds["put together, a single one"] == "batches"
    assert not {kinds["filter"], kinds["concatenate"]} & {"rows", "batches"}


# Clients hold different numbers of examples. How many functions are traced must not depend on it.

SIZES = (19, 131, 116, 40, 60, 97, 3, 20, 1, 80)  # real people hold such numbers of digits


def client_datasets(sizes, **kwargs):
    """What `ClientDatasets` makes for clients that hold so many examples."""
    ends = np.cumsum(sizes)
    parts = [np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    images, labels = np.ones((ends[-1], 2, 2), np.float32), np.arange(ends[-1]) % 10
    clients = ClientDatasets(images, labels, parts, **kwargs)
    return clients.cohort(range(len(sizes)))


def sliced(sizes, then):
    return [
        then(Data.from_tensor_slices((np.ones((n, 2), np.float32), np.arange(n)))) for n in sizes
    ]


WAYS = {
    "B = 10": lambda sizes: client_datasets(sizes, batch_size=10),
    "B = 20, E = 3": lambda sizes: client_datasets(sizes, batch_size=20, local_epochs=3),
    "B = infinity": lambda sizes: client_datasets(sizes, batch_size=None),
    "B = infinity, E = 3": lambda sizes: client_datasets(sizes, batch_size=None, local_epochs=3),
    "B = 1000": lambda sizes: client_datasets(sizes, batch_size=1000),
    "mapped": lambda sizes: [
        data.map(lambda x, y: (2 * x, y)) for data in client_datasets(sizes, batch_size=None)
    ],
    "shuffle, batch": lambda sizes: sliced(sizes, lambda rows: rows.shuffle(200).batch(20)),
    "shuffle, batch, repeat": lambda sizes: sliced(sizes, lambda r: r.shuffle(200).batch(20).repeat(2)),
    "shuffle, one batch": lambda sizes: sliced(sizes, lambda r: r.shuffle(200).batch(len(r))),
    "one batch, repeat": lambda sizes: sliced(sizes, lambda r: r.batch(len(r)).repeat(2)),
    "five steps": lambda sizes: sliced(sizes, lambda r: r.batch(-(-len(r) // 5))),
    "shuffled batches": lambda sizes: [
        data.shuffle(5) for data in client_datasets(sizes, batch_size=None)
    ],
    "one element": lambda sizes: [
        Data.from_tensors((np.ones((n, 2), np.float32), np.arange(n))) for n in sizes
    ],
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_clients_of_different_sizes_need_no_more_functions_than_clients_of_one_size(
    way, monkeypatch
):
    traced, trace = [], inprocess._trace
    monkeypatch.setattr(inprocess, "_trace", lambda *args: traced.append(args) or trace(*args))
    (x_spec, y_spec) = way([5])[0].element_spec
    spec = tff.SequenceType(
        (tff.TensorType(np.float32, [None, *x_spec.shape[1:]]),
         tff.TensorType(y_spec.dtype.as_numpy_dtype, [None]))
    )  # fmt: skip
    count = tff.tensorflow.computation(
        lambda data: data.reduce((0, 0.0), lambda n, e: (n[0] + tf.size(e[1]), n[1] + tf.reduce_sum(e[0]))),
        spec,
    )  # fmt: skip

    @tff.federated_computation(on_clients(spec))
    def totals(datasets):
        return tff.federated_map(count, datasets)

    with tff.framework.get_context_stack().install(inprocess.Context(2)):
        for data, most in ((way(SIZES), 1), (way(SIZES[::-1]), 1), *((way([n]), 3) for n in SIZES)):
            expected = [sum(len(y) for _, y in dataset) for dataset in data]
            assert [number for number, _ in totals(data)] == expected
            assert len(traced) <= most
