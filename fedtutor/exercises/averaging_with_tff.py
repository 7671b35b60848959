"""The exercises of lesson 04."""

import numpy as np
import tensorflow as tf
import tensorflow_federated as tff

from fedtutor import federated
from fedtutor.exercises import probes
from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("04_averaging_with_tff")
summary = lesson.summary

_TWO_ARGUMENTS = (
    "`reduce` calls your function with two arguments: the count so far, and a batch. The batch is a pair: "
    "its labels are `batch[1]`."
)
NOT_SPARSE = (
    "Labels are whole numbers here, so use the `Sparse…` version of the loss and of both metrics."
)


@lesson.function(
    points=4,
    minutes=7,
    probe=probes.tff_model,
    limit=20.0,
    repeatable=False,  # it is slow, and nothing in it is drawn
    tolerance=1e-4,
    hints=(
        "Write `model_fn` inside your function, without arguments, and return it without calling it: "
        "`return model_fn`. Inside, call `build_model()` where the lesson has "
        "`models.perceptron_2nn(seed=0)`.",
        '`tf.keras.metrics.SparseTopKCategoricalAccuracy(k=3, name="top_3")` is the second metric.',
        "Build everything that has variables inside `model_fn`: the model and both metrics. And pass "
        "`input_spec=input_spec`.",
    ),
)
class make_model_fn:
    of_the_lesson = {
        "model_fn": "You return `model_fn`, which is the lesson's. Define one inside your function, with "
        "`build_model` and `input_spec`.",
        "clients": "input_spec",
    }
    explained = {
        "needs a Keras model there, but this is a function": "Call the builder: `build_model()`.",
        "The labels and the model's output have different shapes": NOT_SPARSE,
        "has a `return`, but didn't reach it": "Your `model_fn` returns nothing. Begin its last line "
        "with `return`.",
        "multiple values for argument 'input_spec'": "After the model and the loss comes `input_spec`. "
        "The metrics need their name: `metrics=[…]`.",
        "under 'unknown metrics'": 'That is a metric too many. The task asks for two, "accuracy" and '
        '"top_3".',
        "a dictionary without 'top_3'": 'No metric is called "top_3": write `name="top_3"`.',
        "a dictionary without 'accuracy'": 'No metric is called "accuracy": write `name="accuracy"`.',
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

    @mistake(
        "The model is compiled, so TFF refuses it: the algorithm brings its own optimizers. Leave out "
        "`compile`."
    )
    def compiled(build_model, input_spec):
        def model_fn():
            model = build_model()
            model.compile("sgd", loss="sparse_categorical_crossentropy")
            return _wrapped(model, input_spec)

        return model_fn

    @mistake(
        "The Keras model is built once, outside `model_fn`. Call `build_model()` inside: each call of "
        "`model_fn` must return a new model, with its own variables."
    )
    def model_outside(build_model, input_spec):
        model = build_model()
        return lambda: _wrapped(model, input_spec)

    @mistake(
        "`build_model` takes no arguments: write `build_model()`. The lesson's `seed=0` belongs to the "
        "lesson's builder, `models.perceptron_2nn`."
    )
    def with_a_seed(build_model, input_spec):
        return lambda: _wrapped(build_model(seed=0), input_spec)

    @mistake(
        "The metrics are built once, outside `model_fn`. They count in variables, so each call needs "
        "new metrics, as it needs a new model."
    )
    def metrics_outside(build_model, input_spec):
        metrics = _both_metrics()
        return lambda: _wrapped(build_model(), input_spec, metrics=metrics)

    @mistake(
        "You returned the wrapped model itself. TFF needs the function that builds it, because it calls "
        "that several times: `return model_fn`, without parentheses."
    )
    def called(build_model, input_spec):
        return _wrapped(build_model(), input_spec)

    @mistake(
        "The Keras model is not wrapped, so TFF can't use it. Pass it to "
        "`tff.learning.models.from_keras_model`, with a loss, `input_spec` and the metrics."
    )
    def unwrapped(build_model, input_spec):
        return build_model

    @mistake("The loss is missing. An uncompiled Keras model doesn't have one: pass `loss=`.")
    def no_loss(build_model, input_spec):
        return lambda: tff.learning.models.from_keras_model(build_model(), input_spec=input_spec)

    @mistake(
        "The loss must be an object, not a name or a class: "
        "`tf.keras.losses.SparseCategoricalCrossentropy()`, with its parentheses."
    )
    def loss_by_name(build_model, input_spec):
        name = "sparse_categorical_crossentropy"
        return lambda: _wrapped(build_model(), input_spec, loss=name)

    @mistake(
        "`build_model` is never called, so your function always wraps the same model. Wrap "
        "`build_model()`."
    )
    def another_model(build_model, input_spec):
        def build():
            return tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(10)])

        return lambda: _wrapped(build(), input_spec)

    @mistake(
        "The model's `input_spec` is not your function's argument. Other clients have other batches: "
        "pass `input_spec=input_spec`."
    )
    def fixed_spec(build_model, input_spec):
        fixed = (tf.TensorSpec((None, 28, 28), tf.float32), tf.TensorSpec((None,), tf.int32))
        return lambda: _wrapped(build_model(), fixed)

    @mistake('The metrics are missing: the task asks for "accuracy" and "top_3".')
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

    @mistake('The metrics lack the names of the task: write `name="accuracy"` and `name="top_3"`.')
    def no_names(build_model, input_spec):
        def metrics():
            return [
                tf.keras.metrics.SparseCategoricalAccuracy(),
                tf.keras.metrics.SparseTopKCategoricalAccuracy(k=3),
            ]

        return lambda: _wrapped(build_model(), input_spec, metrics=metrics())

    @mistake("Your second metric looks at the best five, the default of Keras. Write `k=3`.")
    def top_5(build_model, input_spec):
        def metrics():
            top_5 = tf.keras.metrics.SparseTopKCategoricalAccuracy(name="top_3")
            return [*_both_metrics()[:1], top_5]

        return lambda: _wrapped(build_model(), input_spec, metrics=metrics())

    @mistake(
        "Your loss treats the model's output as logits (`from_logits=True`). These models end in a "
        "softmax: their output is probabilities."
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


@lesson.choice(
    points=1,
    minutes=1,
    hints=(
        "What does a client receive in a round, and what does it send back? Does either depend on how "
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
        "Only the device works five times as long."
    )
    mistakes = {
        "a": "The computing is right. But a client doesn't send anything after each epoch: it gets one "
        "model and sends one update per round.",
        "c": "The question is about one round, and in a round one model and one update travel, as before. "
        "(Needing fewer rounds would save bytes.) And a client now makes five passes, not one.",
        "d": "The bytes are right. But a client now makes five passes over its digits: 300 steps instead "
        "of 60.",
    }


@lesson.function(
    points=1,
    minutes=2,
    probe=probes.process_output,
    hints=(
        "`output.metrics` is a dictionary of dictionaries. The cell below the heading One round shows "
        "how to get to `num_batches`.",
        '`output.metrics["client_work"]["train"]["num_batches"]` counts the batches of all clients.',
    ),
)
class batches_per_client:
    of_the_lesson = {"train": "output", "chosen": "num_clients", "cohort": "num_clients"}
    explained = {
        "KeyError: 'train'": "`output.metrics` holds one entry for each part of the process. First the "
        'part, `["client_work"]`, then `["train"]`.',
        "KeyError: 'num_batches'": "The count is further inside: first the part of the process, "
        '`["client_work"]`, then `["train"]`, then the count.',
        "'NoneType' object is not subscriptable": "`output.state` is the server's new state. The counts "
        "of the round are in `output.metrics`.",
        "tuple indices must be integers": "`output` is not a dictionary: write `output.metrics`, with a "
        "dot. The square brackets come after it.",
    }

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
        "`output.metrics` is a dictionary, so there is no `.loss` or `.num_batches` as in the tutorials "
        'of 2019. Today, begin with `output.metrics["client_work"]["train"]`.'
    )
    def old_habit(output, num_clients):
        return output.metrics.num_batches / num_clients

    @mistake(
        "This is the number of batches of all clients together. Divide it by the number of clients."
    )
    def all_clients(output, num_clients):
        return output.metrics["client_work"]["train"]["num_batches"]

    @mistake("You count examples: the digits that a client saw. The task asks for its batches.")
    def examples(output, num_clients):
        return output.metrics["client_work"]["train"]["num_examples"] / num_clients

    @mistake(
        "You divide examples by batches, which is how many digits a batch held. Divide the number of "
        "batches by the number of clients."
    )
    def batch_size(output, num_clients):
        train = output.metrics["client_work"]["train"]
        return train["num_examples"] / train["num_batches"]

    @mistake(
        "You assume batches of 10 digits. Batches can have another size, and a client's last batch may "
        "be smaller. TFF has counted them: `num_batches`."
    )
    def tens(output, num_clients):
        return output.metrics["client_work"]["train"]["num_examples"] / 10 / num_clients

    @mistake("You always divide by 10. The number of clients is the argument `num_clients`.")
    def ten_clients(output, num_clients):
        return output.metrics["client_work"]["train"]["num_batches"] / 10

    @mistake("You divide by all 100 clients. Only `num_clients` of them trained in this round.")
    def hundred_clients(output, num_clients):
        return output.metrics["client_work"]["train"]["num_batches"] / 100

    @mistake(
        "The idea is right, but you round to a whole number. An average needn't be one: use `/`."
    )
    def rounded(output, num_clients):
        return output.metrics["client_work"]["train"]["num_batches"] // num_clients

    @mistake(
        "The idea is right, but you round to a whole number. An average needn't be one: use `/`."
    )
    def to_the_nearest(output, num_clients):
        return round(output.metrics["client_work"]["train"]["num_batches"] / num_clients)

    @mistake("This is upside down: clients per batch. Divide the batches by the clients.")
    def upside_down(output, num_clients):
        return num_clients / output.metrics["client_work"]["train"]["num_batches"]


def _metrics(rng, num_batches, num_examples):
    """What TFF reports after a round of federated averaging."""
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


@lesson.function(
    points=4,
    minutes=8,
    probe=probes.federated_computation,
    limit=20.0,
    repeatable=False,
    hints=(
        "At one client: `batches.reduce(0, add)`, where `add` takes the count so far and a batch, and "
        "returns the new count.",
        "`tf.size(labels)` is the number of labels in a batch, an int32.",
        "From the clients to the server: `tff.federated_sum(tff.federated_map(count, client_data))`.",
    ),
)
class build_count:
    of_the_lesson = {
        "clients": "at_clients",
        "cohort": "Your function builds a computation, and the cohort is passed to that later. Leave "
        "`cohort` out of your function.",
    }
    explained = {
        "PolymorphicComputation": "Your computation doesn't say what it takes: write "
        "`@tff.federated_computation(at_clients)`.",
        "TFF can only average floats": "You use `tff.federated_mean`, but the task asks for the sum: "
        "`tff.federated_sum`.",
        "whose size is left open": "Your count is an array of labels. Add their number in each batch: "
        "`tf.size(labels)`.",
        "but this one isn't placed": "The second computation takes the data of all clients: "
        "`@tff.federated_computation(at_clients)`. `at_clients.member` is what one client holds.",
        "<lambda>() missing 1 required": _TWO_ARGUMENTS,
        "add() missing 1 required": _TWO_ARGUMENTS,
        "type function, where a computation of TFF": "You returned an ordinary Python function. Put "
        "`@tff.federated_computation(at_clients)` above it.",
        "'FederatedType' object is not iterable": "`at_clients` is a type, which describes data but holds "
        "none. Build two computations, which TFF runs later, when there is data.",
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
        "Each client counts, but nothing reaches the server: the result is still one number at each "
        "client. Combine these numbers with `tff.federated_sum`."
    )
    def at_each_client(at_clients):
        return _placed(at_clients, _digits, lambda counted: counted)

    @mistake(
        "You returned the computation of one client. A second one, a `tff.federated_computation`, has "
        "to map it over the clients and sum their results."
    )
    def of_one_client(at_clients):
        return _at_one(at_clients, _digits)

    @mistake(
        "Your counting computation runs in one place, but the data is at the clients. "
        "`tff.federated_map(count, client_data)` runs it at each client."
    )
    def without_map(at_clients):
        count = _at_one(at_clients, _digits)

        @tff.federated_computation(at_clients)
        def count_all(client_data):
            return tff.federated_sum(count(client_data))

        return count_all

    @mistake(
        "A `tff.tensorflow.computation` runs in one place, so its type can't mention clients. Write "
        "`@tff.tensorflow.computation(at_clients.member)`: what one client holds."
    )
    def placed_in_one_place(at_clients):
        @tff.tensorflow.computation(at_clients)
        def count(batches):
            return batches.reduce(0, _digits)

        return count

    @mistake(
        "While TFF records your computation there are no batches yet, so Python can't loop over them. "
        "Use `batches.reduce(0, add)`, as `count_sevens` does."
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
        "You count 10 digits per batch. Batches can have another size, and the last one may be "
        "smaller."
    )
    def tens(at_clients):
        return _placed(at_clients, lambda so_far, batch: so_far + 10)

    @mistake(
        "Each batch replaces the count so far. `add` must return the old count plus the batch's."
    )
    def last_batch(at_clients):
        return _placed(at_clients, lambda so_far, batch: tf.size(batch[1]))

    @mistake(
        "This is the mean of the clients' numbers. The task asks for their sum: `tff.federated_sum`."
    )
    def mean(at_clients):
        count = _at_one(at_clients, _digits, tf.float32)

        @tff.federated_computation(at_clients)
        def mean_of_all(client_data):
            return tff.federated_mean(tff.federated_map(count, client_data))

        return mean_of_all

    @mistake(
        "Your computation only takes this lesson's batches. Use the argument as its type: "
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


_MANY = 200_001
_NO_FIXED_NUMBER = (
    "A client with more digits than your batch size gets several batches: no fixed number is right for "
    "every client. With `batch_size=None`, all of a client's digits are one batch."
)


@lesson.function(
    points=2,
    minutes=3,
    probe=probes.client_datasets,
    limit=20.0,
    hints=(
        "One batch with everything a client holds is B = ∞. `help(federated.ClientDatasets)` says how "
        "to get it.",
        "With `batch_size=None`, all of a client's examples are one batch.",
    ),
)
class full_batch_clients:
    explained = {
        f"With a client of {_MANY:,} digits, it returned under 'batches'": _NO_FIXED_NUMBER,
        "With a client of 650 digits, it returned under 'batches'": _NO_FIXED_NUMBER,
        "Were parts made for another, larger collection?": "You use the lesson's digits. Use your "
        "function's own arguments: `images`, `labels` and `parts`.",
        "batch_size is ": "There is no number for this batch size: not 0, not -1, not infinity. See "
        "`help(federated.ClientDatasets)` for `batch_size`.",
        "takes 4 positional arguments but": "`batch_size` needs its name: `batch_size=…`.",
    }

    def solution(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=None)

    def cases(rng):
        yield Case(*_held(rng, [12, 12, 12]))
        yield Case(*_held(rng, [18, 7, 31]), about="with clients of 18, 7 and 31 digits")
        yield Case(*_held(rng, [5]), about="with a single client")
        yield Case(*_held(rng, [3, 650]), about="with a client of 650 digits")
        images, labels, parts = _held(rng, [4, 9])
        yield Case(
            images / np.float32(255), labels, parts, about="with images that are already floats"
        )
        # More than a learner would type. Its images are small, so that it is fast.
        yield Case(*_held(rng, [400, _MANY], side=1), about=f"with a client of {_MANY:,} digits")

    @mistake("The batches still hold 10 digits, the default. Change `batch_size`.")
    def untouched(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts)

    @mistake(
        "Each digit is a batch of its own: B is 1. The task asks for one batch of all the client's "
        "digits."
    )
    def one_by_one(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=1)

    @mistake(
        "600 fits the clients of this lesson. The digits of a client with more would still be cut into "
        "several batches: no fixed number is right for every client."
    )
    def six_hundred(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=600)

    @mistake(
        "You use the first client's number of digits for all clients. A client with more digits gets "
        "several batches."
    )
    def as_the_first(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=len(parts[0]))

    @mistake(
        "You use the smallest client's number of digits for all clients. A client with more digits gets "
        "several batches."
    )
    def as_the_smallest(images, labels, parts):
        smallest = min(len(part) for part in parts)
        return federated.ClientDatasets(images, labels, parts, batch_size=smallest)

    @mistake(
        "You use the average number of digits for all clients. A client with more digits gets several "
        "batches."
    )
    def as_the_average(images, labels, parts):
        average = len(labels) // len(parts)
        return federated.ClientDatasets(images, labels, parts, batch_size=average)

    @mistake(
        "`len(parts)` is the number of clients. A batch has to hold all digits of one client, however "
        "many it has."
    )
    def as_many_as_clients(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=len(parts))

    @mistake("Don't scale the images: `ClientDatasets` does that.")
    def scaled(images, labels, parts):
        return federated.ClientDatasets(images / 255, labels, parts, batch_size=None)

    @mistake("Don't scale the images a second time: `ClientDatasets` does that.")
    def scaled_twice(images, labels, parts):
        floats = federated.as_floats(images) / 255
        return federated.ClientDatasets(floats, labels, parts, batch_size=None)

    @mistake(
        "The batch size is right, but the clients make more than one pass. FedSGD is one step per "
        "client and round: one epoch."
    )
    def five_passes(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=None, local_epochs=5)

    @mistake(
        "You give all digits to one client, so they would have to leave their devices. Each client "
        "keeps its own: pass `parts`."
    )
    def all_in_one(images, labels, parts):
        return federated.ClientDatasets(images, labels, [np.concatenate(parts)], batch_size=None)

    @mistake(
        "You use the lesson's digits. Use your function's own arguments: `images`, `labels` and "
        "`parts`."
    )
    def other_digits(images, labels, parts):
        images = np.zeros(
            (len(images), 28, 28), np.uint8
        )  # all that the check looks at is the size
        return federated.ClientDatasets(images, labels, parts, batch_size=None)

    @mistake(
        "You returned a list. The task asks for a `federated.ClientDatasets`, which builds such "
        "datasets for each round when its `cohort` is called."
    )
    def a_list(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=None).cohort(
            range(len(parts))
        )


def _held(rng, sizes, side=4):
    """Images, labels, and the positions that each client holds."""
    total = sum(sizes)
    images = rng.integers(0, 256, (total, side, side)).astype(np.uint8)
    labels = rng.integers(0, 10, total).astype(np.uint8)
    return images, labels, np.split(rng.permutation(total), np.cumsum(sizes)[:-1])
