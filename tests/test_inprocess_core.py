"""The runtime in this process: a hand-written federated computation gives what it gives in TFF's
worker."""

from collections import OrderedDict, namedtuple

import attrs
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_federated as tff

from tests.both_runtimes import CLIENTS, SERVER, mapped, on_clients, on_server, same, vector

federated, compiled = tff.federated_computation, tff.tensorflow.computation
f32, i32, text = np.float32, np.int32, np.str_
Pair = namedtuple("Pair", "y x")


@attrs.define
class Attrs:
    y: object
    x: object


# Operators


@same
def test_sums_and_means_and_extremes_of_many_one_and_no_clients():
    struct = OrderedDict(b=vector(f32, 2), a=f32)

    @federated(on_clients(struct), on_clients(f32), on_clients(i32))
    def compute(structs, weights, integers):
        return (
            tff.federated_sum(structs), tff.federated_sum(integers), tff.federated_mean(structs),
            tff.federated_mean(structs, weights), tff.federated_mean(weights, integers),
            tff.federated_min(structs), tff.federated_max(integers), tff.federated_min(integers),
        )  # fmt: skip

    one, other = OrderedDict(b=[1.0, -2.0], a=3.0), OrderedDict(b=[0.0, 5.0], a=-3.0)
    return (
        compute([one, other, one], [1.0, 3.0, 0.5], [4, -2, 1]),
        compute([one, other], [0.0, 0.0], [0, 0]),
        compute([other], [2.0], [7]),
        compute([], [], []),
    )


@same
def test_an_aggregation_of_ones_own():
    so_far = OrderedDict(n=i32, s=f32)
    accumulate = compiled(
        lambda a, v: OrderedDict(n=a["n"] + 1, s=a["s"] + v * v), so_far, f32
    )  # fmt: skip
    merge = compiled(lambda a, b: OrderedDict(n=a["n"] + b["n"], s=a["s"] + b["s"]), so_far, so_far)
    report = compiled(lambda a: (a["s"], a["n"]), so_far)

    @federated(on_clients(f32))
    def compute(values):
        return tff.federated_aggregate(values, OrderedDict(n=0, s=0.0), accumulate, merge, report)

    return compute([1.0, 2.0, 3.0]), compute([4.0]), compute([])


@same
def test_an_aggregate_that_grows_with_every_client():
    rows = vector(f32)
    accumulate = compiled(lambda a, v: tf.concat([a, [v]], 0), rows, f32)
    merge = compiled(lambda a, b: tf.concat([a, b], 0), rows, rows)
    report = compiled(lambda a: tf.sort(a), rows)
    zero = compiled(lambda: tf.zeros([0]))

    @federated(on_clients(f32))
    def compute(values):
        return tff.federated_aggregate(values, zero(), accumulate, merge, report)

    return compute([1.0, 3.0, 2.0]), compute([])


def test_an_aggregation_may_use_a_constant_from_outside(both):
    """TFF's worker cannot run it: "Could not find reference"."""
    add = compiled(lambda a, b: a + b, f32, f32)
    add_scaled = compiled(lambda a, b, c: a + b * c, f32, f32, f32)
    ten = compiled(lambda: tf.constant(10.0))

    @federated(on_clients(f32))
    def compute(values):
        scale = ten()
        accumulate = federated(lambda a, v: add_scaled(a, v, scale), f32, f32)
        report = federated(lambda a: add(a, scale), f32)
        return tff.federated_aggregate(values, 0.0, accumulate, add, report)

    with both.running(both.ours):
        assert (compute([1.0, 2.0, 3.0]), compute([])) == (70.0, 10.0)


@same
def test_what_is_computed_from_an_aggregate_and_sent_out_again():
    distance = compiled(lambda value, mean: (value - mean) ** 2, f32, f32)
    less = compiled(lambda value, other: value - other, f32, f32)

    @federated(on_clients(f32), on_server(f32))
    def compute(values, offset):
        mean = tff.federated_mean(values)
        sent = tff.federated_broadcast(mean)
        variance = tff.federated_mean(tff.federated_map(distance, (values, sent)))
        centred = tff.federated_map(less, (values, sent))
        most = tff.federated_broadcast(tff.federated_max(centred))
        last = tff.federated_map(less, (centred, most))
        moved = tff.federated_map(less, (mean, offset))
        return mean, variance, centred, last, tff.federated_sum(last), moved, sent

    return compute([1.0, 2.0, 6.0], 0.5), compute([3.0], 0.0)


@same
def test_values_and_evaluations_at_either_place():
    three = compiled(lambda: tf.constant(3))

    @federated(on_clients(i32))
    def compute(values):
        return (
            values, tff.federated_value(5, CLIENTS), tff.federated_value([1, (2.0, "s")], SERVER),
            tff.federated_eval(three, CLIENTS), tff.federated_eval(three, SERVER),
            tff.federated_sum(tff.federated_value(7, CLIENTS)), three(), 8, "text",
        )  # fmt: skip

    return compute([1, 2]), compute([4])


@same
def test_zips_selections_and_one_value_in_several_places():
    struct = OrderedDict(b=i32, a=(f32, i32))

    @federated(on_clients(struct), on_server(i32), on_server(f32), on_clients(i32, all_equal=True))
    def compute(structs, number, fraction, shared):
        b, a = structs["b"], structs["a"]
        again = tff.federated_zip(OrderedDict(z=OrderedDict(r=a[0], s=b), y=b))
        return (
            again, tff.federated_zip((number, fraction)), tff.federated_zip([a[1], a[0]]), b, b, b,
            tff.federated_sum(a[1]), shared, tff.federated_sum(shared), fraction,
        )  # fmt: skip

    one, other = OrderedDict(b=1, a=(2.0, 3)), OrderedDict(b=4, a=(5.0, 6))
    return compute([one, other], 7, 8.0, 9)


@same
def test_each_client_selects_what_it_asks_for():
    table = vector(text, 3)
    choose = compiled(lambda rows, key: tf.gather(rows, key), table, i32)
    join = compiled(
        lambda chosen: chosen.reduce("", lambda said, row: said + row), tff.SequenceType(text)
    )

    @federated(on_clients(vector(i32, 2)), on_server(i32), on_server(table))
    def compute(keys, most, rows):
        return tff.federated_map(join, tff.federated_select(keys, most, rows, choose))

    return compute([[0, 1], [1, 2], [2, 2]], 3, ["a", "b", "c"])


@same
def test_a_sequence_is_reduced_on_the_clients_and_on_the_server():
    matrix = tff.SequenceType(tff.TensorType(f32, [None, 2]))
    add = compiled(lambda total, x: total + tf.reduce_sum(x), f32, matrix.element)
    reduce = federated(lambda sequence: tff.sequence_reduce(sequence, 0.0, add), matrix)

    @federated(on_clients(matrix), on_server(matrix))
    def compute(sequences, sequence):
        return tff.federated_map(reduce, sequences), tff.federated_map(reduce, sequence)

    batches = tf.data.Dataset.from_tensor_slices(np.arange(22, dtype=f32).reshape(11, 2)).batch(4)
    return compute([batches, batches.filter(lambda x: x[0, 0] > 0), batches.take(0)], batches)


def test_the_parts_of_a_sequences_elements_keep_their_names(both):
    """`tf.data` sorts them, TFF does not. TFF's worker runs neither map nor sum."""
    element = OrderedDict(b=i32, a=i32)
    digits = compiled(lambda said, x: said * 10 + x["b"], i32, element)
    times_ten = compiled(lambda x: OrderedDict(z=x["b"] * 10, c=x["a"]), element)

    @federated(tff.SequenceType(element))
    def compute(sequence):
        ten = tff.sequence_map(times_ten, sequence)
        return tff.sequence_reduce(sequence, 0, digits), tff.sequence_sum(ten), ten

    rows = tf.data.Dataset.from_tensor_slices(OrderedDict(b=[1, 2, 3], a=[7, 8, 9]))
    for sequence in (
        rows,
        rows.filter(lambda x: True),
        [OrderedDict(b=i, a=i + 6) for i in (1, 2, 3)],
    ):
        with both.running(both.ours):
            said, total, ten = compute(sequence)
        assert (said, total) == (123, OrderedDict(z=60, c=24))
        assert list(ten.as_numpy_iterator())[0] == OrderedDict(z=10, c=7)


# Types


@pytest.mark.parametrize("container", [dict, OrderedDict, Pair, Attrs, "tuple", "list"])
def test_every_container_comes_out_as_it_went_in(both, container):
    if container == "tuple":
        make = lambda y, x: (y, (x,))  # noqa: E731
    elif container == "list":
        make = lambda y, x: [y, x]  # noqa: E731
    else:
        make = lambda y, x: container(x=x, y=y)  # noqa: E731
    again = compiled(lambda value: value, tff.to_type(make(i32, f32)))

    @federated(again.type_signature.parameter, on_clients(again.type_signature.parameter))
    def compute(one, several):
        return again(one), tff.federated_map(again, several), tff.federated_sum(several)

    both(lambda: (again(make(1, 2.0)), compute(make(1, 2.0), [make(3, 4.0), make(5, 6.0)])))


@pytest.mark.parametrize(
    "dtype, values",
    [
        (np.bool_, [True, False]), (np.int8, [1, -2]), (np.uint8, [1, 255]), (np.int64, [1, 2**40]),
        (np.uint32, [1, 2**31]), (np.uint64, [1, 2]), (np.float16, [1.5, 2.5]),
        (np.float64, [1 / 3, 2 / 3]), (np.complex64, [1 + 2j, 3j]), (np.str_, ["a", "bc"]),
    ],
)  # fmt: skip
def test_every_dtype_goes_in_and_out(both, dtype, values):
    @federated(on_clients(dtype), on_clients(vector(dtype, 2)), dtype)
    def compute(scalars, vectors, scalar):
        given = [scalars, vectors, scalar, tff.federated_value(scalar, SERVER)]
        return given if dtype in (np.bool_, np.str_) else [*given, tff.federated_sum(scalars)]

    array = np.array(values, dtype)
    both(lambda: compute([dtype(value) for value in values], [array, array], dtype(values[0])))
    both(lambda: compute(values, [values, values], values[1]))


@same
def test_arguments_of_every_form():
    several = compiled(lambda x, y, z: z * y + tf.cast(x, f32), i32, f32, vector(f32, 2))
    nothing = compiled(lambda x: (), i32)
    unknown = mapped(lambda x: (tf.reduce_sum(x), tf.shape(x), x), vector(f32))
    join = compiled(lambda x: tf.strings.reduce_join(x), vector(text))
    return (
        several(1, 2.0, [3.0, 4.0]), several(np.int32(1), 2.0, tf.constant([3.0, 4.0])),
        nothing(1), mapped(lambda x: (), i32)([1, 2]), unknown([[1.0], [1.0, 2.0], []]),
        join(["a", "b"]), join(np.array([b"a", b"bb"])), join([]),
        mapped(lambda x: -x, i32)([tf.constant(1), np.int32(2), 3]),
    )  # fmt: skip


# Refusals


@pytest.mark.parametrize(
    "value, message",
    [
        ([1, 2.5], r"Client 1 of the list: .*int32.*2\.5"),
        ([1, [2]], r"Client 1 of the list: .*int32"),
        ([1, "2"], "Client 1 of the list"),
        ([2**40, 1], "Client 0 of the list"),
        (np.array(3), "list"),
        (3, "list"),
    ],
    ids=["dtype", "shape", "text", "too large", "array", "not a list"],
)
def test_a_clients_value_of_the_wrong_type_is_refused_by_its_number(both, value, message):
    compute = mapped(lambda x: x, i32)
    with both.running(both.ours), pytest.raises(TypeError, match=message):
        compute(value)


def test_a_clients_data_set_of_the_wrong_type_is_refused_by_its_number(both):
    compute = mapped(lambda data: data.reduce(0, lambda s, x: s + x), tff.SequenceType(i32))
    right = tf.data.Dataset.range(3, output_type=tf.int32)
    with both.running(both.ours):
        for wrong in (tf.data.Dataset.range(3), right.batch(2), 7, ["a"]):
            with pytest.raises(TypeError, match="Client 1 of the list"):
                compute([right, wrong, right])
        assert compute([right, [4]]) == [3, 4]


def test_lists_for_different_numbers_of_clients_are_refused(both):
    @federated(on_clients(i32), on_clients(i32))
    def compute(values, others):
        return tff.federated_sum(values), tff.federated_sum(others)

    with both.running(both.ours), pytest.raises(ValueError, match=r"\[2, 3\]"):
        compute([1, 2], [1, 2, 3])


def test_an_error_in_a_clients_data_names_the_client_and_the_next_computation_works(both):
    compute = mapped(lambda data: data.reduce(0, lambda s, x: s + x), tff.SequenceType(i32))

    def dividing_by(divisor):
        return tf.data.Dataset.range(3, output_type=tf.int32).map(lambda x: (x + 1) // divisor)

    with both.running(both.ours):
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            compute([dividing_by(1), dividing_by(1), dividing_by(0)])
        assert "client 2" in "".join(caught.value.__notes__)
        assert compute([dividing_by(1), dividing_by(2)]) == [6, 2]


@pytest.mark.parametrize(
    "secret",
    [
        lambda values: tff.federated_secure_sum(values, 10),
        lambda values: tff.federated_secure_sum_bitwidth(values, 4),
        lambda values: (
            tff.aggregators.SecureModularSumFactory(100)
            .create(tff.to_type(i32))
            .next(tff.federated_value((), SERVER), values)
            .result
        ),
    ],
    ids=["sum", "sum of bit width", "modular sum"],
)
def test_a_secure_sum_is_the_sum(both, secret):
    compute = federated(secret, on_clients(i32))
    with both.running(both.ours):
        assert compute([1, 2]) == 3
