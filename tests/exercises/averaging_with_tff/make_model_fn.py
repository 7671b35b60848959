import functools

import tensorflow as tf
import tensorflow_federated as tff

from fedtutor import federated
from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def make_model_fn(build_model, input_spec):
    return lambda: tff.learning.models.from_keras_model(
        build_model(),
        tf.keras.losses.SparseCategoricalCrossentropy(),
        input_spec,
        metrics=[
            lambda: tf.keras.metrics.SparseCategoricalAccuracy("accuracy"),
            lambda: tf.keras.metrics.SparseTopKCategoricalAccuracy(3, "top_3"),
        ],
    )


def _wrap(build_model, input_spec):
    k = tf.keras
    return tff.learning.models.from_keras_model(
        keras_model=build_model(),
        loss=k.losses.SparseCategoricalCrossentropy(name="cross_entropy"),
        input_spec=input_spec,
        metrics=[
            k.metrics.SparseTopKCategoricalAccuracy(k=3, name="top_3"),
            k.metrics.SparseCategoricalAccuracy(name="accuracy"),
        ],
    )


# In another order.
@answers.right
def make_model_fn(build_model, input_spec):
    return functools.partial(_wrap, build_model, input_spec)


# A model made outside as a pattern, copied in each call.
@answers.right
def make_model_fn(build_model, input_spec):
    pattern = build_model()
    weights = pattern.get_weights()

    def model_fn():
        model = tf.keras.models.clone_model(pattern)
        for variable, value in zip(model.variables, weights):
            variable.assign(value)
        loss = tf.keras.losses.SparseCategoricalCrossentropy()
        accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        top_3 = tf.keras.metrics.SparseTopKCategoricalAccuracy(k=3, name="top_3")
        return tff.learning.models.from_keras_model(
            model, loss=loss, input_spec=input_spec, metrics=[accuracy, top_3]
        )

    return model_fn


def wrapped(model, input_spec, metrics=None, from_logits=False):
    return tff.learning.models.from_keras_model(
        model,
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits),
        input_spec=input_spec,
        metrics=both() if metrics is None else metrics,
    )


def both(k=3):
    return [
        tf.keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
        tf.keras.metrics.SparseTopKCategoricalAccuracy(k=k, name="top_3"),
    ]


@answers.wrong("compiled, so TFF refuses it")
def make_model_fn(build_model, input_spec):
    def model_fn():
        model = build_model()
        model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
        return wrapped(model, input_spec)

    return model_fn


@answers.wrong("built once, outside `model_fn`. Call `build_model()` inside")
def make_model_fn(build_model, input_spec):
    keras_model = build_model()

    def model_fn():
        return wrapped(keras_model, input_spec)

    return model_fn


@answers.wrong("Call `build_model()` inside")
def make_model_fn(build_model, input_spec):
    model = wrapped(build_model(), input_spec)
    return lambda: model


# As the lesson calls its own builder.
@answers.wrong("`build_model` takes no arguments")
def make_model_fn(build_model, input_spec):
    def model_fn():
        return wrapped(build_model(seed=0), input_spec)

    return model_fn


@answers.wrong("`build_model` takes no arguments")
def make_model_fn(build_model, input_spec):
    model = build_model(0)
    return lambda: wrapped(model, input_spec)


@answers.wrong("The metrics are built once")
def make_model_fn(build_model, input_spec):
    metrics = both()

    def model_fn():
        return wrapped(build_model(), input_spec, metrics)

    return model_fn


@answers.wrong("without parentheses")
def make_model_fn(build_model, input_spec):
    def model_fn():
        return wrapped(build_model(), input_spec)

    return model_fn()


@answers.wrong("is not wrapped")
def make_model_fn(build_model, input_spec):
    def model_fn():
        return build_model()

    return model_fn


@answers.wrong("is not wrapped")
def make_model_fn(build_model, input_spec):
    return build_model()


@answers.wrong("The loss is missing")
def make_model_fn(build_model, input_spec):
    def model_fn():
        return tff.learning.models.from_keras_model(
            build_model(), input_spec=input_spec, metrics=both()
        )

    return model_fn


@answers.wrong("The loss must be an object, not a name or a class")
def make_model_fn(build_model, input_spec):
    def model_fn():
        return tff.learning.models.from_keras_model(
            build_model(), loss="sparse_categorical_crossentropy", input_spec=input_spec
        )

    return model_fn


@answers.wrong("with its parentheses")
def make_model_fn(build_model, input_spec):
    def model_fn():
        loss = tf.keras.losses.SparseCategoricalCrossentropy
        return tff.learning.models.from_keras_model(build_model(), loss, input_spec)

    return model_fn


@answers.wrong("`build_model` is never called")
def make_model_fn(build_model, input_spec):
    from fedtutor import models

    return lambda: wrapped(models.perceptron_2nn(seed=0), input_spec)


@answers.wrong("`input_spec` is not your function's argument")
def make_model_fn(build_model, input_spec):
    spec = (tf.TensorSpec([None, 28, 28], tf.float32), tf.TensorSpec([None], tf.int32))
    return lambda: wrapped(build_model(), spec)


@answers.wrong("The metrics are missing")
def make_model_fn(build_model, input_spec):
    return lambda: wrapped(build_model(), input_spec, [])


# What the course's own helper gives.
@answers.wrong('The second metric, "top_3", is missing')
def make_model_fn(build_model, input_spec):
    return federated.tff_model(build_model, input_spec)


@answers.wrong("The metrics lack the names of the task")
def make_model_fn(build_model, input_spec):
    def model_fn():
        metrics = [
            tf.keras.metrics.SparseCategoricalAccuracy(),
            tf.keras.metrics.SparseTopKCategoricalAccuracy(k=3),
        ]
        return wrapped(build_model(), input_spec, metrics)

    return model_fn


@answers.wrong("the best five")
def make_model_fn(build_model, input_spec):
    return lambda: wrapped(build_model(), input_spec, both(k=5))


@answers.wrong("as logits")
def make_model_fn(build_model, input_spec):
    return lambda: wrapped(build_model(), input_spec, from_logits=True)


# The metrics have changed their names.
@answers.wrong("The two names are swapped.")
def make_model_fn(build_model, input_spec):
    def model_fn():
        metrics = [
            tf.keras.metrics.SparseCategoricalAccuracy(name="top_3"),
            tf.keras.metrics.SparseTopKCategoricalAccuracy(k=3, name="accuracy"),
        ]
        return wrapped(build_model(), input_spec, metrics)

    return model_fn


# For labels as one-hot vectors.
@answers.wrong("Labels are whole numbers here, so use the `Sparse…` version of the loss")
def make_model_fn(build_model, input_spec):
    def model_fn():
        loss = tf.keras.losses.CategoricalCrossentropy()
        return tff.learning.models.from_keras_model(build_model(), loss, input_spec)

    return model_fn


@answers.wrong("Is the `return` missing?")
def make_model_fn(build_model, input_spec):
    def model_fn():
        return wrapped(build_model(), input_spec)


@answers.wrong("without arguments, but it takes (build_model)")
def make_model_fn(build_model, input_spec):
    def model_fn(build_model):
        return wrapped(build_model(), input_spec)

    return model_fn


@answers.wrong("type dict, where a function without arguments is expected")
def make_model_fn(build_model, input_spec):
    return {"model": build_model(), "input_spec": input_spec}


@answers.wrong("Call the builder: `build_model()`.")
def make_model_fn(build_model, input_spec):
    return lambda: wrapped(build_model, input_spec)


@answers.wrong("Labels are whole numbers here, so use the `Sparse…` version")
def make_model_fn(build_model, input_spec):
    def model_fn():
        accuracy = tf.keras.metrics.CategoricalAccuracy(name="accuracy")
        return wrapped(build_model(), input_spec, [accuracy, both()[1]])

    return model_fn


@answers.wrong("Labels are whole numbers here, so use the `Sparse…` version")
def make_model_fn(build_model, input_spec):
    def model_fn():
        top_3 = tf.keras.metrics.TopKCategoricalAccuracy(k=3, name="top_3")
        return wrapped(build_model(), input_spec, [both()[0], top_3])

    return model_fn


@answers.wrong('write `name="top_3"`.')
def make_model_fn(build_model, input_spec):
    def model_fn():
        top_3 = tf.keras.metrics.SparseTopKCategoricalAccuracy(k=3)
        return wrapped(build_model(), input_spec, [both()[0], top_3])

    return model_fn


@answers.wrong('write `name="accuracy"`.')
def make_model_fn(build_model, input_spec):
    def model_fn():
        accuracy = tf.keras.metrics.SparseCategoricalAccuracy()
        return wrapped(build_model(), input_spec, [accuracy, both()[1]])

    return model_fn


def model_fn():
    """As in the lesson."""


@answers.wrong("You return `model_fn`, which is the lesson's. Define one inside your function")
def make_model_fn(build_model, input_spec):
    return model_fn


# The metrics as Keras takes them, but TFF doesn't.
@answers.wrong("TFF needs metrics as objects")
def make_model_fn(build_model, input_spec):
    return lambda: wrapped(build_model(), input_spec, ["accuracy", "top_3"])


@answers.wrong("TFF needs the metrics in a list")
def make_model_fn(build_model, input_spec):
    return lambda: wrapped(build_model(), input_spec, both()[0])


@answers.wrong("TFF can't work with one of the values there (TypeError)")
def make_model_fn(build_model, input_spec):
    return lambda: wrapped(build_model(), input_spec[0])


k = tf.keras
wrap = tff.learning.models.from_keras_model
SPARSE_CROSS_ENTROPY = k.losses.SparseCategoricalCrossentropy()


@answers.wrong("Your `model_fn` returns nothing")
def make_model_fn(build_model, input_spec):
    def model_fn():
        wrapped(build_model(), input_spec)

    return model_fn


# Classes where objects are needed.
@answers.wrong("One of the metrics is a class")
def make_model_fn(build_model, input_spec):
    metrics = [k.metrics.SparseCategoricalAccuracy, both()[1]]
    return lambda: wrapped(build_model(), input_spec, metrics)


@answers.wrong("not in a dictionary")
def make_model_fn(build_model, input_spec):
    def model_fn():
        accuracy, top_3 = both()
        return wrapped(build_model(), input_spec, {"accuracy": accuracy, "top_3": top_3})

    return model_fn


@answers.wrong("arguments need their names: write `input_spec=…` and `metrics=…`")
def make_model_fn(build_model, input_spec):
    return lambda: wrap(build_model(), SPARSE_CROSS_ENTROPY, input_spec, both())


@answers.wrong("arguments need their names: write `input_spec=…` and `metrics=…`")
def make_model_fn(build_model, input_spec):
    return lambda: wrap(build_model(), SPARSE_CROSS_ENTROPY, both(), input_spec)


@answers.wrong("The metrics need their name: `metrics=[…]`.")
def make_model_fn(build_model, input_spec):
    return lambda: wrap(build_model(), SPARSE_CROSS_ENTROPY, both(), input_spec=input_spec)


@answers.wrong("That is a metric too many.")
def make_model_fn(build_model, input_spec):
    top_2 = functools.partial(k.metrics.SparseTopKCategoricalAccuracy, k=2, name="top_2")
    return lambda: wrapped(build_model(), input_spec, [*both(), top_2()])


# All of them classes, which TFF takes and builds.
@answers.wrong("Your metrics are classes: their parentheses are missing.")
def make_model_fn(build_model, input_spec):
    metrics = [k.metrics.SparseCategoricalAccuracy, k.metrics.SparseTopKCategoricalAccuracy]
    return lambda: wrapped(build_model(), input_spec, metrics)


@answers.wrong("Your metrics are classes: their parentheses are missing.")
def make_model_fn(build_model, input_spec):
    return lambda: wrapped(build_model(), input_spec, [k.metrics.SparseCategoricalAccuracy])


# Classes of one's own, whose names are right.
@answers.right
def make_model_fn(build_model, input_spec):
    class Accuracy(k.metrics.SparseCategoricalAccuracy):
        def __init__(self):
            super().__init__(name="accuracy")

    class Top3(k.metrics.SparseTopKCategoricalAccuracy):
        def __init__(self):
            super().__init__(k=3, name="top_3")

    return lambda: wrapped(build_model(), input_spec, [Accuracy, Top3])


@answers.wrong("TFF needs the metrics in a list, not in a tuple")
def make_model_fn(build_model, input_spec):
    return lambda: wrapped(build_model(), input_spec, tuple(both()))


@answers.wrong("TFF needs the metrics in a list, not in a set")
def make_model_fn(build_model, input_spec):
    return lambda: wrapped(build_model(), input_spec, {*both()})


@answers.wrong('The first metric, "accuracy", is missing.')
def make_model_fn(build_model, input_spec):
    return lambda: wrapped(build_model(), input_spec, both()[1:])


# The same metric twice.
@answers.wrong('Your "top_3" counts a digit only if its label is the most probable one')
def make_model_fn(build_model, input_spec):
    def model_fn():
        top_3 = k.metrics.SparseCategoricalAccuracy(name="top_3")
        return wrapped(build_model(), input_spec, [both()[0], top_3])

    return model_fn


@answers.wrong('Your "top_3" counts a digit only if its label is the most probable one')
def make_model_fn(build_model, input_spec):
    return lambda: wrapped(build_model(), input_spec, both(k=1))


@answers.wrong('Your "accuracy" counts a digit if its label is among the three most probable')
def make_model_fn(build_model, input_spec):
    def model_fn():
        accuracy = k.metrics.SparseTopKCategoricalAccuracy(k=3, name="accuracy")
        return wrapped(build_model(), input_spec, [accuracy, both()[1]])

    return model_fn


@answers.wrong("The form of a batch is missing: pass `input_spec=input_spec`.")
def make_model_fn(build_model, input_spec):
    return lambda: wrap(build_model(), loss=SPARSE_CROSS_ENTROPY, metrics=both())


@answers.wrong("Your `model_fn` returns a function.")
def make_model_fn(build_model, input_spec):
    return lambda: build_model
