"""What counts as the same answer, what differs and how that is said, and how values travel."""

import pickle
import struct
import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fedtutor.exercises import codec
from fedtutor.exercises.numeric import array_of_numbers, numeric_slip
from fedtutor.exercises.values import Other, difference, plain, short

numbers = st.one_of(st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False))
leaves = st.one_of(
    st.none(), numbers, st.text(), st.binary(),
    arrays.arrays(
        st.sampled_from([np.float32, np.int64, np.uint8, np.bool_]),
        arrays.array_shapes(min_dims=1, max_dims=3, max_side=3),
        elements={"allow_nan": False},
    ),
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.text(), st.integers(-100, 100)), inner, max_size=3),
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(values)
def test_a_value_arrives_as_it_was_sent_and_equals_itself(value):
    there = codec.loads(codec.dumps(plain(value)))
    assert type(there) is type(plain(value))
    if there is not None:
        assert difference(plain(value), there, tolerance=0.0) is None


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_break_off_are_refused(data):
    with pytest.raises(codec.CodecError, match="no value"):
        codec.loads(b"\xff" + data)  # 255 bytes are announced, or many more


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_value_are_refused(data):
    with pytest.raises(codec.CodecError, match="no value"):
        codec.loads(struct.pack("<Q", len(data) + 1) + b"x" + data)


def test_nothing_that_travels_can_carry_code(tmp_path):
    class Evil:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").touch, ())

    objects = np.array([Evil()], dtype=object)
    with pytest.raises(ValueError, match="allow_pickle"):
        codec.dumps(objects)
    with pytest.raises(codec.CodecError):
        codec.loads(pickle.dumps(Evil()))
    assert isinstance(codec.loads(codec.dumps(plain(Evil()))), Other)
    assert not tmp_path.joinpath("ran").exists()


@pytest.mark.parametrize(
    "same",
    [
        0.1 + 0.2, np.float32(0.3), np.array(0.3), np.array([0.3])[0], tf.constant(0.3),
        tf.Variable(0.3), pd.Series([0.3]).mean(),
    ],
)  # fmt: skip
def test_a_number_is_a_number_whichever_library_made_it(same):
    assert difference(0.3, plain(same)) is None


@pytest.mark.parametrize(
    "same",
    [
        [1, 2, 3], (1, 2, 3), np.array([1, 2, 3]), np.array([1.0, 2.0, 3.0], np.float32),
        tf.constant([1, 2, 3]), pd.Series([1, 2, 3]), range(1, 4), [np.int64(1), 2.0, 3],
    ],
)  # fmt: skip
def test_a_list_of_numbers_may_be_a_list_an_array_or_a_tensor(same):
    assert difference([1, 2, 3], plain(same)) is None


@pytest.mark.parametrize(
    "expected, given, said",
    [
        (1.0, None, "`return` missing"),
        (1.0, 1.01, "1.01, where 1 is expected"),
        (5900, 5901, "5901, where 5900 is expected"),
        (1.0, "1.0", "a string, where a number is expected"),
        (True, 3, "3, where True is expected"),
        (1.0, float("nan"), "nan, where 1 is expected"),
        ([1, 2], [1, 2, 3], "3 values, where 2 are expected"),
        ([1, 2], [1, 3], "[1, 3], where [1, 2] is expected"),
        ([1, 2], 1, "a number, where a list is expected"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "the shape (3, 2), where (2, 3) is expected"),
        (np.zeros(20), np.ones(20), "in place 0: 1, where 0 is expected"),
        ([np.zeros(2), np.zeros(3)], [np.zeros(2)], "1 value, where 2 are expected"),
        ([np.zeros(2), np.zeros(3)], [np.zeros(2), np.ones(3)], "in place 1: [1, 1, 1], where"),
        ({"a": 1}, {}, "without 'a'"),
        ({"a": 1}, {"a": 1, "b": 2}, "with 'b'"),
        ({"a": 1}, {"a": 2}, "under 'a': 2, where 1 is expected"),
        ("c", "d", "'d', where 'c' is expected"),
    ],
)
def test_a_difference_is_said_in_words(expected, given, said):
    assert said in difference(expected, plain(given))


def test_something_else_is_named_by_its_type():
    assert "type object, where a number is expected" in difference(1.0, plain(object()))
    assert "type generator" in difference([1], plain(x for x in [1]))


def test_long_values_are_cut():
    assert len(short(list(range(1000)))) < 100
    assert short(np.zeros((5, 5))) == "an array of shape (5, 5)"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_of_a_float32_no_digit_is_shown_that_another_processor_computes_differently(dtype):
    expected = np.zeros((4, 4), np.float32)
    given = [np.full((4, 4), number, dtype) for number in (1.4662511, 1.4662499)]
    first, second = (difference(expected, array) for array in given)
    assert first == second == "in place (0, 0): 1.46625, where 0 is expected."
    # A small array is shown whole.
    first, second = (difference(expected[0, :2], array[0, :2]) for array in given)
    assert first == second == "[1.46625, 1.46625], where [0, 0] is expected."


TEXTS = ["x" * 100_000] + [""] * 5_000  # 2 GB where each has the room of the longest


@pytest.mark.parametrize(
    "expected, given",
    [
        (1.0, TEXTS),
        ([1, 2], TEXTS),
        (np.zeros(2), [TEXTS, 1.0]),
        ([[1, 2], [3, 4]], [TEXTS, TEXTS]),
        ([np.zeros(2)], [[*TEXTS, 0.5]]),
        (TEXTS, [*TEXTS[:-1], "b"]),  # of two calls with the same arguments
    ],
)
def test_texts_where_numbers_are_expected_take_no_memory(expected, given):
    tracemalloc.start()
    try:
        assert difference(expected, given) is not None
        assert numeric_slip([(expected, given)]) is None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


def test_many_rows_of_nothing_are_written_only_as_far_as_anybody_reads():
    begin = time.monotonic()
    assert short([np.zeros((10_000, 0))] * 1000) == "[[" + ("[], " * 20)[:68] + "…"
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize("given", [[], [[]], [True, 2], [[1, 2.5], (3, 4)], np.zeros((2, 0)), 7])
def test_numbers_in_lists_are_one_array(given):
    assert np.array_equal(array_of_numbers(given), np.array(given))


@pytest.mark.parametrize("given", [["1"], [1, None], [[1], [2, 3]], [{}], [b"1", 1.0], "1", None])
def test_anything_else_is_no_array_of_numbers(given):
    assert array_of_numbers(given) is None
