"""What travels between the judge and a learner's process: whatever arrives, the judge keeps its promises.

No exception but the declared ones, no growth beyond a bound, and no point for what isn't an answer.
"""

import fractions
import functools
import io
import itertools
import json
import numbers
import socket
import struct
import threading
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fedtutor import exercises
from fedtutor.exercises import codec, examined
from fedtutor.exercises.calls import Reply
from fedtutor.exercises.outcome import CORRECT, NOT_ATTEMPTED, NOT_YET
from fedtutor.exercises.values import Other, plain
from fedtutor.grading import judge

LESSON = exercises.lesson("start_here")
# Those that need no TensorFlow.
CHECKED = [
    exercise
    for name in ("start_here", "one_computer", "many_devices", "who_benefits")
    for exercise in exercises.lesson(name).exercises.values()
]

odd_numbers = st.one_of(
    st.integers(), st.sampled_from([10**30, -(10**400), 2**63, -(2**63)]),
    st.floats(), st.booleans(), st.complex_numbers(),
)  # fmt: skip
odd_arrays = arrays.arrays(
    st.sampled_from(["?", "u1", "<i8", ">i4", "<f2", "<f8", "<f16", "<c16", "<U2", "S1", "<M8[s]"]),
    arrays.array_shapes(min_dims=0, min_side=0, max_dims=3, max_side=3),
)
odd_values = st.recursive(
    st.one_of(
        st.none(), odd_numbers, st.text(max_size=5), st.binary(max_size=5), odd_arrays,
        st.just(Other("thing")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=5), odd_numbers), inner, max_size=4),
    ),
    max_leaves=10,
)  # fmt: skip


def framed(*pieces):
    """Pieces of a message as `dumps` writes them: a JSON text, and arrays."""
    return b"".join(struct.pack("<Q", len(piece)) + piece for piece in pieces)


def saved(array_or_header, content=b""):
    """An array as `np.save` writes it, or with a header of one's own."""
    header = repr(array_or_header).encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


@settings(deadline=None, max_examples=100)
@given(odd_values)
def test_whatever_a_learner_returns_becomes_plain_and_travels(value):
    there = codec.loads(codec.dumps(plain(value)))
    assert only_plain(there)


def only_plain(value):
    if isinstance(value, (list, tuple)):
        return type(value) in (list, tuple) and all(map(only_plain, value))
    if isinstance(value, dict):
        return type(value) is dict and all(map(only_plain, [*value, *value.values()]))
    if type(value) is np.ndarray:
        return value.dtype.kind in "biuf"
    if type(value) is int:
        return abs(value) <= 2**63
    return value is None or type(value) in (bool, float, str, bytes, Other)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(st.sampled_from(["list", "tuple", "dict", "array", "bytes", "other"]), inner),
        st.dictionaries(st.text(max_size=5), inner, max_size=4),
    ),
    max_leaves=10,
)
pieces = st.one_of(
    st.binary(max_size=50),
    st.builds(np.float64, st.floats()).map(lambda number: saved_by_numpy(np.array([number]))),
    odd_arrays.map(lambda array: saved_by_numpy(array)),
)


def saved_by_numpy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@settings(deadline=None, max_examples=150)
@given(json_values.map(lambda value: json.dumps(value).encode()), st.lists(pieces, max_size=3))
def test_a_message_is_plain_or_refused(text, others):
    try:
        assert only_plain(codec.loads(framed(text, *others)))
    except codec.CodecError:
        pass


LARGE = {
    "empty lists": framed(b"[" + b'["list",[]],' * 3_000_000 + b"null]"),
    "lists in a list": framed(b'["list",[' + b"[]," * 5_000_000 + b"[]]]"),
    "objects": framed(b'["list",[' + b"{}," * 5_000_000 + b"{}]]"),
    "depth": framed(b'["list",[' * 100_000 + b"]]" * 100_000),
    "some depth": framed(b'["list",[' * 100 + b"]]" * 100),
    "empty pieces": framed(b"null") + bytes(8) * 5_000_000,
    "an array again and again": framed(
        b'["list",[' + b'["array",0],' * 100_000 + b"null]]", saved_by_numpy(np.zeros(10**6))
    ),
    "a shape without content": framed(
        b'["array",0]', saved({"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    ),
    "rows of nothing": framed(
        b'["array",0]', saved({"descr": "<f8", "fortran_order": False, "shape": (10**12, 0)})
    ),
    "elements of nothing": framed(
        b'["array",0]', saved({"descr": "|V0", "fortran_order": False, "shape": (10**12,)})
    ),
    "texts": framed(
        b'["array",0]', saved({"descr": "<U1", "fortran_order": False, "shape": (1,)}, b"\xff" * 4)
    ),
    "digits": framed(b"1" * 500_000),
    "an emoji": framed(b'"' + b"x" * 8_000_000 + "\U0001f600".encode() + b'"'),
    "many arrays": framed(b"null", *[saved_by_numpy(np.zeros(1, np.int8))] * 20_000),
    "many pieces": framed(b"null", *[b"x"] * 800_000),
}


@pytest.mark.parametrize("what", LARGE)
def test_a_small_message_does_not_become_large(what):
    tracemalloc.start()
    try:
        with pytest.raises(codec.CodecError):
            codec.loads(LARGE[what])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The pieces are copied, and ten thousand lists in one another cost Python some.
    assert peak < 2 * len(LARGE[what]) + 30_000_000


def test_a_text_with_an_emoji_takes_a_few_megabytes():
    size = codec.MOST_TEXT - 100
    text = framed(b'"' + b"x" * size + "\U0001f600".encode() + b'"')
    tracemalloc.start()
    try:
        assert len(codec.loads(text)) == size + 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * codec.MOST_BYTES


def tuples_with_one_hash(number):
    """Pairs of whole numbers that Python gives the same hash, from how it computes that of a tuple."""
    first, second, start = 11400714785074694791, 14029467366897019727, 2870177450012600261
    pairs = []
    for one in itertools.count():
        mixed = (start + one * second) % 2**64
        mixed = (mixed << 31 | mixed >> 33) * first % 2**64
        other = -mixed * pow(second, -1, 2**64) % 2**64
        pairs += [(one, other)] if other < 2**61 - 1 else []
        if len(pairs) == number:
            return pairs


def with_keys(keys):
    return framed(json.dumps(["dict", [[key, 0] for key in keys]]).encode())


@pytest.mark.parametrize(
    "message",
    [
        with_keys(number * (2**61 - 1) for number in range(25_000)),
        with_keys(["tuple", list(pair)] for pair in tuples_with_one_hash(12_000)),
        with_keys(range(codec.MOST_KEYS + 1)),
    ],
    ids=["numbers", "tuples", "honest ones"],
)
def test_keys_are_counted_before_they_are_compared(message):
    begin = time.process_time()
    with pytest.raises(codec.CodecError, match="too many keys"):
        codec.loads(message)
    assert time.process_time() - begin < 1


def test_many_dictionaries_whose_keys_have_one_hash_take_little_time():
    pairs = tuples_with_one_hash(codec.MOST_KEYS)
    one = json.dumps(["dict", [[["tuple", list(pair)], 0] for pair in pairs]])
    text = f'["list", [{", ".join([one] * 40)}]]'
    begin = time.process_time()
    assert len(codec.loads(framed(text.encode()))) == 40
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("number", [2**63, -(2**63), 10**30])
def test_a_whole_number_of_more_than_64_bits_is_none_of_ours(number):
    with pytest.raises(codec.CodecError, match="64 bits"):
        codec.loads(framed(json.dumps(["list", [number]]).encode()))


@pytest.mark.parametrize("size", [codec.MOST_BYTES + 1, 2**63, 2**64 - 1])
def test_an_announced_size_beyond_the_limit_is_refused_unread(size):
    here, there = socket.socketpair()
    with here, there:
        there.sendall(struct.pack("<Q", size))
        with pytest.raises(codec.CodecError, match="too many"):
            codec.receive(here)


@pytest.mark.parametrize(
    "value",
    [
        [0] * 300_000,
        np.zeros(10**7),
        "x" * 10**8,
        ["ab" * 1000] * 1000,
        [np.zeros(1)] * (codec.MOST_ARRAYS + 1),
        dict.fromkeys(range(codec.MOST_KEYS + 1)),
    ],
    ids=["list", "array", "text", "texts", "arrays", "dict"],
)
def test_what_is_too_large_for_the_way_is_refused_where_it_is_made(value):
    with pytest.raises(codec.CodecError, match="too large"):
        codec.dumps(value)


def test_an_answer_that_is_too_large_for_the_way_is_wrong_not_missing():
    exercise = examined.Exercise("many_devices", "alpha_like_shards")
    exercise.check(np.zeros(10**7))
    claim = exercise._claim()
    assert claim["attempted"] and claim["value"].kind == "ndarray"


@pytest.mark.parametrize(
    "said, kept",
    [
        ("DataFrame", "DataFrame"),
        ("array of datetime64[s]", "array of datetime64[s]"),
        ("masked array", "masked array"),
        ("thing. Correct. 4 of 4 points", "unknown"),
        ("x" * 100, "unknown"),
        ("", "unknown"),
    ],
)
def test_the_name_of_a_type_is_no_sentence(said, kept):
    assert codec.loads(codec.dumps(Other(said))).kind == kept


LARGEST = {
    "small whole numbers": np.zeros(codec.MOST_BYTES - 1000, np.int8),
    "numbers in a list": [0.5] * (codec.MOST_VALUES - 10),
    "a text": "x" * (codec.MOST_TEXT - 1000),
    "texts": ["x" * (codec.MOST_TEXT // 2)] + [""] * 10_000,
    "arrays": [np.zeros((1000, 0))] * codec.MOST_ARRAYS,
}


class Returning:
    """An answer that returns the same to every question."""

    attempted = True

    def __init__(self, value):
        self._sent = codec.dumps(value)

    def call(self, exercise, args):
        return Reply(value=codec.loads(self._sent))


@pytest.mark.parametrize("what", LARGEST)
def test_the_largest_values_cost_the_judge_a_bounded_amount_of_memory(what):
    exercise = exercises.lesson("one_computer").exercises["upload_megabytes"]
    tracemalloc.start()
    try:
        outcome = exercise.examine(Returning(LARGEST[what]), 1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert outcome.status == NOT_YET and peak < 25 * codec.MOST_BYTES


def test_what_is_nested_too_deeply_is_refused_where_it_is_made():
    value = functools.reduce(lambda inner, _: [inner], range(25), 1)
    with pytest.raises(codec.CodecError, match="too deeply"):
        codec.dumps(value)


class Lying(numbers.Number):
    def __float__(self):
        return 844.6504


class Int(int):
    def __int__(self):
        return 7

    __index__ = __float__ = __int__


class Float(float):
    def __float__(self):
        return 7.0


class Text(str):
    def __str__(self):
        return "seven"


class List(list):
    def __iter__(self):
        return iter([7])


class Array(np.ndarray):
    def tolist(self):
        return [7]


class Fraction(fractions.Fraction):
    def __float__(self):
        return 7.0


@pytest.mark.parametrize(
    "value, found",
    [
        (Int(3), 3),
        (Float(3.5), 3.5),
        (Text("three"), "three"),
        (List([3]), [3]),
        (np.array([3, 4]).view(Array), [3, 4]),
        (np.array([[3]]).view(np.matrix), [[3]]),
        (np.ma.masked_array([3, 4], mask=False), [3, 4]),
        (fractions.Fraction(1, 4), 0.25),
        (10**30, 1e30),
        (10**400, float("inf")),
        (-(10**400), float("-inf")),
        (np.longdouble(0.5), 0.5),
    ],
)
def test_a_value_is_what_it_holds_not_what_it_says(value, found):
    there = plain(value)
    there = there.tolist() if isinstance(there, np.ndarray) else there
    assert there == found and type(there) is type(found)


@pytest.mark.parametrize(
    "value",
    [
        3 + 0j, np.complex64(3), np.array(3 + 1j), np.array([3j]), Lying(), Fraction(1, 4),
        np.ma.masked_array([3, 4], mask=[False, True]), np.datetime64("2020-01-01"),
        np.zeros(2, "i4,f4"),
    ],
)  # fmt: skip
def test_what_is_no_plain_value_is_refused(value):
    assert isinstance(plain(value), Other)


def test_a_complex_number_in_a_list_is_refused_where_it_is():
    there = plain([1.0, np.array([1, 2j], dtype=object)])
    assert isinstance(there[1][1], Other)


class Replies:
    """Answers each question of a check with the same reply, as the judge passes it on."""

    attempted = True

    def __init__(self, value):
        self.value = codec.loads(codec.dumps(plain(value)))

    def given(self):
        return self.value

    def call(self, exercise, args):
        return judge.Reply(self.value)


@pytest.mark.parametrize("exercise", CHECKED, ids=lambda exercise: exercise.name)
@settings(deadline=None, max_examples=25)
@given(odd_values)
def test_no_reply_makes_a_check_fail_or_pass(exercise, value):
    outcome = exercise.examine(Replies(value), 0)
    assert outcome.status in (NOT_YET, CORRECT), (outcome, value)
    assert exercise.points < 3 or outcome.status == NOT_YET


def connected(talk, bench=None):
    """Let the judge talk with a process that does as `talk` says; returns the outcomes."""
    here, there = socket.socketpair()
    bench = bench or judge._Bench(LESSON, "seed")
    with here, there:
        there.settimeout(10)
        thread = threading.Thread(target=lambda: run(talk, there))
        thread.start()
        bench.hear(here)
        here.close()
        thread.join()
    return bench.outcomes


def run(talk, connection):
    with connection:
        try:
            talk(connection)
        except (OSError, EOFError):
            pass


CLAIM = {"exercise": "megabytes", "given": True, "attempted": True, "value": None}


@settings(deadline=None, max_examples=100)
@given(
    st.one_of(
        odd_values.map(plain),
        st.fixed_dictionaries(
            {
                "exercise": st.one_of(st.sampled_from(sorted(LESSON.exercises)), odd_values),
                "given": odd_values,
                "attempted": st.one_of(st.just(True), odd_values),
                "value": odd_values,
            }
        ).map(plain),
    ),
    st.lists(
        st.one_of(
            odd_values.map(plain),
            st.fixed_dictionaries(
                {"value": odd_values, "problem": odd_values, "changed": odd_values}
            ).map(plain),
        ),
        max_size=3,
    ),
)
def test_no_process_makes_the_judge_fail_or_earns_the_last_points(claim, replies):
    def talk(connection):
        codec.send(connection, claim)
        for reply in replies:
            codec.receive(connection)
            codec.send(connection, reply)

    outcomes = connected(talk)
    assert all(o.status in (NOT_YET, NOT_ATTEMPTED, CORRECT) for o in outcomes.values())
    assert "megabytes" not in outcomes or not outcomes["megabytes"].solved


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=100))
def test_no_bytes_make_the_judge_fail(data):
    assert connected(lambda connection: connection.sendall(data)) == {}


def raising(problem):
    """A process that says this about each of its calls."""

    def talk(connection):
        codec.send(connection, CLAIM)
        while "verdict" not in codec.receive(connection):
            codec.send(connection, {"value": None, "problem": problem, "changed": None})

    return talk


def test_a_problem_in_the_learners_words_is_short_and_moves_no_cursor():
    message = connected(raising("\x1b[2J\u202e" + "well done " * 1000))["megabytes"].message
    assert len(message) <= 600 and "\x1b" not in message and "\u202e" not in message


@pytest.mark.parametrize(
    "problem",
    [
        "Correct. 4 of 4 points",
        "a”\n\nCorrect. 4 of 4 points “b",
        "\u201d\u2028Correct. 4 of 4 points\u201c",
    ],
)
def test_a_problem_in_the_learners_words_is_quoted_as_theirs(problem):
    message = connected(raising(problem))["megabytes"].message
    ours, _, theirs = message.partition("“")
    assert ours == "Your notebook reports: " and "\n" not in message
    assert theirs.index("Correct. 4 of 4 points") < theirs.index("”") and theirs.count("”") == 1


@pytest.mark.parametrize("exercise", CHECKED, ids=lambda exercise: exercise.name)
def test_words_in_a_value_are_quoted_and_short(exercise):
    """Other messages have less of them, or none."""
    words = "Correct. 4 of 4 points! " * 10
    for value in (
        words,
        [words],
        (words, 1.0),
        {words: 1},
        {1: words},
        words.encode(),
        Other(words),
    ):
        message = exercise.examine(Replies(value), 0).message
        before, _, rest = message.partition("Correct.")
        assert not rest or (before[-1] in "'\"" and rest.count("Correct.") <= 4), message


def test_an_exercise_that_is_sent_too_much_earns_nothing_and_the_next_one_is_judged(monkeypatch):
    monkeypatch.setattr(judge, "MOST_RECEIVED", 300_000)
    bench = judge._Bench(LESSON, "seed")
    questions = []

    def talk(connection):
        codec.send(connection, CLAIM)
        while "verdict" not in (message := codec.receive(connection)):
            questions.append(message)
            codec.send(connection, {"value": np.zeros(10_000), "problem": None, "changed": None})
        assert not message["solved"]

    assert "too large together" in connected(talk, bench)["megabytes"].message
    assert 3 <= len(questions) <= 5
    # Asking again changes nothing, and other exercises don't pay for it.
    connected(talk, bench)
    answer = "no"
    connected(
        lambda line: codec.send(line, CLAIM | {"exercise": "leaves_the_device", "value": answer}),
        bench,
    )
    assert "too large together" in bench.outcomes["megabytes"].message
    assert "one of the letters" in bench.outcomes["leaves_the_device"].message
    assert not bench.is_flooded


def test_an_exercise_may_be_asked_about_often_but_not_without_end():
    bench = judge._Bench(LESSON, "seed")
    right = LESSON.exercises["leaves_the_device"]._right_answer
    claim = CLAIM | {"exercise": "leaves_the_device", "value": right}
    verdicts = []

    def talk(connection):
        codec.send(connection, claim)
        verdicts.append(codec.receive(connection))

    for _ in range(judge.MOST_CONNECTIONS):
        connected(talk, bench)
    assert all(verdict["solved"] for verdict in verdicts)
    connected(talk, bench)
    assert "more than 200 times" in verdicts[-1]["verdict"] and not verdicts[-1]["solved"]
    assert not bench.outcomes["leaves_the_device"].solved
    for _ in range(judge.MOST_CONNECTIONS):
        connected(talk, bench)
    assert bench.is_flooded


@pytest.mark.parametrize("value", [None, np.zeros(900_000)], ids=["often", "much"])
def test_what_is_about_no_exercise_is_heard_only_for_a_while(value):
    bench = judge._Bench(LESSON, "seed")
    heard = 0
    while not bench.is_flooded:
        connected(lambda line: codec.send(line, CLAIM | {"exercise": "no", "value": value}), bench)
        heard += 1
    assert heard == (3 if value is not None else judge.MOST_CONNECTIONS + 1)
    assert bench.outcomes == {}


@pytest.mark.parametrize("seconds, expected", [(0, set()), (0.3, {"megabytes"})])
def test_an_answer_that_took_all_its_time_is_named(monkeypatch, seconds, expected):
    monkeypatch.setattr(LESSON.exercises["megabytes"], "limit", 0.2)
    bench = judge._Bench(LESSON, "seed")

    def talk(connection):
        codec.send(connection, CLAIM)
        while "verdict" not in codec.receive(connection):
            time.sleep(seconds)
            codec.send(connection, {"value": None, "problem": "no end", "changed": None})

    connected(talk, bench)
    assert bench.slow == expected
