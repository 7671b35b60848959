"""The exercises of lesson 08."""

import numpy as np

from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("08_personal_models")
summary = lesson.summary


@lesson.function(
    points=2,
    minutes=4,
    hints=(
        "`before == labels` gives one True or False per digit: where the first model is right.",
        "A digit is fixed if the model before is wrong *and* the model after is right. `~` turns True "
        "into False and False into True; `&` is the *and* of two arrays.",
        "The sum of an array of True and False is the number of True.",
    ),
)
class fixed_and_broken:
    of_the_lesson = {
        "predicted_before": "before",
        "predicted_after": "after",
        "true_digits": "labels",
        "own_labels": "labels",
        "shared_predicted": "before",
        "tuned_predicted": "after",
    }
    explained = {
        "truth value of an array": "Python computes `&` before `==` and `!=`: put parentheses around each "
        "comparison. (`and`, `or`, `not` and `if` can't work on whole arrays; `&`, `|` and `~` can.)",
    }

    def solution(labels, before, after):
        was_right = np.asarray(before) == np.asarray(labels)
        is_right = np.asarray(after) == np.asarray(labels)
        fixed = np.sum(~was_right & is_right)
        broken = np.sum(was_right & ~is_right)
        return int(fixed), int(broken)

    def cases(rng):
        yield Case(
            np.array([3, 1, 4, 1, 5, 9, 2]),
            np.array([3, 7, 4, 7, 0, 9, 2]),
            np.array([3, 1, 9, 1, 6, 9, 2]),
        )
        labels = rng.integers(0, 10, 300)
        before, after = (
            np.where(rng.random(300) < right, labels, rng.integers(0, 10, 300))
            for right in (0.6, 0.85)
        )
        yield Case(labels, before, after, about="with 300 digits")
        yield Case(labels[:9], labels[:9], labels[:9], about="where both models are always right")
        wrong = (labels + 1) % 10
        yield Case(labels[:8], labels[:8], wrong[:8], about="where every digit is broken")
        yield Case(labels[:6], wrong[:6], labels[:6], about="where every digit is fixed")
        yield Case(
            labels[:7], wrong[:7], (labels[:7] + 2) % 10, about="where both are always wrong"
        )
        yield Case(labels[:1], wrong[:1], labels[:1], about="with a single digit")

    @mistake("The two numbers are swapped. Return the fixed digits first.")
    def swapped(labels, before, after):
        return _changes(labels, after, before)

    @mistake(
        "These are the numbers of digits that each model gets right. Count only the digits where "
        "one of the models is right and the other is wrong."
    )
    def right_ones(labels, before, after):
        return np.sum(before == labels), np.sum(after == labels)

    @mistake(
        "You count every digit that the new model gets right as fixed. If the model before got it right, "
        "too, nothing was fixed."
    )
    def all_right_are_fixed(labels, before, after):
        return np.sum(after == labels), np.sum(after != labels)

    @mistake(
        "You count a digit as broken if the two models disagree and the new one is wrong. If the model "
        "before was wrong, too, nothing was broken."
    )
    def wrong_before_and_after(labels, before, after):
        fixed = np.sum((before != labels) & (after == labels))
        return fixed, np.sum((before != after) & (after != labels))

    @mistake(
        "You count every digit that the new model gets wrong as broken. If the model before was wrong, "
        "too, nothing was broken."
    )
    def every_error_is_broken(labels, before, after):
        fixed = np.sum((before != labels) & (after == labels))
        return fixed, np.sum(after != labels)

    @mistake("This is the difference. Return both numbers: the fixed digits and the broken ones.")
    def difference(labels, before, after):
        fixed, broken = _changes(labels, before, after)
        return fixed - broken

    @mistake("These are shares. Return numbers of digits.")
    def shares(labels, before, after):
        return np.array(_changes(labels, before, after)) / len(labels)

    @mistake("These are percentages. Return numbers of digits.")
    def percentages(labels, before, after):
        return 100 * np.array(_changes(labels, before, after)) / len(labels)

    @mistake(
        "These are the gains and losses of the total. A total hides digits that are broken behind others "
        "that are fixed: compare digit by digit."
    )
    def of_the_total(labels, before, after):
        gain = int(np.sum(after == labels)) - int(np.sum(before == labels))
        return max(gain, 0), max(-gain, 0)

    @mistake(
        "You return one True or False per digit. Return how many there are: `np.sum` counts True."
    )
    def not_counted(labels, before, after):
        return (before != labels) & (after == labels), (before == labels) & (after != labels)


def _changes(labels, before, after):
    fixed = np.sum((before != labels) & (after == labels))
    broken = np.sum((before == labels) & (after != labels))
    return int(fixed), int(broken)


@lesson.function(
    points=2,
    minutes=4,
    arrays=True,
    hints=(
        "The weights are two lists of arrays. `zip(shared, tuned)` goes through both lists at once, one "
        "pair of arrays at a time.",
        "With `share` 0 the result is the shared model, with 1 the tuned one. In between, add that share of "
        "the way: shared + share · (tuned − shared).",
        "Build a new list, one array per pair. `+=` would change the shared model itself.",
    ),
)
class part_of_the_way:
    of_the_lesson = {
        "shared_model": "shared",
        "tuned_models": "tuned",
        "one_layer": "shared",
        "after_tuning": "tuned",
    }

    def solution(shared, tuned, share):
        return [a + share * (b - a) for a, b in zip(shared, tuned)]

    def cases(rng):
        shared = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.0, 1.0])]
        tuned = [np.array([[5.0, 2.0], [3.0, 0.0]]), np.array([2.0, -1.0])]
        yield Case(shared, tuned, 0.25)
        shapes = [(784, 20), (20,), (20, 10), (10,)]
        shared = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
        tuned = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
        yield Case(shared, tuned, 0.7, about="with four arrays of different shapes")
        yield Case(shared[2:], tuned[2:], 0.5, about="halfway")
        yield Case(shared[2:], tuned[2:], 0.0, about="with the share 0")
        yield Case(shared[2:], tuned[2:], 1.0, about="with the share 1")
        yield Case(shared[3:], tuned[3:], 0.1, about="with a single array")

    @mistake(
        "You go the way from the other end: with the share 0 your result is the tuned model. It should be "
        "the shared one."
    )
    def other_end(shared, tuned, share):
        return [b + share * (a - b) for a, b in zip(shared, tuned)]

    @mistake(
        "This is the step alone, share · (tuned − shared). Add it to the shared model's weights."
    )
    def step_alone(shared, tuned, share):
        return [share * (b - a) for a, b in zip(shared, tuned)]

    @mistake("You add a share of the tuned model. Add a share of the difference, tuned − shared.")
    def adds_the_tuned(shared, tuned, share):
        return [a + share * b for a, b in zip(shared, tuned)]

    @mistake("You always go halfway. `share` says how far.")
    def always_half(shared, tuned, share):
        return [(a + b) / 2 for a, b in zip(shared, tuned)]

    @mistake("You subtract the step. Move toward the tuned model: add it.")
    def backwards(shared, tuned, share):
        return [a - share * (b - a) for a, b in zip(shared, tuned)]

    @mistake("This is only the first array. Return a list with all of them.")
    def first_array(shared, tuned, share):
        return shared[0] + share * (tuned[0] - shared[0])

    @mistake(
        "Only the first array is mixed; the others are still the shared model's. Mix every pair of arrays."
    )
    def only_the_first(shared, tuned, share):
        return [shared[0] + share * (tuned[0] - shared[0]), *shared[1:]]


@lesson.choice(
    points=1,
    minutes=2,
    hints=(
        "What is the same on a device with one person's digits and on a device with 20 people's, and what "
        "is different?",
        "What is the same on both devices can't be why only one of them gains.",
    ),
)
class still_possible:
    options = {
        "a": "its model has been trained for more steps",
        "b": "its model has seen this device's mix of labels",
        "c": "the device has the right number of digits to tune on",
        "d": "its model has seen something about its user, such as the handwriting",
    }
    answer = "d"
    because = (
        "Only the writers differ between the two ends of the line. The steps, the labels and the number "
        "of digits are the same, so they would lead to the same gain at both ends."
    )
    mistakes = {
        "a": "A device with 20 people's digits takes just as many steps, and it gains nothing.",
        "b": "A device keeps its mix of labels when digits of the same label are swapped, and with 20 "
        "people's digits it gains nothing.",
        "c": "A device with 20 people's digits has as many digits as before, and it gains nothing.",
    }


@lesson.function(
    points=2,
    minutes=4,
    hints=(
        "An adapter of a layer is two matrices. Which shapes do A and B need so that A @ B has the shape "
        "(inputs, outputs)?",
        "A is (inputs, rank), so it holds inputs · rank numbers; B is (rank, outputs).",
        "Add up over the layers. A float32 number takes 4 bytes.",
    ),
)
class adapter_bytes:
    of_the_lesson = {"layers": "shapes"}

    def solution(shapes, rank):
        numbers = 0
        for inputs, outputs in shapes:
            numbers += inputs * rank + rank * outputs
        return 4 * numbers

    def cases(rng):
        yield Case([(784, 200), (200, 200), (200, 10)], 4)
        yield Case([(784, 200)], 1, about="with one layer and rank 1")
        widths = [int(width) for width in rng.integers(3, 900, 5)]
        yield Case(list(zip(widths, widths[1:])), 7, about="with four layers")
        yield Case([(300, 2)], 2, about="where a layer has only two outputs")

    @mistake("These are numbers, not bytes. A float32 number takes 4 bytes.")
    def numbers(shapes, rank):
        return sum(rank * (inputs + outputs) for inputs, outputs in shapes)

    @mistake("This is in kB. Return bytes.")
    def kilobytes(shapes, rank):
        return 4 * sum(rank * (inputs + outputs) for inputs, outputs in shapes) / 1000

    @mistake("The rank is missing: A has inputs · rank numbers, B has rank · outputs.")
    def without_rank(shapes, rank):
        return 4 * sum(inputs + outputs for inputs, outputs in shapes)

    @mistake(
        "Only the inputs are multiplied by the rank. B has rank · outputs numbers: are there parentheses "
        "missing?"
    )
    def inputs_times_rank(shapes, rank):
        return 4 * sum(rank * inputs + outputs for inputs, outputs in shapes)

    @mistake("You count 8 bytes for a number. A float32 number takes 4.")
    def float64(shapes, rank):
        return 8 * sum(rank * (inputs + outputs) for inputs, outputs in shapes)

    @mistake("These are bits. A float32 number has 32 bits, which are 4 bytes.")
    def bits(shapes, rank):
        return 32 * sum(rank * (inputs + outputs) for inputs, outputs in shapes)

    @mistake(
        "This is the size of A @ B, which is as large as the layer. Store A and B, not their product."
    )
    def the_product(shapes, rank):
        return 4 * sum(inputs * outputs for inputs, outputs in shapes)

    @mistake(
        "You count inputs · rank · outputs. A and B are two matrices: inputs · rank numbers in A, and "
        "rank · outputs in B."
    )
    def multiplied(shapes, rank):
        return 4 * sum(inputs * rank * outputs for inputs, outputs in shapes)

    @mistake("You count A only. B belongs to the adapter, too: rank · outputs numbers.")
    def without_b(shapes, rank):
        return 4 * sum(rank * inputs for inputs, outputs in shapes)

    @mistake("You count B only. A belongs to the adapter, too: inputs · rank numbers.")
    def without_a(shapes, rank):
        return 4 * sum(rank * outputs for inputs, outputs in shapes)

    @mistake(
        "You count the layers themselves, too. Count only the adapters: the layers stay as they are."
    )
    def with_the_layers(shapes, rank):
        return 4 * sum(i * o + rank * (i + o) for i, o in shapes)

    @mistake("You also count biases. An adapter is A and B, nothing else.")
    def with_biases(shapes, rank):
        return 4 * sum(rank * (i + o) + o for i, o in shapes)

    @mistake(
        "Only the first layer is counted. Add up over all layers. Is `return` inside the loop? Move it "
        "below the loop."
    )
    def first_layer(shapes, rank):
        return 4 * rank * sum(shapes[0])

    @mistake("Only the last layer is counted. Add up over all layers.")
    def last_layer(shapes, rank):
        return 4 * rank * sum(shapes[-1])


@lesson.function(
    points=3,
    minutes=5,
    arrays=True,
    hints=(
        "What the devices need is the mean of their products. What they get if the server averages A and B "
        "is the product of the means.",
        "The mean of a list of arrays of one shape is `np.mean(arrays, axis=0)`.",
        "`[a @ b for a, b in zip(all_a, all_b)]` is the list of products. Take its mean, and subtract "
        "`mean of A @ mean of B`.",
    ),
)
class lost_in_averaging:
    of_the_lesson = {"two_a": "all_a", "two_b": "all_b"}
    explained = {
        "lists of numbers, where arrays": "It returned lists, where an array is expected. Leave out "
        "`.tolist()`.",
        "for @: 'list'": "`all_a` and `all_b` are lists with one matrix per device, and `@` multiplies two "
        "matrices. Go through both lists at once, with `zip(all_a, all_b)`.",
        "broadcast": "The shapes don't fit. Did you average over the devices (`axis=0`), and multiply "
        "matrices with `@`, not `*`?",
    } | dict.fromkeys(
        ("enough dimensions", "for @: 'numpy.float64'"),
        "`np.mean` without `axis=0` is a single number, and `@` needs matrices. `np.mean(all_a, axis=0)` "
        "averages over the devices only.",
    )

    def solution(all_a, all_b):
        products = [a @ b for a, b in zip(all_a, all_b)]
        wanted = np.mean(products, axis=0)
        received = np.mean(all_a, axis=0) @ np.mean(all_b, axis=0)
        return wanted - received

    def cases(rng):
        all_a = [np.array([[1.0], [0.0]]), np.array([[0.0], [1.0]])]
        all_b = [np.array([[2.0, 0.0]]), np.array([[0.0, 2.0]])]
        yield Case(all_a, all_b)
        yield Case(*_adapters(rng, 5, 6, 2, 4), about="with five devices and rank 2")
        yield Case(*_adapters(rng, 3, 4, 4, 4), about="where all matrices are square")
        all_a, all_b = _adapters(rng, 4, 5, 2, 3)
        yield Case([all_a[0]] * 4, all_b, about="where all devices have the same A")
        yield Case(*_adapters(rng, 1, 7, 3, 2), about="with a single device")

    @mistake("This is the mean of the products. Subtract the product of the means from it.")
    def wanted_alone(all_a, all_b):
        return np.mean([a @ b for a, b in zip(all_a, all_b)], axis=0)

    @mistake("This is the product of the means. Subtract it from the mean of the products.")
    def received_alone(all_a, all_b):
        return np.mean(all_a, axis=0) @ np.mean(all_b, axis=0)

    @mistake("The sign is wrong: subtract the product of the means from the mean of the products.")
    def other_sign(all_a, all_b):
        return -_lost(all_a, all_b)

    @mistake("You take the sum of the products, not their mean.")
    def sum_of_products(all_a, all_b):
        products = np.sum([a @ b for a, b in zip(all_a, all_b)], axis=0)
        return products - np.mean(all_a, axis=0) @ np.mean(all_b, axis=0)

    @mistake("You take sums, of the products and of A and B. Take means.")
    def sums(all_a, all_b):
        products = np.sum([a @ b for a, b in zip(all_a, all_b)], axis=0)
        return products - np.sum(all_a, axis=0) @ np.sum(all_b, axis=0)

    @mistake("You multiply the sums of A and of B. Multiply their means.")
    def product_of_sums(all_a, all_b):
        products = np.mean([a @ b for a, b in zip(all_a, all_b)], axis=0)
        return products - np.sum(all_a, axis=0) @ np.sum(all_b, axis=0)

    @mistake(
        "This is a single number. Return the whole matrix, of the shape of A @ B: `np.mean` needs `axis=0` "
        "to average over the devices only."
    )
    def one_number(all_a, all_b):
        return np.mean(_lost(all_a, all_b))

    @mistake(
        "You subtract from a single number. `np.mean` needs `axis=0` to average the products over the "
        "devices only."
    )
    def mean_of_all_entries(all_a, all_b):
        products = [a @ b for a, b in zip(all_a, all_b)]
        return np.mean(products) - np.mean(all_a, axis=0) @ np.mean(all_b, axis=0)

    @mistake(
        "You multiply two single numbers, `np.mean(all_a)` and `np.mean(all_b)`. Average over the devices "
        "only (`axis=0`), and multiply the two matrices with `@`."
    )
    def product_of_two_numbers(all_a, all_b):
        products = np.mean([a @ b for a, b in zip(all_a, all_b)], axis=0)
        return products - np.mean(all_a) * np.mean(all_b)

    @mistake(
        "This is a single number, made of single numbers: `np.mean` needs `axis=0` to average over the "
        "devices only. Multiply the two matrices with `@`."
    )
    def only_numbers(all_a, all_b):
        return np.mean([a @ b for a, b in zip(all_a, all_b)]) - np.mean(all_a) * np.mean(all_b)

    @mistake("These are absolute values. Return the difference with its signs.")
    def absolute(all_a, all_b):
        return np.abs(_lost(all_a, all_b))


def _lost(all_a, all_b):
    products = np.mean([a @ b for a, b in zip(all_a, all_b)], axis=0)
    return products - np.mean(all_a, axis=0) @ np.mean(all_b, axis=0)


def _adapters(rng, devices, inputs, rank, outputs):
    return (
        [rng.normal(size=(inputs, rank)).round(3) for _ in range(devices)],
        [rng.normal(size=(rank, outputs)).round(3) for _ in range(devices)],
    )
