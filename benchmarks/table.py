"""The results as a page in Markdown."""

from benchmarks.works import ENTRANTS, FLOOR, READ_MEMORY_EVERY, TUTORIAL, WORKS


def table(results):
    """The whole page.

    Args:
        results: what `run` writes as results.json.
    """
    works = results["works"]
    lines = ["# How fast federated rounds are", "", *_machine(results), ""]
    lines += ["## Goals", "", *_rows(["goal", "measured", ""], map(_goal, results["goals"])), ""]
    for name, entries in works.items():
        lines += [f"## {WORKS[name].title}", "", *_work(WORKS[name], entries), ""]
    for title, rows in (
        ("Time per client, in milliseconds", list(_per_client(works))),
        ("Memory over the rounds, in MiB", list(_memory(works))),
    ):
        if len(rows) > 1:
            lines += [f"## {title}", "", *_rows(rows[0], rows[1:]), ""]
    lines += [f"- {ENTRANTS[name].label}: {why}." for name, why in results["left_out"].items()]
    return "\n".join(lines).rstrip() + "\n"


def _machine(results):
    machine = results["machine"]
    yield (
        f"{results['date']}, commit {results['commit']}; {machine['cpu']}, "
        f"{machine['cores']} cores, {machine['memory']} GiB; Linux {machine['linux']}, "
        f"Python {machine['python']}. The machine's load before the run was {results['load']:.1f}."
    )
    versions = {}
    for entries in results["works"].values():
        for name, entry in entries.items():
            versions.setdefault(_list(entry.get("versions", {})), []).append(name)
    for packages, names in versions.items():
        if packages:
            labels = sorted({ENTRANTS[name].label for name in names})
            yield f"\n{packages}: {'; '.join(labels)}."


def _list(versions):
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _goal(goal):
    value = "not measured" if goal["measured"] is None else f"{goal['measured']:.2f}"
    return goal["goal"], value, {None: "", True: "met", False: "**not met**"}[goal["met"]]


def _work(work, entries):
    head = [
        "entrant", "seconds a round", "times the floor", "times as fast as TFF's tutorials",
        "test accuracy", "first round after", "peak memory",
    ]  # fmt: skip
    processes = max((entry.get("processes", 0) for entry in entries.values()), default=0)
    yield (
        f"{len(work.cohorts)} rounds, {work.examples} examples a client, batches of 10, learning "
        f"rate 0.1; timed after round {work.warm_up}. Medians over {processes} fresh processes "
        "each; in brackets the fastest and the slowest."
    )
    yield ""
    seconds = {name: entry["seconds"] for name, entry in entries.items() if "seconds" in entry}
    yield from _rows(head, (_entrant(name, entry, seconds) for name, entry in entries.items()))
    for name, entry in entries.items():
        for fault in entry["faults"]:
            yield f"\n✗ {ENTRANTS[name].label}: {fault}."


def _entrant(name, entry, seconds):
    label = ENTRANTS[name].label + (" ✗" if entry["faults"] else "")
    if name not in seconds:
        return [label, "failed", *[""] * 5]
    fastest, slowest = entry["spread"]
    return [
        label,
        f"{entry['seconds']:.3g} ({fastest:.3g} to {slowest:.3g})",
        f"{entry['seconds'] / seconds[FLOOR]:.2f}" if FLOOR in seconds else "",
        f"{seconds[TUTORIAL] / entry['seconds']:.2f}" if TUTORIAL in seconds else "",
        f"{entry['accuracy']:.1%}",
        f"{entry['first_round']:.1f} s",
        f"{_mebibytes(entry['peak'])} MiB",
    ]


def _per_client(works):
    """Rounds of the 2NN with all examples, side by side."""
    names = [name for name in ("2nn", "2nn-100", "2nn-1000") if name in works]
    yield ["entrant", *(f"{len(WORKS[name].cohorts[0])} clients" for name in names)]
    for entrant in ENTRANTS:
        found = [works[name].get(entrant, {}).get("seconds") for name in names]
        if len([each for each in found if each]) > 1:
            times = (
                f"{1000 * seconds / len(WORKS[name].cohorts[0]):.1f}" if seconds else ""
                for name, seconds in zip(names, found)
            )
            yield [ENTRANTS[entrant].label, *times]


def _memory(works):
    entries = works.get("long", {})
    most = max((len(entry.get("memory", [])) for entry in entries.values()), default=0)
    yield ["entrant", *(f"round {READ_MEMORY_EVERY * (place + 1)}" for place in range(most))]
    for name, entry in entries.items():
        if entry.get("memory"):
            yield [ENTRANTS[name].label, *map(_mebibytes, entry["memory"])]


def _mebibytes(number):
    return f"{number / 2**20:.0f}"


def _rows(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "| --- " + "| ---: " * (len(head) - 1) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"
