"""The exercises of lesson 09."""

import re

import numpy as np

from fedtutor.exercises.numeric import array_of_numbers
from fedtutor.exercises.problem import Case, Lesson, mistake
from fedtutor.exercises.values import difference

lesson = Lesson("09_fewer_bytes")
summary = lesson.summary


@lesson.function(
    points=3,
    minutes=5,
    hints=(
        "`np.floor(values)` rounds everything down. What is missing is 1 for some of the numbers.",
        "`values - np.floor(values)` is the fraction, from 0 to 1, for negative numbers too. A number "
        "between 0 and 1 that is drawn evenly lies below 0.3 in 30% of the draws.",
        "`dice < fraction` is True with the right probability, and True counts as 1.",
    ),
)
class round_randomly:
    of_the_lesson = {"even_dice": "dice"}
    explained = {
        re.compile(
            "(length-1 arrays|truth value of an array).* with a matrix"
        ): "`values` may have any shape. A "
        "loop over a matrix goes through its rows, not its numbers: compute with whole arrays, without a loop.",
        "two different results": "Called twice with the same arguments, it gives two different results. Draw "
        "nothing of your own: `dice` already holds a random number for each value.",
        "truth value of an array": "`if` needs a single True or False, and a comparison of arrays is one for "
        "each number. Add the comparison itself: True counts as 1.",
    }

    def solution(values, dice):
        below = np.floor(values)
        return below + (dice < values - below)

    def cases(rng):
        yield Case(*_thrown(rng, [2.3], 1000))
        yield Case(*_thrown(rng, [0.1, 5.5, 7.875], 400), about="with three different values")
        yield Case(*_thrown(rng, [-1.25, -0.75, -3.5], 400), about="with negative numbers")
        yield Case(*_thrown(rng, [4.0, -2.0, 0.0], 200), about="with whole numbers")
        values, dice = _thrown(rng, rng.integers(3, 98, 5) / 100, 200)
        yield Case(values.reshape(20, 50), dice.reshape(20, 50), about="with a matrix")
        values, dice = _thrown(rng, rng.integers(3, 98, 4) / 100 + 100, 200)
        yield Case(
            values.astype(np.float32), dice.astype(np.float32), about="with numbers of four bytes"
        )

    def verify(result, values, dice):
        given = array_of_numbers(result)
        if given is None or given.shape != values.shape:
            return f"It returned {difference(np.floor(values), result)}"
        given = given.astype(np.float64)
        below = np.floor(values).astype(np.float64)
        wrong = np.flatnonzero((given != below) & (given != np.ceil(values)))
        if wrong.size:
            value, got = values.flat[wrong[0]], given.flat[wrong[0]]
            if value == np.floor(value):
                return f"A whole number must stay as it is, but {value:g} became {got:g}."
            return (
                f"{value:g} became {got:g}. Each number must become the whole number below it or the one "
                "above it."
            )
        for value in np.unique(values):
            rounded = given[values == value]
            # The dice are spread evenly: the mean is exact but for the ends of the steps.
            if abs(rounded.mean() - value) > 2.5 / rounded.size:
                up = np.mean(rounded > value)
                fraction = value - np.floor(value)
                if abs(up - fraction) < 0.08:
                    return (
                        f"Of {rounded.size} times {value:g}, yours rounds {up:.1%} up, and {fraction:.1%} is "
                        "expected: these dice are spread evenly. Draw nothing of your own, and round up where "
                        "the dice are below the fraction."
                    )
                return (
                    f"Of {rounded.size} times {value:g}, yours rounds {up:.0%} up, so their mean is "
                    f"{rounded.mean():.2f}. Round up with the probability {fraction:.0%}, the fraction."
                )
        return None

    @mistake(
        "You round to the nearest whole number, and the dice decide nothing. So 2.3 always becomes 2, and the "
        "mean is 2, too."
    )
    def nearest(values, dice):
        return np.round(values)

    @mistake(
        "Your probabilities are swapped: 2.3 goes up in 70% of the draws. Round up where the dice are "
        "*below* the fraction."
    )
    def swapped(values, dice):
        below = np.floor(values)
        return below + (dice > values - below)

    @mistake(
        "Your probabilities are swapped: 2.3 goes up in 70% of the draws. Round up where the dice are "
        "*below* the fraction."
    )
    def swapped_but_for_whole_numbers(values, dice):
        return np.where(dice < values - np.floor(values), np.floor(values), np.ceil(values))

    @mistake("You round up and down equally often. How often must depend on the fraction.")
    def coin(values, dice):
        return np.where(dice < 0.5, np.floor(values), np.ceil(values))

    @mistake("You add 1 to half of the numbers. How often must depend on the fraction.")
    def coin_that_adds(values, dice):
        return np.floor(values) + (dice < 0.5)

    @mistake("You always round down.")
    def down(values, dice):
        return np.floor(values)

    @mistake("You always round up.")
    def up(values, dice):
        return np.ceil(values)

    @mistake(
        "It works for positive numbers. For negative ones `int`, `trunc` and `astype(int)` cut toward zero, so "
        "the fraction is negative. `np.floor` always goes down."
    )
    def toward_zero(values, dice):
        below = np.trunc(values)
        return below + (dice < values - below)

    @mistake(
        "It works for positive numbers. For negative ones, your fraction is negative: `np.modf`, `math.fmod` and "
        "`trunc` cut toward zero. `values - np.floor(values)` never is."
    )
    def negative_fraction(values, dice):
        return np.floor(values) + (dice < np.modf(values)[0])

    @mistake(
        "It works for positive numbers. For negative ones, your fraction is measured from the wrong side: -1.25 "
        "lies 0.75 above -2. `values - np.floor(values)` is right for both."
    )
    def fraction_from_the_wrong_side(values, dice):
        return np.floor(values) + (dice < np.abs(np.modf(values)[0]))

    @mistake("You add the dice, but don't round down afterwards.")
    def not_rounded(values, dice):
        return values + dice

    @mistake(
        "You add the dice and round to the nearest, so everything comes out half too large on average. "
        "After adding the dice, round down."
    )
    def added_and_nearest(values, dice):
        return np.round(values + dice)

    @mistake("You use a single number of `dice` for all values. Each value has one of its own.")
    def one_die(values, dice):
        below = np.floor(values)
        return below + (dice.flat[0] < values - below)


def _thrown(rng, numbers, times):
    """Each number so many times, with evenly spread dice, shuffled. The dice stay off the ends."""
    values = np.repeat(np.asarray(numbers, float), times)
    dice = np.tile((np.arange(times) + 0.5) / times, len(numbers))
    order = rng.permutation(len(values))
    return values[order], dice[order]


@lesson.choice(
    points=1,
    minutes=2,
    hints=(
        "Take one number of the update, say 0.01, and ask what the server receives for it on average over "
        "many draws.",
        "Then take the largest number of the update: is its mean right, too?",
    ),
)
class unbiased:
    options = {
        "a": "each number is cut to between -0.1 and 0.1, then rounded at random to one of these two",
        "b": "a tenth of the numbers, drawn at random, are sent times 10, the others as 0",
        "c": "the largest tenth of the numbers are sent as they are, the others as 0",
        "d": "a tenth of the numbers, drawn at random, are sent as they are, the others as 0",
    }
    answer = "b"
    mistakes = {
        "a": "For numbers between -0.1 and 0.1 the mean is right. But every larger one is cut first: 0.3 arrives as "
        "0.1, in every message.",
        "c": "Nothing is drawn here: a small number always becomes 0, in every message, so its mean is 0.",
        "d": "This is random, but the mean is too small: 0.01 arrives as 0.01 in a tenth of the draws and as 0 in "
        "the others, so 0.001 on average. What factor would make up for it?",
    }


@lesson.function(
    points=3,
    minutes=5,
    hints=(
        "To number n positions takes `np.ceil(np.log2(n))` bits: 3 bits for 8, 4 bits for 9.",
        "Count the bits of both ways of saying which numbers were chosen: k positions, or n bits of mask. "
        "`min` takes the smaller one.",
        "8 bits are a byte, and the last byte is sent even if it isn't full: round up. The values take "
        "`4 * k` bytes.",
    ),
)
class top_k_bytes:
    of_the_lesson = {"number": "n", "share": "k"}

    def solution(n, k):
        positions = k * int(np.ceil(np.log2(n)))
        which = min(positions, n)  # bits
        return 4 * k + int(np.ceil(which / 8))

    def cases(rng):
        yield Case(199_210, 1_992)
        yield Case(100, 3, about="where the bits don't fill the last byte")
        yield Case(1_000, 400, about="where a mask takes fewer bits")
        yield Case(2**14, 100, about="where n is a power of two")
        yield Case(2**14 + 1, 100, about="where n is one more than a power of two")
        n = int(rng.integers(20_000, 30_000))
        yield Case(n, int(rng.integers(300, 500)), about="with other numbers")
        yield Case(n, n // 3, about="with a third of the numbers")
        yield Case(203, 203, about="where all numbers are sent")

    @mistake("You count the values alone. The server must also learn which numbers they are.")
    def values_alone(n, k):
        return 4 * k

    @mistake("You always count positions. Where many numbers are sent, a mask takes fewer bits.")
    def always_positions(n, k):
        return 4 * k + _bytes(k * _width(n))

    @mistake(
        "You always count a mask. Where few numbers are sent, their positions take fewer bits."
    )
    def always_a_mask(n, k):
        return 4 * k + _bytes(n)

    @mistake("You take the longer of the two ways. Take the shorter one: `min`.")
    def the_longer(n, k):
        return 4 * k + _bytes(max(n, k * _width(n)))

    @mistake("You count both, positions and a mask. One of them is enough: the shorter one.")
    def both(n, k):
        return 4 * k + _bytes(n + k * _width(n))

    @mistake("This is in bits. Return bytes: 8 bits each.")
    def in_bits(n, k):
        return 32 * k + min(n, k * _width(n))

    @mistake(
        "You give each position 4 bytes. Positions from 0 to n - 1 need only log2(n) bits, rounded up."
    )
    def positions_of_4_bytes(n, k):
        return 4 * k + min(4 * k, _bytes(n))

    @mistake(
        "You round each position up to whole bytes. They are packed one after the other: only the end of all "
        "is rounded up to a whole byte."
    )
    def positions_of_whole_bytes(n, k):
        return 4 * k + min(k * _bytes(_width(n)), _bytes(n))

    @mistake(
        "You round each position up to whole bytes: they are packed one after the other. And where many numbers "
        "are sent, a mask takes fewer bits."
    )
    def whole_bytes_without_a_mask(n, k):
        return 4 * k + k * _bytes(_width(n))

    @mistake(
        "You give each position 4 bytes: log2(n) bits, rounded up, are enough. And where many numbers are sent, a "
        "mask takes fewer bits."
    )
    def four_bytes_without_a_mask(n, k):
        return 8 * k

    @mistake("A position takes a whole number of bits. Round log2(n) up before you multiply by k.")
    def without_rounding_the_width(n, k):
        return 4 * k + int(np.ceil(min(n, k * np.log2(n)) / 8))

    @mistake("You round log2(n) down. With 6 bits one can number 64 positions, not 100: round up.")
    def width_rounded_down(n, k):
        return 4 * k + _bytes(min(n, k * int(np.log2(n))))

    @mistake("You use one bit too many where n is a power of two: positions go from 0 to n - 1.")
    def one_bit_more(n, k):
        return 4 * k + _bytes(min(n, k * int(n).bit_length()))

    @mistake("You cut off the last byte where it isn't full. It is sent too: round up.")
    def bytes_rounded_down(n, k):
        return 4 * k + min(n, k * _width(n)) // 8

    @mistake("Bytes come whole: the last one is sent even if it isn't full. Round up.")
    def with_a_fraction(n, k):
        return 4 * k + min(n, k * _width(n)) / 8

    @mistake("You add bits to bytes. 8 bits are a byte: divide the bits by 8 and round up.")
    def bits_added_to_bytes(n, k):
        return 4 * k + min(n, k * _width(n))

    @mistake(
        "The width of your positions depends on k. They go from 0 to n - 1: take the logarithm of n."
    )
    def width_of_k(n, k):
        return 4 * k + _bytes(min(n, k * _width(k)))

    @mistake("You use the natural logarithm. To number n positions in bits takes `np.log2(n)`.")
    def natural_logarithm(n, k):
        return 4 * k + _bytes(min(n, k * int(np.ceil(np.log(n)))))

    @mistake("You count only which numbers are sent. Add the values, 4 bytes each.")
    def which_alone(n, k):
        return _bytes(min(n, k * _width(n)))


def _width(n):
    return int(np.ceil(np.log2(n)))


def _bytes(bits):
    return -(-bits // 8)


@lesson.function(
    points=4,
    minutes=7,
    arrays=True,
    hints=(
        "What the client wants to send is the update plus the memory. Choose from this sum.",
        "`np.argsort(np.abs(wanted))[-k:]` are the positions of the k largest absolute values. Start from "
        "`np.zeros_like(wanted)` and copy these numbers into it.",
        "The new memory is what was wanted and not sent: `wanted - message`.",
    ),
)
class top_k_with_memory:
    of_the_lesson = {"five": "update", "kept": "memory"}
    explained = {
        "returned a NumPy array": "Return two arrays: the message, and the new memory.",
        re.compile(
            r"in place 0: \d+ values?, where"
        ): "Your message isn't as long as the update. Does it hold only "
        "the k numbers? Return an array with zeros in the other places.",
        "takes only arrays": "Return two arrays, not lists: leave out `.tolist()`, or use `np.array`.",
        re.compile(
            "could not be broadcast|Incompatible shapes"
        ): "Two arrays of different lengths don't fit "
        "together. Does your message hold only the k numbers? It must be as long as the update, with zeros "
        "in the other places.",
    }

    def solution(update, memory, k):
        wanted = update + memory
        largest = np.argsort(np.abs(wanted))[-k:]
        message = np.zeros_like(wanted)
        message[largest] = wanted[largest]
        return message, wanted - message

    def cases(rng):
        yield Case(
            np.array([0.5, -2.0, 1.0, 0.25, -0.25]), np.array([0.25, 0.5, 1.0, 0.0, -2.25]), 2
        )
        yield Case(rng.normal(size=9), np.zeros(9), 3, about="in the first round, with no memory")
        # Here the update alone would choose other positions.
        update = rng.permutation(np.array([3.0, -2.5, 0.25, 0.5, -0.375, 0.125]))
        memory = np.where(np.abs(update) > 1, -0.9 * update, 4 * update)
        yield Case(update, memory, 2, about="where the memory decides which are the largest")
        yield Case(-rng.random(8) - 1, -rng.random(8), 3, about="where all numbers are negative")
        yield Case(rng.normal(size=5), rng.normal(size=5), 5, about="where all numbers are sent")
        yield Case(rng.normal(size=7), rng.normal(size=7), 1, about="where one number is sent")
        update, memory = rng.normal(size=(2, 300)).astype(np.float32)
        yield Case(update, memory, 30, about="with 300 numbers of four bytes")

    @mistake("You never look at the memory. Add it to the update first, and choose from the sum.")
    def without_memory(update, memory, k):
        message = _largest(update, k)
        return message, update - message

    @mistake(
        "You choose and send from the update alone, and what is left only piles up in the memory. Add the "
        "memory to the update first, and choose from the sum."
    )
    def piling_up(update, memory, k):
        message = _largest(update, k)
        return message, memory + update - message

    @mistake(
        "You choose the positions by the update alone. Choose by the update plus the memory, or what is small in "
        "each round never gets a turn."
    )
    def chosen_by_the_update(update, memory, k):
        wanted = update + memory
        message = np.where(_largest(update, k) != 0, wanted, 0)
        return message, wanted - message

    @mistake(
        "The message is right, but the new memory forgets the old one: it is the update *plus the old memory*, "
        "minus the message."
    )
    def forgetting(update, memory, k):
        message = _largest(update + memory, k)
        return message, update - message

    @mistake(
        "The message is right, but the new memory forgets the update: it is the *update plus the old memory*, "
        "minus the message."
    )
    def forgetting_the_update(update, memory, k):
        message = _largest(update + memory, k)
        return message, memory - message

    @mistake(
        "You choose the right positions, but send the update's numbers. Send the sum of update and memory."
    )
    def numbers_of_the_update(update, memory, k):
        wanted = update + memory
        message = np.where(_largest(wanted, k) != 0, update, 0)
        return message, wanted - message

    @mistake(
        "You take the largest numbers, so a large negative one is never sent. Compare absolute values."
    )
    def not_absolute(update, memory, k):
        wanted = update + memory
        message = np.zeros_like(wanted)
        largest = np.argsort(wanted)[-k:]
        message[largest] = wanted[largest]
        return message, wanted - message

    @mistake("You send absolute values: their signs are lost.")
    def signs_lost(update, memory, k):
        wanted = update + memory
        message = np.abs(_largest(wanted, k))
        return message, wanted - message

    @mistake("You send the smallest numbers. Send the k largest.")
    def smallest(update, memory, k):
        wanted = update + memory
        rest = len(wanted) - k
        message = wanted - _largest(wanted, rest) if rest else wanted.copy()
        return message, wanted - message

    @mistake("`[k:]` leaves out the k smallest. `[-k:]` are the k largest.")
    def all_but_the_smallest(update, memory, k):
        wanted = update + memory
        message = _largest(wanted, len(wanted) - k) if k < len(wanted) else np.zeros_like(wanted)
        return message, wanted - message

    @mistake(
        "Your new memory still holds what was sent, so it is sent again and again. Subtract the message."
    )
    def memory_keeps_all(update, memory, k):
        wanted = update + memory
        return _largest(wanted, k), wanted

    @mistake("The sign of your memory is wrong: it is what was wanted, minus what was sent.")
    def other_sign(update, memory, k):
        wanted = update + memory
        message = _largest(wanted, k)
        return message, message - wanted

    @mistake("Message and memory are swapped: return the message first.")
    def swapped(update, memory, k):
        wanted = update + memory
        message = _largest(wanted, k)
        return wanted - message, message

    @mistake("You returned only the message. The client needs its new memory, too.")
    def message_alone(update, memory, k):
        return _largest(update + memory, k)

    @mistake(
        "Your message holds the k numbers without their places. Return an array as long as the update, with "
        "zeros in the other places."
    )
    def without_places(update, memory, k):
        wanted = update + memory
        largest = np.argsort(np.abs(wanted))[-k:]
        return wanted[largest], wanted - _largest(wanted, k)

    @mistake("The memory is subtracted. It is what is still owed: add it to the update.")
    def subtracted(update, memory, k):
        wanted = update - memory
        message = _largest(wanted, k)
        return message, wanted - message


def _largest(vector, k):
    kept = np.zeros_like(vector)
    largest = np.argsort(np.abs(vector))[-k:]
    kept[largest] = vector[largest]
    return kept


@lesson.function(
    points=3,
    minutes=6,
    hints=(
        "`np.mean(accuracies[name])` is a scheme's mean over the seeds. Its loss is the mean of float32 minus "
        "this mean.",
        "Collect the names of all schemes that lose at most `most_loss` points. `float32` is always among them.",
        "`min(names, key=megabytes.get)` is the name with the fewest MB.",
    ),
)
class cheapest:
    of_the_lesson = {"sent": "megabytes", "reached": "accuracies", "table": "accuracies"}

    def solution(megabytes, accuracies, most_loss):
        reference = np.mean(accuracies["float32"])
        good = [name for name in megabytes if reference - np.mean(accuracies[name]) <= most_loss]
        return min(good, key=megabytes.get)

    def cases(rng):
        megabytes = {"float32": 240.0, "one": 60.0, "two": 7.5, "three": 3.7}
        accuracies = {
            "float32": [96.0, 96.2, 96.1],
            "one": [96.1, 96.0, 96.0],
            "two": [95.8, 95.9, 96.0],
            "three": [93.0, 93.2, 93.4],
        }
        yield Case(megabytes, accuracies, 0.5)
        yield Case(megabytes, accuracies, 5.0, about="where all are good enough")
        yield Case(megabytes, accuracies, 0.1, about="with a lower limit")
        same = {name: [90.0, 89.0] for name in ("a", "b", "float32")}
        worse = {**same, "a": [80.0, 81.0], "b": [85.0, 88.0]}
        sizes = {"a": 1.0, "b": 2.0, "float32": 32.0}
        yield Case(sizes, worse, 0.5, about="where only float32 is good enough")
        better = {**same, "a": [97.0, 96.0], "b": [89.9, 88.9]}
        yield Case(sizes, better, 0.5, about="where a scheme is better than float32")
        dearer = {**same, "a": [89.9, 88.9], "b": [97.0, 96.0]}
        yield Case(sizes, dearer, 0.5, about="where a dearer scheme is better than float32")
        # The mean loses 0.3, the worst seed 2.
        one_bad = {**same, "a": [91.4, 87.0], "b": [88.0, 87.0]}
        yield Case(sizes, one_bad, 0.5, about="where one seed is bad and the mean is good")
        one_good = {**same, "a": [90.2, 80.0], "b": [89.9, 88.8]}
        yield Case(sizes, one_good, 0.5, about="where one seed is good and the mean is bad")
        exact = {**same, "a": [88, 87], "b": [80, 79], "float32": [89, 88]}
        yield Case(sizes, exact, 1, about="where a scheme loses exactly the limit")
        three = {"thick": [90.0, 90.0, 90.0], "thin": [90.0, 90.0, 87.0], "float32": [90.0] * 3}
        thin = {"thick": 4.0, "thin": 1.0, "float32": 32.0}
        yield Case(thin, three, 0.5, about="where the last of three seeds is bad")
        three = {**three, "thin": [87.0, 90.0, 90.0]}
        yield Case(thin, three, 0.5, about="where the first of three seeds is bad")
        apart = {"thick": [89.9, 79.9], "thin": [85.0, 80.0], "float32": [90.0, 80.0]}
        yield Case(thin, apart, 0.5, about="where the seeds differ")
        low = {"thick": [30.0, 31.0], "thin": [49.5, 50.7], "float32": [50.0, 51.0]}
        yield Case(thin, low, 0.5, about="with low accuracies")
        both = {"thick": [95.0, 94.0], "thin": [91.0, 90.0], "float32": [90.0, 89.0]}
        yield Case(thin, both, 0.5, about="where two schemes are better than float32")
        none = {**both, "thin": [89.0, 88.0]}
        yield Case(thin, none, 0, about="where no loss is allowed")
        names = [f"scheme {number}" for number in rng.permutation(6)]
        sizes = {name: float(size) for name, size in zip(names, rng.permutation(6) + 1)}
        levels = {name: 90.0 + 0.7 * int(loss) for name, loss in zip(names, rng.permutation(6))}
        reached = {name: [level - 1.0, level + 1.0] for name, level in levels.items()}
        sizes["float32"], reached["float32"] = 50.0, [93.0, 92.2]
        yield Case(sizes, reached, 1.0, about="with other schemes")

    @mistake("You take the fewest MB, however much accuracy that costs.")
    def fewest(megabytes, accuracies, most_loss):
        return min(megabytes, key=megabytes.get)

    @mistake(
        "You take the most accurate scheme. Several are good enough: take the cheapest of them."
    )
    def most_accurate(megabytes, accuracies, most_loss):
        return max(megabytes, key=lambda name: np.mean(accuracies[name]))

    @mistake(
        "You take the most expensive of those that are good enough. Take the one with the fewest MB."
    )
    def most_expensive(megabytes, accuracies, most_loss):
        return max(_good(megabytes, accuracies, most_loss), key=megabytes.get)

    @mistake(
        "You take the first scheme that is good enough. Compare their MB: the order of a dictionary says nothing."
    )
    def first(megabytes, accuracies, most_loss):
        return next(iter(_good(megabytes, accuracies, most_loss)))

    @mistake("You take the last scheme that is good enough. Compare their MB.")
    def last(megabytes, accuracies, most_loss):
        return _good(megabytes, accuracies, most_loss)[-1]

    @mistake(
        "A scheme that is *better* than float32 has lost nothing. Leave out `abs`: only a loss counts."
    )
    def absolute(megabytes, accuracies, most_loss):
        reference = np.mean(accuracies["float32"])
        good = [n for n in megabytes if abs(np.mean(accuracies[n]) - reference) <= most_loss]
        return min(good, key=megabytes.get)

    @mistake("You look at the worst seed. The task asks for the mean over the seeds.")
    def worst_seed(megabytes, accuracies, most_loss):
        lost = {n: np.subtract(accuracies["float32"], accuracies[n]).max() for n in megabytes}
        return min((n for n in megabytes if lost[n] <= most_loss), key=megabytes.get)

    @mistake("You look at the first seed only. The task asks for the mean over the seeds.")
    def first_seed(megabytes, accuracies, most_loss):
        lost = {n: accuracies["float32"][0] - accuracies[n][0] for n in megabytes}
        return min((n for n in megabytes if lost[n] <= most_loss), key=megabytes.get)

    @mistake("You look at the best seed. The task asks for the mean over the seeds.")
    def best_seed(megabytes, accuracies, most_loss):
        best = max(accuracies["float32"])
        good = [n for n in megabytes if best - max(accuracies[n]) <= most_loss]
        return min(good, key=megabytes.get)

    @mistake("You look at the last seed only. The task asks for the mean over the seeds.")
    def last_seed(megabytes, accuracies, most_loss):
        lost = {n: accuracies["float32"][-1] - accuracies[n][-1] for n in megabytes}
        return min((n for n in megabytes if lost[n] <= most_loss), key=megabytes.get)

    @mistake("For you, one good seed is enough. The task asks for the mean over the seeds.")
    def any_seed(megabytes, accuracies, most_loss):
        lost = {n: np.subtract(accuracies["float32"], accuracies[n]).min() for n in megabytes}
        return min((n for n in megabytes if lost[n] <= most_loss), key=megabytes.get)

    @mistake("You take the median of the seeds. The task asks for their mean.")
    def median(megabytes, accuracies, most_loss):
        reference = np.median(accuracies["float32"])
        good = [n for n in megabytes if reference - np.median(accuracies[n]) <= most_loss]
        return min(good, key=megabytes.get)

    @mistake("You add up the accuracies of the seeds. The task asks for their mean.")
    def sum_of_seeds(megabytes, accuracies, most_loss):
        reference = np.sum(accuracies["float32"])
        good = [n for n in megabytes if reference - np.sum(accuracies[n]) <= most_loss]
        return min(good, key=megabytes.get)

    @mistake("Points are differences of percentages. Don't divide by the accuracy.")
    def relative(megabytes, accuracies, most_loss):
        reference = np.mean(accuracies["float32"])
        lost = {n: 100 * (1 - np.mean(accuracies[n]) / reference) for n in megabytes}
        return min((n for n in megabytes if lost[n] <= most_loss), key=megabytes.get)

    @mistake("Points are differences of percentages. Don't divide by the accuracy.")
    def relative_share(megabytes, accuracies, most_loss):
        reference = np.mean(accuracies["float32"])
        lost = {n: 1 - np.mean(accuracies[n]) / reference for n in megabytes}
        return min((n for n in megabytes if lost[n] <= most_loss), key=megabytes.get)

    @mistake(
        "The accuracies are in percent, so `most_loss` is in the same unit. Don't divide it by 100."
    )
    def hundredth(megabytes, accuracies, most_loss):
        return min(_good(megabytes, accuracies, most_loss / 100), key=megabytes.get)

    @mistake(
        "You take the name that comes first in the alphabet. Compare the MB: `key=megabytes.get`."
    )
    def alphabetical(megabytes, accuracies, most_loss):
        return min(_good(megabytes, accuracies, most_loss))

    @mistake("You measure the loss against the best scheme. Measure it against float32.")
    def against_the_best(megabytes, accuracies, most_loss):
        best = max(map(np.mean, accuracies.values()))
        good = [n for n in megabytes if best - np.mean(accuracies[n]) <= most_loss]
        return min(good, key=megabytes.get)

    @mistake(
        "A loss of exactly `most_loss` points is allowed: the task says *at most*. Compare with `<=`."
    )
    def strictly(megabytes, accuracies, most_loss):
        reference = np.mean(accuracies["float32"])
        good = [n for n in megabytes if reference - np.mean(accuracies[n]) < most_loss]
        return min(good, key=megabytes.get)

    @mistake("These are the MB. Return the name of the scheme.")
    def its_megabytes(megabytes, accuracies, most_loss):
        return min(megabytes[name] for name in _good(megabytes, accuracies, most_loss))

    @mistake("You returned all schemes that are good enough. Return the cheapest one's name.")
    def all_good(megabytes, accuracies, most_loss):
        return _good(megabytes, accuracies, most_loss)

    @mistake("The loss is the mean of float32 minus the scheme's. Yours is the other way round.")
    def the_other_way(megabytes, accuracies, most_loss):
        reference = np.mean(accuracies["float32"])
        good = [n for n in megabytes if np.mean(accuracies[n]) - reference <= most_loss]
        return min(good, key=megabytes.get)

    @mistake("You leave float32 out, but where nothing else is good enough it is the answer.")
    def without_float32(megabytes, accuracies, most_loss):
        good = [name for name in _good(megabytes, accuracies, most_loss) if name != "float32"]
        return min(good, key=megabytes.get, default=None)


def _good(megabytes, accuracies, most_loss):
    reference = np.mean(accuracies["float32"])
    return [name for name in megabytes if reference - np.mean(accuracies[name]) <= most_loss]
