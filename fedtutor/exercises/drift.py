"""The exercises of lesson 06."""

import numpy as np

from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("06_drift")
summary = lesson.summary


@lesson.function(
    points=3,
    minutes=5,
    hints=(
        "`predictions == labels` says which digits are right. You also need to know which digits have "
        "one of the client's labels.",
        "`np.isin(labels, own_labels)` gives one True or False per digit. Repeated labels do no harm.",
        "`correct[own].mean()` is the share among the digits where `own` is True, and `~own` are the "
        "others. Check that there are any before you take a mean.",
    ),
)
class own_and_other:
    of_the_lesson = {"guessed": "predictions", "right": "labels", "held": "own_labels"}
    explained = {
        text: "`in` and `==` can't say, for each of many labels, whether it is one of several. "
        "`np.isin(labels, own_labels)` does."
        for text in ("truth value of an array", "unhashable type", "could not be broadcast")
    }
    explained["bad operand type for unary ~"] = (
        "`~` needs an array of True and False, not a list. Turn your list into an array: `np.array(own)`."
    )
    explained["boolean index did not match"] = (
        "You choose digits with an array of True and False that doesn't have one entry per test digit. "
        "`np.isin(labels, own_labels)` looks up each entry of its *first* argument in the second."
    )

    def solution(predictions, labels, own_labels):
        correct = np.asarray(predictions) == np.asarray(labels)
        own = np.isin(labels, own_labels)
        shares = []
        for group in (own, ~own):
            shares.append(correct[group].mean() if group.any() else np.nan)
        return tuple(shares)

    def cases(rng):
        labels = np.array([0, 3, 3, 7, 1, 7, 9, 3])
        predictions = np.array([0, 3, 3, 7, 7, 7, 3, 5])
        yield Case(predictions, labels, np.array([7, 3, 3, 7, 3]))
        for number in (2, 4, 1):
            own = rng.choice(10, number, replace=False)
            held = np.concatenate([own[:1], rng.permutation(np.repeat(own, 20))])
            about = f"with a client that holds {number} label{'s' * (number > 1)}"
            yield Case(*_biased(rng, own), held, about=about)
        everything = rng.permutation(np.repeat(np.arange(10), 3))
        yield Case(*_biased(rng, [0, 1]), everything, about="where a client holds all ten labels")
        predictions, labels = _biased(rng, [0, 1])
        kept = labels > 1
        yield Case(
            predictions[kept], labels[kept], np.array([1, 0, 0]),
            about="where no digit has a label of the client",
        )  # fmt: skip

    @mistake("The two shares are swapped. Return the client's own labels first, then the others.")
    def swapped(predictions, labels, own_labels):
        own, other = _shares(predictions, labels, np.isin(labels, own_labels))
        return other, own

    @mistake(
        "You choose the digits that the model *takes for* one of the client's labels. Choose the digits "
        "that *have* such a label: look at `labels`, not at `predictions`."
    )
    def by_prediction(predictions, labels, own_labels):
        return _shares(predictions, labels, np.isin(predictions, own_labels))

    @mistake(
        "You divide by the number of all digits. Each share is of the digits of its own kind: those with "
        "the client's labels, and the others."
    )
    def of_all_digits(predictions, labels, own_labels):
        correct, own = predictions == labels, np.isin(labels, own_labels)
        return (correct & own).mean(), (correct & ~own).mean()

    @mistake(
        "You divide the second count by the number of all digits. Divide it by the number of the other "
        "digits: those without a label of the client."
    )
    def others_of_all_digits(predictions, labels, own_labels):
        correct, own = predictions == labels, np.isin(labels, own_labels)
        return (correct[own].mean() if own.any() else np.nan), (correct & ~own).mean()

    @mistake("These are counts of right answers. Divide each by the number of digits of its kind.")
    def counts(predictions, labels, own_labels):
        correct, own = predictions == labels, np.isin(labels, own_labels)
        return (correct & own).sum(), (correct & ~own).sum()

    @mistake(
        "You use the first two entries of `own_labels`. It holds one label per digit of the client, so the "
        "first two may be equal, and there may be one, two, or more different labels."
    )
    def first_two(predictions, labels, own_labels):
        return _shares(predictions, labels, np.isin(labels, own_labels[:2]))

    @mistake(
        "You average the accuracies of the single labels. In the shares that the task asks for, each "
        "*digit* counts once."
    )
    def mean_over_labels(predictions, labels, own_labels):
        accuracy = {c: (predictions[labels == c] == c).mean() for c in np.unique(labels)}
        own = [a for c, a in accuracy.items() if c in own_labels]
        other = [a for c, a in accuracy.items() if c not in own_labels]
        return tuple(np.mean(some) if some else np.nan for some in (own, other))

    @mistake("These are the shares of wrong answers. Return the shares of right ones.")
    def errors(predictions, labels, own_labels):
        return tuple(1 - np.array(_shares(predictions, labels, np.isin(labels, own_labels))))

    @mistake("These are percentages. Return shares from 0 to 1; the cell formats them.")
    def percentages(predictions, labels, own_labels):
        return tuple(100 * np.array(_shares(predictions, labels, np.isin(labels, own_labels))))

    @mistake(
        "Where one of the two groups is empty, the task asks for `np.nan`, not for 0: a share of no "
        "digits is not a bad one."
    )
    def zero_if_none(predictions, labels, own_labels):
        shares = _shares(predictions, labels, np.isin(labels, own_labels))
        return tuple(np.nan_to_num(shares))

    @mistake("Where one of the two groups is empty, you return None for it. Return `np.nan`.")
    def none_if_none(predictions, labels, own_labels):
        shares = _shares(predictions, labels, np.isin(labels, own_labels))
        return tuple(None if np.isnan(share) else share for share in shares)

    @mistake(
        "You find none of the client's labels. Did you turn `own_labels` into a set? `np.isin` can't look "
        "into a set. Give it the array."
    )
    def isin_a_set(predictions, labels, own_labels):
        return np.nan, np.mean(predictions == labels)

    @mistake(
        "Your second share is of *all* digits. The task asks for the others: the digits without a label "
        "of the client."
    )
    def all_for_the_others(predictions, labels, own_labels):
        own, _ = _shares(predictions, labels, np.isin(labels, own_labels))
        return own, np.mean(predictions == labels)

    @mistake(
        "Your second share is 1 minus the first one: the digits with the client's labels that are *wrong*. "
        "The task asks how many of the *other* digits are right."
    )
    def one_minus_own(predictions, labels, own_labels):
        own, _ = _shares(predictions, labels, np.isin(labels, own_labels))
        return own, 1 - own

    @mistake("This is one share, of all digits. Return two: the client's labels, and the others.")
    def one_share(predictions, labels, own_labels):
        return np.mean(predictions == labels)


def _shares(predictions, labels, own):
    correct = predictions == labels
    return tuple(correct[group].mean() if group.any() else np.nan for group in (own, ~own))


def _biased(rng, own):
    """What a drifted model says about 200 digits: often one of its own labels."""
    labels = rng.permutation(np.concatenate([np.arange(10), rng.integers(0, 10, 190)]))
    drifted = rng.random(200) < 0.4
    return np.where(drifted, rng.choice(own, 200), labels), labels


@lesson.choice(
    points=1,
    minutes=2,
    hints=(
        "The average takes a tenth of each client's move. How long is it if the ten moves point the same "
        "way, and how long if they have nothing in common?",
        "Look at the start, too: all ten models came from the same one.",
    ),
)
class why_better_than_its_parts:
    options = {
        "a": "the server gives the best of the ten models the largest weight",
        "b": "each client's move counts only a tenth, and the ten moves point in different directions, so "
        "the average stays near the start and keeps most of what it knew",
        "c": "the ten models vote, and the majority is usually right",
        "d": "the average has been trained on all 60,000 digits",
    }
    answer = "b"
    because = (
        "The ten moves have almost nothing in common (the next cells measure it), so their average is "
        "short: ten moves at right angles average to 1/√10 of their length, about a third. That also "
        "means that most of what each client learned is diluted."
    )
    mistakes = {
        "a": "The server weights by numbers of digits. It doesn't know who is good: it has no test digits.",
        "c": "Nobody votes. The server averages weights, and the average is a single model.",
        "d": "Ten clients took part, with about 1,100 digits together.",
    }


@lesson.function(
    points=4,
    minutes=6,
    hints=(
        "`np.maximum.accumulate(accuracies)` is the running best.",
        "`np.flatnonzero(best >= target)` finds the rounds that have reached the target, counted from 0. "
        "The first of them is the end of the piece that you interpolate on. It may be empty.",
        "If the running best goes from `low` after round r to `high` after round r + 1, it crosses the "
        "target at `r + (target - low) / (high - low)`.",
    ),
)
class rounds_to:
    of_the_lesson = {"four_rounds": "accuracies"}

    def solution(accuracies, target):
        best = np.maximum.accumulate(accuracies)
        reached = np.flatnonzero(best >= target)
        if len(reached) == 0:
            return np.nan
        first = reached[0]  # counted from 0
        if first == 0:
            return 1.0
        low, high = best[first - 1], best[first]
        return first + (target - low) / (high - low)

    def cases(rng):
        yield Case(np.array([0.5, 0.75, 0.625, 1.0]), 0.8)
        yield Case(
            np.array([0.2, 0.5, 0.6, 0.9, 0.7, 0.95]), 0.75, about="where it falls afterwards"
        )
        rising = np.sort(rng.uniform(0.3, 0.9, 12))
        yield Case(rising, 0.5 * rising[4] + 0.5 * rising[5], about="where it rises in every round")
        noisy = np.clip(np.linspace(0.3, 0.95, 30) + rng.uniform(-0.1, 0.1, 30), 0, 1)
        yield Case(noisy, 0.8, about="with 30 rounds")
        yield Case(np.array([0.4, 0.6, 0.5, 0.55]), 0.7, about="where the target is never reached")
        yield Case(np.array([0.8, 0.9, 0.7]), 0.7, about="where the first round is good enough")
        yield Case(np.array([0.25, 0.5, 0.75]), 0.75, about="where the last round is exactly at it")
        yield Case(np.array([0.4]), 0.5, about="with a single round")
        about = "where the best so far stays at the target"
        yield Case(np.array([0.5, 0.75, 0.625, 1.0]), 0.75, about=about)
        yield Case(np.array([0.75, 0.625, 1.0]), 0.75, about=about)

    @mistake(
        "Where the best so far stays at the target, `np.interp` takes the *last* of several equal values. "
        "The task asks for the first round that has reached the target."
    )
    def last_of_equal(accuracies, target):
        best = np.maximum.accumulate(accuracies)
        return np.interp(target, best, np.arange(1, len(best) + 1), right=np.nan)

    @mistake(
        "This is the first whole round at or above the target. The task asks where, between two rounds, "
        "the straight line crosses the target."
    )
    def whole_rounds(accuracies, target):
        reached = np.flatnonzero(np.asarray(accuracies) >= target)
        return reached[0] + 1.0 if len(reached) else np.nan

    @mistake(
        "This is the first whole round at or above the target, counted from 0. Rounds count from 1, and "
        "the task asks where, between two rounds, the line crosses the target."
    )
    def whole_rounds_from_0(accuracies, target):
        reached = np.flatnonzero(np.asarray(accuracies) >= target)
        return float(reached[0]) if len(reached) else np.nan

    @mistake("You are one round early: the first accuracy was measured after round 1, not round 0.")
    def from_0(accuracies, target):
        return _crossing(np.maximum.accumulate(accuracies), target) - 1

    @mistake(
        "You are one round early where the target is reached after round 1: the line ends at the first "
        "round that has reached it, and rounds count from 1, not from 0."
    )
    def from_0_but_the_first(accuracies, target):
        found = _crossing(np.maximum.accumulate(accuracies), target)
        return found - 1 if found > 1 else found

    @mistake(
        "Your fraction is turned around: it is the way from the target to the upper accuracy. Take the "
        "way from the lower one to the target, (target - low) / (high - low)."
    )
    def inverted(accuracies, target):
        best = np.maximum.accumulate(accuracies)
        found = _crossing(best, target)
        if np.isnan(found) or best[0] >= target:
            return found
        first = np.flatnonzero(best >= target)[0]
        return first + (best[first] - target) / (best[first] - best[first - 1])

    @mistake(
        "Where round 1 is good enough, you read the entry at -1, which is the last round's: there is none "
        "before round 1. Return 1.0."
    )
    def from_the_last(accuracies, target):
        best = np.maximum.accumulate(accuracies)
        if best[0] < target or len(best) == 1:
            return _crossing(best, target)
        return (target - best[-1]) / (best[0] - best[-1])

    @mistake("You are one round late: the first accuracy was measured after round 1, not round 2.")
    def from_2(accuracies, target):
        return _crossing(np.maximum.accumulate(accuracies), target) + 1

    @mistake(
        "You draw the line from the accuracy of the round before. The task draws it from the best so far, "
        "which may be higher."
    )
    def from_the_round_before(accuracies, target):
        return _crossing(np.asarray(accuracies), target)

    @mistake(
        "You take the last time that the accuracy crosses the target. The task asks when the best so far "
        "first does, and it never falls."
    )
    def last_crossing(accuracies, target):
        accuracies = np.asarray(accuracies)
        below = np.flatnonzero(accuracies < target)
        if len(below) == 0:
            return 1.0
        last = below[-1]
        if last == len(accuracies) - 1:
            return np.nan
        low, high = accuracies[last], accuracies[last + 1]
        return last + 1 + (target - low) / (high - low)

    @mistake(
        "Where the target is never reached, you return the last round. Return `np.nan`: nobody knows when "
        "it would have been reached."
    )
    def last_if_never(accuracies, target):
        found = _crossing(np.maximum.accumulate(accuracies), target)
        return float(len(accuracies)) if np.isnan(found) else found

    @mistake(
        "Where the target is never reached, you return 0. Return `np.nan`: 0 rounds would be the best "
        "result there is."
    )
    def zero_if_never(accuracies, target):
        return np.nan_to_num(_crossing(np.maximum.accumulate(accuracies), target))

    @mistake(
        "Where the target is never reached, you return round 1: `np.argmax` of nothing but False is 0. "
        "Return `np.nan`."
    )
    def first_if_never(accuracies, target):
        found = _crossing(np.maximum.accumulate(accuracies), target)
        return 1.0 if np.isnan(found) else found

    @mistake(
        "You wait until the accuracy is above the target. An accuracy equal to the target has reached it."
    )
    def strictly_above(accuracies, target):
        best = np.maximum.accumulate(accuracies)
        return _crossing(best, target, np.greater)

    @mistake(
        "You go on below the first measurement, and before round 1 nothing was measured. If round 1 is "
        "good enough, return 1.0."
    )
    def from_nothing(accuracies, target):
        best = np.maximum.accumulate(accuracies)
        if best[0] >= target:
            return target / best[0]
        return _crossing(best, target)


def _crossing(curve, target, reaches=np.greater_equal):
    """Where a curve, measured after rounds 1, 2, ..., first crosses the target; nan if it doesn't."""
    reached = np.flatnonzero(reaches(curve, target))
    if len(reached) == 0:
        return np.nan
    if reached[0] == 0:
        return 1.0
    low, high = curve[reached[0] - 1], curve[reached[0]]
    return reached[0] + (target - low) / (high - low)


@lesson.function(
    points=3,
    minutes=4,
    limit=2.0,
    hints=(
        "The gradient of a sum is the sum of the gradients. You have the first one; what is the gradient "
        "of (mu / 2) times the squared distance?",
        "The derivative of (mu / 2) · (w − v)² with respect to w is mu · (w − v). It is the same for each "
        "number of the array.",
        "A step of SGD goes against the gradient: `weights - learning_rate * (…)`.",
    ),
)
class proximal_step:
    of_the_lesson = {
        "here": "weights",
        "there": "global_weights",
        "slope": "gradient",
        "w": "weights",
        "w_global": "global_weights",
    }

    def solution(weights, global_weights, gradient, learning_rate, mu):
        pull = mu * (weights - global_weights)
        return weights - learning_rate * (gradient + pull)

    def cases(rng):
        yield Case(np.array([1.0, 2.0]), np.array([0.0, 4.0]), np.array([0.5, -0.5]), 0.1, 1.0)
        for shape in ((5,), (3, 4), (7, 2)):
            arrays = rng.normal(size=(3, *shape))
            yield Case(*arrays, 0.25, float(rng.uniform(0.2, 0.8)), about=f"with shape {shape}")
        weights, gradient = rng.normal(size=(2, 6)).astype(np.float32)
        yield Case(weights, weights.copy(), gradient, 0.5, 3.0, about="at the global weights")
        arrays = rng.normal(size=(3, 4))
        yield Case(*arrays, 0.03, 0.0, about="with mu = 0")
        weights, there = rng.normal(size=(2, 4))
        yield Case(weights, there, np.zeros(4), 0.1, 2.0, about="where the gradient is 0")

    @mistake(
        "The sign of the pull is wrong: your step drives the device *away* from the global weights. "
        "Subtract learning_rate * mu * (weights - global_weights)."
    )
    def pushed_away(weights, global_weights, gradient, learning_rate, mu):
        return weights - learning_rate * (gradient - mu * (weights - global_weights))

    @mistake(
        "You pull the weights toward 0, which is weight decay. The proximal term pulls toward the global "
        "weights."
    )
    def toward_zero(weights, global_weights, gradient, learning_rate, mu):
        return weights - learning_rate * (gradient + mu * weights)

    @mistake(
        "The learning rate is missing from the pull. The proximal term is a part of the loss, so its "
        "gradient is multiplied by the learning rate too."
    )
    def pull_without_rate(weights, global_weights, gradient, learning_rate, mu):
        return weights - learning_rate * gradient - mu * (weights - global_weights)

    @mistake(
        "The pull is a part of the gradient: it has the gradient's sign and is multiplied by the learning "
        "rate. Step against both: learning_rate * (gradient + mu * (weights - global_weights))."
    )
    def pushed_without_rate(weights, global_weights, gradient, learning_rate, mu):
        return weights - learning_rate * gradient + mu * (weights - global_weights)

    @mistake(
        "Your pull is twice too strong. The 2 from the square cancels the 1/2 of mu / 2: the gradient is "
        "mu * (weights - global_weights)."
    )
    def twice(weights, global_weights, gradient, learning_rate, mu):
        return weights - learning_rate * (gradient + 2 * mu * (weights - global_weights))

    @mistake(
        "Your pull is half as strong as it should be. The square has the derivative 2 * (weights - "
        "global_weights), and the 2 cancels the 1/2."
    )
    def half(weights, global_weights, gradient, learning_rate, mu):
        return weights - learning_rate * (gradient + mu / 2 * (weights - global_weights))

    @mistake(
        "You add the proximal term itself, a single number. Add its gradient, an array: "
        "mu * (weights - global_weights)."
    )
    def the_term_itself(weights, global_weights, gradient, learning_rate, mu):
        term = mu / 2 * np.sum((weights - global_weights) ** 2)
        return weights - learning_rate * (gradient + term)

    @mistake(
        "You add a multiple of the distance, a single number. Add the gradient of the proximal term, an "
        "array: mu * (weights - global_weights)."
    )
    def the_distance(weights, global_weights, gradient, learning_rate, mu):
        distance = np.sqrt(np.sum((weights - global_weights) ** 2))
        return weights - learning_rate * (gradient + mu * distance)

    @mistake(
        "You add a multiple of the distance, a single number. Add the gradient of the proximal term, an "
        "array: mu * (weights - global_weights)."
    )
    def half_the_distance(weights, global_weights, gradient, learning_rate, mu):
        distance = np.sqrt(np.sum((weights - global_weights) ** 2))
        return weights - learning_rate * (gradient + mu / 2 * distance)

    @mistake(
        "You take two steps: the pull starts where the first step has landed. Take one step, with both "
        "gradients at `weights`."
    )
    def two_steps(weights, global_weights, gradient, learning_rate, mu):
        landed = weights - learning_rate * gradient
        return landed - learning_rate * mu * (landed - global_weights)

    @mistake(
        "You add the squared differences. The gradient of a square is linear: mu * (weights - "
        "global_weights)."
    )
    def squared(weights, global_weights, gradient, learning_rate, mu):
        return weights - learning_rate * (gradient + mu / 2 * (weights - global_weights) ** 2)

    @mistake(
        "You take the step from the global weights. A device steps from where it is, `weights`; the "
        "global weights only pull."
    )
    def from_the_global(weights, global_weights, gradient, learning_rate, mu):
        return global_weights - learning_rate * (gradient + mu * (weights - global_weights))

    @mistake("This is a plain step of SGD. The pull toward the global weights is missing.")
    def without_pull(weights, global_weights, gradient, learning_rate, mu):
        return weights - learning_rate * gradient

    @mistake("This is the gradient with the pull. Return the weights after the step.")
    def no_step(weights, global_weights, gradient, learning_rate, mu):
        return gradient + mu * (weights - global_weights)

    @mistake("Your step goes along the gradient, uphill. Subtract.")
    def uphill(weights, global_weights, gradient, learning_rate, mu):
        return weights + learning_rate * (gradient + mu * (weights - global_weights))


@lesson.value(
    points=2,
    minutes=2,
    hints=(
        "The server keeps partial work and weights each model by the digits that its device holds. Which "
        "column of the table do you need, and which not?",
        "The weights of the three devices must add up to 1.",
    ),
)
class weight_of_the_straggler:
    answer = 0.6
    solution = "300 / (100 + 300 + 100)"
    because = (
        "Of the 500 digits that the three devices hold, 300 are B's, however often it used them."
    )
    mistakes = {
        0.0: "That would be dropping it. Here the server keeps partial work.",
        # Exactly, and rounded to two digits:
        **dict.fromkeys(
            (1500 / 5500, 0.27),
            "You weight by the work done, digits times epochs. The rule is: by the digits that a device "
            "holds.",
        ),
        **dict.fromkeys(
            (1 / 3, 0.33),
            "That would give each device the same weight. The rule is: by the digits that it holds.",
        ),
        0.15: "You multiply the share of the digits by the share of the epochs, and then the three "
        "weights don't add up to 1. The rule is: by the digits that a device holds.",
        0.25: "That is B's share of its own epochs, 5 of 20. The server asks what B holds, not how far it got.",
        # Exactly, and rounded to two digits:
        **dict.fromkeys(
            (5 / 45, 0.11),
            "That is B's share of all completed epochs. The rule is: by the digits that a device holds.",
        ),
        60: "That is a percentage. Answer with a share from 0 to 1.",
        300: "That is the number of digits. Divide it by all three devices' digits.",
        0.5: "Is it 300 of 600? Add up the digits of all three devices.",
        3.0: "That compares B with A. A weight is a share of all three devices' digits.",
    }
