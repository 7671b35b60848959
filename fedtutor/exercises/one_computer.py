"""The exercises of lesson 01."""

import numpy as np

from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("01_one_computer", hides={"federated.history": ["History.first_round"]})
summary = lesson.summary


# One label of a digit is a thousandth of its pixels, so a smaller error than the usual must show.
@lesson.function(
    points=2,
    minutes=3,
    tolerance=1e-7,
    hints=(
        "First count the bytes of one photograph with its label.",
        "One photograph: `height * width * bytes_per_pixel + 1`.",
    ),
)
class upload_megabytes:
    def solution(num_people, photos_each, height, width, bytes_per_pixel):
        bytes_per_photo = height * width * bytes_per_pixel + 1
        return num_people * photos_each * bytes_per_photo / 1e6

    def cases(rng):
        yield Case(5_000, 200, 480, 640, 3)
        yield Case(530, 111, 28, 28, 1, about="with 111 digits from each of 530 people")
        people, photos, height, width = (int(n) for n in rng.integers(20, 200, 4))
        yield Case(people, photos, height, width, 2, about="with other numbers")
        yield Case(1, 1, 640, 480, 1, about="with one photograph of one person")
        yield Case(0, 111, 28, 28, 1, about="if nobody takes part")

    @mistake("The labels are missing: each photograph has one byte for its label.")
    def no_label(num_people, photos_each, height, width, bytes_per_pixel):
        return num_people * photos_each * height * width * bytes_per_pixel / 1e6

    @mistake("You count one label per person. Each photograph has a label of its own.")
    def label_per_person(num_people, photos_each, height, width, bytes_per_pixel):
        return num_people * (photos_each * height * width * bytes_per_pixel + 1) / 1e6

    @mistake(
        "You count a single label for all photographs. Each photograph has a label of its own."
    )
    def single_label(num_people, photos_each, height, width, bytes_per_pixel):
        return (num_people * photos_each * height * width * bytes_per_pixel + 1) / 1e6

    @mistake("You add a byte to each pixel. The label is one byte per photograph.")
    def label_per_pixel(num_people, photos_each, height, width, bytes_per_pixel):
        return num_people * photos_each * height * width * (bytes_per_pixel + 1) / 1e6

    @mistake("You multiply the label's byte by `bytes_per_pixel`. A label takes one byte.")
    def label_like_a_pixel(num_people, photos_each, height, width, bytes_per_pixel):
        return num_people * photos_each * (height * width + 1) * bytes_per_pixel / 1e6

    @mistake("You count one byte per pixel. Each pixel takes `bytes_per_pixel` bytes.")
    def one_byte(num_people, photos_each, height, width, bytes_per_pixel):
        return num_people * photos_each * (height * width + 1) / 1e6

    @mistake("This is what one person uploads. The task asks for all `num_people` together.")
    def one_person(num_people, photos_each, height, width, bytes_per_pixel):
        return photos_each * (height * width * bytes_per_pixel + 1) / 1e6

    @mistake("You count one photograph per person. Each person uploads `photos_each` of them.")
    def one_image_each(num_people, photos_each, height, width, bytes_per_pixel):
        return num_people * (height * width * bytes_per_pixel + 1) / 1e6

    @mistake("These are bytes. A megabyte is 1,000,000 of them.")
    def in_bytes(num_people, photos_each, height, width, bytes_per_pixel):
        return num_people * photos_each * (height * width * bytes_per_pixel + 1)

    @mistake(
        "You add the label after the division, or divide only the label: put the sum of the bytes in "
        "parentheses."
    )
    def without_parentheses(num_people, photos_each, height, width, bytes_per_pixel):
        return num_people * photos_each * height * width * bytes_per_pixel + 1 / 1e6

    @mistake("These are gigabytes. A megabyte is 1,000,000 bytes.")
    def in_gigabytes(num_people, photos_each, height, width, bytes_per_pixel):
        return num_people * photos_each * (height * width * bytes_per_pixel + 1) / 1e9

    @mistake("These are kilobytes. A megabyte is 1,000,000 bytes.")
    def in_kilobytes(num_people, photos_each, height, width, bytes_per_pixel):
        return num_people * photos_each * (height * width * bytes_per_pixel + 1) / 1e3

    @mistake("You divide by 1,048,576. That is a mebibyte; a megabyte is 1,000,000 bytes here.")
    def mebibytes(num_people, photos_each, height, width, bytes_per_pixel):
        return num_people * photos_each * (height * width * bytes_per_pixel + 1) / 2**20

    @mistake(
        "The megabytes are not whole numbers: `//` and `int` drop the digits after the decimal point. "
        "Divide with `/`, and don't round."
    )
    def whole_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
        return num_people * photos_each * (height * width * bytes_per_pixel + 1) // 1_000_000


@lesson.choice(
    points=1,
    minutes=1,
    hints=(
        "A figure shows what its axes and its legend name. Which statement needs nothing else?",
        "Compare the last circle with the last square in the right half.",
    ),
)
class what_the_curves_show:
    options = {
        "a": "with more epochs the validation accuracy would fall",
        "b": "in its sixth epoch the model got more of the training digits right than of the "
        "validation digits",
        "c": "after six epochs the model gets about 97.5% right for people whose digits it has "
        "never seen",
        "d": "after the first epoch the model is better on digits that it has never seen",
    }
    answer = "b"
    because = (
        "The last circle is at 99%, the last square below 98%. The model has begun to learn by heart "
        "what only its training digits have."
    )
    mistakes = {
        "a": "The curves end at the sixth epoch, so the figure can't say what comes after it.",
        "c": "The model has seen these people's handwriting: the validation digits were taken out of "
        "the training digits. Only the test digits are by people who wrote no training digit.",
        "d": "The two numbers were not measured at the same time. The one for the training digits is "
        "a mean over the epoch, and at its beginning the model knew nothing.",
    }


_A_POSITION = (
    "This is a position in the array. Look up the epoch at that position: `epochs[position]`."
)
_A_COUNT = (
    "You count the measurements. Not every epoch was measured, so look the epoch up in `epochs`."
)


@lesson.function(
    points=2,
    minutes=3,
    hints=(
        "Go through both together: `for epoch, accuracy in zip(epochs, accuracies)`.",
        "The first epoch that is good enough is the answer, so `return` it inside the loop.",
        "If the loop ends without a `return`, the target was never reached. With arrays instead of "
        "a loop, ask `.any()` first.",
    ),
)
class first_epoch:
    def solution(epochs, accuracies, target):
        for epoch, accuracy in zip(epochs, accuracies):
            if accuracy >= target:
                return int(epoch)
        return None

    def cases(rng):
        epochs = np.arange(1, 7)
        rising = np.array([0.984, 0.988, 0.99, 0.991, 0.9915, 0.992])
        yield Case(epochs, rising, 0.9905)
        # Reached at once, then lost and reached again. The lowest that reaches it is not the earliest.
        falling = np.array([0.7, 0.93, 0.89, 0.91])
        yield Case(np.arange(1, 5), falling, 0.9, about="where the accuracy falls again")
        # Up and down: the target is reached, lost and reached again, and the best is not the last.
        swaying = np.linspace(0.7, 0.9, 12) + rng.uniform(0, 0.005, 12)
        place = int(rng.integers(3, 8))
        swaying[[place, place + 1]] = swaying[[place + 1, place]]
        swaying[-1] = swaying[-2] - 0.001
        target = float(swaying[place]) - 0.001
        yield Case(
            np.arange(5, 65, 5), swaying, target, about="where every fifth epoch is measured"
        )
        yield Case(epochs, rising, 0.991, about="if an accuracy is exactly the target")
        yield Case(epochs, rising, 0.9, about="if the first epoch is good enough")
        yield Case(
            np.array([20, 40]),
            np.array([0.9, 0.95]),
            0.95,
            about="if only the last epoch is good enough",
        )
        yield Case(np.array([3]), np.array([0.8]), 0.75, about="with a single epoch")
        yield Case(epochs, rising, 0.995, about="if the target is never reached")

    @mistake(
        "If the target is never reached, you return the first epoch: where everything is False, "
        "`argmax` returns 0. The task asks for `None`."
    )
    def argmax(epochs, accuracies, target):
        return int(epochs[np.argmax(accuracies >= target)])

    @mistake("If the target is never reached, you return the last epoch. The task asks for `None`.")
    def last_if_never(epochs, accuracies, target):
        reached = epochs[accuracies >= target]
        return int(reached[0] if len(reached) else epochs[-1])

    @mistake("You never look at the last measurement. Go through all of them, with `zip`.")
    def without_the_last(epochs, accuracies, target):
        reached = epochs[:-1][accuracies[:-1] >= target]
        return int(reached[0]) if len(reached) else None

    @mistake(
        "You wait for an accuracy that equals the target. It may jump beyond the target: ask for at "
        "least, `>=`."
    )
    def equal_only(epochs, accuracies, target):
        reached = epochs[accuracies == target]
        return int(reached[0]) if len(reached) else None

    @mistake("If the target is never reached, the task asks for `None`, not for 0 or False.")
    def zero_if_never(epochs, accuracies, target):
        reached = epochs[accuracies >= target]
        return int(reached[0]) if len(reached) else 0

    @mistake("If the target is never reached, the task asks for `None`. There is no epoch -1.")
    def minus_one_if_never(epochs, accuracies, target):
        reached = epochs[accuracies >= target]
        return int(reached[0]) if len(reached) else -1

    @mistake("If the target is never reached, the task asks for `None`, not `nan`.")
    def nan_if_never(epochs, accuracies, target):
        reached = epochs[accuracies >= target]
        return int(reached[0]) if len(reached) else np.nan

    @mistake(_A_POSITION)
    def position(epochs, accuracies, target):
        reached = np.flatnonzero(accuracies >= target)
        return int(reached[0]) if len(reached) else None

    @mistake(_A_POSITION)
    def position_by_argmax(epochs, accuracies, target):
        return np.argmax(accuracies >= target)

    @mistake(_A_COUNT)
    def counted(epochs, accuracies, target):
        reached = np.flatnonzero(accuracies >= target)
        return int(reached[0]) + 1 if len(reached) else None

    @mistake(_A_COUNT)
    def counted_by_argmax(epochs, accuracies, target):
        return np.argmax(accuracies >= target) + 1

    @mistake(
        "The task says at least the target: an accuracy that equals the target is enough, so use `>=`."
    )
    def more_than(epochs, accuracies, target):
        reached = epochs[accuracies > target]
        return int(reached[0]) if len(reached) else None

    @mistake("This is the last epoch that is good enough. The task asks for the first one.")
    def last(epochs, accuracies, target):
        reached = epochs[accuracies >= target]
        return int(reached[-1]) if len(reached) else None

    @mistake("This is the best epoch. The task asks for the first one that is good enough.")
    def best(epochs, accuracies, target):
        place = accuracies.argmax()
        return int(epochs[place]) if accuracies[place] >= target else None

    @mistake("This is the accuracy that was reached. The task asks for its epoch.")
    def its_accuracy(epochs, accuracies, target):
        reached = accuracies[accuracies >= target]
        return float(reached[0]) if len(reached) else None

    @mistake("You return all epochs that are good enough. The task asks for the first one.")
    def all_of_them(epochs, accuracies, target):
        return epochs[accuracies >= target]

    @mistake("This is how many epochs are good enough. The task asks for the first one of them.")
    def how_many(epochs, accuracies, target):
        return int(np.sum(accuracies >= target)) or None

    @mistake(
        "You look at the first epoch only: both ways, your loop returns at once. Return inside the "
        "loop only if the target is reached."
    )
    def ends_at_once(epochs, accuracies, target):
        return int(epochs[0]) if accuracies[0] >= target else None

    @mistake(
        "The accuracy may fall again: don't search as if it only rose, and don't wait until it stays at the "
        "target. The task asks for the first epoch that reaches the target."
    )
    def for_good(epochs, accuracies, target):
        below = np.flatnonzero(accuracies < target)
        place = below[-1] + 1 if len(below) else 0
        return int(epochs[place]) if place < len(epochs) else None

    @mistake(
        "This is the epoch of the lowest accuracy that reaches the target. The task asks for the earliest "
        "epoch."
    )
    def lowest_that_reaches(epochs, accuracies, target):
        reached = np.where(accuracies >= target, accuracies, np.inf)
        return int(epochs[reached.argmin()]) if np.isfinite(reached.min()) else None

    @mistake(
        "You return the first epoch, whatever its accuracy. Are the accuracy and the target in the same "
        "unit, shares from 0 to 1?"
    )
    def always_the_first(epochs, accuracies, target):
        return int(epochs[0])

    @mistake(
        "You look for an accuracy of at most the target. The task asks for at least the target: `>=`."
    )
    def at_most(epochs, accuracies, target):
        reached = epochs[accuracies <= target]
        return int(reached[0]) if len(reached) else None


_BY_COLUMNS = (
    "You divide by the sums of the columns: the share of the model's answers that are right, which is "
    "called precision. A class's examples are in its row."
)


@lesson.function(
    points=3,
    minutes=5,
    hints=(
        "The diagonal is `confusion.diagonal()`; the sums of the rows are `confusion.sum(axis=1)`.",
        "`argmin` gives the position of the smallest number. A class without examples gives `nan` "
        "(0 divided by 0), and `argmin` picks it; `np.nanargmin` skips it.",
        "Did you get `(1, 0.70…)` for the example? You divided by the sums of the columns.",
    ),
)
class worst_class:
    of_the_lesson = {
        name: f"You use `{name}`, which is the lesson's. Use `confusion`, your function's own argument."
        for name in ("mistakes", "y_test", "answers", "digits")
    }

    def solution(confusion):
        examples = confusion.sum(axis=1)
        present = np.flatnonzero(examples > 0)
        recall = confusion.diagonal()[present] / examples[present]
        place = recall.argmin()
        return int(present[place]), float(recall[place])

    def cases(rng):
        yield Case(np.array([[40, 8, 2], [1, 19, 0], [3, 0, 27]]))
        # Class 6 is the worst; class 2 has the most wrong answers, since it is so frequent.
        wrong = rng.uniform(0.02, 0.1, 10)
        wrong[[2, 6]] = 0.2, 0.4
        confusion = _confusion(rng, rng.integers(300, 600, 10) + 2600 * (np.arange(10) == 2), wrong)
        yield Case(confusion, about="with ten classes")
        confusion = _confusion(rng, rng.integers(200, 400, 5), (0.02, 0.05, 0.2, 0.1, 0.4))
        yield Case(confusion, about="if the last class is the worst")
        confusion = np.zeros((5, 5), int)
        present = np.ix_([0, 2, 3], [0, 2, 3])
        confusion[present] = _confusion(rng, (80, 50, 60), (0.1, 0.6, 0.2))
        yield Case(confusion, about="where two classes have no examples")
        confusion = _confusion(rng, (70, 40, 50), (0.1, 0.2, 0.6))
        confusion[1, :] = 0
        confusion[0, 1] += 2
        yield Case(confusion, about="where a class without examples was answered")
        confusion = np.array([[0, 0, 0], [1, 19, 0], [3, 0, 27]])
        yield Case(confusion, about="where the first class has no examples")
        confusion = np.array([[0, 0], [0, 5]])
        yield Case(confusion, about="where the first class has no examples, and nothing goes wrong")
        yield Case(np.array([[0, 5], [1, 9]]), about="with two classes, one never recognized")
        yield Case(np.array([[0, 5], [0, 9]]), about="with two classes, one never the answer")
        yield Case(np.array([[12]]), about="with a single class")

    @mistake(
        "A class without examples has no recall (0 divided by 0 is `nan`), and `argmin` takes "
        "`nan` for the smallest. Leave such classes out."
    )
    def spoiled(confusion):
        recall = confusion.diagonal() / _or_nan(confusion.sum(axis=1))
        worst = int(recall.argmin())
        return worst, float(recall[worst])

    @mistake(
        "You count a class without examples as a recall of 0. It has none; leave such classes out."
    )
    def zero_if_empty(confusion):
        recall = confusion.diagonal() / np.maximum(1, confusion.sum(axis=1))
        return _lowest(recall)

    @mistake(
        "You leave out the classes without examples, and the classes after them move up: your number "
        "is a position among those that are left."
    )
    def moved_up(confusion):
        present = confusion.sum(axis=1) > 0
        return _lowest((confusion.diagonal() / _or_nan(confusion.sum(axis=1)))[present])

    @mistake(
        "You leave out a class that is never recognized. Its recall is 0. Leave out only classes without "
        "examples."
    )
    def only_recognized(confusion):
        recall = confusion.diagonal() / _or_nan(confusion.sum(axis=1))
        return _lowest(np.where(confusion.diagonal() > 0, recall, np.inf))

    @mistake(
        "You leave out a class that is never the answer: its column is empty. A class without examples has "
        "an empty row."
    )
    def only_answered(confusion):
        recall = confusion.diagonal() / _or_nan(confusion.sum(axis=1))
        return _lowest(np.where(confusion.sum(axis=0) > 0, recall, np.inf))

    @mistake(
        "If the first class has no examples, its recall is `nan`, and no number is smaller than `nan`: "
        "your comparison never leaves that class. Leave out classes without examples."
    )
    def stays_at_nan(confusion):
        recall = (confusion.diagonal() / _or_nan(confusion.sum(axis=1))).tolist()
        worst = min(range(len(recall)), key=lambda place: recall[place])
        return worst, recall[worst]

    @mistake(
        "Your class is right, but the recall is `nan` if the first class has no examples: no number is "
        "smaller than `nan`, so `min` never leaves it. Take the recall of your class."
    )
    def nan_by_min(confusion):
        recall = confusion.diagonal() / _or_nan(confusion.sum(axis=1))
        return _worst(confusion)[0], min(recall)

    @mistake(
        "You remove the classes without examples from the rows and from the columns. Then the classes after "
        "them move up, and wrong answers in the columns that you removed no longer count."
    )
    def cut_out(confusion):
        present = confusion.sum(axis=1) > 0
        confusion = confusion[present][:, present]
        return _lowest(confusion.diagonal() / confusion.sum(axis=1))

    @mistake(
        "You count a class without examples as a recall of 1. It has none; leave such classes out."
    )
    def one_if_empty(confusion):
        recall = confusion.diagonal() / _or_nan(confusion.sum(axis=1))
        return _lowest(np.where(np.isnan(recall), 1.0, recall))

    @mistake(_BY_COLUMNS)
    def columns(confusion):
        return _lowest(confusion.diagonal() / _or_nan(confusion.sum(axis=0)))

    @mistake(_BY_COLUMNS)
    def columns_spoiled(confusion):
        precision = confusion.diagonal() / _or_nan(confusion.sum(axis=0))
        worst = int(precision.argmin())
        return worst, float(precision[worst])

    @mistake(
        "You take the class with the fewest right answers. A rare class has few of them, however "
        "easy it is."
    )
    def fewest_right(confusion):
        worst = int(confusion.diagonal().argmin())
        return worst, float(confusion[worst, worst] / _or_nan(confusion[worst].sum()))

    @mistake(
        "You take the class with the most wrong answers. A frequent class has many of them, however "
        "easy it is."
    )
    def most_wrong(confusion):
        worst = int((confusion.sum(axis=1) - confusion.diagonal()).argmax())
        return worst, float(confusion[worst, worst] / _or_nan(confusion[worst].sum()))

    @mistake(
        "You divide by the number of all examples. Divide by the examples of the class: the sum of its "
        "row."
    )
    def of_all(confusion):
        return _lowest(confusion.diagonal() / confusion.sum())

    @mistake(
        "If every recall is 1, your loop never picks a class. Start with a number above 1, or with the "
        "first class."
    )
    def nothing_below_one(confusion):
        worst, recall = _worst(confusion)
        return (worst if recall < 1 else None), recall

    @mistake("This is the best class. The task asks for the one with the lowest recall.")
    def best(confusion):
        recall = confusion.diagonal() / _or_nan(confusion.sum(axis=1))
        place = int(recall.argmax())
        return place, float(recall[place])

    @mistake("This is the best class. The task asks for the one with the lowest recall.")
    def best_present(confusion):
        recall = confusion.diagonal() / _or_nan(confusion.sum(axis=1))
        place = int(np.nanargmax(recall))
        return place, float(recall[place])

    @mistake(
        "You look at the first class only: your loop returns at once. Move `return` after the loop."
    )
    def first_only(confusion):
        return 0, float(confusion[0, 0] / _or_nan(confusion[0].sum()))

    @mistake(
        "The second value is the share that was not recognized. The recall is the share that was."
    )
    def error(confusion):
        worst, recall = _worst(confusion)
        return worst, 1 - recall

    @mistake("The recall is in percent. Return it as a share from 0 to 1.")
    def percent(confusion):
        worst, recall = _worst(confusion)
        return worst, 100 * recall

    @mistake("The order is the wrong way round. Return the class first, then its recall.")
    def swapped(confusion):
        worst, recall = _worst(confusion)
        return recall, worst

    @mistake("This is the class alone. Return its recall as well: `return worst, recall`.")
    def class_only(confusion):
        return _worst(confusion)[0]

    @mistake("This is the recall alone. Return the class as well: `return worst, recall`.")
    def recall_only(confusion):
        return _worst(confusion)[1]


def _worst(confusion):
    return _lowest(confusion.diagonal() / _or_nan(confusion.sum(axis=1)))


def _lowest(recall):
    """The class of the lowest recall and that recall; nan is skipped."""
    place = int(np.nanargmin(recall))
    return place, float(recall[place])


def _or_nan(counts):
    return np.where(counts > 0, counts, np.nan)


def _confusion(rng, examples, wrong=None):
    """A confusion matrix: how many examples each class has, and about which share goes wrong."""
    classes = len(examples)
    wrong = rng.uniform(0.02, 0.25, classes) if wrong is None else wrong
    confusion = np.zeros((classes, classes), int)
    for true, (count, share) in enumerate(zip(examples, wrong)):
        elsewhere = np.where(np.arange(classes) == true, 0, rng.random(classes))
        odds = elsewhere / elsewhere.sum() * share
        odds[true] = 1 - share
        confusion[true] = rng.multinomial(count, odds / odds.sum())
    return confusion
