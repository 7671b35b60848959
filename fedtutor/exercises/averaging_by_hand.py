"""The exercises of lesson 03."""

import numpy as np
import tensorflow as tf

from fedtutor import by_hand
from fedtutor.exercises import probes
from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("03_averaging_by_hand", hides={"by_hand": ["weighted_average", "federated_round"]})
summary = lesson.summary


def _averaged(client_weights, factors):
    """What all wrong averages have in common."""
    return [
        sum(factor * array for factor, array in zip(factors, arrays))
        for arrays in zip(*client_weights)
    ]


@lesson.function(
    points=3,
    minutes=7,
    hints=(
        "With `total = sum(num_examples)`, a client of `n` examples counts with `n / total`. These "
        "shares add up to 1.",
        '`zip(*client_weights)` turns "for each client, its arrays" into "for each array, its '
        'clients". Or count the arrays: `client_weights[0]` holds all those of the first client.',
        "`sum(n / total * array for n, array in zip(num_examples, arrays))` averages one of the "
        "arrays, where `arrays` holds it once for each client. Do this for each, in a list.",
    ),
)
class weighted_average:
    def solution(client_weights, num_examples):
        total = sum(num_examples)
        return [
            sum(n / total * array for n, array in zip(num_examples, arrays, strict=True))
            for arrays in zip(*client_weights)
        ]

    def cases(rng):
        two = [
            [np.array([0.0, 10.0]), np.array([[2.0]])],
            [np.array([1.0, 20.0]), np.array([[6.0]])],
        ]
        yield Case(two, [100, 300])
        sizes = [int(n) for n in (rng.integers(500, 900), rng.integers(5, 50), 200)]
        yield Case(
            [probes.random_weights(rng) for _ in sizes],
            sizes,
            about="with three clients of four arrays",
        )
        sizes = rng.integers(50, 500, 5)
        shapes = ((3,), (2, 4, 2))
        yield Case(
            tuple(probes.random_weights(rng, shapes) for _ in sizes),
            sizes,
            about="with five clients of two arrays",
        )
        yield Case(
            [probes.random_weights(rng)], [int(rng.integers(2, 900))], about="with a single client"
        )
        yield Case(
            [probes.random_weights(rng, shapes) for _ in range(3)],
            [40, 0, 160],
            about="with a client that has no examples",
        )
        share = float(rng.uniform(0.1, 0.4))
        yield Case(
            tuple(probes.random_weights(rng, shapes) for _ in range(2)),
            (share, 1 - share),
            about="with shares in the place of numbers of examples",
        )
        numbers = [[np.array(x), np.array(y)] for x, y in rng.normal(size=(2, 2))]
        yield Case(numbers, [30, 10], about="with arrays of a single number each")

    @mistake(
        "You averaged without weights: a client with 10 examples counts as much as one with 1,000."
    )
    def without_weights(client_weights, num_examples):
        return _averaged(client_weights, [1 / len(num_examples)] * len(num_examples))

    @mistake(
        "You multiply by the numbers of examples, but divide by the number of clients. Divide by the "
        "number of all examples, so that the shares add up to 1."
    )
    def divided_by_clients(client_weights, num_examples):
        return _averaged(client_weights, [n / len(num_examples) for n in num_examples])

    @mistake(
        "The shares add up to 1 already. You divide by the number of clients as well, and the "
        "result is too small."
    )
    def divided_twice(client_weights, num_examples):
        total = sum(num_examples) * len(num_examples)
        return _averaged(client_weights, [n / total for n in num_examples])

    @mistake(
        "You multiply by the numbers of examples, but never divide by the number of all examples. "
        "The shares must add up to 1."
    )
    def not_normalised(client_weights, num_examples):
        return _averaged(client_weights, num_examples)

    @mistake(
        "You add the clients' arrays up. Their average is asked for, in proportion to examples."
    )
    def plain_sum(client_weights, num_examples):
        return _averaged(client_weights, [1] * len(num_examples))

    @mistake(
        "You divide by the largest number of examples. Divide by the number of all examples, so that "
        "the shares add up to 1."
    )
    def by_the_largest(client_weights, num_examples):
        return _averaged(client_weights, [n / max(num_examples) for n in num_examples])

    @mistake("`//` divides and rounds down: `100 // 400` is 0. Use `/`.")
    def rounded_down(client_weights, num_examples):
        total = sum(num_examples)
        return _averaged(client_weights, [n // total for n in num_examples])

    @mistake(
        "The more examples a client has, the less it counts with you. Multiply by its number of "
        "examples, and divide by the number of all."
    )
    def upside_down(client_weights, num_examples):
        inverse = [1 / n if n else 0 for n in num_examples]
        return _averaged(client_weights, [one / sum(inverse) for one in inverse])

    @mistake(
        "You average the first array only. A model is a list of arrays: average the first ones of all "
        "clients, then the second ones, and so on."
    )
    def first_array_in_a_list(client_weights, num_examples):
        total = sum(num_examples)
        return _averaged(client_weights, [n / total for n in num_examples])[:1]

    @mistake(
        "You give back one array. A model is a list of arrays: average the first ones of all clients, "
        "then the second ones, and give back a list of all."
    )
    def first_array(client_weights, num_examples):
        total = sum(num_examples)
        return _averaged(client_weights, [n / total for n in num_examples])[0]

    @mistake(
        "Each client's arrays are multiplied with its share, but not yet added up: one list of arrays "
        "is asked for, the sum over all clients."
    )
    def not_added(client_weights, num_examples):
        total = sum(num_examples)
        return [
            [n / total * array for array in weights]
            for n, weights in zip(num_examples, client_weights)
        ]

    @mistake(
        "You give back the weights of the client with the most examples. Average those of all."
    )
    def the_largest_wins(client_weights, num_examples):
        return client_weights[int(np.argmax(num_examples))]


def _rounds(rng):
    """Arguments for a round: what the model holds, the global weights, the cohort, and a rate."""
    few, some, many = (int(n) for n in (rng.integers(2, 6), rng.integers(9, 13), 25))
    yield Case(
        probes.random_weights(rng),
        probes.random_weights(rng),
        probes.random_clients(rng, few, many),
        0.5,
    )
    rate = round(float(rng.uniform(0.6, 0.9)), 2)
    yield Case(
        probes.random_weights(rng),
        probes.random_weights(rng),
        probes.random_clients(rng, many, few, some),
        rate,
        about=f"with three clients and a learning rate of {rate}",
    )
    yield Case(
        probes.random_weights(rng),
        probes.random_weights(rng),
        probes.random_clients(rng, some),
        0.5,
        about="with a cohort of one client",
    )
    yield Case(
        probes.random_weights(rng),
        probes.random_weights(rng),
        probes.random_clients(rng, many, 0, few),
        0.5,
        about="with a client that has no examples",
    )


def _returned(model, global_weights, cohort, learning_rate):
    """What the clients of a round send back: `(client_weights, num_examples)`."""
    returned = [
        by_hand.client_update(model, global_weights, batches, learning_rate) for batches in cohort
    ]
    return zip(*returned)


def _in_a_chain(model, global_weights, cohort, learning_rate):
    """The same, where each client goes on from where the last one stopped."""
    returned = []
    for batches in cohort:
        global_weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        returned.append((global_weights, n))
    return zip(*returned)


@lesson.function(
    points=3,
    minutes=8,
    probe=probes.model_and_cohort,
    tolerance=1e-4,
    limit=10.0,
    hints=(
        "A `for` loop over `cohort` gives the batches of one client after the other. For each, "
        "`client_update(model, global_weights, batches, learning_rate)` gives its weights and its "
        "number of examples.",
        "Collect both in two lists, which are empty before the loop. Each client gets the same "
        "`global_weights`.",
        "After the loop, and not in it: `return weighted_average(client_weights, num_examples)`.",
    ),
)
class federated_round:
    def solution(model, global_weights, cohort, learning_rate):
        from fedtutor import by_hand  # the course's own functions

        client_weights, num_examples = [], []
        for batches in cohort:
            weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
            client_weights.append(weights)
            num_examples.append(n)
        return by_hand.weighted_average(client_weights, num_examples)

    of_the_lesson = {"start": "global_weights"}
    cases = _rounds

    @mistake(
        "You averaged without weights: a client with 10 examples counts as much as one with 1,000. "
        "`weighted_average` takes the numbers that `client_update` gives back."
    )
    def without_weights(model, global_weights, cohort, learning_rate):
        weights, num_examples = _returned(model, global_weights, cohort, learning_rate)
        return by_hand.weighted_average(weights, [1] * len(num_examples))

    @mistake(
        "You count batches. The last batch of a client may be smaller, so take the number of examples "
        "that `client_update` gives back."
    )
    def batches_counted(model, global_weights, cohort, learning_rate):
        weights, _ = _returned(model, global_weights, cohort, learning_rate)
        return by_hand.weighted_average(weights, [len(list(batches)) for batches in cohort])

    @mistake(
        "Each of your clients goes on from where the last one stopped. All of them start from the "
        "same `global_weights`; do not give this name to anything else in the loop."
    )
    def in_a_chain(model, global_weights, cohort, learning_rate):
        return by_hand.weighted_average(*_in_a_chain(model, global_weights, cohort, learning_rate))

    @mistake(
        "Each of your clients goes on from where the last one stopped, and the last one's weights "
        "come back. All start from the same `global_weights`, and all are averaged."
    )
    def end_of_the_chain(model, global_weights, cohort, learning_rate):
        return list(_in_a_chain(model, global_weights, cohort, learning_rate))[0][-1]

    @mistake(
        "You start from the weights that the model happens to hold. The clients start from "
        "`global_weights`."
    )
    def from_the_model(model, global_weights, cohort, learning_rate):
        start = model.get_weights()
        return by_hand.weighted_average(*_returned(model, start, cohort, learning_rate))

    @mistake(
        "You start each client from the weights that the model holds, and these are the last client's. "
        "All clients start from `global_weights`."
    )
    def from_the_last(model, global_weights, cohort, learning_rate):
        start = model.get_weights()
        return by_hand.weighted_average(*_in_a_chain(model, start, cohort, learning_rate))

    @mistake(
        "Only the first client has come to its turn. Does the `return` stand inside of the loop? It "
        "belongs behind it."
    )
    def the_first_one(model, global_weights, cohort, learning_rate):
        return by_hand.client_update(model, global_weights, cohort[0], learning_rate)[0]

    @mistake(
        "You give back the weights of the last client. Collect those of all clients in a list, and "
        "average them."
    )
    def the_last_one(model, global_weights, cohort, learning_rate):
        return by_hand.client_update(model, global_weights, cohort[-1], learning_rate)[0]

    @mistake(
        "You give back what the clients sent, one entry for each. The server makes one list of arrays "
        "of it: their weighted average."
    )
    def not_averaged(model, global_weights, cohort, learning_rate):
        return list(_returned(model, global_weights, cohort, learning_rate))[0]

    @mistake("You give back the number of examples as well. Give back the weights alone.")
    def with_examples(model, global_weights, cohort, learning_rate):
        weights, num_examples = _returned(model, global_weights, cohort, learning_rate)
        return by_hand.weighted_average(weights, num_examples), sum(num_examples)

    @mistake(
        "Your clients learn with a rate of 0.2, whatever is asked for. Give `learning_rate` on to "
        "`client_update`."
    )
    def rate_of_the_lesson(model, global_weights, cohort, learning_rate):
        return by_hand.weighted_average(*_returned(model, global_weights, cohort, 0.2))

    @mistake(
        "You give back the global weights as they were before the round. Average what the clients "
        "send back."
    )
    def nothing_learned(model, global_weights, cohort, learning_rate):
        return global_weights


@lesson.function(
    points=2,
    minutes=5,
    hints=(
        "A round costs two models per client: one down, one up. A model has four bytes for each "
        "parameter.",
        "Whole rounds only: `a // b` divides and rounds down.",
    ),
)
class rounds_for_the_upload:
    def solution(upload, num_parameters, clients_per_round):
        bytes_per_round = clients_per_round * 2 * 4 * num_parameters
        return upload // bytes_per_round

    def cases(rng):
        yield Case(47_100_000, 199_210, 10)
        parameters, clients = int(rng.integers(2_000, 9_000)), int(rng.integers(2, 30))
        one_round = 8 * parameters * clients
        rest = one_round * 3 // 4  # so that rounding up, or to the nearest, gives more
        yield Case(37 * one_round + rest, parameters, clients, about="with other numbers")
        # Here rounding to the nearest is rounding down.
        yield Case(
            53 * 8 * parameters + 2 * parameters, parameters, 1, about="with one client per round"
        )
        yield Case(
            37 * one_round,
            parameters,
            clients,
            about="if the rounds cost exactly as many bytes as the upload",
        )
        yield Case(rest, parameters, clients, about="if one round costs more than the upload")

    @mistake("You count one way only. In a round, a model goes down to each client and up from it.")
    def one_way(upload, num_parameters, clients_per_round):
        return upload // (clients_per_round * 4 * num_parameters)

    @mistake("You count one byte for each parameter. It has four.")
    def one_byte(upload, num_parameters, clients_per_round):
        return upload // (clients_per_round * 2 * num_parameters)

    @mistake("You count one client. All `clients_per_round` of them get a model and send one.")
    def one_client(upload, num_parameters, clients_per_round):
        return upload // (2 * 4 * num_parameters)

    @mistake("Whole rounds are asked for. Round down: `//` does that.")
    def with_a_fraction(upload, num_parameters, clients_per_round):
        return upload / (clients_per_round * 2 * 4 * num_parameters)

    @mistake(
        "You round to the nearest whole number, and that may be one round too many. Round down."
    )
    def rounded(upload, num_parameters, clients_per_round):
        return round(upload / (clients_per_round * 2 * 4 * num_parameters))

    @mistake("You round up. The last round would cost more than what is left of the upload.")
    def rounded_up(upload, num_parameters, clients_per_round):
        return -(-upload // (clients_per_round * 2 * 4 * num_parameters))

    @mistake("This is the first round that goes beyond the upload. Stop one round before it.")
    def one_more(upload, num_parameters, clients_per_round):
        return upload // (clients_per_round * 2 * 4 * num_parameters) + 1

    @mistake(
        "Exactly as many bytes as the upload are not more than the upload: that round still counts."
    )
    def strictly_less(upload, num_parameters, clients_per_round):
        return max(0, upload - 1) // (clients_per_round * 2 * 4 * num_parameters)

    @mistake("This is upside down: uploads per round. Divide the upload by the bytes of a round.")
    def upside_down(upload, num_parameters, clients_per_round):
        return clients_per_round * 2 * 4 * num_parameters / upload


def _guarded(weights, num_examples, global_weights):
    if all(np.isfinite(array).all() for array in weights):
        return weights, num_examples
    return global_weights, 0


@lesson.function(
    points=3,
    minutes=10,
    probe=probes.model_and_batches,
    tolerance=1e-4,
    limit=10.0,
    hints=(
        "Begin with the three lines of the lesson's `client_update`. (Do not call it: its name is "
        "now your own function's.) Then look at the new weights, "
        "before anything is given back.",
        "`np.isfinite(array).all()` says whether all numbers of one array are finite. Ask it of each "
        "array.",
        "An `if` with two ways out: `return weights, int(num_examples)` where all is finite, and else "
        "`return global_weights, 0`.",
    ),
)
class client_update:
    of_the_lesson = {"start": "global_weights"}

    def solution(model, global_weights, batches, learning_rate):
        from fedtutor import by_hand  # the course's own functions

        model.set_weights(global_weights)
        num_examples = by_hand.local_training(model, batches, tf.constant(learning_rate))
        weights = model.get_weights()
        if all(np.isfinite(array).all() for array in weights):
            return weights, int(num_examples)
        return global_weights, 0

    def cases(rng):
        many, few = int(rng.integers(20, 30)), int(rng.integers(2, 8))
        yield Case(
            probes.random_weights(rng),
            probes.random_weights(rng),
            *probes.random_clients(rng, many),
            0.5,
        )
        yield Case(
            probes.random_weights(rng),
            probes.random_weights(rng),
            *probes.random_clients(rng, few),
            0.9,
            about=f"with {few} examples and a learning rate of 0.9",
        )
        yield Case(*probes.with_an_infinite_pixel(rng), 0.5, about="where one pixel is infinite")
        yield Case(
            *probes.with_large_weights(rng), about="where some of the weights become infinite"
        )
        yield Case(
            probes.random_weights(rng),
            probes.random_weights(rng),
            *probes.random_clients(rng, 0),
            0.5,
            about="with a client without examples",
        )

    @mistake(
        "Some broken weights get through. Look at all arrays, and at whatever is not finite: "
        "`np.isnan` does not find infinite numbers, `np.isfinite` tells both."
    )
    def nan_only(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        astray = any(np.isnan(array).any() for array in weights)
        return (global_weights, 0) if astray else (weights, n)

    @mistake(
        "You let weights through of which some are broken and some are not. One broken number is "
        "enough to stay out: `.all()`, not `.any()`."
    )
    def some_are_finite(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        good = all(np.isfinite(array).any() for array in weights)
        return (weights, n) if good else (global_weights, 0)

    @mistake(
        "A client that has gone astray still sends its broken weights. Look at them before you give "
        "them back: one broken number, in any array, is enough to stay out."
    )
    def no_guard(model, global_weights, batches, learning_rate):
        return by_hand.client_update(model, global_weights, batches, learning_rate)

    @mistake(
        "A client that has gone astray says 0 examples, but still sends its broken weights. The server "
        "will compute 0 times `nan`, and that is `nan`: send the global weights."
    )
    def broken_with_zero(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return weights, _guarded(weights, n, global_weights)[1]

    @mistake(
        "A client that has gone astray still counts with all its examples, and so holds the average "
        "back. Let it send 0 in their place."
    )
    def counts_anyway(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return _guarded(weights, n, global_weights)[0], n

    @mistake(
        "You mend the weights. The client has to stay out: it sends the global weights and 0, "
        "since numbers put in the place of broken ones were learned from nothing."
    )
    def mended(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return [np.nan_to_num(array) for array in weights], n

    @mistake(
        "You train from the weights that the model happens to hold. Put `global_weights` into it "
        "first, with `set_weights`."
    )
    def from_the_model(model, global_weights, batches, learning_rate):
        start = model.get_weights()
        weights, n = by_hand.client_update(model, start, batches, learning_rate)
        return _guarded(weights, n, global_weights)

    @mistake(
        "You give back the variables of the model, and the next client overwrites them. "
        "`get_weights` gives copies."
    )
    def variables(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        _, n = _guarded(weights, n, global_weights)
        return (model.weights, n) if n else (global_weights, 0)

    @mistake("You count batches. The server wants the number of examples.")
    def batches_counted(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return _guarded(weights, len(list(batches)), global_weights)

    @mistake("Two things are asked for: the weights, and the number of examples.")
    def weights_only(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return _guarded(weights, n, global_weights)[0]

    @mistake("The order is: the weights, then the number of examples.")
    def other_order(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return _guarded(weights, n, global_weights)[::-1]


@lesson.function(
    points=5,
    minutes=20,
    probe=probes.model_and_cohort,
    tolerance=1e-4,
    limit=10.0,
    hints=(
        "Take `federated_round` as a start. `client_update` still gives a client's new weights. "
        "These are a list of arrays: subtract the global ones array by array, with `zip`.",
        "`[new - old for new, old in zip(weights, global_weights)]` is one client's update, and "
        "`weighted_average` takes updates as well as weights.",
        "The last line adds, array by array: `old + server_rate * step`.",
    ),
)
class round_of_updates:
    of_the_lesson = {"start": "global_weights"}

    def solution(model, global_weights, cohort, learning_rate, server_rate=1.0):
        from fedtutor import by_hand  # the course's own functions

        updates, num_examples = [], []
        for batches in cohort:
            weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
            updates.append([new - old for new, old in zip(weights, global_weights)])
            num_examples.append(n)
        average = by_hand.weighted_average(updates, num_examples)
        return [old + server_rate * step for old, step in zip(global_weights, average)]

    def cases(rng):
        for case, rate in zip(_rounds(rng), (None, 0.5, 0.25, 1.5)):
            if rate is None:
                yield Case(*case.args, about="without a server learning rate (it is then 1)")
            else:
                about = f"{case.about} and a server learning rate of {rate}"
                yield Case(*case.args, rate, about=about)

    @mistake(
        "The server learning rate has no effect. Multiply the average update by it, before you add "
        "it to the global weights."
    )
    def no_rate(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return _moved(model, global_weights, cohort, learning_rate, 1.0)

    @mistake(
        "Your average is not weighted: a client with 10 examples counts as much as one with 1,000."
    )
    def without_weights(model, global_weights, cohort, learning_rate, server_rate=1.0):
        weights, num_examples = _returned(model, global_weights, cohort, learning_rate)
        average = by_hand.weighted_average(weights, [1] * len(num_examples))
        return _mixed(global_weights, average, server_rate)

    @mistake(
        "You add the updates of all clients up. The server takes their weighted average, or it goes "
        "too far."
    )
    def added_up(model, global_weights, cohort, learning_rate, server_rate=1.0):
        weights, _ = _returned(model, global_weights, cohort, learning_rate)
        average = by_hand.weighted_average(weights, [1] * len(weights))
        return _mixed(global_weights, average, len(weights) * server_rate)

    @mistake("The model goes the wrong way. An update is new minus old, and it is added.")
    def wrong_way(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return _moved(model, global_weights, cohort, learning_rate, -server_rate)

    @mistake(
        "You give back the step alone, how far the server goes. Add it to the global weights, array "
        "by array."
    )
    def step_alone(model, global_weights, cohort, learning_rate, server_rate=1.0):
        moved = _moved(model, global_weights, cohort, learning_rate, server_rate)
        return [new - old for new, old in zip(moved, global_weights)]

    @mistake(
        "You multiply the average of the weights by the server learning rate. Multiply the average of "
        "the updates by it, and add that to the global weights."
    )
    def shrunk(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return [
            server_rate * array
            for array in _moved(model, global_weights, cohort, learning_rate, 1.0)
        ]

    @mistake(
        "You add the average of the weights to the global ones. Subtract the global weights from each "
        "client's first: that is its update."
    )
    def not_subtracted(model, global_weights, cohort, learning_rate, server_rate=1.0):
        average = _moved(model, global_weights, cohort, learning_rate, 1.0)
        return [old + server_rate * new for old, new in zip(global_weights, average)]

    @mistake(
        "Old and new have changed places. With a server learning rate of 1 the result is the average "
        "of the clients, with 0 the old weights."
    )
    def other_share(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return _moved(model, global_weights, cohort, learning_rate, 1 - server_rate)

    @mistake(
        "You scale the clients' steps, not the average update. The clients learn with "
        "`learning_rate` as it is."
    )
    def clients_slowed(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return _moved(model, global_weights, cohort, learning_rate * server_rate, 1.0)

    @mistake(
        "You multiply by the server learning rate twice. Once is enough: each update, or their "
        "average."
    )
    def twice(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return _moved(model, global_weights, cohort, learning_rate, server_rate**2)

    @mistake(
        "You multiply by `learning_rate` once more. The clients have used it already: the server "
        "multiplies by `server_rate` alone."
    )
    def rate_once_more(model, global_weights, cohort, learning_rate, server_rate=1.0):
        share = learning_rate * server_rate
        return _moved(model, global_weights, cohort, learning_rate, share)

    @mistake(
        "You multiply the average update by `learning_rate`. The clients have used it already: the "
        "server multiplies by `server_rate`."
    )
    def rate_of_the_clients(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return _moved(model, global_weights, cohort, learning_rate, learning_rate)

    @mistake("`+` puts one list behind the other. Add them array by array, with `zip`.")
    def joined(model, global_weights, cohort, learning_rate, server_rate=1.0):
        moved = _moved(model, global_weights, cohort, learning_rate, server_rate)
        return global_weights + [new - old for new, old in zip(moved, global_weights)]


def _mixed(old_weights, new_weights, share):
    return [(1 - share) * old + share * new for old, new in zip(old_weights, new_weights)]


def _moved(model, global_weights, cohort, learning_rate, share):
    """The weighted average of the clients' updates, so many times, added to the global weights."""
    average = by_hand.weighted_average(*_returned(model, global_weights, cohort, learning_rate))
    return _mixed(global_weights, average, share)
