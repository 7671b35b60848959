"""The exercises of lesson 03."""

import re

import numpy as np

from fedtutor.exercises import (
    client_mistakes,
    model_cases,
    probes,
    round_mistakes,
    round_parts,
    round_solutions,
)
from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("03_averaging_by_hand", hides={"by_hand": ["weighted_average", "federated_round"]})
summary = lesson.summary

_SUM_OF_LISTS = re.compile(r"for \+=?: '(int|float)' and 'list'")


@lesson.function(
    points=3,
    minutes=4,
    arrays=True,
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
    of_the_lesson = {
        "n": "num_examples",
        "two_clients": "client_weights",
        "weights": "client_weights",
        "start": "client_weights",
    }
    explained = {
        _SUM_OF_LISTS: "A number and a list can't be added, and `sum` begins with the number 0. A client's "
        "weights are a list of arrays: add up all clients' first arrays, then their second arrays, and so "
        "on. `zip(*lists)` puts them together.",
        "non-broadcastable": "You combine two arrays whose shapes don't fit. Only arrays in the same position of the "
        "clients' lists have the same shape: average all first arrays, then all second arrays, and so on.",
    }

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


def _of_another_cell(*names):
    return {
        name: f"You use `{name}`, which is the lesson's, from another cell. Your function has to compute "
        "its own."
        for name in names
    }


_EVALUATE = "You use the lesson's `evaluate`, which fits only the 2NN; your function is checked with another model."
# Names of the lesson that learners use in a round, and what to use in their place, or what to say.
_OF_THE_LESSON = {
    "evaluate": f"{_EVALUATE} Return the weights: the cell evaluates them.",
    "start": "global_weights",
    "together": "global_weights",
    **dict.fromkeys(("five", "ten", "two", "clients", "batches", "first_cohort"), "cohort"),
    **_of_another_cell("weights", "n", "num_examples", "client_weights", "returned", "average"),
}
# What to say about errors in a round: first what is looked for in them, where that is longer.
_ONE_NUMBER = re.compile(
    r"weighted_average\(.*`: "
    r".*('int' object is not (iterable|subscriptable)|0-d array|num_examples is |1D weights)"
)
_PAIRS = re.compile(r"weighted_average\(.*`: .*(can't multiply sequence|for /: 'list')")
_PAIRS_OF_COHORT = re.compile(r"`for \w+, .+ in cohort:`")
_NOT_UNPACKED = (
    "A whole list is taken for one array. Did you unpack what `client_update` returns? These are "
    "two things, the weights and a number of examples. If you did, go through the weights array by array, "
    "with `zip`."
)
_SLIPS = {
    "num_examples can't become an array": "The arguments of `weighted_average` are in the wrong order, or "
    "not unpacked: first the list of the clients' weights, then the list of their numbers of examples. "
    "`zip(*pairs)` turns a list of pairs into two lists.",
    _ONE_NUMBER: "`weighted_average` takes one number of examples per client, in a list. Do you pass it a "
    "single number, such as the last client's?",
    _PAIRS: _NOT_UNPACKED,
    "arrays of this list have different shapes": _NOT_UNPACKED,
    _SUM_OF_LISTS: "`sum` can't add up lists. If `weighted_average` does this, check its "
    "arguments: first the clients' weights, then their numbers of examples.",
    _PAIRS_OF_COHORT: "`cohort` is a list with one data set per client, not a list of pairs. Go through it "
    "with `for batches in cohort`.",
    "returned 2 values, where 4 are expected": "You returned a pair, or one entry for each client. Return one "
    "list of arrays: the new global weights.",
    "list index out of range": "A cohort can have any number of clients, and the first is `cohort[0]`. Go "
    "through all of them: `for batches in cohort`.",
    "6 arrays as its weights, but gets 4": "Your function puts the weights into a model that they don't fit. "
    "It is checked with another model than the 2NN, so use only `model`. (The lesson's `evaluate` fits "
    "only the 2NN. Return the weights: the cell evaluates them.)",
}


@lesson.function(
    points=3,
    minutes=4,
    probe=probes.model_and_cohort,
    arrays=True,
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
class federated_round(round_mistakes.FederatedRound):
    solution = round_solutions.federated_round
    of_the_lesson, explained = _OF_THE_LESSON, _SLIPS
    cases = model_cases.rounds


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
    of_the_lesson = {
        "one_round": "You use `one_round`, which is the lesson's: the bytes of ten clients with the 2NN. "
        "Count yours from `clients_per_round` and `num_parameters`.",
        "one_model": "You use `one_model`, which is the lesson's: the bytes of the 2NN. Count yours from "
        "`num_parameters`, with four bytes each.",
        "run": "You use `run`, which is the lesson's: the bytes of 20 rounds of the 2NN. Count those of "
        "one round from `clients_per_round` and `num_parameters`.",
        "start": "num_parameters",
        "model": "num_parameters",
        "clients": "clients_per_round",
        "cohort": "clients_per_round",
        "chosen": "clients_per_round",
    }

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

    @mistake("You count eight bytes per parameter. Each has four.")
    def eight_bytes(upload, num_parameters, clients_per_round):
        return upload // (clients_per_round * 2 * 8 * num_parameters)

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

    @mistake("You always count 10 clients. Use the argument `clients_per_round`.")
    def ten_clients(upload, num_parameters, clients_per_round):
        return upload // (10 * 2 * 4 * num_parameters)

    @mistake(
        "You always count 10 clients and the 2NN's 199,210 parameters. Use the arguments "
        "`clients_per_round` and `num_parameters`."
    )
    def round_of_the_lesson(upload, num_parameters, clients_per_round):
        return upload // (10 * 2 * 4 * 199_210)

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
    arrays=True,
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
class client_update(client_mistakes.ClientUpdate):
    solution = round_solutions.client_update_that_stays_out
    of_the_lesson = {
        "start": "global_weights",
        **dict.fromkeys(("sound", "broken", "ten", "clients", "cohort"), "batches"),
        **_of_another_cell("weights", "n", "num_examples"),
        "evaluate": f"{_EVALUATE} Leave it out.",
    }
    explained = dict.fromkeys(
        ("in the line `raise", "in the line `assert", "error if a number is not finite"),
        "With broken weights your function raises an error, which ends the whole round. The client only "
        "has to stay out: return `global_weights, 0`.",
    )
    cases = model_cases.one_client


@lesson.function(
    points=5,
    minutes=11,
    probe=probes.model_and_cohort,
    arrays=True,
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
class round_of_updates(round_mistakes.RoundOfUpdates):
    solution = round_solutions.round_of_updates
    of_the_lesson = {
        "goal": "You use `goal`, which is the lesson's: the cell compares your result with it. Compute the "
        "new weights from your function's own arguments.",
        "result": "You use `result`, which is the lesson's, from the cell below your function. Your "
        "function has to compute its own.",
        "rate": "server_rate",
        **_OF_THE_LESSON,
    }
    explained = _SLIPS
    cases = model_cases.rounds_with_server_rate
