"""Every figure that more than one lesson draws.

Each function draws into a new figure, or into the axes passed to it, and returns the axes. The caller
passes the title, because only the caller knows the finding. The palette is by Okabe and Ito and is safe
for colorblind readers. Lines also differ in style, so color alone never carries meaning.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from numpy.typing import ArrayLike

from fedtutor import arguments, labeling

if TYPE_CHECKING:
    from fedtutor.federated import History

# Okabe and Ito 2008, "Color Universal Design", without yellow, which is hard to see on white.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
_LINE_STYLES = ["-", "--", "-.", ":"]
_GRAY = "#555555"
_LIGHT_GRAY = "#E5E5E5"
# The area of a bubble for a share of 1, in square points. In a figure 3.8 inches high, the bubble
# nearly fills the cell of one client and one digit.
_BUBBLE_AREA = 200

STYLE = {
    "axes.prop_cycle": plt.cycler(color=COLORS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.figsize": (7.5, 3.8),
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    # The page behind a figure may be dark, so the figure has its own white background.
    "figure.facecolor": "white",
    "font.size": 10.5,
    "legend.frameon": False,
}


def use_style() -> None:
    """Give all later figures the course's style. Every lesson calls it once.

    In a notebook, the titles of a figure, which state the finding, also become its alternative text.
    """
    plt.rcParams.update(STYLE)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        # This only adds metadata. The figure itself is drawn as usual.
        bundle = shell.display_formatter.mimebundle_formatter
        bundle.for_type(Figure, lambda figure, **_: ({}, {"image/png": {"alt": alt_text(figure)}}))


def alt_text(figure: Figure) -> str:
    """Join the titles of a figure into one line, for readers who can't see the figure.

    If the figure has a title of its own, the captions of images without axes are left out.

    Args:
        figure: any figure.

    Returns:
        Its titles, as sentences.
    """
    title = figure.get_suptitle()
    panels = [ax for ax in figure.axes if ax.axison or not title]
    titles = [title] + [ax.get_title(side) for ax in panels for side in ("left", "center", "right")]
    return ". ".join(" ".join(title.split()).rstrip(".") for title in titles if title)


def digits(
    images: ArrayLike,
    captions: Sequence | np.ndarray | None = None,
    *,
    columns: int = 10,
    title: str = "",
    figure_width: float = 7.5,
) -> np.ndarray:
    """Show images in a grid, as ink on paper.

    Args:
        images: (n, height, width), 0 for paper.
        captions: n strings or numbers to write above the images, or None.
        columns: the number of images in a row.
        title: the finding.
        figure_width: the width in inches.

    Returns:
        An array of axes, (rows, columns).

    Lesson: 01_one_computer.
    """
    images = np.asarray(images)
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    cell = figure_width / columns
    height = rows * cell * (1.25 if captions is not None else 1.0) + (0.5 if title else 0.0)
    figure, axes = plt.subplots(rows, columns, figsize=(figure_width, height), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for index, (image, ax) in enumerate(zip(images, axes.flat)):
        ax.imshow(image, cmap="gray_r")
        if captions is not None:
            ax.set_title(captions[index], loc="center", fontsize=10, fontweight="normal", pad=2)
    _figure_title(figure, title)
    return axes


def label_bubbles(
    labels: np.ndarray,
    parts: Sequence[ArrayLike],
    *,
    title: str = "",
    most_clients: int = 20,
    key: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Show which client holds which labels: one bubble per client and label, with the share as its area.

    Args:
        labels: (n,) integers.
        parts: a list of index arrays into `labels`.
        title: the finding.
        most_clients: the largest number of clients to draw; the first ones are drawn.
        key: whether to show a legend of bubble sizes at the lower right. In a panel narrower than 7
            inches, it would overlap the axis label.
        ax: the axes to draw into; None makes a new figure.

    Returns:
        The axes.

    Lesson: 02_many_devices.
    """
    labels = labeling.vector(labels)
    parts = arguments.index_arrays(parts, len(labels))
    ax = _axes_or_new(ax)
    classes = np.unique(labels)
    shown = min(len(parts), most_clients)
    ax.grid(color=_LIGHT_GRAY, linewidth=0.8)
    ax.set_axisbelow(True)
    for client, part in enumerate(parts[:shown]):
        shares = np.array([(labels[part] == label).mean() for label in classes])
        column = np.full(len(classes), client)
        ax.scatter(column, classes, s=_BUBBLE_AREA * shares, color=COLORS[0], linewidths=0)
    ax.set(
        xlabel="client" + (f" (the first {shown} of {len(parts)})" if shown < len(parts) else ""),
        ylabel="label",
        xticks=range(shown),
        yticks=classes,
        xlim=(-0.7, shown - 0.3),
        title=title,
    )
    if key:
        bubbles = [
            plt.Line2D([], [], linestyle="", marker="o", markersize=(_BUBBLE_AREA * share) ** 0.5,
                       markeredgewidth=0, color=COLORS[0], label=f"{share:.0%}")
            for share in (0.1, 0.5, 1.0)
        ]  # fmt: skip
        ax.legend(
            handles=bubbles, loc="upper right", bbox_to_anchor=(1.01, -0.075), ncols=len(bubbles),
            columnspacing=0.8, handletextpad=0.2, borderpad=0,
        )  # fmt: skip
    return ax


def rounds(
    histories: Mapping[str, "History"],
    column: str,
    *,
    ylabel: str,
    title: str = "",
    target: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot one column of the histories of one or more runs against the round.

    Args:
        histories: a dict from a name to a `federated.History`.
        column: the name of the column.
        ylabel: the label of the y-axis, with the unit.
        title: the finding.
        target: a value to mark with a dashed line, or None.
        ax: the axes to draw into; None makes a new figure.

    Returns:
        The axes.

    Lesson: 04_averaging_with_tff.
    """
    ax = _axes_or_new(ax)
    if target is not None:
        ax.axhline(target, color=_GRAY, linewidth=1, linestyle=(0, (1, 2)))
        ax.annotate(
            f"target {target:g}", (1, target), xycoords=("axes fraction", "data"), ha="right",
            va="bottom", color=_GRAY,
        )  # fmt: skip
    for number, (name, history) in enumerate(histories.items()):
        series = history.to_frame()[column].dropna()
        marker = "o" if len(series) <= 25 else None
        style = _LINE_STYLES[number % len(_LINE_STYLES)]
        ax.plot(series.index, series, style, marker=marker, markersize=4, label=name)
    ax.set(xlabel="round", ylabel=ylabel, title=title)
    ax.xaxis.get_major_locator().set_params(integer=True)
    if len(histories) > 1:
        ax.legend()
    return ax


def the_story(images: np.ndarray, writers: np.ndarray, people: Sequence[int]) -> Axes:
    """Draw the federated loop: the server, three people's devices, and what travels between them.

    Args:
        images: (n, 28, 28), everybody's digits.
        writers: (n,) integers, who wrote each one.
        people: the three writers whose devices are drawn, each with the first eight of their digits.

    Returns:
        The axes.

    Lesson: 00_start_here.
    """
    figure, ax = plt.subplots(figsize=(7.5, 4.6))
    ax.set(xlim=(0, 12), ylim=(0, 7.4))
    ax.axis("off")
    ax.set_title("The model travels. The data stays.")
    _box(ax, 4.1, 5.6, 3.8, 1.35, COLORS[0])
    ax.text(6, 6.55, "server", ha="center", weight="bold", color=COLORS[0])
    ax.text(
        6,
        5.98,
        "⑤ averages what came back,\nand the next round begins",
        ha="center",
        va="center",
        fontsize=9.5,
    )
    ax.text(6, 7.1, "① a first model, trained on volunteers' data", ha="center", fontsize=9.5)
    for number, (left, person) in enumerate(zip((0.2, 4.3, 8.4), people)):
        middle = left + 1.7
        _box(ax, left, 0.15, 3.4, 2.85, COLORS[2])
        ax.text(middle, 2.6, f"device {number + 1}", ha="center", weight="bold", color=COLORS[2])
        ax.text(middle, 2.25, "③ trains on its user's digits", ha="center", va="center", fontsize=9)
        for place, index in enumerate(np.flatnonzero(writers == person)[:8]):
            across, up = left + 0.3 + 0.72 * (place % 4), 1.14 - 0.76 * (place // 4)
            ax.imshow(images[index], cmap="gray_r", extent=(across, across + 0.66, up, up + 0.66))
        _arrow(ax, (6 + 1.1 * (number - 1) - 0.25, 5.55), (middle - 0.3, 3.1), COLORS[0], "-")
        _arrow(ax, (middle + 0.3, 3.1), (6 + 1.1 * (number - 1) + 0.25, 5.55), COLORS[1], "--")
    ax.text(0.2, 4.6, "② the model\ngoes out\n(solid, blue)", color=COLORS[0], fontsize=9.5)
    ax.text(
        11.8, 4.4, "④ only the\nupdated model\ncomes back\n(dashed, orange)", ha="right",
        color=COLORS[1], fontsize=9.5,
    )  # fmt: skip
    # imshow changed the limits and the aspect ratio to fit the last image.
    ax.set(xlim=(0, 12), ylim=(0, 7.4), aspect="equal")
    return ax


def _axes_or_new(ax):
    return plt.subplots()[1] if ax is None else ax


def _figure_title(figure, title):
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")


def _box(ax, left, bottom, width, height, color):
    style = "round,pad=0,rounding_size=0.25"
    ax.add_patch(
        FancyBboxPatch((left, bottom), width, height, boxstyle=style, facecolor="none",
                       edgecolor=color, linewidth=1.8)
    )  # fmt: skip


def _arrow(ax, start, end, color, line):
    ax.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=13, color=color,
                        linestyle=line, linewidth=1.6)
    )  # fmt: skip
