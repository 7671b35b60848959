"""From runs to results: medians, ratios, marks, goals."""

from statistics import median

from benchmarks.works import FLOOR, GOALS, ONE_THREAD, OURS, READ_MEMORY_EVERY, TUTORIAL, WORKS

MOST_APART = 0.01  # in accuracy: entrants further from the floor than this did other work


def summarise(work, runs, accuracies):
    """What the repetitions of one entrant at one work come to.

    Args:
        work: a `works.Work`.
        runs: a list of `measure.Run`.
        accuracies: for each run without an error, the test accuracy of its weights.

    Returns:
        A dict for the results: `seconds` a round (the median of the repetitions' medians), `spread`
        (the fastest and the slowest repetition), `first_round` and `peak` (medians), `accuracy`,
        `memory` (bytes, at each so-many-th round), `versions`, `processes` (how many gave all
        this), and `faults`, a list of strings.
    """
    done = [run for run in runs if run.error is None]
    summary = {"faults": [f"failed: {run.error}" for run in runs if run.error is not None]}
    if not done:
        return summary
    rounds = [median(run.seconds[work.warm_up :]) for run in done]
    step = READ_MEMORY_EVERY
    return summary | {
        "seconds": median(rounds),
        "spread": [min(rounds), max(rounds)],
        "first_round": median(run.first_round for run in done),
        "peak": median(run.peak for run in done),
        "accuracy": median(accuracies),
        "memory": [
            median(run.memory[place] for run in done)
            for place in range(step - 1, len(work.cohorts), step)
        ],
        "versions": done[0].versions,
        "processes": len(done),
    }


def mark(entries):
    """Add a fault to each entrant whose accuracy says that it did not do the same work.

    It is compared with the floor's, or with the median where there is no floor.

    Args:
        entries: {entrant: summary} of one work; changed in place.
    """
    accuracies = {name: entry["accuracy"] for name, entry in entries.items() if "accuracy" in entry}
    if not accuracies:
        return
    right = accuracies.get(FLOOR, median(accuracies.values()))
    for name, accuracy in accuracies.items():
        if abs(accuracy - right) > MOST_APART:
            points = 100 * abs(accuracy - right)
            entries[name]["faults"].append(f"its accuracy is {points:.1f} points from the others'")


def over_one_thread(results, work):
    """fedtutor's seconds a round over those of the floor with one thread a client."""
    return _ratio(results, work, OURS, ONE_THREAD, "seconds")


def over_faster_floor(results, work):
    """fedtutor's seconds a round over those of whichever of the two floors is faster."""
    return max(_ratio(results, work, OURS, floor, "seconds") for floor in (FLOOR, ONE_THREAD))


def first_round(results, work):
    """From the start to the end of the first round: fedtutor's time over the tutorials'."""
    return _ratio(results, work, OURS, TUTORIAL, "first_round")


def peak_memory(results, *works):
    """fedtutor's peak memory over the tutorials', in the work where that is largest."""
    return max(_ratio(results, work, OURS, TUTORIAL, "peak") for work in works)


def time_per_client(results, *works):
    """The longest time per client over the shortest, among rounds of different size."""
    times = [results[work][OURS]["seconds"] / len(WORKS[work].cohorts[0]) for work in works]
    return max(times) / min(times)


def memory_growth(results, work):
    """Memory at the last reading over memory at the second (the first one is warm-up)."""
    readings = results[work][OURS]["memory"]
    return readings[-1] / readings[1]


MEASURES = {
    function.__name__: function
    for function in (
        over_one_thread, over_faster_floor, first_round, peak_memory, time_per_client, memory_growth
    )
}  # fmt: skip


def goals(results):
    """Each goal with what was measured.

    Args:
        results: {work: {entrant: summary}}, marked.

    Returns:
        A list of dicts: `goal` (its text), `measured` (a number, or None where the works or the
        entrants were not all there), `met` (True, False, or None).
    """
    found = []
    for goal in GOALS:
        try:
            value = MEASURES[goal.measure](results, *goal.works)
        except (KeyError, IndexError):
            value = None
        met = None
        if value is not None:
            sound = not any(results[work][OURS]["faults"] for work in goal.works)
            met = sound and value <= goal.limit
        found.append({"goal": goal.text, "measured": value, "met": met})
    return found


def slower(results, before, most=1.15):
    """Where fedtutor has become slower, or hungrier, than it was, measured by the floor.

    Args:
        results: {work: {entrant: summary}}, as measured now.
        before: the same, of an earlier run.
        most: a ratio to the floor may grow so many times before it is told.

    Returns:
        A list of sentences, one for each work and measure that got worse.
    """
    worse = []
    for work in results:
        for key, what in (("seconds", "a round"), ("peak", "peak memory")):
            try:
                now, then = (_ratio(all_, work, OURS, FLOOR, key) for all_ in (results, before))
            except KeyError:
                continue
            if now > most * then:
                worse.append(
                    f"{work}: {what} is {now:.2f} times the floor's; it was {then:.2f} times."
                )
    return worse


def _ratio(results, work, above, below, key):
    return results[work][above][key] / results[work][below][key]
