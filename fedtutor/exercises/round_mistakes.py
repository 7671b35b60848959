"""What learners get wrong in a round: the mistakes of two exercises of lesson 03."""

from fedtutor import by_hand
from fedtutor.exercises import round_parts
from fedtutor.exercises.functions import mistake

_VARIABLES = (
    "You returned the model's variables, which change with the model. `get_weights` returns copies."
)


class FederatedRound:
    """Of the exercise `federated_round`."""

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
        "from the same `global_weights`: pass these to each `client_update`, and don't assign anything "
        "else to this name in the loop."
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
        return round_parts.in_a_chain(model, global_weights, cohort, learning_rate)[0][-1]

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
        return round_parts.returned(model, global_weights, cohort, learning_rate)[0][0]

    @mistake(
        "You returned the last client's weights. Collect the weights of all clients in a list, and "
        "average them. (`model.weights` are variables, which the next client overwrites: collect what "
        "`client_update` returns.)"
    )
    def last_client_only(model, global_weights, cohort, learning_rate):
        return round_parts.returned(model, global_weights, cohort, learning_rate)[0][-1]

    @mistake(_VARIABLES)
    def variables(model, global_weights, cohort, learning_rate):
        return model.weights

    @mistake(
        "You returned what the clients sent, one entry for each client. The server turns it into one "
        "list of arrays: the weighted average."
    )
    def not_averaged(model, global_weights, cohort, learning_rate):
        return list(round_parts.returned(model, global_weights, cohort, learning_rate)[0])

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
        "Your clients always learn with a rate of 0.1. Pass `learning_rate` on to `client_update`."
    )
    def rate_of_later_cells(model, global_weights, cohort, learning_rate):
        return by_hand.weighted_average(*round_parts.returned(model, global_weights, cohort, 0.1))

    @mistake(
        "You returned the global weights as they were before the round. Average what `client_update` "
        "returns."
    )
    def nothing_learned(model, global_weights, cohort, learning_rate):
        return global_weights


class RoundOfUpdates:
    """Of the exercise `round_of_updates`."""

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
        "Your model doesn't move. Did you subtract `model.get_weights()`? After `client_update` these are "
        "the client's new weights: subtract `global_weights`. Or is the step lost? `old = old + step` in "
        "a loop changes no list: build a new list."
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
        "Only the first client's update is used. Is `return` inside the loop? Move it after the loop."
    )
    def first_client_only(model, global_weights, cohort, learning_rate, server_rate=1.0):
        first = round_parts.returned(model, global_weights, cohort, learning_rate)[0][0]
        return round_parts.mixed(global_weights, first, server_rate)

    @mistake("Your clients always learn with a rate of 0.1. Pass them `learning_rate`.")
    def rate_of_the_cell(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return round_parts.moved(model, global_weights, cohort, 0.1, server_rate)

    @mistake("Your clients always learn with a rate of 0.2. Pass them `learning_rate`.")
    def rate_of_the_lesson(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return round_parts.moved(model, global_weights, cohort, 0.2, server_rate)

    @mistake(
        "You add the step to the weights that the model holds, which are the last client's. Add it to "
        "`global_weights`."
    )
    def added_to_the_last(model, global_weights, cohort, learning_rate, server_rate=1.0):
        moved = round_parts.moved(model, global_weights, cohort, learning_rate, server_rate)
        last = round_parts.returned(model, global_weights, cohort, learning_rate)[0][-1]
        return [mine + new - old for mine, new, old in zip(last, moved, global_weights)]

    @mistake(_VARIABLES)
    def variables(model, global_weights, cohort, learning_rate, server_rate=1.0):
        return model.weights

    @mistake(
        "Only the last client's update is used. Collect all clients' updates and average them."
    )
    def last_client_only(model, global_weights, cohort, learning_rate, server_rate=1.0):
        last = round_parts.returned(model, global_weights, cohort, learning_rate)[0][-1]
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
