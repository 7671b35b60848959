"""The exercises of lesson 01."""

import numpy as np

from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("01_one_computer")
summary = lesson.summary


@lesson.choice(
    points=1,
    minutes=2,
    hints=(
        "Which two quantities do the axes show? A statement about anything else goes beyond them.",
        "Find the first square and the last circle. Which of the two is higher?",
    ),
)
class what_the_curves_show:
    options = {
        "a": "the CNN is better because it has more parameters",
        "b": "the CNN after one epoch misreads fewer test digits than the 2NN after six",
        "c": "the CNN needs less time to get to 2% than the 2NN",
        "d": "with more than six epochs the 2NN would get no better",
    }
    answer = "b"
    because = "The first square stands at 1.6%, below the last circle at 1.9%."
    mistakes = {
        "a": "The figure shows that the CNN is better, and not why. The two models differ in more "
        "than the number of their parameters.",
        "c": "The figure counts epochs, and says nothing of time. An epoch of the CNN takes far "
        "longer than one of the 2NN.",
        "d": "The curve ends at the sixth epoch, and so does what the figure says. (With twelve "
        "epochs the 2NN does get a little better, as the lesson reports.)",
    }


@lesson.function(
    points=1,
    minutes=3,
    hints=(
        "Accuracy is the number of right answers divided by the number of all answers.",
        "`np.trace` adds up the diagonal; `confusion.sum()` adds up everything.",
    ),
)
class accuracy:
    def solution(confusion):
        return np.trace(confusion) / confusion.sum()

    def cases(rng):
        yield Case(np.array([[40, 8, 2], [1, 19, 0], [3, 0, 27]]))
        yield Case(_confusion(rng, rng.integers(50, 500, 10)), about="with ten classes")
        # So unequal that the mean of the recalls lies far from the accuracy.
        yield Case(np.array([[990, 10], [7, 3]]), about="with a rare class")
        yield Case(np.array([[0, 4], [6, 0]]), about="where nothing is right")
        yield Case(np.array([[12]]), about="with a single class")
        counts = _confusion(rng, rng.integers(50, 500, 4))
        yield Case(counts / counts.sum(), about="with shares instead of counts")

    @mistake("These are percentages. A share from 0 to 1 is asked for.")
    def percent(confusion):
        return 100 * np.trace(confusion) / confusion.sum()

    @mistake("You count the right answers. Divide by the number of all answers.")
    def count(confusion):
        return np.trace(confusion)

    @mistake("You divide by 100. That fits the example only: divide by the number of all answers.")
    def by_a_hundred(confusion):
        return np.trace(confusion) / 100

    @mistake("This is the share of wrong answers. The accuracy is the share of right ones.")
    def error(confusion):
        return 1 - np.trace(confusion) / confusion.sum()

    @mistake(
        "You take the mean of the classes' shares, so that a class with 10 examples counts as much "
        "as one with 1,000. In the accuracy each example counts once."
    )
    def mean_recall(confusion):
        return np.mean(np.diagonal(confusion) / confusion.sum(axis=1))

    @mistake("You divide by the number of classes. Divide by the number of all answers.")
    def by_the_classes(confusion):
        return np.trace(confusion) / len(confusion)

    @mistake("You divide by the number of wrong answers. Divide by the number of all answers.")
    def odds(confusion):
        return np.trace(confusion) / (confusion.sum() - np.trace(confusion))

    @mistake(
        "You add up the other diagonal, which runs from the upper right. Right answers stand where "
        "the row and the column have the same number."
    )
    def other_diagonal(confusion):
        return np.trace(confusion[:, ::-1]) / confusion.sum()


# One label of a digit is a thousandth of its pixels, so a smaller error than the usual must show.
@lesson.function(
    points=2,
    minutes=4,
    tolerance=1e-7,
    hints=(
        "Count the bytes of one image with its label first.",
        "One image: `height * width * bytes_per_pixel + 1`.",
    ),
)
class upload_megabytes:
    def solution(num_people, images_each, height, width, bytes_per_pixel):
        bytes_per_image = height * width * bytes_per_pixel + 1
        return num_people * images_each * bytes_per_image / 1e6

    def cases(rng):
        yield Case(5_000, 200, 480, 640, 3)
        yield Case(100, 590, 28, 28, 1, about="with the digits of this lesson")
        people, images, height, width = (int(n) for n in rng.integers(20, 200, 4))
        yield Case(people, images, height, width, 2, about="with other numbers")
        yield Case(1, 1, 640, 480, 1, about="with one image of one person")
        yield Case(0, 590, 28, 28, 1, about="if nobody takes part")

    @mistake("You forget the label: each image has one byte for it.")
    def no_label(num_people, images_each, height, width, bytes_per_pixel):
        return num_people * images_each * height * width * bytes_per_pixel / 1e6

    @mistake("You count one byte per label and person. Each image has a label of its own.")
    def label_per_person(num_people, images_each, height, width, bytes_per_pixel):
        return num_people * (images_each * height * width * bytes_per_pixel + 1) / 1e6

    @mistake("You count a single label for all images. Each image has a label of its own.")
    def single_label(num_people, images_each, height, width, bytes_per_pixel):
        return (num_people * images_each * height * width * bytes_per_pixel + 1) / 1e6

    @mistake("You add a byte to each pixel. The label takes one byte for the whole image.")
    def label_per_pixel(num_people, images_each, height, width, bytes_per_pixel):
        return num_people * images_each * height * width * (bytes_per_pixel + 1) / 1e6

    @mistake("Your label takes as many bytes as a pixel. It takes one.")
    def label_like_a_pixel(num_people, images_each, height, width, bytes_per_pixel):
        return num_people * images_each * (height * width + 1) * bytes_per_pixel / 1e6

    @mistake("You count one byte for each pixel. It has `bytes_per_pixel` of them.")
    def one_byte(num_people, images_each, height, width, bytes_per_pixel):
        return num_people * images_each * (height * width + 1) / 1e6

    @mistake("This is what one person hands over. All of them are asked for.")
    def one_person(num_people, images_each, height, width, bytes_per_pixel):
        return images_each * (height * width * bytes_per_pixel + 1) / 1e6

    @mistake("You count one image for each person. Each of them hands over `images_each`.")
    def one_image_each(num_people, images_each, height, width, bytes_per_pixel):
        return num_people * (height * width * bytes_per_pixel + 1) / 1e6

    @mistake("These are bytes. A megabyte is 1,000,000 of them.")
    def in_bytes(num_people, images_each, height, width, bytes_per_pixel):
        return num_people * images_each * (height * width * bytes_per_pixel + 1)

    @mistake("These are kilobytes. A megabyte is 1,000,000 bytes.")
    def in_kilobytes(num_people, images_each, height, width, bytes_per_pixel):
        return num_people * images_each * (height * width * bytes_per_pixel + 1) / 1e3

    @mistake("You divide by 1,048,576. That is a mebibyte; a megabyte is 1,000,000 bytes here.")
    def mebibytes(num_people, images_each, height, width, bytes_per_pixel):
        return num_people * images_each * (height * width * bytes_per_pixel + 1) / 2**20

    @mistake("`//` cuts off what comes after the point. Divide with `/`.")
    def whole_megabytes(num_people, images_each, height, width, bytes_per_pixel):
        return num_people * images_each * (height * width * bytes_per_pixel + 1) // 1_000_000


_A_POSITION = (
    "This is a position in the array. Look up which epoch stands there: `epochs[position]`."
)
_A_COUNT = (
    "You count the measurements. Not every run is measured after each epoch: look the epoch up in "
    "`epochs`."
)


@lesson.function(
    points=2,
    minutes=5,
    hints=(
        "Go through both together: `for epoch, accuracy in zip(epochs, accuracies)`.",
        "The first epoch that is good enough is the answer, so `return` it there and then.",
        "Where the loop ends without a `return`, the target was never reached. With arrays instead "
        "of a loop, ask `.any()` first.",
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
        yield Case(np.array([20, 40]), np.array([0.9, 0.95]), 0.95, about="if only the last one is")
        yield Case(np.array([3]), np.array([0.8]), 0.75, about="with a single epoch")
        yield Case(epochs, rising, 0.995, about="if the target is never reached")

    @mistake(
        "`argmax` of nothing but False is 0. So where the target is never reached, you give the "
        "first epoch; the task asks for `None`."
    )
    def argmax(epochs, accuracies, target):
        return int(epochs[np.argmax(accuracies >= target)])

    @mistake(
        "Where the target is never reached, you give the last epoch; the task asks for `None`."
    )
    def last_if_never(epochs, accuracies, target):
        reached = epochs[accuracies >= target]
        return int(reached[0] if len(reached) else epochs[-1])

    @mistake("Where the target is never reached, the task asks for `None`. 0 is no epoch.")
    def zero_if_never(epochs, accuracies, target):
        reached = epochs[accuracies >= target]
        return int(reached[0]) if len(reached) else 0

    @mistake("Where the target is never reached, the task asks for `None`. -1 is no epoch.")
    def minus_one_if_never(epochs, accuracies, target):
        reached = epochs[accuracies >= target]
        return int(reached[0]) if len(reached) else -1

    @mistake("Where the target is never reached, the task asks for `None`, and not for `nan`.")
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
        "At least the target is asked for: an accuracy that is exactly the target is enough, `>=`."
    )
    def more_than(epochs, accuracies, target):
        reached = epochs[accuracies > target]
        return int(reached[0]) if len(reached) else None

    @mistake("This is the last epoch that is good enough. The first one is asked for.")
    def last(epochs, accuracies, target):
        reached = epochs[accuracies >= target]
        return int(reached[-1]) if len(reached) else None

    @mistake("This is the best epoch. The first one that is good enough is asked for.")
    def best(epochs, accuracies, target):
        place = accuracies.argmax()
        return int(epochs[place]) if accuracies[place] >= target else None

    @mistake("This is the accuracy that is reached. The epoch is asked for.")
    def its_accuracy(epochs, accuracies, target):
        reached = accuracies[accuracies >= target]
        return float(reached[0]) if len(reached) else None

    @mistake("You give all the epochs that are good enough. The first one is asked for.")
    def all_of_them(epochs, accuracies, target):
        return epochs[accuracies >= target]

    @mistake("This is how many epochs are good enough. The first one of them is asked for.")
    def how_many(epochs, accuracies, target):
        return int(np.sum(accuracies >= target)) or None

    @mistake(
        "You look at the first epoch only: your loop ends with it, whatever it finds. Leave the "
        "loop only where the target is reached."
    )
    def ends_at_once(epochs, accuracies, target):
        return int(epochs[0]) if accuracies[0] >= target else None


_BY_COLUMNS = (
    "You divide by the sums of the columns. That is how many of the model's answers of a class are "
    "right (its precision). The examples of a class stand in its row."
)


@lesson.function(
    points=3,
    minutes=8,
    hints=(
        "The diagonal is `confusion.diagonal()`; the sums of the rows are `confusion.sum(axis=1)`.",
        "`argmin` gives the position of the smallest number. A class without examples gives `nan` "
        "(0 divided by 0), and `argmin` picks that; `np.nanargmin` passes over it.",
        "Is your answer to the example `(1, 0.70…)`? You divided by the sums of the columns.",
    ),
)
class worst_class:
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
        some = np.ix_([0, 2, 3], [0, 2, 3])
        confusion[some] = _confusion(rng, (80, 50, 60), (0.1, 0.6, 0.2))
        yield Case(confusion, about="where two classes have no examples")
        confusion = _confusion(rng, (70, 40, 50), (0.1, 0.2, 0.6))
        confusion[1, :] = 0
        confusion[0, 1] += 2
        yield Case(confusion, about="where a class without examples was answered")
        yield Case(np.array([[0, 5], [1, 9]]), about="if the worst class is never recognized")
        yield Case(np.array([[12]]), about="with a single class")

    @mistake(
        "A class without examples has no recall (0 divided by 0 is `nan`), and `argmin` takes "
        "`nan` for the smallest. Leave such classes out."
    )
    def spoiled(confusion):
        recall = confusion.diagonal() / _or_nan(confusion.sum(axis=1))
        worst = int(recall.argmin())
        return worst, float(recall[worst])

    @mistake("A class without examples has no recall. You count it as 0; leave such classes out.")
    def zero_if_empty(confusion):
        recall = confusion.diagonal() / np.maximum(1, confusion.sum(axis=1))
        return _lowest(recall)

    @mistake(
        "You leave out the classes without examples, and then the others move up: your number is "
        "no longer that of the class."
    )
    def moved_up(confusion):
        present = confusion.sum(axis=1) > 0
        return _lowest((confusion.diagonal() / _or_nan(confusion.sum(axis=1)))[present])

    @mistake(
        "You leave out a class that is never recognized. Its recall is 0; only a class without examples "
        "has none."
    )
    def only_recognized(confusion):
        recall = confusion.diagonal() / _or_nan(confusion.sum(axis=1))
        return _lowest(np.where(confusion.diagonal() > 0, recall, np.inf))

    @mistake(_BY_COLUMNS)
    def columns(confusion):
        return _lowest(confusion.diagonal() / _or_nan(confusion.sum(axis=0)))

    @mistake(_BY_COLUMNS)
    def columns_spoiled(confusion):
        precision = confusion.diagonal() / _or_nan(confusion.sum(axis=0))
        worst = int(precision.argmin())
        return worst, float(precision[worst])

    @mistake("You take the fewest right answers. A rare class has few of them, however easy it is.")
    def fewest_right(confusion):
        worst = int(confusion.diagonal().argmin())
        return worst, float(confusion[worst, worst] / _or_nan(confusion[worst].sum()))

    @mistake(
        "You take the most wrong answers. A frequent class has many of them, however easy it is."
    )
    def most_wrong(confusion):
        worst = int((confusion.sum(axis=1) - confusion.diagonal()).argmax())
        return worst, float(confusion[worst, worst] / _or_nan(confusion[worst].sum()))

    @mistake("You divide by the number of all examples. Divide by those of the class, its row.")
    def of_all(confusion):
        return _lowest(confusion.diagonal() / confusion.sum())

    @mistake("This is the best class. The one with the lowest recall is asked for.")
    def best(confusion):
        recall = confusion.diagonal() / _or_nan(confusion.sum(axis=1))
        place = int(recall.argmax())
        return place, float(recall[place])

    @mistake("You give the share that was misread. The recall is the share that was recognized.")
    def error(confusion):
        worst, recall = _worst(confusion)
        return worst, 1 - recall

    @mistake("These are percentages. A share from 0 to 1 is asked for.")
    def percent(confusion):
        worst, recall = _worst(confusion)
        return worst, 100 * recall

    @mistake("The order is the class first, then its recall.")
    def swapped(confusion):
        worst, recall = _worst(confusion)
        return recall, worst

    @mistake("This is the class alone. Its recall is asked for too: `return worst, recall`.")
    def class_only(confusion):
        return _worst(confusion)[0]

    @mistake("This is the recall alone. The class is asked for too: `return worst, recall`.")
    def recall_only(confusion):
        return _worst(confusion)[1]


def _worst(confusion):
    return _lowest(confusion.diagonal() / _or_nan(confusion.sum(axis=1)))


def _lowest(recall):
    """The class of the lowest recall and that recall, without those that are nan."""
    place = int(np.nanargmin(recall))
    return place, float(recall[place])


def _or_nan(counts):
    return np.where(counts > 0, counts, np.nan)


def _confusion(rng, examples, wrong=None):
    """A confusion matrix for so many examples of each class, with about these shares misread."""
    classes = len(examples)
    wrong = rng.uniform(0.02, 0.25, classes) if wrong is None else wrong
    confusion = np.zeros((classes, classes), int)
    for true, (count, share) in enumerate(zip(examples, wrong)):
        elsewhere = np.where(np.arange(classes) == true, 0, rng.random(classes))
        odds = elsewhere / elsewhere.sum() * share
        odds[true] = 1 - share
        confusion[true] = rng.multinomial(count, odds / odds.sum())
    return confusion
