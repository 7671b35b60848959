import numpy as np
import pandas as pd

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def first_epoch(epochs, accuracies, target):
    reached = [epoch for epoch, accuracy in zip(epochs, accuracies) if accuracy >= target]
    return reached[0] if reached else None


@answers.right
def first_epoch(epochs, accuracies, target):
    reached = epochs[accuracies >= target]
    if reached.size:
        return reached.min()


@answers.right
def first_epoch(epochs, accuracies, target):
    run = pd.DataFrame({"epoch": epochs, "accuracy": accuracies})
    run = run[run["accuracy"] >= target]
    return None if run.empty else run["epoch"].iloc[0]


@answers.right
def first_epoch(epochs, accuracies, target):
    place = 0
    while place < len(accuracies):
        if not accuracies[place] < target:
            return float(epochs[place])
        place += 1
    return None


@answers.right
def first_epoch(epochs, accuracies, target):
    good_enough = accuracies >= target
    return epochs[np.argmax(good_enough)] if good_enough.any() else None


@answers.wrong("a position in the array")
def first_epoch(epochs, accuracies, target):
    for place, accuracy in enumerate(accuracies):
        if accuracy >= target:
            return place


@answers.wrong("a position in the array")
def first_epoch(epochs, accuracies, target):
    return int((accuracies >= target).argmax())


@answers.wrong("You count the measurements")
def first_epoch(epochs, accuracies, target):
    for number, accuracy in enumerate(accuracies, start=1):
        if accuracy >= target:
            return number


@answers.wrong("You count the measurements")
def first_epoch(epochs, accuracies, target):
    return 1 + np.argmax(np.array(accuracies) >= target)


@answers.wrong("equals the target is enough")
def first_epoch(epochs, accuracies, target):
    for epoch, accuracy in zip(epochs, accuracies):
        if accuracy > target:
            return epoch


@answers.wrong("the last epoch that is good enough")
def first_epoch(epochs, accuracies, target):
    found = None
    for epoch, accuracy in zip(epochs, accuracies):
        if accuracy >= target:
            found = epoch
    return found


@answers.wrong("the best epoch")
def first_epoch(epochs, accuracies, target):
    if max(accuracies) < target:
        return None
    return epochs[list(accuracies).index(max(accuracies))]


@answers.wrong("where everything is False")
def first_epoch(epochs, accuracies, target):
    return epochs[(accuracies >= target).argmax()]


@answers.wrong("you return the last epoch")
def first_epoch(epochs, accuracies, target):
    for epoch, accuracy in zip(epochs, accuracies):
        if accuracy >= target:
            break
    return epoch


@answers.wrong("not for 0 or False")
def first_epoch(epochs, accuracies, target):
    for epoch, accuracy in zip(epochs, accuracies):
        if accuracy >= target:
            return epoch
    return 0


@answers.wrong("no epoch -1")
def first_epoch(epochs, accuracies, target):
    for epoch, accuracy in zip(epochs, accuracies):
        if accuracy >= target:
            return epoch
    return -1


@answers.wrong("not `nan`")
def first_epoch(epochs, accuracies, target):
    return pd.Series(epochs)[accuracies >= target].min()


@answers.wrong("the accuracy that was reached")
def first_epoch(epochs, accuracies, target):
    for accuracy in accuracies:
        if accuracy >= target:
            return accuracy


@answers.wrong("all epochs that are good enough")
def first_epoch(epochs, accuracies, target):
    return epochs[np.where(accuracies >= target)]


@answers.wrong("how many epochs are good enough")
def first_epoch(epochs, accuracies, target):
    count = sum(accuracies >= target)
    return count if count > 0 else None


@answers.wrong("your loop returns at once")
def first_epoch(epochs, accuracies, target):
    for epoch, accuracy in zip(epochs, accuracies):
        if accuracy >= target:
            return epoch
        else:
            return None


# A sentence instead of None.
@answers.wrong("a string, where None is expected")
def first_epoch(epochs, accuracies, target):
    for epoch, accuracy in zip(epochs, accuracies):
        if accuracy >= target:
            return epoch
    return "never"


@answers.wrong("This happens if the target is never reached")
def first_epoch(epochs, accuracies, target):
    return epochs[accuracies >= target][0]


# Takes it for granted that the accuracy never falls.
@answers.wrong("Where the accuracy falls again")
def first_epoch(epochs, accuracies, target):
    below = np.sum(accuracies < target)
    return epochs[below] if below < len(epochs) else None


@answers.wrong("the last measurement")
def first_epoch(epochs, accuracies, target):
    for place in range(len(epochs) - 1):
        if accuracies[place] >= target:
            return epochs[place]


@answers.wrong("equals the target")
def first_epoch(epochs, accuracies, target):
    for epoch, accuracy in zip(epochs, accuracies):
        if accuracy == target:
            return epoch


@answers.wrong("It has a `return`, but didn't reach it")
def first_epoch(epochs, accuracies, target):
    for epoch, accuracy in zip(epochs, accuracies):
        if accuracy >= 100 * target:
            return epoch


@answers.wrong("an array with one number")
def first_epoch(epochs, accuracies, target):
    reached = epochs[accuracies >= target]
    return reached[:1] if len(reached) else None


@answers.wrong("don't search as if it only rose")
def first_epoch(epochs, accuracies, target):
    place = np.searchsorted(accuracies, target)
    return epochs[place] if place < len(epochs) else None


@answers.wrong("don't wait until it stays")
def first_epoch(epochs, accuracies, target):
    for place, epoch in enumerate(epochs):
        if (accuracies[place:] >= target).all():
            return epoch


@answers.wrong("the lowest accuracy that reaches the target")
def first_epoch(epochs, accuracies, target):
    for place in np.argsort(accuracies):
        if accuracies[place] >= target:
            return epochs[place]


@answers.wrong("Are the accuracy and the target in the same unit")
def first_epoch(epochs, accuracies, target):
    for epoch, accuracy in zip(epochs, accuracies):
        if 100 * accuracy >= target:
            return epoch


@answers.wrong("You look for an accuracy of at most the target")
def first_epoch(epochs, accuracies, target):
    for epoch, accuracy in zip(epochs, accuracies):
        if accuracy <= target:
            return epoch
