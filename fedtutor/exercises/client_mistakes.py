"""What learners get wrong in what a client does: the mistakes of an exercise of lesson 03."""

import numpy as np

from fedtutor.exercises import round_parts
from fedtutor.exercises.functions import mistake


def _tested(is_sound, model, global_weights, batches, learning_rate):
    """What a client returns that stays out of the round if its new weights are not sound."""
    weights, n = round_parts.trained(model, global_weights, batches, learning_rate)
    return round_parts.guarded(weights, n, global_weights, is_sound)


_REPLACED = (
    "You replace the broken numbers, but the new ones were not learned from anything. The client has to "
    "stay out: return the global weights and 0."
)


class ClientUpdate:
    """Of the exercise `client_update`: a client that stays out if its weights are not finite."""

    @mistake(
        "The idea is right, but infinite numbers get through: `np.isnan` misses infinite numbers, "
        "`np.isfinite` catches both."
    )
    def nan_only(model, global_weights, batches, learning_rate):
        def is_sound(weights):
            return not any(np.isnan(array).any() for array in weights)

        return _tested(is_sound, model, global_weights, batches, learning_rate)

    @mistake(
        "The idea is right, but `nan` gets through: `np.isinf` finds only infinite numbers, and "
        "`== np.nan` is never true. `np.isfinite` catches both."
    )
    def infinite_only(model, global_weights, batches, learning_rate):
        def is_sound(weights):
            return not any(np.isinf(array).any() for array in weights)

        return _tested(is_sound, model, global_weights, batches, learning_rate)

    @mistake(
        "The idea is right, but your test finds only plus infinity: `== np.nan` is never true, not even "
        "of `nan`, and `-np.inf == np.inf` is False. `np.isfinite` catches all three."
    )
    def plus_infinity_only(model, global_weights, batches, learning_rate):
        def is_sound(weights):
            return not any(np.isposinf(array).any() for array in weights)

        return _tested(is_sound, model, global_weights, batches, learning_rate)

    @mistake(
        "The idea is right, but minus infinity gets through: `-np.inf == np.inf` is False. "
        "`np.isfinite` catches `nan`, infinity and minus infinity."
    )
    def minus_infinity_missed(model, global_weights, batches, learning_rate):
        def is_sound(weights):
            return not any((np.isnan(array) | np.isposinf(array)).any() for array in weights)

        return _tested(is_sound, model, global_weights, batches, learning_rate)

    @mistake(
        "Your client stays out only if there is `nan` and also infinity. One of the two is enough: a "
        "test for broken weights needs `or`, a test for sound weights needs `and`."
    )
    def both_at_once(model, global_weights, batches, learning_rate):
        def is_sound(weights):
            return not any(np.isnan(array).any() and np.isinf(array).any() for array in weights)

        return _tested(is_sound, model, global_weights, batches, learning_rate)

    @mistake(
        "The idea is right, but broken numbers in the later arrays get through. Test all arrays before "
        "you return: does a `return` end your loop too early?"
    )
    def first_array_tested(model, global_weights, batches, learning_rate):
        def is_sound(weights):
            return round_parts.is_finite(weights[:1])

        return _tested(is_sound, model, global_weights, batches, learning_rate)

    @mistake(
        "The idea is right, but `nan` gets through, and so do broken numbers in the later arrays. Test all "
        "arrays with `np.isfinite` before you return: does a `return` end your loop too early?"
    )
    def first_array_tested_for_infinity(model, global_weights, batches, learning_rate):
        def is_sound(weights):
            return not np.isinf(weights[0]).any()

        return _tested(is_sound, model, global_weights, batches, learning_rate)

    @mistake(
        "Only the last array decides. Is the result of your test overwritten with each array? One broken "
        "number, in any array, is enough to stay out."
    )
    def last_array_tested(model, global_weights, batches, learning_rate):
        def is_sound(weights):
            return round_parts.is_finite(weights[-1:])

        return _tested(is_sound, model, global_weights, batches, learning_rate)

    @mistake(
        "Your client always learns with a rate of 0.1. Use the argument `learning_rate` instead."
    )
    def rate_of_the_cell(model, global_weights, batches, learning_rate):
        return _tested(round_parts.is_finite, model, global_weights, batches, 0.1)

    @mistake(
        "Your client always learns with a rate of 0.2. Use the argument `learning_rate` instead."
    )
    def rate_of_the_lesson(model, global_weights, batches, learning_rate):
        return _tested(round_parts.is_finite, model, global_weights, batches, 0.2)

    @mistake(
        "You test the batches, not the new weights. Training can also break on sound data, for example "
        "with a learning rate that is far too large: test what `get_weights` returns."
    )
    def batches_tested(model, global_weights, batches, learning_rate):
        if not all(np.isfinite(x).all() for x, _ in batches):
            return global_weights, 0
        return round_parts.trained(model, global_weights, batches, learning_rate)

    @mistake(
        "The idea is right, but an array passes your test if any of its numbers is finite. All must be: "
        "with `np.isfinite` that is `.all()`, not `.any()`; with `np.isnan` and `np.isinf` it is the "
        "other way round."
    )
    def some_are_finite(model, global_weights, batches, learning_rate):
        def is_sound(weights):
            return all(np.isfinite(array).any() for array in weights)

        return _tested(is_sound, model, global_weights, batches, learning_rate)

    @mistake(
        "Your client still sends broken weights. Test the new weights before you return them: one "
        "broken number, in any array, is enough to stay out. (`== np.nan` is never true; use "
        "`np.isfinite`.)"
    )
    def no_guard(model, global_weights, batches, learning_rate):
        return round_parts.trained(model, global_weights, batches, learning_rate)

    @mistake(
        "Your test is right, but a client with broken weights still sends them, with 0 examples. The "
        "server computes 0 times `nan`, which is `nan`: return the global weights instead."
    )
    def broken_with_zero(model, global_weights, batches, learning_rate):
        weights, n = round_parts.trained(model, global_weights, batches, learning_rate)
        return weights, round_parts.guarded(weights, n, global_weights)[1]

    @mistake(
        "Your test is right, but a client with broken weights still counts with all its examples, which "
        "holds the average back. Return 0 as its number of examples."
    )
    def counts_anyway(model, global_weights, batches, learning_rate):
        weights, n = round_parts.trained(model, global_weights, batches, learning_rate)
        return round_parts.guarded(weights, n, global_weights)[0], n

    @mistake(_REPLACED)
    def replaced(model, global_weights, batches, learning_rate):
        weights, n = round_parts.trained(model, global_weights, batches, learning_rate)
        return [np.nan_to_num(array) for array in weights], n

    @mistake(_REPLACED)
    def replaced_by_zero(model, global_weights, batches, learning_rate):
        weights, n = round_parts.trained(model, global_weights, batches, learning_rate)
        return [np.where(np.isfinite(array), array, 0) for array in weights], n

    @mistake(
        "Training starts from the weights that the model happens to hold. First put `global_weights` "
        "into the model, with `set_weights`."
    )
    def from_the_model(model, global_weights, batches, learning_rate):
        start = model.get_weights()
        weights, n = round_parts.trained(model, start, batches, learning_rate)
        return round_parts.guarded(weights, n, global_weights)

    @mistake(
        "You returned the model's variables, which the next client overwrites. `get_weights` returns "
        "copies."
    )
    def variables(model, global_weights, batches, learning_rate):
        weights, n = round_parts.trained(model, global_weights, batches, learning_rate)
        _, n = round_parts.guarded(weights, n, global_weights)
        return (model.weights, n) if n else (global_weights, 0)

    @mistake(
        "Your test is inverted: sound weights are thrown away, and broken weights are sent. Swap the two "
        "`return` lines, or put a `not` before the test."
    )
    def inverted(model, global_weights, batches, learning_rate):
        def is_sound(weights):
            return not round_parts.is_finite(weights)

        return _tested(is_sound, model, global_weights, batches, learning_rate)

    @mistake(
        "You replace only the broken arrays, but the client has to stay out. If any array is broken, "
        "return all the global weights and 0."
    )
    def broken_arrays_replaced(model, global_weights, batches, learning_rate):
        weights, n = round_parts.trained(model, global_weights, batches, learning_rate)
        pairs = zip(weights, global_weights)
        return [new if np.isfinite(new).all() else old for new, old in pairs], n

    @mistake(
        "Your test is right, but with broken weights you return the global weights alone. Return two "
        "things there, too: `global_weights, 0`."
    )
    def global_weights_alone(model, global_weights, batches, learning_rate):
        weights, n = round_parts.trained(model, global_weights, batches, learning_rate)
        guarded = round_parts.guarded(weights, n, global_weights)
        return guarded if guarded[0] is weights else global_weights

    @mistake(
        "Your test is right, but a client with broken weights returns zeros. Return the global weights "
        "as the client received them."
    )
    def zeros(model, global_weights, batches, learning_rate):
        weights, n = round_parts.trained(model, global_weights, batches, learning_rate)
        return round_parts.guarded(weights, n, [0 * array for array in global_weights])

    @mistake("You returned the weights from before the training. Read them after it.")
    def read_too_early(model, global_weights, batches, learning_rate):
        return global_weights, round_parts.trained(model, global_weights, batches, learning_rate)[1]

    @mistake("You count batches. Return the number of examples.")
    def batches_counted(model, global_weights, batches, learning_rate):
        weights, n = round_parts.trained(model, global_weights, batches, learning_rate)
        return round_parts.guarded(weights, len(list(batches)), global_weights)

    @mistake("Return two things: the weights and the number of examples.")
    def weights_only(model, global_weights, batches, learning_rate):
        weights, n = round_parts.trained(model, global_weights, batches, learning_rate)
        return round_parts.guarded(weights, n, global_weights)[0]

    @mistake(
        "Both are right, but in the wrong order. Return first the weights, then the number of examples."
    )
    def other_order(model, global_weights, batches, learning_rate):
        weights, n = round_parts.trained(model, global_weights, batches, learning_rate)
        return round_parts.guarded(weights, n, global_weights)[::-1]
