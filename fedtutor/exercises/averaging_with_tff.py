"""The exercises of lesson 04."""

import functools
import math

import numpy as np
import tensorflow as tf
import tensorflow_federated as tff

from fedtutor import federated
from fedtutor.exercises import probes, tff_cases, tff_explained, tff_parts
from fedtutor.exercises.problem import Lesson, mistake

lesson = Lesson("04_averaging_with_tff")
summary = lesson.summary


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
    explained = tff_explained.make_model_fn

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

    cases = tff_cases.batches_for_a_model

    @mistake(
        "The model is compiled, so TFF refuses it: the algorithm brings its own optimizers. Leave out "
        "`compile`."
    )
    def compiled(build_model, input_spec):
        def model_fn():
            model = build_model()
            model.compile("sgd", loss="sparse_categorical_crossentropy")
            return tff_parts.wrapped(model, input_spec)

        return model_fn

    @mistake(
        "The Keras model is built once, outside `model_fn`. Call `build_model()` inside: each call of "
        "`model_fn` must return a new model, with its own variables."
    )
    def model_outside(build_model, input_spec):
        model = build_model()
        return lambda: tff_parts.wrapped(model, input_spec)

    @mistake(
        "`build_model` takes no arguments: write `build_model()`. The lesson's `seed=0` belongs to the "
        "lesson's builder, `models.perceptron_2nn`."
    )
    def with_a_seed(build_model, input_spec):
        return lambda: tff_parts.wrapped(build_model(seed=0), input_spec)

    @mistake(
        "The metrics are built once, outside `model_fn`. They count in variables, so each call needs "
        "new metrics, as it needs a new model."
    )
    def metrics_outside(build_model, input_spec):
        metrics = [tff_parts.accuracy(), tff_parts.top_k()]
        return lambda: tff_parts.wrapped(build_model(), input_spec, metrics=metrics)

    @mistake(
        "You returned the wrapped model itself. TFF needs the function that builds it, because it calls "
        "that several times: `return model_fn`, without parentheses."
    )
    def called(build_model, input_spec):
        return tff_parts.wrapped(build_model(), input_spec)

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
        return lambda: tff_parts.wrapped(build_model(), input_spec, loss=name)

    @mistake(
        "`build_model` is never called, so your function always wraps the same model. Wrap "
        "`build_model()`."
    )
    def another_model(build_model, input_spec):
        def build():
            return tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(10)])

        return lambda: tff_parts.wrapped(build(), input_spec)

    @mistake(
        "The model's `input_spec` is not your function's argument. Other clients have other batches: "
        "pass `input_spec=input_spec`."
    )
    def fixed_spec(build_model, input_spec):
        return lambda: tff_parts.wrapped(build_model(), tff_parts.LESSONS_SPEC)

    @mistake('The metrics are missing: the task asks for "accuracy" and "top_3".')
    def no_metrics(build_model, input_spec):
        return tff_parts.with_metrics(build_model, input_spec)

    @mistake('The second metric, "top_3", is missing.')
    def accuracy_only(build_model, input_spec):
        return tff_parts.with_metrics(build_model, input_spec, tff_parts.accuracy)

    @mistake('The first metric, "accuracy", is missing.')
    def top_3_only(build_model, input_spec):
        return tff_parts.with_metrics(build_model, input_spec, tff_parts.top_k)

    @mistake(tff_explained.NOT_SPARSE)
    def not_sparse(build_model, input_spec):
        one_hot = functools.partial(tf.keras.metrics.CategoricalAccuracy, name="accuracy")
        return tff_parts.with_metrics(build_model, input_spec, one_hot, tff_parts.top_k)

    @mistake('The metrics lack the names of the task: write `name="accuracy"` and `name="top_3"`.')
    def no_names(build_model, input_spec):
        accuracy = tf.keras.metrics.SparseCategoricalAccuracy
        top_k = functools.partial(tf.keras.metrics.SparseTopKCategoricalAccuracy, k=3)
        return tff_parts.with_metrics(build_model, input_spec, accuracy, top_k)

    @mistake(
        "Your metrics are classes: their parentheses are missing. Build an object of each, with its name "
        'inside the parentheses: `(name="accuracy")` and `(k=3, name="top_3")`.'
    )
    def classes(build_model, input_spec):
        metrics = [type(tff_parts.accuracy()), type(tff_parts.top_k())]
        return lambda: tff_parts.wrapped(build_model(), input_spec, metrics=metrics)

    @mistake(
        'The two names are swapped. "accuracy" belongs to `SparseCategoricalAccuracy`, and "top_3" to '
        "`SparseTopKCategoricalAccuracy`."
    )
    def names_swapped(build_model, input_spec):
        accuracy = functools.partial(tff_parts.accuracy, name="top_3")
        top_k = functools.partial(tff_parts.top_k, name="accuracy")
        return tff_parts.with_metrics(build_model, input_spec, accuracy, top_k)

    @mistake(
        'Your "top_3" counts a digit only if its label is the most probable one, as "accuracy" does. Use '
        "`SparseTopKCategoricalAccuracy` with `k=3`."
    )
    def top_1(build_model, input_spec):
        return tff_parts.with_k(build_model, input_spec, 1)

    @mistake(
        'Your "accuracy" counts a digit if its label is among the three most probable ones, as "top_3" '
        "does. Use `SparseCategoricalAccuracy`."
    )
    def two_top_3(build_model, input_spec):
        top_k = functools.partial(tff_parts.top_k, name="accuracy")
        return tff_parts.with_metrics(build_model, input_spec, top_k, tff_parts.top_k)

    @mistake("Your second metric looks at the best five, the default of Keras. Write `k=3`.")
    def top_5(build_model, input_spec):
        return tff_parts.with_k(build_model, input_spec, 5)

    @mistake(
        "Your loss treats the model's output as logits (`from_logits=True`). These models end in a "
        "softmax: their output is probabilities."
    )
    def of_logits(build_model, input_spec):
        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        return lambda: tff_parts.wrapped(build_model(), input_spec, loss=loss)


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
    of_the_lesson = {
        "train": "output",
        "chosen": "num_clients",
        "cohort": "num_clients",
        "clients": "num_clients",
    }
    explained = tff_explained.batches_per_client

    def solution(output, num_clients):
        return output.metrics["client_work"]["train"]["num_batches"] / num_clients

    cases = tff_cases.reported_metrics

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

    @mistake(tff_explained.ROUNDED)
    def rounded(output, num_clients):
        return output.metrics["client_work"]["train"]["num_batches"] // num_clients

    @mistake(tff_explained.ROUNDED)
    def to_the_nearest(output, num_clients):
        return round(output.metrics["client_work"]["train"]["num_batches"] / num_clients)

    @mistake("This is upside down: clients per batch. Divide the batches by the clients.")
    def upside_down(output, num_clients):
        return num_clients / output.metrics["client_work"]["train"]["num_batches"]


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
        "count_sevens": "You use `count_sevens`, which is the lesson's: it takes digits of 28 by 28 pixels "
        "and no others. The task asks you to write both computations, for any `at_clients`.",
        "share_of_sevens": "You use `share_of_sevens`, which is the lesson's. The task asks you to write "
        "both computations.",
        "clients": "at_clients",
        "trainer": "at_clients",
        "cohort": "Your function builds a computation, and the cohort is passed to that later. Leave "
        "`cohort` out of your function.",
    }
    explained = tff_explained.build_count

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

    cases = tff_cases.clients_of_some_sizes

    @mistake(
        "Each client counts, but nothing reaches the server: the result is still one number at each "
        "client. Combine these numbers with `tff.federated_sum`."
    )
    def at_each_client(at_clients):
        return tff_parts.placed(at_clients, combine=lambda counted: counted)

    @mistake(
        "You returned the computation of one client. A second one, a `tff.federated_computation`, has "
        "to map it over the clients and sum their results."
    )
    def of_one_client(at_clients):
        return tff_parts.at_one(at_clients.member)

    @mistake(
        "Your counting computation runs in one place, but the data is at the clients. "
        "`tff.federated_map(count, client_data)` runs it at each client."
    )
    def without_map(at_clients):
        count = tff_parts.at_one(at_clients.member)

        @tff.federated_computation(at_clients)
        def count_all(client_data):
            return tff.federated_sum(count(client_data))

        return count_all

    @mistake(
        "A `tff.tensorflow.computation` runs in one place, so its type can't mention clients. Write "
        "`@tff.tensorflow.computation(at_clients.member)`: what one client holds."
    )
    def placed_in_one_place(at_clients):
        return tff_parts.at_one(at_clients)

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
        return tff_parts.placed(at_clients, lambda so_far, batch: so_far + 1)

    @mistake(
        "You add 2 for each batch: a batch is a pair of images and labels, so `len(batch)` is 2. Count its "
        "labels: `tf.size(batch[1])`."
    )
    def pairs(at_clients):
        return tff_parts.placed(at_clients, lambda so_far, batch: so_far + len(batch))

    @mistake(tff_explained.A_PAIR)
    def size_of_a_pair(at_clients):
        return tff_parts.placed(at_clients, lambda so_far, batch: so_far + tf.size(batch))

    @mistake("You count pixels. Each digit has one label, so count the labels.")
    def pixels(at_clients):
        return tff_parts.placed(at_clients, lambda so_far, batch: so_far + tf.size(batch[0]))

    @mistake("You add up the labels themselves. Count them: `tf.size(labels)`.")
    def sum_of_labels(at_clients):
        return tff_parts.placed(at_clients, lambda so_far, batch: so_far + tf.reduce_sum(batch[1]))

    @mistake(
        "You count 10 digits per batch. Batches can have another size, and the last one may be "
        "smaller."
    )
    def tens(at_clients):
        return tff_parts.placed(at_clients, lambda so_far, batch: so_far + 10)

    @mistake(
        "Each batch replaces the count so far. `add` must return the old count plus the batch's."
    )
    def last_batch(at_clients):
        return tff_parts.placed(at_clients, lambda so_far, batch: tf.size(batch[1]))

    @mistake(
        "This is the mean of the clients' numbers. The task asks for their sum: `tff.federated_sum`."
    )
    def mean(at_clients):
        count = tff_parts.at_one(at_clients.member, dtype=tf.float32)
        return tff_parts.at_all(at_clients, count, tff.federated_mean)

    @mistake(
        "Your computation only takes this lesson's batches. Use the argument as its type: "
        "`@tff.federated_computation(at_clients)`, and `at_clients.member` for one client."
    )
    def fixed_type(at_clients):
        return tff_parts.placed(tff.FederatedType(tff_parts.lessons_batches(), tff.CLIENTS))

    @mistake(
        "The computation of one client only takes this lesson's batches. Use the argument for its type: "
        "`@tff.tensorflow.computation(at_clients.member)`."
    )
    def fixed_type_at_one(at_clients):
        return tff_parts.at_all(at_clients, tff_parts.at_one(tff_parts.lessons_batches()))

    @mistake(
        "The computation that you map takes something else than one client holds. What one client holds "
        "is a sequence of batches: `@tff.tensorflow.computation(at_clients.member)`."
    )
    def of_one_batch(at_clients):
        count = tff.tensorflow.computation(lambda x, y: tf.size(y), at_clients.member.element)
        return tff_parts.at_all(at_clients, count)

    @mistake(
        "Your computation takes nothing, so it can't count what clients hold. Begin it with "
        "`@tff.federated_computation(at_clients)`, and give its function one argument."
    )
    def takes_nothing(at_clients):
        return tff.federated_computation(lambda: tff.federated_value(6000, tff.SERVER))

    @mistake(
        "You call a computation while there is no data yet. Leave out the parentheses: TFF calls it later, "
        "with the clients' data."
    )
    def called(at_clients):
        return tff_parts.placed(at_clients)()


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
    of_the_lesson = {
        "digits": tff_explained.OWN_DIGITS,
        "clients": "parts",
        "cohort": "`cohort` is the lesson's, and holds ten clients. Return a `federated.ClientDatasets` of "
        "all clients, made of `images`, `labels` and `parts`.",
    }
    explained = tff_explained.full_batch_clients

    def solution(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=None)

    cases = tff_cases.images_labels_and_parts

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
        "You use the last client's number of digits for all clients. A client with more digits gets "
        "several batches."
    )
    def as_the_last(images, labels, parts):
        return federated.ClientDatasets(images, labels, parts, batch_size=len(parts[-1]))

    @mistake(tff_explained.AVERAGE)
    def as_the_average(images, labels, parts):
        average = len(labels) // len(parts)
        return federated.ClientDatasets(images, labels, parts, batch_size=average)

    @mistake(tff_explained.AVERAGE)
    def as_the_average_rounded_up(images, labels, parts):
        average = math.ceil(len(labels) / len(parts))
        return federated.ClientDatasets(images, labels, parts, batch_size=average)

    @mistake(tff_explained.AVERAGE)
    def as_the_nearest_to_the_average(images, labels, parts):
        average = round(len(labels) / len(parts))
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

    @mistake(tff_explained.OWN_DIGITS)
    def other_digits(images, labels, parts):
        images = np.zeros((len(images), 28, 28), np.uint8)  # the check looks at their size only
        return federated.ClientDatasets(images, labels, parts, batch_size=None)

    @mistake(
        "You returned a list. The task asks for a `federated.ClientDatasets`, which builds such "
        "datasets for each round when its `cohort` is called."
    )
    def a_list(images, labels, parts):
        clients = federated.ClientDatasets(images, labels, parts, batch_size=None)
        return clients.cohort(range(len(parts)))


@lesson.function(
    points=2,
    minutes=3,
    probe=probes.learning_process,
    hints=(
        "`trainer.next` returns one output. Its state is `output.state`, and the next round begins with it.",
        "The loss of a round is where `num_batches` was in Exercise 2: in "
        '`output.metrics["client_work"]["train"]`.',
        "Begin with `losses = []`, append to it in the loop, and after the loop `return state, losses`.",
    ),
)
class five_rounds:
    of_the_lesson = {
        "start": "state",
        "cohort": "train_data",
        "clients": "train_data",
        "three_clients": "train_data",
        "losses": "Your function doesn't define `losses`. Begin with `losses = []`, before the loop.",
        "output": "You use `output`, which is the lesson's. Save what `trainer.next` returns in each round: "
        "`output = trainer.next(state, train_data)`.",
        "federated": "Write the loop yourself, with `trainer.next`. `federated.run_rounds` draws a new "
        "cohort in each round, and here all rounds have the same `train_data`.",
    }
    explained = tff_explained.five_rounds

    def solution(trainer, state, train_data):
        losses = []
        for _ in range(5):
            output = trainer.next(state, train_data)
            state = output.state
            losses.append(output.metrics["client_work"]["train"]["loss"])
        return state, losses

    cases = tff_cases.processes

    @mistake(
        "The metrics of a round are dictionaries today, so there is no `.loss`. Names go in square "
        'brackets, from outside to inside: begin with `["client_work"]["train"]`.'
    )
    def old_habit(trainer, state, train_data):
        return trainer.next(state, train_data).metrics.loss

    @mistake(tff_explained.NOT_CARRIED_ON)
    def not_carried_on(trainer, state, train_data):
        return state, tff_parts.losses(trainer.next(state, train_data) for _ in range(5))

    @mistake(tff_explained.NOT_CARRIED_ON)
    def the_fifth_first_round(trainer, state, train_data):
        found = [trainer.next(state, train_data) for _ in range(5)]
        return found[-1].state, tff_parts.losses(found)

    @mistake(
        "You pass the whole output on as the state. It has two parts: write `state = output.state`."
    )
    def output_as_state(trainer, state, train_data):
        return trainer.next(trainer.next(state, train_data), train_data)

    @mistake("You run four rounds. `range(5)` runs five: 0, 1, 2, 3, 4.")
    def four(trainer, state, train_data):
        return tff_parts.state_and_losses(trainer, state, train_data, 4)

    @mistake("You run six rounds. `range(5)` runs five: 0, 1, 2, 3, 4.")
    def six(trainer, state, train_data):
        return tff_parts.state_and_losses(trainer, state, train_data, 6)

    @mistake("Only one round was run. Is `return` inside the loop? Move it after the loop.")
    def one_round(trainer, state, train_data):
        return tff_parts.state_and_losses(trainer, state, train_data, 1)

    @mistake(
        "The losses are right, but you return the state that your function was given. Return the state "
        "after the last round."
    )
    def first_state(trainer, state, train_data):
        return state, tff_parts.state_and_losses(trainer, state, train_data)[1]

    @mistake(
        "You begin with a new state. `trainer.initialize()` forgets what earlier rounds have learned: "
        "begin with the argument `state`."
    )
    def new_start(trainer, state, train_data):
        return tff_parts.state_and_losses(trainer, trainer.initialize(), train_data)

    @mistake(
        "The task asks for two values, the state after the last round and the list of the five losses: "
        "`return state, losses`."
    )
    def no_pair(trainer, state, train_data):
        return tff_parts.state_and_losses(trainer, state, train_data)[1]

    @mistake("The order is swapped: first the state, then the losses.")
    def swapped(trainer, state, train_data):
        return tff_parts.state_and_losses(trainer, state, train_data)[::-1]

    @mistake(
        "Your second value is not a list. Begin with `losses = []`, and append the loss in each round."
    )
    def last_loss(trainer, state, train_data):
        state, losses = tff_parts.state_and_losses(trainer, state, train_data)
        return state, losses[-1]

    @mistake(
        "Your list holds only the last loss. Begin with `losses = []` before the loop, and append inside it."
    )
    def list_of_the_last(trainer, state, train_data):
        state, losses = tff_parts.state_and_losses(trainer, state, train_data)
        return state, losses[-1:]

    @mistake(
        "Your list holds dictionaries of metrics. The loss of a round is further inside: "
        '`["client_work"]["train"]["loss"]`.'
    )
    def metrics(trainer, state, train_data):
        found = tff_parts.outputs(trainer, state, train_data)
        return found[-1].state, [output.metrics for output in found]

    @mistake("You collect the accuracies. The old loop printed the loss.")
    def accuracies(trainer, state, train_data):
        found = tff_parts.outputs(trainer, state, train_data)
        return found[-1].state, [tff_parts.train_metrics(output)["accuracy"] for output in found]
