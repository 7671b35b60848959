"""The exercises of lesson 03."""

import numpy as np
import tensorflow as tf

from fedtutor import by_hand
from fedtutor.exercises import model_cases, probes, round_parts
from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("03_averaging_by_hand", hides={"by_hand": ["weighted_average", "federated_round"]})
summary = lesson.summary


@lesson.function(
    points=3,
    minutes=4,
    hints=(
        "With `total = sum(num_examples)`, the share of a client with `n` examples is `n / total`. "
        "The shares add up to 1.",
        '`zip(*client_weights)` turns "for each client, its arrays" into "for each array, its '
        'clients". Or loop over positions: `client_weights[0]` holds all arrays of the first client.',
        "`sum(n / total * array for n, array in zip(num_examples, arrays))` averages one of the "
        "arrays, if `arrays` holds each client's version of it. Do this for every array, in a list.",
    ),
)
class weighted_average:
    of_the_lesson = {"n": "num_examples", "two_clients": "client_weights"}

    def solution(client_weights, num_examples):
        total = sum(num_examples)
        return [
            sum(n / total * array for n, array in zip(num_examples, arrays, strict=True))
            for arrays in zip(*client_weights)
        ]

    cases = model_cases.averages

    @mistake(
        "You averaged without weights: a client with 10 examples counts as much as one with 1,000."
    )
    def without_weights(client_weights, num_examples):
        return round_parts.weighted_sum(client_weights, [1 / len(num_examples)] * len(num_examples))

    @mistake(
        "You multiply by the numbers of examples, but divide by the number of clients. Divide by the "
        "total number of examples, so that the shares add up to 1."
    )
    def divided_by_clients(client_weights, num_examples):
        return round_parts.weighted_sum(
            client_weights, [n / len(num_examples) for n in num_examples]
        )

    @mistake(
        "The shares already add up to 1. You also divide by the number of clients, so the result is "
        "too small."
    )
    def divided_twice(client_weights, num_examples):
        total = sum(num_examples) * len(num_examples)
        return round_parts.weighted_sum(client_weights, [n / total for n in num_examples])

    @mistake(
        "You multiply by the numbers of examples, but never divide by the total number of examples. "
        "The shares must add up to 1."
    )
    def not_normalized(client_weights, num_examples):
        return round_parts.weighted_sum(client_weights, num_examples)

    @mistake(
        "You add up the clients' arrays. The task asks for their average, in proportion to the "
        "numbers of examples."
    )
    def plain_sum(client_weights, num_examples):
        return round_parts.weighted_sum(client_weights, [1] * len(num_examples))

    @mistake(
        "You divide by the largest number of examples. Divide by the total number of examples, so "
        "that the shares add up to 1."
    )
    def by_the_largest(client_weights, num_examples):
        return round_parts.weighted_sum(
            client_weights, [n / max(num_examples) for n in num_examples]
        )

    @mistake("The idea is right, but `//` divides and rounds down: `100 // 400` is 0. Use `/`.")
    def rounded_down(client_weights, num_examples):
        total = sum(num_examples)
        return round_parts.weighted_sum(client_weights, [n // total for n in num_examples])

    @mistake(
        "In your version, the more examples a client has, the less it counts. Multiply by its number "
        "of examples, and divide by the total."
    )
    def upside_down(client_weights, num_examples):
        inverse = [1 / n if n else 0 for n in num_examples]
        return round_parts.weighted_sum(client_weights, [one / sum(inverse) for one in inverse])

    @mistake(
        "You average only the first array. A model is a list of arrays: average all clients' first "
        "arrays, then their second arrays, and so on."
    )
    def first_array_in_a_list(client_weights, num_examples):
        total = sum(num_examples)
        return round_parts.weighted_sum(client_weights, [n / total for n in num_examples])[:1]

    @mistake(
        "You returned one array. A model is a list of arrays: average all clients' first arrays, then "
        "their second arrays, and return a list of all the averages."
    )
    def first_array(client_weights, num_examples):
        total = sum(num_examples)
        return round_parts.weighted_sum(client_weights, [n / total for n in num_examples])[0]

    @mistake(
        "Your shares are right, but the clients are not added up yet. The task asks for one list of "
        "arrays: the sum over all clients."
    )
    def not_added(client_weights, num_examples):
        total = sum(num_examples)
        return [
            [n / total * array for array in weights]
            for n, weights in zip(num_examples, client_weights)
        ]

    @mistake(
        "Only the last client's share is left. Add up the shares of all clients: `+=`, not `=`."
    )
    def last_share(client_weights, num_examples):
        last = len(num_examples) - 1
        shares = [n / sum(num_examples) * (k == last) for k, n in enumerate(num_examples)]
        return round_parts.weighted_sum(client_weights, shares)

    @mistake(
        "You returned the weights of the client with the most examples. Average all clients' weights."
    )
    def the_largest_wins(client_weights, num_examples):
        return client_weights[int(np.argmax(num_examples))]


# Names of the lesson, and the argument to use in their place.
_OF_THE_LESSON = {
    "start": "global_weights",
    "five": "cohort",
    "ten": "cohort",
    "clients": "cohort",
    "batches": "cohort",
}
# What to say about errors in a round.
_SLIPS = {
    "num_examples can't become an array": "The arguments of `weighted_average` are in the wrong order: "
    "first the list of the clients' weights, then the list of their numbers of examples.",
    "for +: 'int' and 'list'": "`sum` can't add up lists. If `weighted_average` does this, check the order "
    "of its arguments: first the clients' weights, then their numbers of examples.",
    "list index out of range": "A cohort can have any number of clients, and the first is `cohort[0]`. Go "
    "through all of them: `for batches in cohort`.",
}


@lesson.function(
    points=3,
    minutes=4,
    probe=probes.model_and_cohort,
    tolerance=1e-4,
    limit=10.0,
    hints=(
        "A `for` loop over `cohort` goes from client to client: each entry is one client's batches. "
        "`client_update(model, global_weights, batches, learning_rate)` returns that client's "
        "weights and its number of examples.",
        "Collect both in two lists, which are empty before the loop. Every client starts from the "
        "same `global_weights`.",
        "After the loop, not inside it: `return weighted_average(client_weights, num_examples)`.",
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

    of_the_lesson, explained = _OF_THE_LESSON, _SLIPS
    cases = model_cases.rounds

    @mistake(
        "You averaged without weights: a client with 10 examples counts as much as one with 1,000. "
        "Pass `weighted_average` the numbers of examples that `client_update` returns."
    )
    def without_weights(model, global_weights, cohort, learning_rate):
        weights, num_examples = round_parts.returned(model, global_weights, cohort, learning_rate)
        return by_hand.weighted_average(weights, [1] * len(num_examples))

    @mistake(
        "You weight by the numbers of batches. A client's last batch may be smaller, so take the number "
        "of examples that `client_update` returns."
    )
    def batches_counted(model, global_weights, cohort, learning_rate):
        weights, _ = round_parts.returned(model, global_weights, cohort, learning_rate)
        return by_hand.weighted_average(weights, [len(list(batches)) for batches in cohort])

    @mistake(
        "In your version, each client continues from the weights of the one before it. All must start "
        "from the same `global_weights`: don't assign anything else to this name in the loop."
    )
    def in_a_chain(model, global_weights, cohort, learning_rate):
        return by_hand.weighted_average(
            *round_parts.in_a_chain(model, global_weights, cohort, learning_rate)
        )

    @mistake(
        "In your version, each client continues from the weights of the one before it, and you return "
        "the last client's. All must start from the same `global_weights`, and all are averaged."
    )
    def end_of_the_chain(model, global_weights, cohort, learning_rate):
        return list(round_parts.in_a_chain(model, global_weights, cohort, learning_rate))[0][-1]

    @mistake(
        "Your clients start from the weights that the model happens to hold. They must start from "
        "`global_weights`."
    )
    def from_the_model(model, global_weights, cohort, learning_rate):
        start = model.get_weights()
        return by_hand.weighted_average(*round_parts.returned(model, start, cohort, learning_rate))

    @mistake(
        "You start each client from the weights that the model holds, which are the previous client's. "
        "All clients must start from `global_weights`."
    )
    def from_the_last(model, global_weights, cohort, learning_rate):
        start = model.get_weights()
        return by_hand.weighted_average(
            *round_parts.in_a_chain(model, start, cohort, learning_rate)
        )

    @mistake("Only the first client was used. Is `return` inside the loop? Move it after the loop.")
    def first_client_only(model, global_weights, cohort, learning_rate):
        return by_hand.client_update(model, global_weights, cohort[0], learning_rate)[0]

    @mistake(
        "You returned the last client's weights. Collect the weights of all clients in a list, and "
        "average them."
    )
    def last_client_only(model, global_weights, cohort, learning_rate):
        return by_hand.client_update(model, global_weights, cohort[-1], learning_rate)[0]

    @mistake(
        "You returned what the clients sent, one entry for each client. The server turns it into one "
        "list of arrays: the weighted average."
    )
    def not_averaged(model, global_weights, cohort, learning_rate):
        return list(round_parts.returned(model, global_weights, cohort, learning_rate))[0]

    @mistake(
        "The weights are right, but you also returned the number of examples. Return the weights alone."
    )
    def with_examples(model, global_weights, cohort, learning_rate):
        weights, num_examples = round_parts.returned(model, global_weights, cohort, learning_rate)
        return by_hand.weighted_average(weights, num_examples), sum(num_examples)

    @mistake(
        "Your clients always learn with a rate of 0.2. Pass `learning_rate` on to `client_update`."
    )
    def rate_of_the_lesson(model, global_weights, cohort, learning_rate):
        return by_hand.weighted_average(*round_parts.returned(model, global_weights, cohort, 0.2))

    @mistake(
        "You returned the global weights as they were before the round. Average what `client_update` "
        "returns."
    )
    def nothing_learned(model, global_weights, cohort, learning_rate):
        return global_weights


@lesson.function(
    points=2,
    minutes=3,
    hints=(
        "A round costs two models per client: one down and one up. A model has four bytes per "
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

    @mistake(
        "You count only one direction. In a round, a model goes down to each client, and one comes back up."
    )
    def one_way(upload, num_parameters, clients_per_round):
        return upload // (clients_per_round * 4 * num_parameters)

    @mistake("You count one byte per parameter. Each has four.")
    def one_byte(upload, num_parameters, clients_per_round):
        return upload // (clients_per_round * 2 * num_parameters)

    @mistake(
        "You count one client. In a round, `clients_per_round` clients each get a model and send one."
    )
    def one_client(upload, num_parameters, clients_per_round):
        return upload // (2 * 4 * num_parameters)

    @mistake(
        "Your formula is right, but the task asks for whole rounds. Round down: `//` does that."
    )
    def with_a_fraction(upload, num_parameters, clients_per_round):
        return upload / (clients_per_round * 2 * 4 * num_parameters)

    @mistake("You round to the nearest whole number, which may be one round too many. Round down.")
    def rounded(upload, num_parameters, clients_per_round):
        return round(upload / (clients_per_round * 2 * 4 * num_parameters))

    @mistake(
        "You round up, so your last round costs more than what is left of the upload. Round down."
    )
    def rounded_up(upload, num_parameters, clients_per_round):
        return -(-upload // (clients_per_round * 2 * 4 * num_parameters))

    @mistake("This is the first round that exceeds the upload. Stop one round earlier.")
    def one_more(upload, num_parameters, clients_per_round):
        return upload // (clients_per_round * 2 * 4 * num_parameters) + 1

    @mistake(
        "A round that ends at exactly as many bytes as the upload has not cost more: it still "
        "counts. (Count in bytes: in MB, rounding can lose it.)"
    )
    def strictly_less(upload, num_parameters, clients_per_round):
        return max(0, upload - 1) // (clients_per_round * 2 * 4 * num_parameters)

    @mistake(
        "Python works from left to right, so you divide by the first number only and multiply by the "
        "others. Put the bytes of a round in parentheses: `upload // (…)`."
    )
    def without_parentheses(upload, num_parameters, clients_per_round):
        return upload // clients_per_round * 2 * 4 * num_parameters

    @mistake("You always count the 2NN's 199,210 parameters. Use the argument `num_parameters`.")
    def of_the_2nn(upload, num_parameters, clients_per_round):
        return upload // (clients_per_round * 2 * 4 * 199_210)

    @mistake("You divide bytes by MB. The upload is in bytes: count a round in bytes, too.")
    def by_megabytes(upload, num_parameters, clients_per_round):
        return upload // (clients_per_round * 2 * 4 * num_parameters / 1e6)

    @mistake("This is upside down: uploads per round. Divide the upload by the bytes of one round.")
    def upside_down(upload, num_parameters, clients_per_round):
        return clients_per_round * 2 * 4 * num_parameters / upload


@lesson.function(
    points=3,
    minutes=6,
    probe=probes.model_and_batches,
    tolerance=1e-4,
    limit=10.0,
    hints=(
        "Begin with the lines of the lesson's `client_update`. (Don't call it: its name is now your "
        "own function's.) Then test the new weights before you return anything.",
        "`np.isfinite(array).all()` says whether all numbers of one array are finite. Test every "
        "array.",
        "An `if` with two returns: `return weights, int(num_examples)` if all is finite, otherwise "
        "`return global_weights, 0`.",
    ),
)
class client_update:
    of_the_lesson = {"start": "global_weights", "sound": "batches", "ten": "batches"}
    explained = dict.fromkeys(
        ("in the line `raise", "in the line `assert", "error if a number is not finite"),
        "With broken weights your function raises an error, which ends the whole round. The client only "
        "has to stay out: return `global_weights, 0`.",
    )

    def solution(model, global_weights, batches, learning_rate):
        from fedtutor import by_hand  # the course's own functions

        model.set_weights(global_weights)
        num_examples = by_hand.local_training(model, batches, tf.constant(learning_rate))
        weights = model.get_weights()
        if all(np.isfinite(array).all() for array in weights):
            return weights, int(num_examples)
        return global_weights, 0

    cases = model_cases.one_client

    @mistake(
        "The idea is right, but some broken weights get through. Test all arrays, and for everything "
        "that is not finite: `np.isnan` misses infinite numbers, `np.isfinite` catches both."
    )
    def nan_only(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        astray = any(np.isnan(array).any() for array in weights)
        return (global_weights, 0) if astray else (weights, n)

    @mistake(
        "You test the batches, not the new weights. Training can also break on sound data, for example "
        "with a learning rate that is far too large: test what `get_weights` returns."
    )
    def batches_tested(model, global_weights, batches, learning_rate):
        if not all(np.isfinite(x).all() for x, _ in batches):
            return global_weights, 0
        return by_hand.client_update(model, global_weights, batches, learning_rate)

    @mistake(
        "The idea is right, but an array passes your test if any of its numbers is finite. All must be: "
        "`.all()`, not `.any()`."
    )
    def some_are_finite(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        good = all(np.isfinite(array).any() for array in weights)
        return (weights, n) if good else (global_weights, 0)

    @mistake(
        "Your client still sends broken weights. Test the new weights before you return them: one "
        "broken number, in any array, is enough to stay out. (`== np.nan` is never true; use "
        "`np.isfinite`.)"
    )
    def no_guard(model, global_weights, batches, learning_rate):
        return by_hand.client_update(model, global_weights, batches, learning_rate)

    @mistake(
        "Your test is right, but a client with broken weights still sends them, with 0 examples. The "
        "server computes 0 times `nan`, which is `nan`: return the global weights instead."
    )
    def broken_with_zero(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return weights, round_parts.guarded(weights, n, global_weights)[1]

    @mistake(
        "Your test is right, but a client with broken weights still counts with all its examples, which "
        "holds the average back. Return 0 as its number of examples."
    )
    def counts_anyway(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return round_parts.guarded(weights, n, global_weights)[0], n

    @mistake(
        "You replace the broken numbers, but the new ones were not learned from anything. The client "
        "has to stay out: return the global weights and 0."
    )
    def replaced(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return [np.nan_to_num(array) for array in weights], n

    @mistake(
        "Training starts from the weights that the model happens to hold. First put `global_weights` "
        "into the model, with `set_weights`."
    )
    def from_the_model(model, global_weights, batches, learning_rate):
        start = model.get_weights()
        weights, n = by_hand.client_update(model, start, batches, learning_rate)
        return round_parts.guarded(weights, n, global_weights)

    @mistake(
        "You returned the model's variables, which the next client overwrites. `get_weights` returns "
        "copies."
    )
    def variables(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        _, n = round_parts.guarded(weights, n, global_weights)
        return (model.weights, n) if n else (global_weights, 0)

    @mistake(
        "Your test is inverted: sound weights are thrown away, and broken weights are sent. Swap the two "
        "`return` lines, or put a `not` before the test."
    )
    def inverted(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        good = all(np.isfinite(array).all() for array in weights)
        return (global_weights, 0) if good else (weights, n)

    @mistake(
        "You replace only the broken arrays, but the client has to stay out. If any array is broken, "
        "return all the global weights and 0."
    )
    def broken_arrays_replaced(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        pairs = zip(weights, global_weights)
        return [new if np.isfinite(new).all() else old for new, old in pairs], n

    @mistake(
        "Your test is right, but with broken weights you return the global weights alone. Return two "
        "things there, too: `global_weights, 0`."
    )
    def global_weights_alone(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        guarded = round_parts.guarded(weights, n, global_weights)
        return guarded if guarded[0] is weights else global_weights

    @mistake(
        "Your test is right, but a client with broken weights returns zeros. Return the global weights "
        "as the client received them."
    )
    def zeros(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return round_parts.guarded(weights, n, [0 * array for array in global_weights])

    @mistake("You returned the weights from before the training. Read them after it.")
    def read_too_early(model, global_weights, batches, learning_rate):
        return global_weights, by_hand.client_update(model, global_weights, batches, learning_rate)[
            1
        ]

    @mistake("You count batches. Return the number of examples.")
    def batches_counted(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return round_parts.guarded(weights, len(list(batches)), global_weights)

    @mistake("Return two things: the weights and the number of examples.")
    def weights_only(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return round_parts.guarded(weights, n, global_weights)[0]

    @mistake(
        "Both are right, but in the wrong order. Return first the weights, then the number of examples."
    )
    def other_order(model, global_weights, batches, learning_rate):
        weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
        return round_parts.guarded(weights, n, global_weights)[::-1]


@lesson.function(
    points=5,
    minutes=11,
    probe=probes.model_and_cohort,
    tolerance=1e-4,
    limit=10.0,
    hints=(
        "Start from your `federated_round`. `client_update` still returns a client's new weights, a "
        "list of arrays: subtract the global weights array by array, with `zip`.",
        "`[new - old for new, old in zip(weights, global_weights)]` is one client's update, and "
        "`weighted_average` takes updates as well as weights.",
        "The last line adds, array by array: `old + server_rate * step`.",
    ),
)
class round_of_updates:
    of_the_lesson = _OF_THE_LESSON
    explained = _SLIPS | {
        "arrays of this list have different shapes": "A whole list is taken for one array there. Did you "
        "unpack what `client_update` returns? These are two things, the weights and a number of "
        "examples. If you did, go through the weights array by array, with `zip`.",
    }

    def solution(model, global_weights, cohort, learning_rate, server_rate=1.0):
        from fedtutor import by_hand  # the course's own functions

        updates, num_examples = [], []
        for batches in cohort:
            weights, n = by_hand.client_update(model, global_weights, batches, learning_rate)
            updates.append([new - old for new, old in zip(weights, global_weights)])
            num_examples.append(n)
        average = by_hand.weighted_average(updates, num_examples)
        return [old + server_rate * step for old, step in zip(global_weights, average)]

    cases = model_cases.rounds_with_server_rate

    @mistake(
        "`server_rate` has no effect in your version. Multiply the average update by it before you add "
        "the update to the global weights."
    )
    def no_rate(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return round_parts.moved(model, global_weights, cohort, learning_rate, 1.0)

    @mistake(
        "Your average is not weighted: a client with 10 examples counts as much as one with 1,000."
    )
    def without_weights(model, global_weights, cohort, learning_rate, server_rate=1.0):
        weights, num_examples = round_parts.returned(model, global_weights, cohort, learning_rate)
        average = by_hand.weighted_average(weights, [1] * len(num_examples))
        return round_parts.mixed(global_weights, average, server_rate)

    @mistake(
        "You add up the updates of all clients, which goes too far. The server takes their weighted "
        "average."
    )
    def added_up(model, global_weights, cohort, learning_rate, server_rate=1.0):
        weights, _ = round_parts.returned(model, global_weights, cohort, learning_rate)
        average = by_hand.weighted_average(weights, [1] * len(weights))
        return round_parts.mixed(global_weights, average, len(weights) * server_rate)

    @mistake(
        "Your model moves in the wrong direction. An update is new minus old, and it is added."
    )
    def wrong_way(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return round_parts.moved(model, global_weights, cohort, learning_rate, -server_rate)

    @mistake(
        "Your model doesn't move, because each update is zero. Did you subtract `model.get_weights()`? "
        "After `client_update` these are the client's new weights: subtract `global_weights`."
    )
    def no_step(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return global_weights

    @mistake("You returned the step alone. Add it to the global weights, array by array.")
    def step_alone(model, global_weights, cohort, learning_rate, server_rate=1.0):
        moved = round_parts.moved(model, global_weights, cohort, learning_rate, server_rate)
        return [new - old for new, old in zip(moved, global_weights)]

    @mistake(
        "You multiply the average of the weights by `server_rate`. Multiply the average of the updates "
        "by it, and add the result to the global weights."
    )
    def shrunk(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return [
            server_rate * array
            for array in round_parts.moved(model, global_weights, cohort, learning_rate, 1.0)
        ]

    @mistake(
        "You add the average of the weights to the global weights. First subtract the global weights "
        "from each client's: that is its update."
    )
    def not_subtracted(model, global_weights, cohort, learning_rate, server_rate=1.0):
        average = round_parts.moved(model, global_weights, cohort, learning_rate, 1.0)
        return [old + server_rate * new for old, new in zip(global_weights, average)]

    @mistake(
        "Old and new are swapped. With a server learning rate of 1 the result is the clients' average, "
        "with 0 the old weights."
    )
    def other_share(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return round_parts.moved(model, global_weights, cohort, learning_rate, 1 - server_rate)

    @mistake(
        "You scale the clients' steps, not the average update. The clients learn with "
        "`learning_rate` as it is."
    )
    def clients_slowed(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return round_parts.moved(model, global_weights, cohort, learning_rate * server_rate, 1.0)

    @mistake(
        "You multiply by `server_rate` twice. Once is enough: multiply either each update or their "
        "average."
    )
    def twice(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return round_parts.moved(model, global_weights, cohort, learning_rate, server_rate**2)

    @mistake(
        "You multiply by `learning_rate` again. The clients have already used it: the server "
        "multiplies only by `server_rate`."
    )
    def rate_once_more(model, global_weights, cohort, learning_rate, server_rate=1.0):
        share = learning_rate * server_rate
        return round_parts.moved(model, global_weights, cohort, learning_rate, share)

    @mistake(
        "You multiply the average update by `learning_rate`. The clients have already used it: the "
        "server multiplies by `server_rate`."
    )
    def rate_of_the_clients(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return round_parts.moved(model, global_weights, cohort, learning_rate, learning_rate)

    @mistake("You add the step to the clients' average. Add it to the global weights instead.")
    def added_to_the_average(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return round_parts.moved(model, global_weights, cohort, learning_rate, 1 + server_rate)

    @mistake(
        "Only the last client's update is used. Collect all clients' updates and average them."
    )
    def last_client_only(model, global_weights, cohort, learning_rate, server_rate=1.0):
        last = by_hand.client_update(model, global_weights, cohort[-1], learning_rate)[0]
        return round_parts.mixed(global_weights, last, server_rate)

    @mistake(
        "In your version, each client continues from the weights of the one before it. All must start "
        "from the same `global_weights`: change them once, after the loop."
    )
    def in_a_chain(model, global_weights, cohort, learning_rate, server_rate=1.0):
        for batches in cohort:
            new = by_hand.client_update(model, global_weights, batches, learning_rate)[0]
            global_weights = round_parts.mixed(global_weights, new, server_rate)
        return global_weights

    @mistake(
        "The update is right, but `+` appends one list to the other. Add array by array, with `zip`."
    )
    def joined(model, global_weights, cohort, learning_rate, server_rate=1.0):
        moved = round_parts.moved(model, global_weights, cohort, learning_rate, server_rate)
        return global_weights + [new - old for new, old in zip(moved, global_weights)]
