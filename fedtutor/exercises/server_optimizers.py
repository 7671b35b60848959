"""The exercises of lesson 07."""

import re

import numpy as np

from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("07_server_optimizers")
summary = lesson.summary


@lesson.function(
    points=3,
    minutes=5,
    hints=(
        "`before - after` is how far the client's model has moved, against the direction of the gradients.",
        "The client made `num_steps` steps, each `learning_rate` times a gradient. So divide by "
        "`num_steps * learning_rate` to get a mean gradient.",
        "The steps were corrected: each used the gradient, minus `own`, plus `control`. To get back to the "
        "mean of the plain gradients, add `own` and subtract `control`.",
    ),
)
class control_variate:
    explained = {
        "in place 0: an array, where a number is expected": "You returned two values. Return one array, "
        "the client's new control variate.",
    }

    def solution(own, control, before, after, num_steps, learning_rate):
        mean_step = (before - after) / (num_steps * learning_rate)
        return own - control + mean_step

    def cases(rng):
        yield Case(
            np.array([1.0, 0.0]), np.array([0.5, 0.5]), np.array([2.0, 2.0]), np.array([1.0, 3.0]),
            5, 0.1,
        )  # fmt: skip
        yield Case(*rng.normal(size=(4, 6, 3)), 20, 0.05, about="with a matrix of weights")
        yield Case(*rng.normal(size=(4, 5)), 1, 0.5, about="with a single step")
        zero = np.zeros(4)
        yield Case(zero, zero, rng.normal(size=4), rng.normal(size=4), 10, 0.2, about="in round 1")
        own, control, weights = rng.normal(size=(3, 3))
        yield Case(own, control, weights, weights, 8, 0.1, about="if the weights haven't changed")

    @mistake(
        "The sign of the movement is wrong. A step goes against the gradient, so the mean gradient is "
        "`before - after`, divided."
    )
    def other_direction(own, control, before, after, num_steps, learning_rate):
        return own - control + (after - before) / (num_steps * learning_rate)

    @mistake(
        "You add `control` and subtract `own`, as in the corrected step. Here the correction has to be taken "
        "out again: the other way round."
    )
    def other_correction(own, control, before, after, num_steps, learning_rate):
        return control - own + (before - after) / (num_steps * learning_rate)

    @mistake(
        "This is the mean of the corrected steps. Take the correction out again: add `own` and subtract "
        "`control`."
    )
    def not_corrected(own, control, before, after, num_steps, learning_rate):
        return (before - after) / (num_steps * learning_rate)

    @mistake("Divide by `num_steps` too: you return the sum of the gradients, not their mean.")
    def sum_of_gradients(own, control, before, after, num_steps, learning_rate):
        return own - control + (before - after) / learning_rate

    @mistake(
        "Divide by `learning_rate` too: a step is the learning rate times a gradient, so the movement per "
        "step is not yet a gradient."
    )
    def no_rate(own, control, before, after, num_steps, learning_rate):
        return own - control + (before - after) / num_steps

    @mistake(
        "Only `num_steps` divides in your version: `a / b * c` multiplies by `c`. Put brackets around "
        "`num_steps * learning_rate`."
    )
    def no_brackets(own, control, before, after, num_steps, learning_rate):
        return own - control + (before - after) / num_steps * learning_rate

    @mistake("You divide `own - control` by `num_steps` too. Only the movement is divided.")
    def all_divided(own, control, before, after, num_steps, learning_rate):
        return (own - control + (before - after) / learning_rate) / num_steps

    @mistake("You multiply by `num_steps * learning_rate`. Divide by it.")
    def multiplied(own, control, before, after, num_steps, learning_rate):
        return own - control + (before - after) * (num_steps * learning_rate)

    @mistake(
        "This is how the control variate changes. Return the new control variate: add `own` to it."
    )
    def only_the_change(own, control, before, after, num_steps, learning_rate):
        return (before - after) / (num_steps * learning_rate) - control

    @mistake("You add `control`. It was added to each step, so subtract it here.")
    def control_added(own, control, before, after, num_steps, learning_rate):
        return own + control + (before - after) / (num_steps * learning_rate)

    @mistake("You forgot `control`, the server's: it was added to each step, so subtract it.")
    def without_control(own, control, before, after, num_steps, learning_rate):
        return own + (before - after) / (num_steps * learning_rate)


@lesson.function(
    points=2,
    minutes=4,
    hints=(
        "First the new momentum, from the old one and the update. Then the weights, from the new momentum.",
        "`momentum = beta * momentum + update`, without `+=`: the arrays belong to the caller.",
        "Return both, the weights first.",
    ),
)
class momentum_step:
    def solution(weights, update, momentum, learning_rate, beta):
        momentum = beta * momentum + update
        return weights + learning_rate * momentum, momentum

    def cases(rng):
        yield Case(np.array([1.0, 2.0]), np.array([0.5, -0.5]), np.array([1.0, 1.0]), 0.1, 0.9)
        yield Case(*rng.normal(size=(3, 4, 2)), 0.3, 0.9, about="with a matrix of weights")
        weights, update = rng.normal(size=(2, 5))
        yield Case(weights, update, np.zeros(5), 1.0, 0.9, about="in the first round")
        yield Case(*rng.normal(size=(3, 5)), 1.0, 0.0, about="with beta = 0")
        yield Case(*rng.normal(size=(3, 3)), 0.5, 0.5, about="with beta = 0.5")

    @mistake(
        "You subtract. An update already points from the old model to the better one: the server adds it."
    )
    def subtracted(weights, update, momentum, learning_rate, beta):
        momentum = beta * momentum + update
        return weights - learning_rate * momentum, momentum

    @mistake(
        "You move the weights with the old momentum. Compute the new momentum first, and step with that."
    )
    def old_momentum(weights, update, momentum, learning_rate, beta):
        return weights + learning_rate * momentum, beta * momentum + update

    @mistake("Your weights are right, but you return the old momentum. Return the new one.")
    def old_momentum_returned(weights, update, momentum, learning_rate, beta):
        return weights + learning_rate * (beta * momentum + update), momentum

    @mistake(
        "You multiply the update by `1 - beta`, as Adam does. FedAvgM adds the update at its full length."
    )
    def moving_average(weights, update, momentum, learning_rate, beta):
        momentum = beta * momentum + (1 - beta) * update
        return weights + learning_rate * momentum, momentum

    @mistake("You multiply the update by `beta` too. Only the old momentum fades.")
    def update_fades(weights, update, momentum, learning_rate, beta):
        momentum = beta * (momentum + update)
        return weights + learning_rate * momentum, momentum

    @mistake("`beta` is at the update in your version. It multiplies the old momentum.")
    def other_beta(weights, update, momentum, learning_rate, beta):
        momentum = momentum + beta * update
        return weights + learning_rate * momentum, momentum

    @mistake(
        "You add the update a second time, as in Nesterov's momentum. The step is `learning_rate` times the "
        "new momentum."
    )
    def nesterov(weights, update, momentum, learning_rate, beta):
        momentum = beta * momentum + update
        return weights + learning_rate * (beta * momentum + update), momentum

    @mistake(
        "The learning rate is inside your momentum. The momentum is a sum of plain updates; the learning rate "
        "multiplies it in the step."
    )
    def rate_inside(weights, update, momentum, learning_rate, beta):
        momentum = beta * momentum + learning_rate * update
        return weights + momentum, momentum

    @mistake("You step with the update alone. Step with the momentum, which contains the update.")
    def plain_step(weights, update, momentum, learning_rate, beta):
        return weights + learning_rate * update, beta * momentum + update

    @mistake("You forgot the learning rate: the step is `learning_rate` times the new momentum.")
    def no_rate(weights, update, momentum, learning_rate, beta):
        momentum = beta * momentum + update
        return weights + momentum, momentum

    @mistake("You return the momentum first. Return the weights first, then the momentum.")
    def other_order(weights, update, momentum, learning_rate, beta):
        momentum = beta * momentum + update
        return momentum, weights + learning_rate * momentum

    @mistake("Return two things: the new weights and the new momentum, for the next round.")
    def only_the_weights(weights, update, momentum, learning_rate, beta):
        return weights + learning_rate * (beta * momentum + update)

    @mistake("You return the step itself. Add it to `weights`, and return the new weights.")
    def only_the_step(weights, update, momentum, learning_rate, beta):
        momentum = beta * momentum + update
        return learning_rate * momentum, momentum


@lesson.function(
    points=4,
    minutes=6,
    hints=(
        "`m` and `v` are moving averages: nine tenths of the old one and a tenth of the update; 99 hundredths "
        "of the old one and a hundredth of the *squared* update.",
        "`np.sqrt(v) + tau` is an array of the weights' shape: every weight gets a step size of its own.",
        "Use the *new* `m` and `v` in the step, and add it to the weights.",
    ),
)
class adam_step:
    explained = {
        "bitwise_xor": "In Python, `^` isn't a power. Write `update**2`.",
        re.compile(
            r"(different shapes|only (length-1|0-dim)).*happens with a matrix"
        ): "`weights` can also be a matrix. Compute with the whole arrays, without a loop.",
        re.compile(
            r"(?<!np\.)\bsqrt\(.*only (length-1|0-dim)"
        ): "`math.sqrt` takes one number. `np.sqrt` takes the root of every number in an array.",
    }

    def solution(weights, update, m, v, learning_rate, tau=0.001):
        m = 0.9 * m + 0.1 * update
        v = 0.99 * v + 0.01 * update**2
        return weights + learning_rate * m / (np.sqrt(v) + tau), m, v

    def cases(rng):
        yield Case(
            np.array([1.0, 1.0]), np.array([0.5, -0.01]), np.zeros(2), np.full(2, 1e-6), 0.01, 0.001
        )

        def state(shape):
            return (
                *rng.normal(size=(3, *shape)),
                rng.uniform(0.01, 1.0, size=shape),
            )

        yield Case(*state((4, 3)), 0.05, 0.001, about="with a matrix of weights")
        yield Case(*state((6,)), 0.1, 0.5, about="with tau = 0.5")
        weights, _, m, v = state((5,))
        yield Case(weights, np.zeros(5), m, v, 0.1, 0.001, about="with an update of zeros")
        weights = rng.normal(size=3)
        zero = np.zeros(3)
        yield Case(weights, zero, zero, zero, 0.1, 0.001, about="if everything is zero")

    @mistake(
        "You subtract. An update already points from the old model to the better one: the server adds it."
    )
    def subtracted(weights, update, m, v, learning_rate, tau):
        m, v = _moments(update, m, v)
        return weights - learning_rate * m / (np.sqrt(v) + tau), m, v

    @mistake("Your step uses the old `m` and `v`. Compute the new ones first, and step with them.")
    def old_state(weights, update, m, v, learning_rate, tau):
        return (weights + learning_rate * m / (np.sqrt(v) + tau), *_moments(update, m, v))

    @mistake("Your step uses the old `m`. Compute the new one first, and step with it.")
    def old_m(weights, update, m, v, learning_rate, tau):
        new_m, new_v = _moments(update, m, v)
        return weights + learning_rate * m / (np.sqrt(new_v) + tau), new_m, new_v

    @mistake("Your step uses the old `v`. Compute the new one first, and step with it.")
    def old_v(weights, update, m, v, learning_rate, tau):
        new_m, new_v = _moments(update, m, v)
        return weights + learning_rate * new_m / (np.sqrt(v) + tau), new_m, new_v

    @mistake("`v` averages the squares of the updates. You don't square the update.")
    def plain_update_in_v(weights, update, m, v, learning_rate, tau):
        m, v = 0.9 * m + 0.1 * update, 0.99 * v + 0.01 * update
        with np.errstate(all="ignore"):
            return weights + learning_rate * m / (np.sqrt(v) + tau), m, v

    @mistake("`v` averages the squares of the updates. You take their sizes, without the square.")
    def not_squared(weights, update, m, v, learning_rate, tau):
        m, v = 0.9 * m + 0.1 * update, 0.99 * v + 0.01 * np.abs(update)
        return weights + learning_rate * m / (np.sqrt(v) + tau), m, v

    @mistake("You put the square of the new `m` into `v`. It takes the square of the update.")
    def square_of_m(weights, update, m, v, learning_rate, tau):
        m = 0.9 * m + 0.1 * update
        v = 0.99 * v + 0.01 * m**2
        return weights + learning_rate * m / (np.sqrt(v) + tau), m, v

    @mistake("You divide by `v`. Divide by its square root, which is as large as an update.")
    def no_root(weights, update, m, v, learning_rate, tau):
        m, v = _moments(update, m, v)
        return weights + learning_rate * m / (v + tau), m, v

    @mistake("`tau` is inside your square root. Add it to the root: `np.sqrt(v) + tau`.")
    def tau_inside(weights, update, m, v, learning_rate, tau):
        m, v = _moments(update, m, v)
        return weights + learning_rate * m / np.sqrt(v + tau), m, v

    @mistake(
        "You add `tau` to the step, because `/` comes before `+`. Put brackets around `np.sqrt(v) + tau`."
    )
    def no_brackets(weights, update, m, v, learning_rate, tau):
        m, v = _moments(update, m, v)
        with np.errstate(all="ignore"):
            return weights + learning_rate * m / np.sqrt(v) + tau, m, v

    @mistake(
        "You add `tau` to `m / np.sqrt(v)`, because `/` comes before `+`. Put brackets around "
        "`np.sqrt(v) + tau`."
    )
    def no_inner_brackets(weights, update, m, v, learning_rate, tau):
        m, v = _moments(update, m, v)
        with np.errstate(all="ignore"):
            return weights + learning_rate * (m / np.sqrt(v) + tau), m, v

    @mistake("You step with the update. Step with `m`, the moving average of the updates.")
    def plain_update(weights, update, m, v, learning_rate, tau):
        m, v = _moments(update, m, v)
        return weights + learning_rate * update / (np.sqrt(v) + tau), m, v

    @mistake("You take 0.99 for both. `m` keeps nine tenths of the old average: 0.9 and 0.1.")
    def both_slow(weights, update, m, v, learning_rate, tau):
        m = 0.99 * m + 0.01 * update
        v = 0.99 * v + 0.01 * update**2
        return weights + learning_rate * m / (np.sqrt(v) + tau), m, v

    @mistake("You take 0.9 for both. `v` keeps 99 hundredths of the old average: 0.99 and 0.01.")
    def both_fast(weights, update, m, v, learning_rate, tau):
        m = 0.9 * m + 0.1 * update
        v = 0.9 * v + 0.1 * update**2
        return weights + learning_rate * m / (np.sqrt(v) + tau), m, v

    @mistake(
        "You swap the shares: `m` keeps 0.9 of the old average and takes 0.1 of the update, and `v` keeps "
        "0.99 and takes 0.01."
    )
    def shares_swapped(weights, update, m, v, learning_rate, tau):
        m, v = 0.1 * m + 0.9 * update, 0.01 * v + 0.99 * update**2
        return weights + learning_rate * m / (np.sqrt(v) + tau), m, v

    @mistake("You swap 0.9 and 0.1: `m` keeps 0.9 of the old average and takes 0.1 of the update.")
    def shares_of_m_swapped(weights, update, m, v, learning_rate, tau):
        m, v = 0.1 * m + 0.9 * update, _moments(update, m, v)[1]
        return weights + learning_rate * m / (np.sqrt(v) + tau), m, v

    @mistake("You return `v` before `m`. The order is: the weights, `m`, `v`.")
    def other_order(weights, update, m, v, learning_rate, tau):
        m, v = _moments(update, m, v)
        return weights + learning_rate * m / (np.sqrt(v) + tau), v, m

    @mistake(
        "You divide by one number for all weights, so all of them get the same step size. "
        "Divide each weight's `m` by its own `np.sqrt(v) + tau`."
    )
    def one_size_for_all(weights, update, m, v, learning_rate, tau):
        m, v = _moments(update, m, v)
        return weights + learning_rate * m / (np.sqrt(np.mean(v)) + tau), m, v

    @mistake("You step without `tau`, which also keeps the step finite where `v` is 0.")
    def without_tau(weights, update, m, v, learning_rate, tau):
        m, v = _moments(update, m, v)
        with np.errstate(all="ignore"):
            return weights + learning_rate * m / np.sqrt(v), m, v

    @mistake(
        "You correct the bias of the first rounds, as Adam does in Keras. Algorithm 2 of the paper, and the "
        "task, don't."
    )
    def bias_corrected(weights, update, m, v, learning_rate, tau):
        m, v = _moments(update, m, v)
        return weights + learning_rate * (m / 0.1) / (np.sqrt(v / 0.01) + tau), m, v

    @mistake("Return three things: the new weights, `m` and `v`. The next round needs all of them.")
    def only_the_weights(weights, update, m, v, learning_rate, tau):
        m, v = _moments(update, m, v)
        return weights + learning_rate * m / (np.sqrt(v) + tau)


def _moments(update, m, v):
    return 0.9 * m + 0.1 * update, 0.99 * v + 0.01 * update**2


@lesson.choice(
    points=1,
    minutes=3,
    hints=(
        "How did each of the two rules get its client rate?",
        "FedAdam was allowed twelve tries. How many was FedAvg allowed?",
    ),
)
class fair_comparison:
    options = {
        "a": "the difference may come from lucky seeds",
        "b": "nobody looked for the client rate that suits FedAvg",
        "c": "FedAdam must use the same server rate as FedAvg",
        "d": "nothing: devices, cohorts and first weights are the same",
    }
    answer = "b"
    mistakes = {
        "a": "Luck is possible, but the report guards against it: it has several seeds, and all of them "
        "agree. Look at how each rule got its rates.",
        "c": "The two server rates multiply different things: one a mean update, the other a normalized "
        "step. Equal numbers would mean nothing. Look at how each rule got its rates.",
        "d": "These are the same, and they should be. But FedAdam had twelve tries to find its rates, and "
        "FedAvg had none.",
    }


@lesson.function(
    points=2,
    minutes=4,
    hints=(
        "`losses**q` raises every loss to the power `q`.",
        "Divide by the sum, so that the weights add up to 1.",
        "Raise first, then divide by the sum of the powers: `powers / powers.sum()`.",
    ),
)
class fair_weights:
    explained = {
        "bitwise_xor": "In Python, `^` isn't a power. Write `losses**q`.",
        "returned 2 values, where 3": "Return one array, the weights: one for each client.",
    }

    def solution(losses, q):
        powers = losses**q
        return powers / powers.sum()

    def cases(rng):
        yield Case(np.array([0.1, 0.2, 0.4]), 1)
        yield Case(np.array([0.1, 0.2, 0.4]), 5, about="with q = 5")
        yield Case(rng.uniform(0.05, 3.0, 10), 2, about="with ten clients")
        yield Case(rng.uniform(0.05, 3.0, 4), 0, about="with q = 0")
        yield Case(rng.uniform(0.05, 3.0, 5), 0.5, about="with q = 0.5")
        yield Case(np.array([0.7]), 3, about="with a single client")

    @mistake("The weights must add up to 1: divide by the sum of the powers.")
    def not_normalized(losses, q):
        return np.asarray(losses, float) ** q

    @mistake(
        "You multiply by `q`. Raise the losses to the power `q`: `losses**q`. A factor would cancel out."
    )
    def multiplied(losses, q):
        products = q * np.asarray(losses, float)
        with np.errstate(all="ignore"):
            return products / products.sum()

    @mistake("You don't use `q`. Raise the losses to the power `q`: `losses**q`.")
    def without_q(losses, q):
        losses = np.asarray(losses, float)
        return losses / losses.sum()

    @mistake("You divide by the sum of the losses. Divide by the sum of their powers.")
    def by_the_sum_of_losses(losses, q):
        losses = np.asarray(losses, float)
        return losses**q / losses.sum()

    @mistake("`q` isn't an exponent in your version: `losses * q` is. Write `losses**q`.")
    def times_q(losses, q):
        return np.asarray(losses, float) * q

    @mistake(
        "In your version, clients with a low loss count more. q-FFL is for people with a bad "
        "model: a high loss must give a large weight."
    )
    def low_loss_first(losses, q):
        powers = np.asarray(losses, float) ** -q
        return powers / powers.sum()

    @mistake("You use an exponential, as in a softmax. Raise the losses to the power `q`.")
    def softmax(losses, q):
        powers = np.exp(q * np.asarray(losses, float))
        return powers / powers.sum()

    @mistake("You raise `q` to the power of the losses. It is the other way round: `losses**q`.")
    def other_way(losses, q):
        powers = np.power(float(q), np.asarray(losses, float))
        return powers / powers.sum()

    @mistake(
        "You divide first and raise to the power afterwards, so the weights don't add up to 1."
    )
    def divided_first(losses, q):
        losses = np.asarray(losses, float)
        return (losses / losses.sum()) ** q

    @mistake(
        "You divide by the largest. Then the weights don't add up to 1: divide by the sum of the powers."
    )
    def by_the_largest(losses, q):
        powers = np.asarray(losses, float) ** q
        return powers / powers.max()

    @mistake(
        "You use the exponent q + 1. That is how the paper writes its objective; a client's weight in the "
        "step is its loss to the power `q`."
    )
    def q_plus_1(losses, q):
        powers = np.asarray(losses, float) ** (q + 1)
        return powers / powers.sum()
