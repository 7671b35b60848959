import numpy as np

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def rounds_to(accuracies, target):
    best = 0.0
    for number, accuracy in enumerate(accuracies, start=1):
        if accuracy >= target:
            if number == 1:
                return 1
            return number - 1 + (target - best) / (accuracy - best)
        best = max(best, accuracy)
    return float("nan")


@answers.right
def rounds_to(accuracies, target):
    accuracies = list(accuracies)
    over = [i for i, a in enumerate(accuracies) if a >= target]
    if not over:
        return np.nan
    if over[0] == 0:
        return np.float64(1)
    low = max(accuracies[: over[0]])
    return over[0] + (target - low) / (accuracies[over[0]] - low)


@answers.right
def rounds_to(accuracies, target):
    if max(accuracies) < target:
        return None or float("nan")
    i = int(np.argmax(np.array(accuracies) >= target))
    if i == 0:
        return 1.0
    low = accuracies[:i].max()
    share = (target - low) / (accuracies[i] - low)
    return (1 - share) * i + share * (i + 1)


@answers.wrong("the first whole round at or above the target. ")
def rounds_to(accuracies, target):
    for number, accuracy in enumerate(accuracies, start=1):
        if accuracy >= target:
            return number
    return np.nan


@answers.wrong("counted from 0")
def rounds_to(accuracies, target):
    for number, accuracy in enumerate(accuracies):
        if accuracy >= target:
            return number
    return np.nan


@answers.wrong("You are one round early")
def rounds_to(accuracies, target):
    best = np.maximum.accumulate(accuracies)
    if best[-1] < target:
        return np.nan
    i = np.argmax(best >= target)
    if i == 0:
        return 0.0
    return i - 1 + (target - best[i - 1]) / (best[i] - best[i - 1])


@answers.wrong("from the accuracy of the round before")
def rounds_to(accuracies, target):
    reached = np.flatnonzero(accuracies >= target)
    if not len(reached):
        return np.nan
    i = reached[0]
    if i == 0:
        return 1.0
    return i + (target - accuracies[i - 1]) / (accuracies[i] - accuracies[i - 1])


@answers.wrong("`np.argmax` of nothing but False is 0")
def rounds_to(accuracies, target):
    best = np.maximum.accumulate(accuracies)
    i = np.argmax(best >= target)
    if i == 0:
        return 1.0
    return i + (target - best[i - 1]) / (best[i] - best[i - 1])


@answers.wrong("An accuracy equal to the target has reached it")
def rounds_to(accuracies, target):
    best = -np.inf
    for number, accuracy in enumerate(accuracies, start=1):
        if accuracy > target:
            return 1.0 if number == 1 else number - 1 + (target - best) / (accuracy - best)
        best = max(best, accuracy)
    return np.nan


@answers.wrong("you return the last round")
def rounds_to(accuracies, target):
    best = np.maximum.accumulate(accuracies)
    for i in range(1, len(best)):
        if best[i - 1] < target <= best[i]:
            return i + (target - best[i - 1]) / (best[i] - best[i - 1])
    return 1.0 if best[0] >= target else len(best)


@answers.wrong("0 rounds would be the best")
def rounds_to(accuracies, target):
    best = np.maximum.accumulate(accuracies)
    for i in range(1, len(best)):
        if best[i - 1] < target <= best[i]:
            return i + (target - best[i - 1]) / (best[i] - best[i - 1])
    return 1.0 if best[0] >= target else 0


# Interpolates all of the curve, which doesn't always rise.
@answers.wrong("where 3.2 is expected")
def rounds_to(accuracies, target):
    return np.interp(target, np.sort(accuracies)[::-1], np.arange(1, len(accuracies) + 1))


# Looks one place too far when round 1 is good enough.
@answers.wrong("before round 1 nothing was measured")
def rounds_to(accuracies, target):
    best = [0.0, *np.maximum.accumulate(accuracies)]
    for i in range(1, len(best)):
        if best[i] >= target:
            return float(i) if i == 2 else i - 1 + (target - best[i - 1]) / (best[i] - best[i - 1])
    return np.nan


@answers.wrong("You are one round early where the target is reached after round 1")
def rounds_to(accuracies, target):
    best = np.maximum.accumulate(accuracies)
    if best[-1] < target:
        return np.nan
    i = np.argmax(best >= target)
    if i == 0:
        return 1.0
    return i - 1 + (target - best[i - 1]) / (best[i] - best[i - 1])


@answers.wrong("Your fraction is turned around")
def rounds_to(accuracies, target):
    best = np.maximum.accumulate(accuracies)
    if best[-1] < target:
        return np.nan
    i = np.argmax(best >= target)
    if i == 0:
        return 1.0
    return i + (best[i] - target) / (best[i] - best[i - 1])


@answers.wrong("you read the entry at -1")
def rounds_to(accuracies, target):
    best = np.maximum.accumulate(accuracies)
    reached = np.flatnonzero(best >= target)
    if len(reached) == 0:
        return np.nan
    i = reached[0]
    return i + (target - best[i - 1]) / (best[i] - best[i - 1])


# Interpolates the running best, which may be level.
@answers.wrong("takes the *last* of several equal values")
def rounds_to(accuracies, target):
    best = np.maximum.accumulate(accuracies)
    return np.interp(target, best, np.arange(1, len(best) + 1), right=np.nan)
