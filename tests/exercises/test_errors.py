"""What is said about an exception: never a framework's own text, always the learner's line."""

import re

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_federated as tff

from fedtutor.exercises import calls

BATCHES = tff.SequenceType(tff.types.tensorflow_to_type(tf.TensorSpec((None,), tf.int32)))
AT_CLIENTS = tff.FederatedType(BATCHES, tff.CLIENTS)
IMAGES = np.zeros((3, 28, 28), np.float32)

# What nobody should have to read: types, places and paths of the frameworks.
FOREIGN = re.compile(
    r"tff\.Value|SymbolicTensor|EagerTensor|AddV2|sequential|site-packages|in user code|node "
    r"|MatMul|backend-specific|rectangular|shape=|TensorSpec"
)


def small_model():
    return tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(2)])


def other_number_types():
    return tf.constant(1) + tf.constant(1.0)


def shapes_that_differ():
    return tf.zeros((2, 3)) + tf.zeros((4, 5))


def images_of_another_size():
    return small_model()(IMAGES)


def too_few_arrays():
    small_model().set_weights([np.zeros((4, 2))])


def a_model_in_place_of_weights():
    small_model().set_weights(small_model())


def not_compiled():
    small_model().fit(IMAGES)


def a_text_for_a_number():
    return tf.constant(1.0) - "0.2"


def a_text_tensor():
    return tf.constant(1.0) - tf.constant("0.2")


def a_tensor_in_a_range():
    @tf.function(autograph=False)
    def count(x):
        return [0 for _ in range(x)]

    return count(tf.constant(3))


def a_tensor_in_an_if():
    @tf.function(autograph=False)
    def sign(x):
        return 1 if x > 0 else -1

    return sign(tf.constant(3))


def numpy_of_a_symbol():
    @tf.function
    def value(x):
        return x.numpy()

    return value(tf.constant(3))


def size_of_a_symbol():
    @tf.function
    def size(x):
        return x.size

    return size(tf.constant(3))


def numpy_in_a_graph():
    @tf.function
    def size(x):
        return np.size(x)

    return size(tf.constant(3))


def metrics_in_a_tuple():
    spec = (tf.TensorSpec((None, 4), tf.float32), tf.TensorSpec((None,), tf.int32))
    return tff.learning.models.from_keras_model(
        small_model(),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(),
        input_spec=spec,
        metrics=(tf.keras.metrics.SparseCategoricalAccuracy(),),
    )


def an_ordinary_function():
    @tff.federated_computation(AT_CLIENTS)
    def mapped(data):
        return tff.federated_map(len, data)

    return mapped


def a_sum_of_sequences():
    @tff.federated_computation(AT_CLIENTS)
    def total(data):
        return tff.federated_sum(data)

    return total


def a_loop_over_clients():
    @tff.federated_computation(AT_CLIENTS)
    def total(data):
        return [held for held in data][0]

    return total


def nothing_returned():
    @tff.tensorflow.computation(BATCHES)
    def count(batches):
        batches.reduce(0, lambda n, batch: n + tf.size(batch))

    return count


def a_sum_of_open_sizes():
    @tff.tensorflow.computation(BATCHES)
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + batch)

    @tff.federated_computation(AT_CLIENTS)
    def total(data):
        return tff.federated_sum(tff.federated_map(count, data))

    return total


def a_value_in_no_place():
    @tff.tensorflow.computation(BATCHES)
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch))

    @tff.federated_computation(BATCHES)
    def total(data):
        return tff.federated_map(count, data)

    return total


def a_step_without_return():
    @tff.tensorflow.computation(BATCHES)
    def count(batches):
        return batches.reduce(0, lambda n, batch: None)

    return count


def a_step_with_swapped_arguments():
    @tff.tensorflow.computation(BATCHES)
    def count(batches):
        return batches.reduce(0, lambda batch, n: n + batch[0])

    return count


def not_finite():
    return tf.debugging.check_numerics(np.float32([1, np.nan]), "broken")


def something_unknown():
    return tf.reshape(tf.range(6), (4, 2))


@pytest.mark.parametrize(
    "function, line, said",
    [
        (other_number_types, "return tf.constant(1) + tf.constant(1.0)", "Two number types meet"),
        (shapes_that_differ, "return tf.zeros((2, 3)) + tf.zeros((4, 5))", "don't fit together"),
        (images_of_another_size, "return small_model()(IMAGES)", ""),
        (too_few_arrays, "set_weights([np", "needs a list of 2 arrays as its weights, but gets 1"),
        (a_model_in_place_of_weights, "set_weights(small_model())", "This is a Keras model"),
        (not_compiled, "small_model().fit(IMAGES)", "The model is not compiled"),
        (a_text_for_a_number, 'return tf.constant(1.0) - "0.2"', "can't turn this value"),
        (
            a_text_tensor,
            'return tf.constant(1.0) - tf.constant("0.2")',
            "is a string, where a number",
        ),
        (a_tensor_in_a_range, "return [0 for _ in range(x)]", "a tensor has no value yet"),
        (a_tensor_in_an_if, "return 1 if x > 0 else -1", "a tensor has no value yet"),
        (numpy_of_a_symbol, "return x.numpy()", "a tensor has no value yet"),
        (size_of_a_symbol, "return x.size", "There is no `.size` here"),
        (numpy_in_a_graph, "return np.size(x)", "NumPy can't compute with this tensor"),
        (metrics_in_a_tuple, "return tff.learning.models", "in a list, not in a tuple"),
        (
            an_ordinary_function,
            "return tff.federated_map(len, data)",
            "an ordinary Python function",
        ),
        (a_sum_of_sequences, "return tff.federated_sum(data)", "can only sum numbers"),
        (a_loop_over_clients, "return [held for held in data][0]", "can't loop over the clients"),
        (nothing_returned, "@tff.tensorflow.computation(BATCHES)", "Is the `return` missing"),
        (a_sum_of_open_sizes, "tff.federated_map(count, data)", "whose size is left open"),
        (a_value_in_no_place, "return tff.federated_map(count, data)", "but this one isn't placed"),
        (a_step_without_return, "return batches.reduce(", "Is its `return` missing?"),
        (a_step_with_swapped_arguments, "n + batch[0]", "its first argument is the result so far"),
        (not_finite, "check_numerics", "raises an error if a number is not finite"),
        (something_unknown, "return tf.reshape(tf.range(6), (4, 2))", "(InvalidArgumentError)"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_error_of_a_framework_becomes_plain_words(function, line, said):
    problem = calls.call(function, (), limit=20.0).problem
    assert problem.startswith("It raises an error in the line `")
    assert line in problem and said in problem
    assert not FOREIGN.search(problem.replace(line, "")) and len(problem) < 500, problem


def unknown_name():
    @tf.function
    def count(x):
        return x + no_such_name  # noqa: F821

    return count(tf.constant(3))


def unknown_place():
    @tf.function
    def last(x):
        return (x, x)[2]

    return last(tf.constant(3))


def unknown_attribute():
    return tf.sizes([1, 2])


def unknown_argument():
    return tf.keras.metrics.SparseTopKCategoricalAccuracy(top=3)


@pytest.mark.parametrize(
    "function, said",
    [
        (lambda: {"a": 1}["b"], "KeyError: 'b'."),
        (lambda: [1][3], "IndexError: list index out of range."),
        (lambda: np.zeros(3) + np.zeros(2), "ValueError: operands could not be broadcast"),
        (
            unknown_name,
            "in the line `return x + no_such_name  # noqa: F821`: NameError: name 'no_s",
        ),
        (unknown_place, "in the line `return (x, x)[2]`: IndexError: tuple index out of range."),
        (unknown_attribute, "AttributeError: module 'tensorflow' has no attribute 'sizes'."),
        (unknown_argument, "got an unexpected keyword argument 'top'."),
    ],
)
def test_an_error_of_pythons_own_keeps_its_text_wherever_it_is_raised(function, said):
    assert said in calls.call(function, (), limit=20.0).problem


def test_an_error_outside_the_function_is_put_on_what_it_returned():
    def learners():
        return tf.constant([1.0, 2.0])

    names = {"tf": tf}
    exec("def probe(function):\n    return function() + tf.zeros(3)", names)  # not in this file
    problem = calls.call(learners, (), limit=20.0, probe=names["probe"]).problem
    assert problem == (
        "Your function runs, but what it returned doesn't work. The shapes of two arrays or tensors "
        "don't fit together. Print both shapes."
    )
