import numpy as np

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def fixed_and_broken(labels, before, after):
    fixed = broken = 0
    for label, old, new in zip(labels, before, after):
        if old != label and new == label:
            fixed += 1
        if old == label and new != label:
            broken += 1
    return fixed, broken


@answers.right
def fixed_and_broken(labels, before, after):
    change = (after == labels).astype(int) - (before == labels).astype(int)
    return [np.count_nonzero(change == 1), np.count_nonzero(change == -1)]


@answers.right
def fixed_and_broken(labels, before, after):
    was, now = before == labels, after == labels
    return (now > was).sum(), (was > now).sum()


@answers.wrong("swapped")
def fixed_and_broken(labels, before, after):
    was, now = before == labels, after == labels
    return np.sum(was & ~now), np.sum(now & ~was)


@answers.wrong("each model gets right")
def fixed_and_broken(labels, before, after):
    return (before == labels).sum(), (after == labels).sum()


@answers.wrong("nothing was fixed")
def fixed_and_broken(labels, before, after):
    fixed = np.sum(after == labels)
    return fixed, len(labels) - fixed


@answers.wrong("the two models disagree")
def fixed_and_broken(labels, before, after):
    changed = before != after
    return np.sum(changed & (after == labels)), np.sum(changed & (after != labels))


@answers.wrong("gets wrong as broken")
def fixed_and_broken(labels, before, after):
    return np.sum((before != labels) & (after == labels)), np.sum(after != labels)


@answers.wrong("Return both numbers")
def fixed_and_broken(labels, before, after):
    return np.sum(after == labels) - np.sum(before == labels)


@answers.wrong("These are shares")
def fixed_and_broken(labels, before, after):
    was, now = before == labels, after == labels
    return np.mean(~was & now), np.mean(was & ~now)


@answers.wrong("`np.sum` counts True")
def fixed_and_broken(labels, before, after):
    was, now = before == labels, after == labels
    return ~was & now, was & ~now


@answers.wrong("compare digit by digit")
def fixed_and_broken(labels, before, after):
    was, now = np.sum(before == labels), np.sum(after == labels)
    return (now - was, 0) if now > was else (0, was - now)


# What changed, without looking at the labels.
@answers.wrong("Your function doesn't use `labels`")
def fixed_and_broken(labels, before, after):
    return np.sum(before != after), np.sum(before == after)


@answers.wrong("where a tuple is expected")
def fixed_and_broken(labels, before, after):
    return np.sum((before != labels) & (after == labels))


# Without parentheses, `&` comes first.
@answers.wrong("put parentheses around each comparison")
def fixed_and_broken(labels, before, after):
    fixed = np.sum(before != labels & after == labels)
    return fixed, np.sum(before == labels & after != labels)


@answers.wrong("`and`, `or`, `not` and `if` can't work on whole arrays")
def fixed_and_broken(labels, before, after):
    fixed = np.sum((before != labels) and (after == labels))
    return fixed, np.sum((before == labels) and (after != labels))
