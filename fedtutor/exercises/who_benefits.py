"""The exercises of lesson 05."""

import numpy as np

from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("05_who_benefits")
summary = lesson.summary


@lesson.choice(
    points=1,
    minutes=2,
    hints=(
        "Below the diagonal the upright coordinate is the smaller one. Which model is that?",
        "A dot tells of the device's own held-out digits, and of nothing else.",
    ),
)
class below_the_diagonal:
    options = {
        "a": "the federated model reads a tenth of all digits wrongly",
        "b": "the device's own model reads everybody's digits better than the federated one does",
        "c": "on its own held-out digits, the device's own model is better than the federated one",
        "d": "the device would be better off with the first model",
    }
    answer = "c"
    because = (
        "A dot below the diagonal is a device whose own digits its own model reads better. "
        "What either model makes of other people's digits is not in this figure."
    )
    mistakes = {
        "a": "90% is the share for this device's digits only. The other dots tell of the others.",
        "b": "The figure holds nothing about other people's digits: each dot is measured on the "
        "device's own held-out ones.",
        "d": "The first model is not in this figure. Look at what the two axes measure.",
    }


@lesson.function(
    points=2,
    minutes=4,
    hints=(
        "With arrays, `federated > local` gives one True or False per device.",
        "The mean of many True and False is the share of the True.",
        "Ties are those with `federated == local`: both accuracies come from the same few digits, "
        "so equal counts give equal numbers.",
    ),
)
class who_gains:
    def solution(local, federated):
        local, federated = np.asarray(local), np.asarray(federated)
        gain = np.mean(federated > local)
        tie = np.mean(federated == local)
        lose = np.mean(federated < local)
        return gain, tie, lose

    def cases(rng):
        yield Case(np.array([0.5, 0.75, 1.0, 0.25]), np.array([0.75, 0.75, 0.5, 1.0]))
        counts = rng.integers(100, 119, (2, 60))
        counts[1, :8] = counts[0, :8]
        yield Case(*(counts / 118), about="with 60 devices")
        yield Case(np.ones(5), np.ones(5), about="if all devices tie")
        yield Case(np.array([1.0, 0.5]), np.array([0.5, 0.25]), about="if everybody loses")
        yield Case(np.array([0.25]), np.array([0.5]), about="with a single device")

    @mistake(
        "You count a tie as a gain. A device that reads as many digits as before gains nothing."
    )
    def ties_gain(local, federated):
        local, federated = np.asarray(local), np.asarray(federated)
        return np.mean(federated >= local), np.mean(federated == local), np.mean(federated < local)

    @mistake(
        "You count a tie as a loss. A device that reads as many digits as before loses nothing."
    )
    def ties_lose(local, federated):
        local, federated = np.asarray(local), np.asarray(federated)
        return np.mean(federated > local), np.mean(federated == local), np.mean(federated <= local)

    @mistake("You count a tie on both sides. The three shares must add up to 1.")
    def ties_twice(local, federated):
        local, federated = np.asarray(local), np.asarray(federated)
        return np.mean(federated >= local), np.mean(federated == local), np.mean(federated <= local)

    @mistake("These are numbers of devices. Their shares are asked for, three that add up to 1.")
    def counts(local, federated):
        local, federated = np.asarray(local), np.asarray(federated)
        return np.sum(federated > local), np.sum(federated == local), np.sum(federated < local)

    @mistake("These are percentages. Shares from 0 to 1 are asked for.")
    def percentages(local, federated):
        return 100 * np.array(_shares(local, federated))

    @mistake("The number of devices is not always 100. Divide by how many there are.")
    def of_a_hundred(local, federated):
        return np.array(_shares(local, federated)) * len(local) / 100

    @mistake("Gain and loss have changed places: a device gains if the federated model is better.")
    def swapped(local, federated):
        return _shares(federated, local)

    @mistake("The order is gain, tie, lose.")
    def other_order(local, federated):
        gain, tie, lose = _shares(local, federated)
        return gain, lose, tie

    @mistake("The ties are missing. Three shares are asked for: gain, tie, lose.")
    def two_shares(local, federated):
        gain, _, lose = _shares(local, federated)
        return gain, lose

    @mistake("This is the share that gains. Those that tie and those that lose are asked for too.")
    def gain_only(local, federated):
        return _shares(local, federated)[0]


def _shares(local, federated):
    local, federated = np.asarray(local), np.asarray(federated)
    return np.mean(federated > local), np.mean(federated == local), np.mean(federated < local)


@lesson.function(
    points=3,
    minutes=8,
    hints=(
        "`predictions == labels` gives one True or False per example, for everybody at once.",
        "A part is an array of positions: `correct[part]` are those of one client.",
        "The mean of an empty array is `nan`, with a warning. `if len(part) == 0` avoids the warning; "
        "`np.nan` is the value.",
    ),
)
class accuracy_per_client:
    def solution(predictions, labels, parts):
        correct = np.asarray(predictions) == np.asarray(labels)
        accuracies = []
        for part in parts:
            accuracies.append(correct[part].mean() if len(part) > 0 else np.nan)
        return np.array(accuracies)

    def cases(rng):
        labels = np.array([3, 1, 4, 1, 5, 9, 2, 6])
        predictions = np.array([3, 7, 4, 1, 3, 9, 2, 0])
        parts = [np.array([0, 1, 2, 3]), np.array([4, 7]), np.array([5, 6])]
        yield Case(predictions, labels, parts)
        yield Case(*_readings(rng, sizes=(118, 40, 3, 239)), about="with four unequal clients")
        yield Case(
            *_readings(rng, sizes=(10, 0, 5, 0)),
            about="where two clients hold no examples",
        )
        yield Case(*_readings(rng, sizes=(25,)), about="with a single client")
        predictions, labels, parts = _readings(rng, sizes=(20, 30), left=50)
        yield Case(predictions, labels, parts, about="where some examples belong to nobody")
        predictions, labels, _ = _readings(rng, sizes=(3,))
        parts = [np.array([0]), np.array([2, 1])]
        yield Case(predictions, labels, parts, about="where a client holds only position 0")

    @mistake("A client without examples has no accuracy: the task asks for `nan`, not for 0.")
    def zero_if_empty(predictions, labels, parts):
        correct = predictions == labels
        return np.array([correct[part].mean() if len(part) else 0.0 for part in parts])

    @mistake("A client without examples has no accuracy: the task asks for `nan`, not for 1.")
    def one_if_empty(predictions, labels, parts):
        correct = predictions == labels
        return np.array([correct[part].mean() if len(part) else 1.0 for part in parts])

    @mistake(
        "Where a client has no examples, `None` stands in your result. The task asks for `np.nan` there: "
        "that is a float, and NumPy can go on with it."
    )
    def none_if_empty(predictions, labels, parts):
        correct = predictions == labels
        return [correct[part].mean() if len(part) else None for part in parts]

    @mistake(
        "You leave out the clients without examples. The others then move up, and nobody knows any "
        "more whose number is whose: put `nan` in their places."
    )
    def without_the_empty(predictions, labels, parts):
        correct = predictions == labels
        return np.array([correct[part].mean() for part in parts if len(part)])

    @mistake(
        "You take a client that holds only position 0 for an empty one. `len(part)` says how many "
        "examples a client holds."
    )
    def position_0_is_nothing(predictions, labels, parts):
        correct = predictions == labels
        return np.array([correct[part].mean() if part.any() else np.nan for part in parts])

    @mistake("These are counts of right answers. Divide each by the client's number of examples.")
    def counts(predictions, labels, parts):
        return np.array([(predictions == labels)[part].sum() for part in parts])

    @mistake(
        "You divide by the number of all examples. A client's accuracy is the share of its own "
        "examples that are read correctly."
    )
    def of_the_whole(predictions, labels, parts):
        correct = predictions == labels
        return np.array([correct[part].sum() / len(labels) for part in parts])

    @mistake("These are the shares of wrong answers. The accuracy is the share of right ones.")
    def errors(predictions, labels, parts):
        wrong = predictions != labels
        return np.array([wrong[part].mean() if len(part) else np.nan for part in parts])

    @mistake("This is one accuracy, of all examples together. One per client is asked for.")
    def one_for_all(predictions, labels, parts):
        return np.mean(predictions == labels)

    @mistake("These are percentages. Shares from 0 to 1 are asked for.")
    def percentages(predictions, labels, parts):
        correct = predictions == labels
        return np.array([100 * correct[part].mean() if len(part) else np.nan for part in parts])

    @mistake(
        "You take the examples in the order in which they stand. A part is an array of positions: "
        "`correct[part]` picks the client's own."
    )
    def in_a_row(predictions, labels, parts):
        correct = predictions == labels
        ends = np.cumsum([len(part) for part in parts])[:-1]
        rows = np.split(correct[: sum(len(part) for part in parts)], ends)
        return np.array([row.mean() if len(row) else np.nan for row in rows])


def _readings(rng, sizes, left=0):
    """Predictions, labels, and parts of these sizes; `left` examples are in no part."""
    total = sum(sizes) + left
    labels = rng.integers(0, 10, total)
    predictions = np.where(rng.random(total) < 0.7, labels, rng.integers(0, 10, total))
    # Some right and some wrong answers for everybody, whatever was drawn.
    order = rng.permutation(total)
    parts = np.split(order, np.cumsum(sizes))[: len(sizes)]
    for part in parts:
        predictions[part[:1]] = labels[part[:1]]
        predictions[part[1:2]] = (labels[part[1:2]] + 1) % 10
    return predictions, labels, parts


@lesson.function(
    points=3,
    minutes=7,
    hints=(
        "The mean over devices is the plain mean. The mean over digits weights each device by its "
        "number of digits, as the server of lesson 03 did.",
        "`np.average(values, weights=…)` weights.",
        "`np.isnan` finds the devices without an accuracy; `~np.isnan(accuracies)` the others. "
        "A `nan` spoils a weighted mean even with the weight 0, so leave those devices out first.",
    ),
)
class two_means:
    def solution(accuracies, num_digits):
        accuracies, num_digits = np.asarray(accuracies), np.asarray(num_digits)
        measured = num_digits > 0
        over_devices = np.mean(accuracies[measured])
        over_digits = np.average(accuracies[measured], weights=num_digits[measured])
        return over_devices, over_digits

    def cases(rng):
        yield Case(np.array([1.0, 0.5]), np.array([10, 30]))
        sizes = rng.integers(2, 500, 40)
        yield Case(rng.integers(0, sizes + 1) / sizes, sizes, about="with 40 devices")
        accuracies, sizes = rng.random(12), rng.integers(5, 100, 12)
        empty = rng.choice(12, 3, replace=False)
        accuracies[empty], sizes[empty] = np.nan, 0
        yield Case(accuracies, sizes, about="where some devices have no digits")
        yield Case(np.array([0.9, 0.7, 0.2]), np.full(3, 50), about="with devices of one size")
        yield Case(np.array([0.75]), np.array([4]), about="with a single device")

    @mistake("The two means have changed places: first over devices, then over digits.")
    def swapped(accuracies, num_digits):
        over_devices, over_digits = _means(accuracies, num_digits)
        return over_digits, over_devices

    @mistake(
        "A device without digits has the accuracy `nan`, and that makes the whole mean `nan`. "
        "Leave such devices out."
    )
    def spoiled(accuracies, num_digits):
        accuracies, num_digits = np.asarray(accuracies), np.asarray(num_digits)
        return np.mean(accuracies), np.sum(accuracies * num_digits) / np.sum(num_digits)

    @mistake(
        "A device without digits has the accuracy `nan`: you leave it out of one mean, and it "
        "spoils the other."
    )
    def spoiled_digits(accuracies, num_digits):
        accuracies, num_digits = np.asarray(accuracies), np.asarray(num_digits)
        return np.nanmean(accuracies), np.sum(accuracies * num_digits) / np.sum(num_digits)

    @mistake(
        "You count a device without digits as one that reads nothing correctly. It has no accuracy: "
        "leave it out."
    )
    def zero_if_empty(accuracies, num_digits):
        accuracies, num_digits = np.nan_to_num(accuracies), np.asarray(num_digits)
        return np.mean(accuracies), np.average(accuracies, weights=num_digits)

    @mistake(
        "Neither of your means is weighted. Over digits, a device with 30 of them counts three "
        "times as much as one with 10."
    )
    def never_weighted(accuracies, num_digits):
        over_devices, _ = _means(accuracies, num_digits)
        return over_devices, over_devices

    @mistake("Both of your means are weighted. Over devices, each device counts once.")
    def always_weighted(accuracies, num_digits):
        _, over_digits = _means(accuracies, num_digits)
        return over_digits, over_digits

    @mistake(
        "Your second number is a count of digits that are read correctly. Divide it by the number of "
        "all digits."
    )
    def not_divided(accuracies, num_digits):
        over_devices, over_digits = _means(accuracies, num_digits)
        return over_devices, over_digits * np.sum(num_digits)


def _means(accuracies, num_digits):
    accuracies, num_digits = np.asarray(accuracies), np.asarray(num_digits)
    measured = num_digits > 0
    return (
        np.mean(accuracies[measured]),
        np.average(accuracies[measured], weights=num_digits[measured]),
    )


@lesson.function(
    points=4,
    minutes=9,
    hints=(
        "`np.sort(accuracies)` puts the lowest first; the worst tenth are the first few.",
        "`np.ceil(len(accuracies) / 10)` rounds up. It gives a float, and a slice wants an `int`.",
        "The gap is the mean of all, minus the mean of the worst tenth.",
    ),
)
class gap_to_the_worst_tenth:
    def solution(accuracies):
        ordered = np.sort(accuracies)
        num_worst = int(np.ceil(len(ordered) / 10))
        return np.mean(ordered) - np.mean(ordered[:num_worst])

    def cases(rng):
        accuracies = rng.permutation(np.concatenate([np.full(18, 0.9), [0.5, 0.3]]))
        yield Case(accuracies)
        yield Case(rng.random(100) ** 0.2, about="with 100 devices")
        for number in rng.integers((41, 46), (45, 50)):
            yield Case(rng.random(number), about=f"with {number} devices")
        yield Case(np.array([0.9, 0.4, 0.7]), about="with three devices")
        yield Case(np.array([0.8]), about="with a single device")
        yield Case(np.full(20, 0.75), about="if all devices are alike")
        # Counts of a hundred digits tie. Here the third and fourth lowest tie with the second.
        tied = rng.permutation(np.concatenate([np.full(16, 0.9), np.full(3, 0.7), [0.3]]))
        yield Case(tied, about="where devices tie at the border of the worst tenth")

    @mistake("You take the single worst device. The worst tenth is the mean of a tenth of them.")
    def minimum(accuracies):
        return np.mean(accuracies) - np.min(accuracies)

    @mistake(
        "You take the value below which a tenth of the devices lie (the 10th percentile). "
        "The worst tenth is the mean of those that lie there, and so lower."
    )
    def percentile(accuracies):
        return np.mean(accuracies) - np.quantile(accuracies, 0.1)

    @mistake(
        "You take every device up to the 10th percentile, and with ties that is more than a tenth of "
        "them. Sort, and take the first tenth."
    )
    def up_to_the_percentile(accuracies):
        low = accuracies[accuracies <= np.quantile(accuracies, 0.1)]
        return np.mean(accuracies) - np.mean(low)

    @mistake(
        "You take the devices below the 10th percentile, and with ties that is less than a tenth of "
        "them, or nobody. Sort, and take the first tenth."
    )
    def below_the_percentile(accuracies):
        low = accuracies[accuracies < np.quantile(accuracies, 0.1)]
        return np.mean(accuracies) - (np.mean(low) if len(low) else np.nan)

    @mistake("You always take ten devices. There need not be a hundred: take a tenth, rounded up.")
    def always_ten(accuracies):
        return np.mean(accuracies) - np.mean(np.sort(accuracies)[:10])

    @mistake("You take the best tenth. The worst ones are those with the lowest accuracies.")
    def best_tenth(accuracies):
        ordered = np.sort(accuracies)[::-1]
        return np.mean(ordered) - np.mean(ordered[: _tenth(ordered)])

    @mistake("You take the first tenth as they stand. Sort them first.")
    def not_sorted(accuracies):
        return np.mean(accuracies) - np.mean(accuracies[: _tenth(accuracies)])

    # Before `rounded_down`, which is wrong for more numbers of devices.
    @mistake("Round up, and not to the nearest: of 41 devices the worst tenth are five.")
    def rounded(accuracies):
        ordered = np.sort(accuracies)
        num_worst = max(1, round(len(ordered) / 10))
        return np.mean(ordered) - np.mean(ordered[:num_worst])

    @mistake("Round up: of 25 devices the worst tenth are three. You round down.")
    def rounded_down(accuracies):
        ordered = np.sort(accuracies)
        num_worst = max(1, len(ordered) // 10)
        return np.mean(ordered) - np.mean(ordered[:num_worst])

    @mistake(
        "You round down, so of fewer than ten devices nobody is left, and the mean of nobody is "
        "`nan`. Round up."
    )
    def rounded_to_nobody(accuracies):
        ordered = np.sort(accuracies)
        worst = ordered[: len(ordered) // 10]
        return np.mean(ordered) - (np.mean(worst) if len(worst) else np.nan)

    @mistake(
        "Where ten divides the number of devices, you take one too many: of 20 devices the worst "
        "tenth are two."
    )
    def one_more(accuracies):
        ordered = np.sort(accuracies)
        return np.mean(ordered) - np.mean(ordered[: len(ordered) // 10 + 1])

    @mistake("These are points. A share is asked for: the cell multiplies by 100 itself.")
    def points(accuracies):
        ordered = np.sort(accuracies)
        return 100 * (np.mean(ordered) - np.mean(ordered[: _tenth(ordered)]))

    @mistake("The sign has changed: the gap is the mean minus the worst tenth, and never negative.")
    def other_sign(accuracies):
        ordered = np.sort(accuracies)
        return np.mean(ordered[: _tenth(ordered)]) - np.mean(ordered)

    @mistake("This is the worst tenth itself. The gap is how far it lies below the mean.")
    def no_gap(accuracies):
        ordered = np.sort(accuracies)
        return np.mean(ordered[: _tenth(ordered)])

    @mistake(
        "You compare the worst tenth with the mean of the other devices. The gap is to the mean of "
        "all of them."
    )
    def to_the_others(accuracies):
        ordered = np.sort(accuracies)
        worst, others = np.split(ordered, [_tenth(ordered)])
        return (np.mean(others) if len(others) else np.nan) - np.mean(worst)

    @mistake("You take the median where the mean is asked for: half of the devices lie below it.")
    def from_the_median(accuracies):
        ordered = np.sort(accuracies)
        return np.median(ordered) - np.mean(ordered[: _tenth(ordered)])


def _tenth(accuracies):
    return int(np.ceil(len(accuracies) / 10))
