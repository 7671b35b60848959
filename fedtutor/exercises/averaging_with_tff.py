"""The exercises of lesson 04."""

import numpy as np
import tensorflow as tf
import tensorflow_federated as tff

from fedtutor import federated
from fedtutor.exercises import probes
from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("04_averaging_with_tff")
summary = lesson.summary

NOT_SPARSE = (
    "Labels are whole numbers here, so take the `Sparse…` one, for the loss and for both metrics."
)


@lesson.function(
    points=1,
    minutes=3,
    probe=probes.process_output,
    hints=(
        "`output.metrics` is a dictionary of dictionaries. The cell under One round shows the way to "
        "`num_batches`.",
        '`output.metrics["client_work"]["train"]["num_batches"]` counts the batches of all clients.',
    ),
)
class batches_per_client:
    of_the_lesson = {"train": "output"}

    def solution(output, num_clients):
        return output.metrics["client_work"]["train"]["num_batches"] / num_clients

    def cases(rng):
        yield Case(_metrics(rng, 600, 6000), 10)
        yield Case(_metrics(rng, 487, 4823), 9, about="with nine clients of different sizes")
        batches = int(rng.integers(100, 1000))
        examples = 32 * batches - int(rng.integers(32))
        yield Case(_metrics(rng, batches, examples), 25, about="with batches of 32 digits")
        yield Case(_metrics(rng, 60, 600), 1, about="with a single client")
        yield Case(_metrics(rng, 3, 1800), 3, about="with one batch per client")

    @mistake(
        "`output.metrics` is a dictionary: it has no `.loss` and no `.num_batches`, as in the tutorials "
        'of 2019. Today the way is `output.metrics["client_work"]["train"]`, and so on.'
    )
    def old_habit(output, num_clients):
        return output.metrics.num_batches / num_clients

    @mistake("These are the batches of all clients together. Divide by the number of clients.")
    def all_clients(output, num_clients):
        return output.metrics["client_work"]["train"]["num_batches"]

    @mistake("These are examples, the digits that a client saw. Its batches are asked for.")
    def examples(output, num_clients):
        return output.metrics["client_work"]["train"]["num_examples"] / num_clients

    @mistake(
        "You divide the examples by the batches: this is how many digits a batch held. Divide the "
        "batches by the number of clients."
    )
    def batch_size(output, num_clients):
        train = output.metrics["client_work"]["train"]
        return train["num_examples"] / train["num_batches"]

    @mistake(
        "You work it out from batches of 10 digits. Batches can have another size, and a client's last "
        "one may be smaller. The metrics have counted them: `num_batches`."
    )
    def tens(output, num_clients):
        return output.metrics["client_work"]["train"]["num_examples"] / 10 / num_clients

    @mistake(
        "You divide by 10 whatever the number of clients is. It stands in the argument `num_clients`."
    )
    def ten_clients(output, num_clients):
        return output.metrics["client_work"]["train"]["num_batches"] / 10

    @mistake(
        "You divide by all 100 clients. Only those of the round have trained: `num_clients` of them."
    )
    def hundred_clients(output, num_clients):
        return output.metrics["client_work"]["train"]["num_batches"] / 100

    @mistake("It is rounded to a whole number. An average may lie between two: use `/`.")
    def rounded(output, num_clients):
        return output.metrics["client_work"]["train"]["num_batches"] // num_clients

    @mistake("This is upside down: clients per batch. Divide the batches by the clients.")
    def upside_down(output, num_clients):
        return num_clients / output.metrics["client_work"]["train"]["num_batches"]


def _metrics(rng, num_batches, num_examples):
    """What TFF reports of a round of federated averaging."""
    loss, accuracy = (float(x) for x in rng.uniform(0.1, 0.9, 2))
    train = {"accuracy": accuracy, "loss": loss}
    return {
        "distributor": (),
        "client_work": {
            "train": {**train, "num_examples": num_examples, "num_batches": num_batches}
        },
        "aggregator": {"mean_value": (), "mean_weight": ()},
        "finalizer": {"update_non_finite": 0},
    }


@lesson.choice(
    points=1,
    minutes=3,
    hints=(
        "What does a client receive in a round, and what does it send back? Which of it depends on how "
        "long it trains?",
        "Each client gets one model and sends one update per round, whatever happens in between.",
    ),
)
class five_epochs:
    options = {
        "a": "five times the bytes, five times the computing",
        "b": "the same bytes, five times the computing",
        "c": "a fifth of the bytes, the same computing",
        "d": "the same bytes, the same computing",
    }
    answer = "b"
    because = (
        "A client gets one model and sends one update per round, however long it trains in between. "
        "It is only the device that works five times as long."
    )
    mistakes = {
        "a": "The computing is right. But a client does not send after each epoch: it gets one model "
        "and sends one update per round.",
        "c": "One round is asked for, and in a round one model and one update travel, as before. (Fewer "
        "rounds until a goal would save bytes.) And does a client work no more than before?",
        "d": "The bytes are right. But a client makes five passes over its digits now: 300 steps where "
        "it made 60.",
    }


@lesson.function(
    points=2,
    minutes=4,
    probe=probes.client_datasets,
    hints=(
        "One batch of whatever a client holds is B = ∞. `help(federated.ClientDatasets)` says how "
        "to ask for it.",
        "`batch_size=None` takes all of a client's examples as one batch.",
    ),
)
class full_batch_clients:
    def solution(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=None)

    def cases(rng):
        yield Case(*_held(rng, [12, 12, 12]))
        yield Case(*_held(rng, [7, 31, 18]), about="with clients of 7, 31 and 18 digits")
        yield Case(*_held(rng, [5]), about="with a single client")
        yield Case(*_held(rng, [3, 650]), about="with a client of 650 digits")
        images, labels, parts = _held(rng, [4, 9])
        yield Case(images / np.float32(255), labels, parts, about="with images that are floats")

    @mistake("The batches still hold 10 digits, as they do where nothing else is said.")
    def untouched(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts)

    @mistake(
        "Each digit is a batch of its own: B is 1. One batch of all the client's digits is wanted."
    )
    def one_by_one(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=1)

    @mistake(
        "600 is what a client of this lesson holds. A client with more digits would be cut into several "
        "batches: ask for a batch of whatever it holds."
    )
    def six_hundred(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=600)

    @mistake(
        "You take the first client's number of digits for everybody. Whoever holds more gets several "
        "batches."
    )
    def as_the_first(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=len(parts[0]))

    @mistake(
        "The clients make more than one pass. FedSGD is one step per client and round: one epoch."
    )
    def five_passes(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=None, local_epochs=5)

    @mistake(
        "You put the digits of all clients into one. Then they would have to leave their devices; each "
        "client keeps its own."
    )
    def all_in_one(images, labels, parts):
        return federated.ClientDatasets(images, labels, [np.concatenate(parts)], batch_size=None)

    @mistake(
        "You use the lesson's digits. Your function is given others: take its own arguments, `images`, "
        "`labels` and `parts`."
    )
    def other_digits(images, labels, parts):
        images = np.zeros(
            (len(images), 28, 28), np.uint8
        )  # all that the check looks at is the size
        return federated.ClientDatasets(images, labels, parts, batch_size=None)

    @mistake(
        "These are datasets, but a `federated.ClientDatasets` is asked for: it makes them, for each "
        "round anew, when its `cohort` is called."
    )
    def a_list(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=None).cohort(
            range(len(parts))
        )


def _held(rng, sizes):
    """Images and labels, and who holds which."""
    total = sum(sizes)
    images = rng.integers(0, 256, (total, 4, 4)).astype(np.uint8)
    labels = rng.integers(0, 10, total).astype(np.uint8)
    return images, labels, np.split(rng.permutation(total), np.cumsum(sizes)[:-1])


@lesson.function(
    points=4,
    minutes=10,
    probe=probes.tff_model,
    limit=20.0,
    repeatable=False,  # it is slow, and nothing in it is drawn
    tolerance=1e-4,
    hints=(
        "Write `model_fn` inside your function, without arguments, and give it back without calling "
        "it: `return model_fn`. Inside, call `build_model()` where the lesson has "
        "`models.perceptron_2nn(seed=0)`.",
        '`tf.keras.metrics.SparseTopKCategoricalAccuracy(k=3, name="top_3")` is the second metric.',
        "Everything that has variables is made inside `model_fn`: the model and both metrics. And "
        "`input_spec=input_spec`.",
    ),
)
class make_model_fn:
    explained = {
        "Model, found function": "Call the builder: `build_model()`.",
        "InTopKV2": NOT_SPARSE,
        "Shapes (40,) and (40, ": NOT_SPARSE,
        "a dictionary without 'top_3'": 'No metric is called "top_3": say `name="top_3"`.',
        "a dictionary without 'accuracy'": 'No metric is called "accuracy": say `name="accuracy"`.',
    }

    def solution(build_model, input_spec):
        def model_fn():
            return tff.learning.models.from_keras_model(
                build_model(),
                loss=tf.keras.losses.SparseCategoricalCrossentropy(),
                input_spec=input_spec,
                metrics=[
                    tf.keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
                    tf.keras.metrics.SparseTopKCategoricalAccuracy(k=3, name="top_3"),
                ],
            )

        return model_fn

    def cases(rng):
        seed = int(rng.integers(1000))
        yield Case(*_batch(rng, (28, 28), 10), 10, seed)
        yield Case(*_batch(rng, (12, 16), 7), 7, seed, about="with images of 12 by 16 pixels")

    @mistake("The model is compiled, and TFF refuses it: the algorithm brings its own optimizers.")
    def compiled(build_model, input_spec):
        def model_fn():
            model = build_model()
            model.compile("sgd", loss="sparse_categorical_crossentropy")
            return _wrapped(model, input_spec)

        return model_fn

    @mistake(
        "The Keras model is made once, outside of `model_fn`. Call `build_model()` inside: each call of "
        "`model_fn` must give a model of its own, with new variables."
    )
    def model_outside(build_model, input_spec):
        model = build_model()
        return lambda: _wrapped(model, input_spec)

    @mistake(
        "`build_model` takes no arguments: write `build_model()`. The `seed=0` of the lesson belongs to "
        "its own builder, `models.perceptron_2nn`."
    )
    def with_a_seed(build_model, input_spec):
        return lambda: _wrapped(build_model(seed=0), input_spec)

    @mistake(
        "The metrics are made once, outside of `model_fn`. They count in variables, so each call needs "
        "new ones, as it needs a new model."
    )
    def metrics_outside(build_model, input_spec):
        metrics = _both_metrics()
        return lambda: _wrapped(build_model(), input_spec, metrics=metrics)

    @mistake(
        "This is the wrapped model itself. TFF wants the function that makes it, since it calls it "
        "several times: `return model_fn`, without parentheses."
    )
    def called(build_model, input_spec):
        return _wrapped(build_model(), input_spec)

    @mistake(
        "The Keras model is not wrapped. TFF does not take it as it is: hand it to "
        "`tff.learning.models.from_keras_model`, with its loss, `input_spec` and metrics."
    )
    def unwrapped(build_model, input_spec):
        return build_model

    @mistake("The loss is missing. A Keras model does not carry one unless it is compiled.")
    def no_loss(build_model, input_spec):
        return lambda: tff.learning.models.from_keras_model(build_model(), input_spec=input_spec)

    @mistake(
        "TFF takes no names and no classes for the loss. It wants an object: "
        "`tf.keras.losses.SparseCategoricalCrossentropy()`, with its parentheses."
    )
    def loss_by_name(build_model, input_spec):
        name = "sparse_categorical_crossentropy"
        return lambda: _wrapped(build_model(), input_spec, loss=name)

    @mistake(
        "`build_model` is never called: whatever builder your function is given, it wraps the same "
        "model."
    )
    def another_model(build_model, input_spec):
        def build():
            return tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(10)])

        return lambda: _wrapped(build(), input_spec)

    @mistake(
        "`input_spec` is not the one that your function is given: other clients, other batches."
    )
    def fixed_spec(build_model, input_spec):
        fixed = (tf.TensorSpec((None, 28, 28), tf.float32), tf.TensorSpec((None,), tf.int32))
        return lambda: _wrapped(build_model(), fixed)

    @mistake("The metrics are missing: the accuracy, and the accuracy of the best three.")
    def no_metrics(build_model, input_spec):
        return lambda: _wrapped(build_model(), input_spec, metrics=[])

    @mistake('The second metric, "top_3", is missing.')
    def accuracy_only(build_model, input_spec):
        return lambda: _wrapped(build_model(), input_spec, metrics=_both_metrics()[:1])

    @mistake(NOT_SPARSE)
    def not_sparse(build_model, input_spec):
        def metrics():
            accuracy = tf.keras.metrics.CategoricalAccuracy(name="accuracy")
            return [accuracy, *_both_metrics()[1:]]

        return lambda: _wrapped(build_model(), input_spec, metrics=metrics())

    @mistake('The metrics have no names of yours: say `name="accuracy"` and `name="top_3"`.')
    def no_names(build_model, input_spec):
        def metrics():
            return [
                tf.keras.metrics.SparseCategoricalAccuracy(),
                tf.keras.metrics.SparseTopKCategoricalAccuracy(k=3),
            ]

        return lambda: _wrapped(build_model(), input_spec, metrics=metrics())

    @mistake(
        "Your second metric looks at the best five, which is what Keras does unless you say `k=3`."
    )
    def top_5(build_model, input_spec):
        def metrics():
            top_5 = tf.keras.metrics.SparseTopKCategoricalAccuracy(name="top_3")
            return [*_both_metrics()[:1], top_5]

        return lambda: _wrapped(build_model(), input_spec, metrics=metrics())

    @mistake(
        "The loss takes the model's output for logits (`from_logits=True`). These models end in a "
        "softmax: they give probabilities."
    )
    def of_logits(build_model, input_spec):
        def loss():
            return tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        return lambda: _wrapped(build_model(), input_spec, loss=loss())


def _wrapped(model, input_spec, *, loss=None, metrics=None):
    return tff.learning.models.from_keras_model(
        model,
        loss=tf.keras.losses.SparseCategoricalCrossentropy() if loss is None else loss,
        input_spec=input_spec,
        metrics=_both_metrics() if metrics is None else metrics,
    )


def _both_metrics():
    return [
        tf.keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
        tf.keras.metrics.SparseTopKCategoricalAccuracy(k=3, name="top_3"),
    ]


def _batch(rng, shape, num_classes):
    images = rng.uniform(0, 1, (40, *shape)).astype(np.float32)
    return images, rng.integers(0, num_classes, 40).astype(np.int32)


@lesson.function(
    points=4,
    minutes=10,
    probe=probes.federated_computation,
    limit=20.0,
    repeatable=False,
    hints=(
        "At one client: `batches.reduce(0, add)`, where `add` takes the count so far and a batch.",
        "`tf.size(labels)` is the number of labels in a batch, as an int32.",
        "Between the places: `tff.federated_sum(tff.federated_map(count, client_data))`.",
    ),
)
class build_count:
    explained = {
        "PolymorphicComputation": "It does not say what it takes: write "
        "`@tff.federated_computation(at_clients)`.",
    }

    def solution(at_clients):
        @tff.tensorflow.computation(at_clients.member)
        def count(batches):
            def add(so_far, batch):
                _, labels = batch
                return so_far + tf.size(labels)

            return batches.reduce(0, add)

        @tff.federated_computation(at_clients)
        def count_all(client_data):
            return tff.federated_sum(tff.federated_map(count, client_data))

        return count_all

    def cases(rng):
        yield Case((28, 28), [25, 10, 7], 10, about="with clients of 25, 10 and 7 digits")
        one, two, three = (int(n) for n in rng.integers(1, 60, 3))
        yield Case(
            (12, 16),
            [one, 0, two, three],
            8,
            about=f"with clients of {one}, 0, {two} and {three} digits of 12 by 16 pixels",
        )

    @mistake(
        "Each client counts, but nothing goes to the server: the result is still one number at each "
        "client. Combine them with `tff.federated_sum`."
    )
    def at_each_client(at_clients):
        return _placed(at_clients, _digits, lambda counted: counted)

    @mistake(
        "This is the computation of one client. A second one, a `tff.federated_computation`, has to "
        "map it over the clients and to sum what they have."
    )
    def of_one_client(at_clients):
        return _at_one(at_clients, _digits)

    @mistake(
        "`count` runs in one place. `tff.federated_map(count, client_data)` puts it at the clients."
    )
    def without_map(at_clients):
        count = _at_one(at_clients, _digits)

        @tff.federated_computation(at_clients)
        def count_all(client_data):
            return tff.federated_sum(count(client_data))

        return count_all

    @mistake(
        "A `tff.tensorflow.computation` runs in one place, so its type says nothing of clients. Write "
        "`@tff.tensorflow.computation(at_clients.member)`: what one client holds."
    )
    def placed_in_one_place(at_clients):
        @tff.tensorflow.computation(at_clients)
        def count(batches):
            return batches.reduce(0, _digits)

        return count

    @mistake(
        "TFF records `count` and has no batches yet, so Python cannot loop over them. Use "
        "`batches.reduce(0, add)`, as `count_sevens` does."
    )
    def a_loop(at_clients):
        @tff.tensorflow.computation(at_clients.member)
        def count(batches):
            return sum(tf.size(labels) for _, labels in batches)

        return count

    @mistake("You count batches. Add the number of labels in each batch: `tf.size(labels)`.")
    def batches(at_clients):
        return _placed(at_clients, lambda so_far, batch: so_far + 1)

    @mistake("You count pixels. Each digit has one label, so count the labels.")
    def pixels(at_clients):
        return _placed(at_clients, lambda so_far, batch: so_far + tf.size(batch[0]))

    @mistake("You add up the labels themselves. Count them: `tf.size(labels)`.")
    def sum_of_labels(at_clients):
        return _placed(at_clients, lambda so_far, batch: so_far + tf.reduce_sum(batch[1]))

    @mistake(
        "You take each batch for 10 digits. Batches can have another size, and the last one may be "
        "smaller."
    )
    def tens(at_clients):
        return _placed(at_clients, lambda so_far, batch: so_far + 10)

    @mistake(
        "Each batch replaces the count of those before it. `add` must give back `so_far` and more."
    )
    def last_batch(at_clients):
        return _placed(at_clients, lambda so_far, batch: tf.size(batch[1]))

    @mistake("This is the mean of the clients' numbers. The server is to know their sum.")
    def mean(at_clients):
        count = _at_one(at_clients, _digits, tf.float32)

        @tff.federated_computation(at_clients)
        def mean_of_all(client_data):
            return tff.federated_mean(tff.federated_map(count, client_data))

        return mean_of_all

    @mistake(
        "Your computation takes the batches of this lesson only. Its type is the argument: write "
        "`@tff.federated_computation(at_clients)`, and `at_clients.member` for one client."
    )
    def fixed_type(at_clients):
        spec = (tf.TensorSpec((None, 28, 28), tf.float32), tf.TensorSpec((None,), tf.int32))
        batch = tff.types.tensorflow_to_type(spec)
        return _placed(tff.FederatedType(tff.SequenceType(batch), tff.CLIENTS), _digits)


def _digits(so_far, batch):
    return so_far + tf.size(batch[1])


def _at_one(at_clients, add, dtype=tf.int32):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return tf.cast(batches.reduce(0, add), dtype)

    return count


def _placed(at_clients, add, combine=tff.federated_sum):
    count = _at_one(at_clients, add)

    @tff.federated_computation(at_clients)
    def count_all(client_data):
        return combine(tff.federated_map(count, client_data))

    return count_all
