import numpy as np
import pandas as pd

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def cheapest(megabytes, accuracies, most_loss):
    best = "float32"
    for name in megabytes:
        loss = np.mean(accuracies["float32"]) - np.mean(accuracies[name])
        if loss <= most_loss and megabytes[name] < megabytes[best]:
            best = name
    return best


@answers.right
def cheapest(megabytes, accuracies, most_loss):
    mean = pd.DataFrame(accuracies).mean()
    good = mean[mean >= mean["float32"] - most_loss - 1e-9]
    return pd.Series(megabytes)[good.index].idxmin()


@answers.right
def cheapest(megabytes, accuracies, most_loss):
    means = {name: sum(seeds) / len(seeds) for name, seeds in accuracies.items()}
    for name in sorted(megabytes, key=lambda name: megabytes[name]):
        if means["float32"] - means[name] <= most_loss:
            return name


@answers.wrong("however much accuracy that costs")
def cheapest(megabytes, accuracies, most_loss):
    return min(megabytes, key=lambda name: megabytes[name])


@answers.wrong("You take the most accurate scheme")
def cheapest(megabytes, accuracies, most_loss):
    return max(accuracies, key=lambda name: np.mean(accuracies[name]))


@answers.wrong("Leave out `abs`")
def cheapest(megabytes, accuracies, most_loss):
    full = np.mean(accuracies["float32"])
    good = {n: mb for n, mb in megabytes.items() if abs(full - np.mean(accuracies[n])) <= most_loss}
    return min(good, key=good.get)


@answers.wrong("You look at the worst seed")
def cheapest(megabytes, accuracies, most_loss):
    full = np.array(accuracies["float32"])
    good = [n for n in megabytes if np.all(full - np.array(accuracies[n]) <= most_loss)]
    return min(good, key=megabytes.get)


@answers.wrong("against the best scheme")
def cheapest(megabytes, accuracies, most_loss):
    best = max(np.mean(seeds) for seeds in accuracies.values())
    good = [n for n in megabytes if np.mean(accuracies[n]) >= best - most_loss]
    return min(good, key=megabytes.get)


@answers.wrong("Compare with `<=`")
def cheapest(megabytes, accuracies, most_loss):
    full = np.mean(accuracies["float32"])
    good = [n for n in megabytes if full - np.mean(accuracies[n]) < most_loss]
    return min(good, key=megabytes.get)


@answers.wrong("Return the name of the scheme")
def cheapest(megabytes, accuracies, most_loss):
    full = np.mean(accuracies["float32"])
    return min(megabytes[n] for n in megabytes if full - np.mean(accuracies[n]) <= most_loss)


@answers.wrong("the order of a dictionary says nothing")
def cheapest(megabytes, accuracies, most_loss):
    full = np.mean(accuracies["float32"])
    return [n for n in megabytes if full - np.mean(accuracies[n]) <= most_loss][0]


@answers.wrong("You returned all schemes")
def cheapest(megabytes, accuracies, most_loss):
    full = np.mean(accuracies["float32"])
    return [n for n in megabytes if full - np.mean(accuracies[n]) <= most_loss]


@answers.wrong("the first seed only")
def cheapest(megabytes, accuracies, most_loss):
    good = [n for n in megabytes if accuracies["float32"][0] - accuracies[n][0] <= most_loss]
    return min(good, key=megabytes.get)


@answers.wrong("the last seed only")
def cheapest(megabytes, accuracies, most_loss):
    good = [n for n in megabytes if accuracies["float32"][-1] - accuracies[n][-1] <= most_loss]
    return min(good, key=megabytes.get)


@answers.wrong("one good seed is enough")
def cheapest(megabytes, accuracies, most_loss):
    full = np.array(accuracies["float32"])
    good = [n for n in megabytes if np.any(full - np.array(accuracies[n]) <= most_loss)]
    return min(good, key=megabytes.get)


@answers.wrong("You take the median")
def cheapest(megabytes, accuracies, most_loss):
    mid = {n: np.median(seeds) for n, seeds in accuracies.items()}
    good = [n for n in megabytes if mid["float32"] - mid[n] <= most_loss]
    return min(good, key=megabytes.get)


@answers.wrong("You add up the accuracies")
def cheapest(megabytes, accuracies, most_loss):
    full = sum(accuracies["float32"])
    good = [n for n in megabytes if full - sum(accuracies[n]) <= most_loss]
    return min(good, key=megabytes.get)


@answers.wrong("Don't divide by the accuracy")
def cheapest(megabytes, accuracies, most_loss):
    full = np.mean(accuracies["float32"])
    lost = {n: (full - np.mean(accuracies[n])) / full * 100 for n in megabytes}
    good = [n for n in megabytes if lost[n] <= most_loss]
    return min(good, key=megabytes.get)


@answers.wrong("Don't divide by the accuracy")
def cheapest(megabytes, accuracies, most_loss):
    full = np.mean(accuracies["float32"])
    good = [n for n in megabytes if (full - np.mean(accuracies[n])) / full <= most_loss]
    return min(good, key=megabytes.get)


@answers.wrong("Don't divide it by 100")
def cheapest(megabytes, accuracies, most_loss):
    full = np.mean(accuracies["float32"])
    good = [n for n in megabytes if full - np.mean(accuracies[n]) <= most_loss / 100]
    return min(good, key=megabytes.get)


@answers.wrong("first in the alphabet")
def cheapest(megabytes, accuracies, most_loss):
    full = np.mean(accuracies["float32"])
    return min(n for n in megabytes if full - np.mean(accuracies[n]) <= most_loss)


@answers.wrong("You take the last scheme that is good enough")
def cheapest(megabytes, accuracies, most_loss):
    full = np.mean(accuracies["float32"])
    for name in megabytes:
        if full - np.mean(accuracies[name]) <= most_loss:
            best = name
    return best
