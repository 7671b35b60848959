"""The runtime in this process: whatever TensorFlow does inside a computation, it does as it does in
TFF's worker."""

import numpy as np
import tensorflow as tf
import tensorflow_federated as tff

from tests.both_runtimes import CLIENTS, SERVER, mapped, on_clients, same, vector

f32, i32, text = np.float32, np.int32, np.str_


@same
def test_branches_and_loops_of_tensorflow():
    def loop(n):
        total = 0
        for i in tf.range(n):
            if i % 2 == 0:
                total += i
            else:
                continue
            if total > 20:
                break
        return total

    grow = [tf.TensorShape([]), tf.TensorShape([None])]
    functions = [
        lambda n: tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * 2 + i), [0, 1]),
        lambda n: tf.while_loop(
            lambda i, a: i < n, lambda i, a: (i + 1, tf.concat([a, [i]], 0)),
            [0, tf.zeros([0], i32)], shape_invariants=grow,
        ),
        lambda n: tf.cond(n > 2, lambda: (n * 2, "large"), lambda: (n, "small")),
        lambda n: tf.switch_case(n, [lambda: tf.constant(1.0), lambda: tf.constant(2.0)]),
        lambda n: tf.case([(n < 1, lambda: 1), (n < 3, lambda: 2)], default=lambda: 9),
        lambda n: tf.map_fn(lambda x: x * n, tf.range(4)),
        lambda n: tf.scan(lambda a, x: a + x * n, tf.range(4)),
        tf.function(loop),
    ]  # fmt: skip
    return [mapped(function, i32)([0, 1, 5, 50]) for function in functions]


@same
def test_variables_are_new_for_every_client_and_every_call():
    def count(n):
        state, other = tf.Variable(n), tf.Variable([1.0, 2.0])

        @tf.function
        def go():
            state.assign_add(3)
            if state > 8:
                state.assign(100)
            for i in tf.range(3):
                state.assign_add(i)
                other.assign(other * 2.0)
            return state.read_value(), other.read_value()

        return go()

    def parts(n):
        rows = tf.Variable(tf.zeros([4, 2]))

        @tf.function
        def go():
            rows.scatter_nd_add([[1], [3]], tf.ones([2, 2]) * tf.cast(n, f32))
            rows.scatter_sub(tf.IndexedSlices(tf.ones([1, 2]), [0]))
            rows.scatter_update(tf.IndexedSlices(7 * tf.ones([1, 2]), [2]))
            rows[1].assign([8.0, 9.0])
            if n > 1:
                rows.scatter_max(tf.IndexedSlices(3 * tf.ones([1, 2]), [0]))
            return rows.read_value(), rows.gather_nd([[0, 1]]), tf.gather(rows, [1, 2])

        return go()

    compute = [mapped(count, i32), mapped(parts, i32)]
    return [function([4, 9, 4]) for function in compute for _ in range(2)]


@same
def test_a_loop_over_a_data_set_writes_to_variables():
    def accumulate(data):
        total, scale = tf.Variable(0), tf.Variable([1.0])

        @tf.function
        def go():
            n = 0
            for x in data:
                if x == 3:
                    continue
                if x > 6:
                    break
                total.assign_add(x)
                scale.assign(scale * 1.5)
                n += 1
            for x in data.map(lambda x: x * total):
                for y in data.take(2):
                    total.assign_add(tf.sign(x) * y)
            for x in data.repeat():  # without an end, but for the break
                n += x
                if n > 100:
                    break
            return n, total.read_value(), scale.read_value()

        return go()

    def numbers(n):
        return tf.data.Dataset.range(1, n, output_type=tf.int32)

    compute = mapped(accumulate, tff.SequenceType(i32))
    return compute([numbers(11), numbers(5), numbers(9).filter(lambda x: x > 1), [8]])


@same
def test_tables_belong_to_one_call():
    def look_up(word):
        initial = tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([1, 2], tf.int64))
        fixed = tf.lookup.StaticHashTable(initial, -1)
        vocabulary = tf.lookup.StaticVocabularyTable(initial, 2)
        return fixed.lookup(word), fixed.size(), vocabulary.lookup(word)

    def count(words):
        @tf.function
        def go():
            table = tf.lookup.experimental.DenseHashTable(
                tf.string, tf.int64, default_value=0, empty_key="", deleted_key="-"
            )
            for word in words:
                table.insert(word, table.lookup(word) + 1)
            return table.size(), table.lookup(["a", "b", "c"])

        return go()

    def remember(word):
        table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int32, -1)
        with tf.control_dependencies([table.insert([word], [5])]):
            return table.lookup(["a", "b"]), table.size()

    words = [["a", "b", "a"], ["c"], []]
    return (
        mapped(look_up, text)(["a", "b", "z"]),
        [mapped(count, tff.SequenceType(text))(words) for _ in range(2)],
        [mapped(remember, text)(["a", "b"]) for _ in range(2)],
    )


@same
def test_data_sets_made_or_changed_inside_a_computation():
    def make(n):
        data = tf.data.Dataset.range(10).shuffle(10, seed=3).batch(3).take(tf.cast(n, tf.int64))
        return data, data.reduce(np.int64(0), lambda s, batch: s * 7 + tf.reduce_sum(batch))

    def change(data):
        data = data.map(lambda x: x * 2).filter(lambda x: x > 2).shuffle(5, seed=1).batch(2)
        return data, data.reduce(0, lambda s, batch: s * 7 + tf.reduce_sum(batch))

    return mapped(make, i32)([2, 0]), mapped(change, tff.SequenceType(i32))([[1, 2, 3, 4], []])


@same
def test_gradients_and_what_they_go_through():
    def softmax(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(tf.nn.softmax(x) * [1.0, 2.0, 3.0])
        return tape.gradient(y, x)

    @tf.function
    def loop(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in tf.range(3):
                y = y * x
            y = tf.reduce_sum(y)
        return tape.gradient(y, x)

    captured = np.array([3.0, 4.0, 5.0], f32)
    values = [[1.0, 2.0, 3.0], [0.0, -1.0, 80.0]]
    return [
        mapped(function, vector(f32, 3))(values)
        for function in (softmax, loop, lambda x: x * captured + tf.constant(captured))
    ]


def test_random_numbers_differ_between_clients_rounds_and_calls(both):
    def draw():
        generator = tf.random.Generator.from_non_deterministic_state()
        return tf.random.uniform([]), tf.random.normal([]), generator.normal([])

    function = tff.tensorflow.computation(draw)

    for_each = tff.tensorflow.computation(lambda _: draw(), i32)

    @tff.federated_computation(on_clients(i32))
    def compute(values):
        mapped_values = tff.federated_map(for_each, values)
        at_clients = tff.federated_eval(function, CLIENTS)
        return (
            tff.federated_zip((mapped_values, at_clients)),
            tff.federated_eval(function, SERVER),
            function(),
        )

    def drawn():
        return np.array(tf.nest.flatten([compute([1, 1, 1]) for _ in range(2)]))

    for context in (both.worker, both.ours):
        with both.running(context):
            numbers = drawn()
        assert len(numbers) == 48 == len(set(numbers))


@same
def test_random_numbers_from_a_seed():
    def draw(seed):
        generator = tf.random.Generator.from_seed(3)
        first = generator.normal([2])
        with tf.control_dependencies([first]):
            second = generator.uniform([], maxval=1000, dtype=tf.int32)
        return first, second, tf.random.stateless_normal([3], [seed, 1])

    return mapped(draw, i32)([1, 2, 1])
