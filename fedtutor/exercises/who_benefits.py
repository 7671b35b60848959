"""The exercises of lesson 05."""

import numpy as np

from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("05_who_benefits")
summary = lesson.summary


@lesson.function(
    points=3,
    minutes=4,
    hints=(
        "`predictions == labels` gives one True or False per example, for all examples at once.",
        "A part is an array of positions: `correct[part]` picks one client's.",
        "The mean of an empty array is `nan`, with a warning. To avoid the warning, check "
        "`len(part)` first and use `np.nan`.",
    ),
)
class accuracy_per_client:
    of_the_lesson = {"three_clients": "parts", "predicted": "predictions", "right": "labels"}

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
        yield Case(predictions, labels, parts, about="where some examples belong to no client")
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
        "Your result contains `None` for a client without examples. The task asks for `np.nan`: that is a "
        "float, so NumPy can compute with it."
    )
    def none_if_empty(predictions, labels, parts):
        correct = predictions == labels
        return [correct[part].mean() if len(part) else None for part in parts]

    @mistake(
        "You leave out the clients without examples, so the numbers of the others no longer match their "
        "clients. Put `nan` in their places."
    )
    def without_the_empty(predictions, labels, parts):
        correct = predictions == labels
        return np.array([correct[part].mean() for part in parts if len(part)])

    @mistake(
        "You treat a client that holds only position 0 as if it held nothing. `len(part)` says how many "
        "examples a client holds."
    )
    def position_0_is_nothing(predictions, labels, parts):
        correct = predictions == labels
        return np.array([correct[part].mean() if part.any() else np.nan for part in parts])

    @mistake("These are counts of right answers. Divide each by the client's number of examples.")
    def counts(predictions, labels, parts):
        return np.array([(predictions == labels)[part].sum() for part in parts])

    @mistake(
        "You divide by the number of all examples. A client's accuracy is a share of its own examples."
    )
    def of_the_whole(predictions, labels, parts):
        correct = predictions == labels
        return np.array([correct[part].sum() / len(labels) for part in parts])

    @mistake("These are the shares of wrong answers. The accuracy is the share of right ones.")
    def errors(predictions, labels, parts):
        wrong = predictions != labels
        return np.array([wrong[part].mean() if len(part) else np.nan for part in parts])

    @mistake("This is one accuracy, of all examples together. Return one per client.")
    def one_for_all(predictions, labels, parts):
        return np.mean(predictions == labels)

    @mistake("These are percentages. Return shares from 0 to 1.")
    def percentages(predictions, labels, parts):
        correct = predictions == labels
        return np.array([100 * correct[part].mean() if len(part) else np.nan for part in parts])

    @mistake(
        "You take the examples in order, client after client. A part is an array of positions: "
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
    # Each client gets a right answer and, if it has two examples, a wrong one, whatever was drawn.
    order = rng.permutation(total)
    parts = np.split(order, np.cumsum(sizes))[: len(sizes)]
    for part in parts:
        predictions[part[:1]] = labels[part[:1]]
        predictions[part[1:2]] = (labels[part[1:2]] + 1) % 10
    return predictions, labels, parts


@lesson.function(
    points=4,
    minutes=6,
    hints=(
        "`np.sort(accuracies)` puts the lowest accuracies first.",
        "`np.ceil(len(accuracies) / 10)` rounds up. It returns a float, but a slice needs an `int`.",
        "The gap is the mean of all, minus the mean of the lowest tenth.",
    ),
)
class gap_to_the_worst_tenth:
    of_the_lesson = {"from_half_to_98": "accuracies"}
    explained = {
        "slice indices must be": "A slice needs whole numbers, and `np.ceil` returns a float: write "
        "`int(np.ceil(…))`.",
    }

    def solution(accuracies):
        ordered = np.sort(accuracies)
        num_worst = int(np.ceil(len(ordered) / 10))
        return np.mean(ordered) - np.mean(ordered[:num_worst])

    def cases(rng):
        yield Case(np.array([0.9, 0.4, 0.7]))
        accuracies = rng.permutation(np.concatenate([np.full(18, 0.9), [0.5, 0.3]]))
        yield Case(accuracies, about="with 20 people")
        yield Case(rng.random(100) ** 0.2, about="with 100 people")
        for number in rng.integers((41, 46), (45, 50)):
            yield Case(rng.random(number), about=f"with {number} people")
        yield Case(np.array([0.8]), about="with a single person")
        yield Case(np.full(20, 0.75), about="if all accuracies are equal")
        # Accuracies on twenty digits tie often. Here the third and fourth lowest tie with the second.
        tied = rng.permutation(np.concatenate([np.full(16, 0.9), np.full(3, 0.7), [0.3]]))
        yield Case(tied, about="where people tie at the boundary of the worst tenth")

    @mistake(
        "You take the single lowest accuracy. The worst tenth is the mean over a tenth of the people."
    )
    def minimum(accuracies):
        return np.mean(accuracies) - np.min(accuracies)

    @mistake("You take the highest of the tenth's accuracies. The worst tenth is the mean of them.")
    def last_of_the_tenth(accuracies):
        ordered = np.sort(accuracies)
        return np.mean(ordered) - ordered[_tenth(ordered) - 1]

    @mistake("You divide by the mean. The gap is a difference: the mean minus the worst tenth.")
    def ratio(accuracies):
        ordered = np.sort(accuracies)
        return 1 - np.mean(ordered[: _tenth(ordered)]) / np.mean(ordered)

    @mistake(
        "You take the 10th percentile, the value below which a tenth of the people lie. The worst tenth is "
        "the mean over these people."
    )
    def percentile(accuracies):
        return np.mean(accuracies) - np.quantile(accuracies, 0.1)

    @mistake(
        "You take everyone up to the 10th percentile. Where people tie, that is more than a tenth. Sort, "
        "and take the first tenth."
    )
    def up_to_the_percentile(accuracies):
        low = accuracies[accuracies <= np.quantile(accuracies, 0.1)]
        return np.mean(accuracies) - np.mean(low)

    @mistake(
        "You take everyone below the 10th percentile. Where people tie, that is less than a tenth, or "
        "nobody. Sort, and take the first tenth."
    )
    def below_the_percentile(accuracies):
        low = accuracies[accuracies < np.quantile(accuracies, 0.1)]
        return np.mean(accuracies) - (np.mean(low) if len(low) else np.nan)

    @mistake(
        "You always take three people, as many as the cell's example needs. Take a tenth of however many "
        "there are, rounded up."
    )
    def always_three(accuracies):
        return np.mean(accuracies) - np.mean(np.sort(accuracies)[:3])

    @mistake("You always take 30 people. Take a tenth of however many there are, rounded up.")
    def always_thirty(accuracies):
        return np.mean(accuracies) - np.mean(np.sort(accuracies)[:30])

    @mistake("You always take ten people. Take a tenth of however many there are, rounded up.")
    def always_ten(accuracies):
        return np.mean(accuracies) - np.mean(np.sort(accuracies)[:10])

    @mistake("You take the tenth with the highest accuracies. Take the lowest.")
    def best_tenth(accuracies):
        ordered = np.sort(accuracies)[::-1]
        return np.mean(ordered) - np.mean(ordered[: _tenth(ordered)])

    @mistake(
        "You take the first tenth without sorting. Sort the accuracies first: `np.sort` returns a new array."
    )
    def not_sorted(accuracies):
        return np.mean(accuracies) - np.mean(accuracies[: _tenth(accuracies)])

    @mistake("You take the tenth with the highest accuracies. Take the lowest.")
    def best_above_the_mean(accuracies):
        ordered = np.sort(accuracies)[::-1]
        return np.mean(ordered[: _tenth(ordered)]) - np.mean(ordered)

    @mistake(
        "Round up, not to the nearest: the worst tenth of three people is one person, and here nobody is "
        "left."
    )
    def rounded_to_nearest_nobody(accuracies):
        ordered = np.sort(accuracies)
        worst = ordered[: round(len(ordered) / 10)]
        return np.mean(ordered) - (np.mean(worst) if len(worst) else np.nan)

    # Before `rounded_down`, which is wrong for more numbers of people.
    @mistake("Round up, not to the nearest: the worst tenth of 41 people is five people.")
    def rounded(accuracies):
        ordered = np.sort(accuracies)
        num_worst = max(1, round(len(ordered) / 10))
        return np.mean(ordered) - np.mean(ordered[:num_worst])

    @mistake("You round down. Round up: the worst tenth of 25 people is three people.")
    def rounded_down(accuracies):
        ordered = np.sort(accuracies)
        num_worst = max(1, len(ordered) // 10)
        return np.mean(ordered) - np.mean(ordered[:num_worst])

    @mistake(
        "You round down, so with fewer than ten people nobody is left, and the mean of nobody is `nan`. "
        "Round up."
    )
    def rounded_to_nobody(accuracies):
        ordered = np.sort(accuracies)
        worst = ordered[: len(ordered) // 10]
        return np.mean(ordered) - (np.mean(worst) if len(worst) else np.nan)

    @mistake(
        "Where ten divides the number of people, you take one too many: the worst tenth of 20 people is "
        "two people."
    )
    def one_more(accuracies):
        ordered = np.sort(accuracies)
        return np.mean(ordered) - np.mean(ordered[: len(ordered) // 10 + 1])

    @mistake("These are percentage points. Return a share; the cell multiplies by 100.")
    def points(accuracies):
        ordered = np.sort(accuracies)
        return 100 * (np.mean(ordered) - np.mean(ordered[: _tenth(ordered)]))

    @mistake(
        "The sign is wrong. The gap is the mean minus the worst tenth, so it is never negative."
    )
    def other_sign(accuracies):
        ordered = np.sort(accuracies)
        return np.mean(ordered[: _tenth(ordered)]) - np.mean(ordered)

    @mistake("This is the worst tenth itself. Return how far it lies below the mean.")
    def no_gap(accuracies):
        ordered = np.sort(accuracies)
        return np.mean(ordered[: _tenth(ordered)])

    @mistake(
        "You compare the worst tenth with the mean of the others. Compare it with the mean of all people."
    )
    def to_the_others(accuracies):
        ordered = np.sort(accuracies)
        worst, others = np.split(ordered, [_tenth(ordered)])
        return (np.mean(others) if len(others) else np.nan) - np.mean(worst)

    @mistake("You subtract from the median. Subtract from the mean.")
    def from_the_median(accuracies):
        ordered = np.sort(accuracies)
        return np.median(ordered) - np.mean(ordered[: _tenth(ordered)])


def _tenth(accuracies):
    return int(np.ceil(len(accuracies) / 10))


@lesson.function(
    points=3,
    minutes=5,
    hints=(
        "The mean over people is the plain mean. The mean over digits weights each person by the number "
        "of digits, as the server in lesson 03 weights its clients.",
        "`np.average(values, weights=…)` weights.",
        "`num_digits > 0` finds the people with an accuracy. A `nan` turns a weighted mean into `nan` even "
        "with the weight 0, so leave those people out first.",
    ),
)
class two_means:
    of_the_lesson = {
        "rows": "You use `rows`, which is the lesson's. Use your function's own arguments.",
        "table": "You use `table`, which is the lesson's. Use your function's own arguments.",
    }

    def solution(accuracies, num_digits):
        accuracies, num_digits = np.asarray(accuracies), np.asarray(num_digits)
        measured = num_digits > 0
        over_people = np.mean(accuracies[measured])
        over_digits = np.average(accuracies[measured], weights=num_digits[measured])
        return over_people, over_digits

    def cases(rng):
        yield Case(np.array([1.0, 0.5]), np.array([10, 30]))
        sizes = rng.integers(2, 500, 40)
        yield Case(rng.integers(0, sizes + 1) / sizes, sizes, about="with 40 people")
        accuracies, sizes = rng.random(12), rng.integers(5, 100, 12)
        empty = rng.choice(12, 3, replace=False)
        accuracies[empty], sizes[empty] = np.nan, 0
        yield Case(accuracies, sizes, about="where some people have no digits")
        yield Case(
            np.array([0.9, 0.7, 0.2]),
            np.full(3, 50),
            about="where all have the same number of digits",
        )
        yield Case(np.array([0.75]), np.array([4]), about="with a single person")
        yield Case(
            np.array([0.0, 0.9, 0.6]),
            np.array([5, 20, 25]),
            about="where one person has no digit right",
        )

    @mistake(
        "You leave out people whose accuracy is 0. They have digits and got none of them right, so they "
        "count."
    )
    def without_zeros(accuracies, num_digits):
        accuracies, num_digits = np.asarray(accuracies), np.asarray(num_digits)
        kept = accuracies > 0
        return np.mean(accuracies[kept]), np.average(accuracies[kept], weights=num_digits[kept])

    @mistake(
        "The two means are swapped. Return the mean over people first, then the mean over digits."
    )
    def swapped(accuracies, num_digits):
        over_people, over_digits = _means(accuracies, num_digits)
        return over_digits, over_people

    @mistake(
        "A person without digits has the accuracy `nan`, which turns both of your means into `nan`. "
        "Leave such people out."
    )
    def spoiled(accuracies, num_digits):
        accuracies, num_digits = np.asarray(accuracies), np.asarray(num_digits)
        return np.mean(accuracies), np.sum(accuracies * num_digits) / np.sum(num_digits)

    @mistake(
        "You leave people without digits out of the first mean, but not out of the second: their `nan` "
        "turns it into `nan`, even with the weight 0."
    )
    def spoiled_digits(accuracies, num_digits):
        accuracies, num_digits = np.asarray(accuracies), np.asarray(num_digits)
        return np.nanmean(accuracies), np.sum(accuracies * num_digits) / np.sum(num_digits)

    @mistake(
        "You count a person without digits as an accuracy of 0. Leave people without digits out."
    )
    def zero_if_empty(accuracies, num_digits):
        accuracies, num_digits = np.nan_to_num(accuracies), np.asarray(num_digits)
        return np.mean(accuracies), np.average(accuracies, weights=num_digits)

    @mistake(
        "Neither of your means is weighted. In the mean over digits, a person with 30 digits counts three "
        "times as much as a person with 10."
    )
    def never_weighted(accuracies, num_digits):
        over_people, _ = _means(accuracies, num_digits)
        return over_people, over_people

    @mistake("Both of your means are weighted. In the mean over people, each person counts once.")
    def always_weighted(accuracies, num_digits):
        _, over_digits = _means(accuracies, num_digits)
        return over_digits, over_digits

    @mistake("These are percentages. Return shares from 0 to 1; the cell formats them.")
    def percentages(accuracies, num_digits):
        return 100 * np.array(_means(accuracies, num_digits))

    @mistake(
        "Your second number is how many digits the average person got right. Divide the number of right "
        "digits by the number of digits, not of people."
    )
    def divided_by_people(accuracies, num_digits):
        over_people, over_digits = _means(accuracies, num_digits)
        measured = np.sum(np.asarray(num_digits) > 0)
        return over_people, over_digits * np.sum(num_digits) / measured

    @mistake("Your second number is how many digits are right. Divide it by how many there are.")
    def not_divided(accuracies, num_digits):
        over_people, over_digits = _means(accuracies, num_digits)
        return over_people, over_digits * np.sum(num_digits)


def _means(accuracies, num_digits):
    accuracies, num_digits = np.asarray(accuracies), np.asarray(num_digits)
    measured = num_digits > 0
    return (
        np.mean(accuracies[measured]),
        np.average(accuracies[measured], weights=num_digits[measured]),
    )


@lesson.function(
    points=2,
    minutes=3,
    hints=(
        "With arrays, `after > before` is one True or False per person.",
        "The mean of an array of True and False is the share of True.",
        "People tie where `after == before`. Both accuracies come from the same digits, so equal counts "
        "are equal numbers.",
    ),
)
class who_gains:
    def solution(before, after):
        before, after = np.asarray(before), np.asarray(after)
        gain = np.mean(after > before)
        tie = np.mean(after == before)
        lose = np.mean(after < before)
        return gain, tie, lose

    def cases(rng):
        yield Case(np.array([0.5, 0.75, 1.0, 0.25]), np.array([0.75, 0.75, 0.5, 1.0]))
        counts = rng.integers(100, 119, (2, 60))
        counts[1, :8] = counts[0, :8]
        yield Case(*(counts / 118), about="with 60 people")
        yield Case(np.ones(5), np.ones(5), about="if everybody ties")
        yield Case(np.array([1.0, 0.5]), np.array([0.5, 0.25]), about="if everybody loses")
        yield Case(np.array([0.25]), np.array([0.5]), about="with a single person")

    @mistake("You count a tie as a gain. Someone with the same accuracy as before gains nothing.")
    def ties_gain(before, after):
        before, after = np.asarray(before), np.asarray(after)
        return np.mean(after >= before), np.mean(after == before), np.mean(after < before)

    @mistake("You count a tie as a loss. Someone with the same accuracy as before loses nothing.")
    def ties_lose(before, after):
        before, after = np.asarray(before), np.asarray(after)
        return np.mean(after > before), np.mean(after == before), np.mean(after <= before)

    @mistake(
        "You count ties three times: as ties, as gains and as losses. The three shares must add up to 1."
    )
    def ties_twice(before, after):
        before, after = np.asarray(before), np.asarray(after)
        return np.mean(after >= before), np.mean(after == before), np.mean(after <= before)

    @mistake("These are numbers of people. Return shares, which add up to 1.")
    def counts(before, after):
        before, after = np.asarray(before), np.asarray(after)
        return np.sum(after > before), np.sum(after == before), np.sum(after < before)

    @mistake("These are percentages. Return shares from 0 to 1.")
    def percentages(before, after):
        return 100 * np.array(_shares(before, after))

    @mistake("You divide by 100, but there aren't always 100 people. Divide by how many there are.")
    def of_a_hundred(before, after):
        return np.array(_shares(before, after)) * len(before) / 100

    @mistake("Gain and loss are swapped. Someone whose accuracy is higher afterwards gains.")
    def swapped(before, after):
        return _shares(after, before)

    @mistake("The order is wrong. Return gain, tie, lose.")
    def other_order(before, after):
        gain, tie, lose = _shares(before, after)
        return gain, lose, tie

    @mistake("The ties are missing. Return three shares: gain, tie, lose.")
    def two_shares(before, after):
        gain, _, lose = _shares(before, after)
        return gain, lose

    @mistake("This is only the share that gains. Return the shares that tie and lose as well.")
    def gain_only(before, after):
        return _shares(before, after)[0]


def _shares(before, after):
    before, after = np.asarray(before), np.asarray(after)
    return np.mean(after > before), np.mean(after == before), np.mean(after < before)


@lesson.choice(
    points=1,
    minutes=2,
    hints=(
        "Below the diagonal, the vertical coordinate is smaller than the horizontal one. Which model "
        "is on which axis?",
        "Both coordinates of a dot are measured on the same digits. Whose are they?",
    ),
)
class below_the_diagonal:
    options = {
        "a": "the federated model gets a tenth of all devices' digits wrong",
        "b": "the device's own model gets more of everybody's digits right than the federated model",
        "c": "the device's own model gets more of this device's held-out digits right",
        "d": "this device would be better off with the first model",
    }
    answer = "c"
    because = (
        "A dot below the diagonal is a device whose own model gets more of its own digits right. How "
        "either model does on other people's digits isn't in this figure."
    )
    mistakes = {
        "a": "90% is right for this device's digits only. The other dots are the other devices.",
        "b": "The idea is right, but not for everybody's digits: each dot is measured on the device's "
        "own held-out digits.",
        "d": "The first model is not in this figure. Look at the labels of the two axes.",
    }
