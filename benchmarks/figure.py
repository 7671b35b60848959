"""The results as one figure, in the look of the lessons' figures."""

import matplotlib.pyplot as plt

from benchmarks.works import ENTRANTS, FLOOR, OURS, READ_MEMORY_EVERY, TUTORIAL, WORKS
from fedtutor import plots

_OTHERS = "#B5B5B5"
_STYLES = {FLOOR: "s:", TUTORIAL: "^--", "fedtutor_worker": "D-.", OURS: "o-"}
_COLORS = {FLOOR: plots.COLORS[6], TUTORIAL: plots.COLORS[1], "fedtutor_worker": plots.COLORS[3]}
_COLORS[OURS] = plots.COLORS[0]


def draw(works, path):
    """Draw what there is, and write it.

    Args:
        works: {work: {entrant: summary}}, marked (see `report`).
        path: where the picture goes.

    Returns:
        The number of panels; without any, nothing is written.
    """
    panels = [
        *(_Bars(name, works[name], "seconds") for name in ("2nn", "2nn-100", "cnn")
          if name in works),
        *(_Bars(name, works[name], "peak") for name in ("2nn-100",) if name in works),
        _PerClient(works),
        _Memory(works.get("long", {})),
    ]  # fmt: skip
    panels = [panel for panel in panels if panel]
    if not panels:
        return 0
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    with plt.rc_context(plots.STYLE):
        size = (7.5 * columns, 3.6 * rows)
        figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
        for panel, ax in zip(panels, axes.flat):
            panel.draw(ax)
        for ax in axes.flat[len(panels) :]:
            ax.axis("off")
        figure.savefig(path)
        plt.close(figure)
    return len(panels)


class _Bars:
    """One number of one work, a bar for each entrant; fedtutor's is blue, and each is named."""

    def __init__(self, name, entries, key):
        self._work, self._key = WORKS[name], key
        self._values = {
            entrant: round(entry[key] / 2**20) if key == "peak" else round(entry[key], 3)
            for entrant, entry in entries.items()
            if key in entry and not entry["faults"]
        }

    def __bool__(self):
        return bool(self._values)

    def draw(self, ax):
        entrants = list(reversed([name for name in ENTRANTS if name in self._values]))
        values = [self._values[name] for name in entrants]
        colors = [plots.COLORS[0] if name == OURS else _OTHERS for name in entrants]
        bars = ax.barh([ENTRANTS[name].label for name in entrants], values, color=colors)
        what = "seconds a round" if self._key == "seconds" else "peak memory, in MiB"
        ax.bar_label(bars, [f"{value:.4g}" for value in values], padding=3)
        ax.margins(x=0.12)
        ax.set(xlabel=what, title=self._title())

    def _title(self):
        ours, tutorial = self._values.get(OURS), self._values.get(TUTORIAL)
        if not (ours and tutorial):
            return self._work.title
        if self._key == "peak":
            return f"{self._work.title}:\nfedtutor's peak memory is {ours / tutorial:.2f} of TFF's"
        words = f"{self._work.title}: fedtutor is\n{tutorial / ours:.1f} times as fast as TFF"
        if self._values.get(FLOOR):
            words += f", at {ours / self._values[FLOOR]:.2f} times the floor's time"
        return words


class _PerClient:
    """The time per client, against the number of clients in a round."""

    def __init__(self, works):
        self._lines = {}
        for entrant in (TUTORIAL, OURS, FLOOR):
            points = {}
            for name in ("2nn", "2nn-100", "2nn-1000"):
                entry = works.get(name, {}).get(entrant, {})
                if "seconds" in entry:
                    clients = len(WORKS[name].cohorts[0])
                    points[clients] = 1000 * entry["seconds"] / clients
            if len(points) > 1:
                self._lines[entrant] = points

    def __bool__(self):
        return bool(self._lines)

    def draw(self, ax):
        for entrant, points in self._lines.items():
            ax.plot(*zip(*points.items()), _STYLES[entrant], color=_COLORS[entrant],
                    label=ENTRANTS[entrant].label)  # fmt: skip
        title = "Time per client, in rounds of different size"
        if OURS in self._lines:
            times = self._lines[OURS].values()
            apart = max(times) / min(times) - 1
            title = f"In larger rounds, fedtutor's time per client differs by {apart:.0%}"
        clients = sorted({number for points in self._lines.values() for number in points})
        ax.set(xscale="log", xlabel="clients in a round", title=title)
        ax.set(ylabel="milliseconds per client", ylim=(0, None))
        ax.set_xticks(clients, [str(number) for number in clients], minor=False)
        ax.minorticks_off()
        ax.legend()


class _Memory:
    """Memory against the rounds."""

    def __init__(self, entries):
        self._entries = {name: entry for name, entry in entries.items() if entry.get("memory")}

    def __bool__(self):
        return bool(self._entries)

    def draw(self, ax):
        for entrant, entry in self._entries.items():
            held = [number / 2**20 for number in entry["memory"]]
            rounds = [READ_MEMORY_EVERY * (place + 1) for place in range(len(held))]
            ax.plot(rounds, held, _STYLES[entrant], color=_COLORS[entrant],
                    label=ENTRANTS[entrant].label)  # fmt: skip
        title = "Memory over the rounds"
        ours = self._entries.get(OURS, {"memory": []})["memory"]
        if len(ours) > 1:
            last = READ_MEMORY_EVERY * len(ours)
            title = (
                f"fedtutor's memory grows by {ours[-1] / ours[1] - 1:.0%} from round 100 to {last}"
            )
        ax.set(xlabel="round", ylabel="memory held, in MiB", ylim=(0, None), title=title)
        ax.legend()
