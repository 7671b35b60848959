"""Every figure that more than one lesson draws.

Each function draws into a new figure, or into the axes that it is given, and returns the axes. The
caller gives the title, since only the caller knows the finding. The colours are Okabe and Ito's,
which colour-blind readers can tell apart; lines differ in style too, so that no meaning hangs on
colour alone.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

# Okabe and Ito 2008, "Color Universal Design", without the yellow, which is faint on white.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
_LINES = ["-", "--", "-.", ":"]
_GREY = "#555555"
_FAINT = "#E5E5E5"
# The area of a bubble for a share of 1, in square points. In a figure 3.8 inches high, it nearly fills
# the cell of one client and one digit.
_BUBBLE = 200

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
    # The page behind a figure may be dark; the figure brings its own white.
    "figure.facecolor": "white",
    "font.size": 10.5,
    "legend.frameon": False,
}


def use_style():
    """Give all figures from here on the course's look. Every lesson calls it once.

    In a notebook they also carry their titles, which state the findings, as alternative text.
    """
    plt.rcParams.update(STYLE)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        # The picture itself is drawn as ever: this adds metadata to it, and no data.
        bundle = shell.display_formatter.mimebundle_formatter
        bundle.for_type(Figure, lambda figure, **_: ({}, {"image/png": {"alt": alt_text(figure)}}))


def alt_text(figure):
    """The titles of a figure in one line, which say what it shows to those who cannot see it.

    Captions of single pictures, which have no axes, stand back where the figure has a title of its own.
    """
    title = figure.get_suptitle()
    panels = [ax for ax in figure.axes if ax.axison or not title]
    titles = [title] + [ax.get_title(side) for ax in panels for side in ("left", "center", "right")]
    return ". ".join(" ".join(title.split()).rstrip(".") for title in titles if title)


def digits(images, captions=None, *, columns=10, title="", figure_width=7.5):
    """Show images in a grid, as ink on paper.

    Args:
        images: (n, height, width), 0 for paper.
        captions: n strings or numbers to stand above the images, or None.
        columns: how many stand in a row.
        title: the finding.
        figure_width: in inches.

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
    for place in axes.flat:
        place.axis("off")
    for index, (image, place) in enumerate(zip(images, axes.flat)):
        place.imshow(image, cmap="gray_r")
        if captions is not None:
            place.set_title(captions[index], loc="center", fontsize=10, fontweight="normal", pad=2)
    _figure_title(figure, title)
    return axes


def label_bubbles(labels, parts, *, title="", most_clients=20, key=True, ax=None):
    """Show who holds which labels: a bubble per client and label, its area the share.

    Args:
        labels: (n,) integers.
        parts: a list of index arrays into `labels`.
        title: the finding.
        most_clients: only this many clients are drawn, the first ones.
        key: whether to say, at the lower right, which bubble is which share. In a panel of less
            than 7 inches it would meet the name of the axis.
        ax: where to draw; a new figure without it.

    Returns:
        The axes.

    Lesson: 02_many_devices.
    """
    ax = _axes(ax)
    classes = np.unique(labels)
    shown = min(len(parts), most_clients)
    ax.grid(color=_FAINT, linewidth=0.8)
    ax.set_axisbelow(True)
    for client, part in enumerate(parts[:shown]):
        shares = np.array([(labels[part] == label).mean() for label in classes])
        column = np.full(len(classes), client)
        ax.scatter(column, classes, s=_BUBBLE * shares, color=COLORS[0], linewidths=0)
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
            plt.Line2D([], [], linestyle="", marker="o", markersize=(_BUBBLE * share) ** 0.5,
                       markeredgewidth=0, color=COLORS[0], label=f"{share:.0%}")
            for share in (0.1, 0.5, 1.0)
        ]  # fmt: skip
        ax.legend(
            handles=bubbles, loc="upper right", bbox_to_anchor=(1.01, -0.075), ncols=len(bubbles),
            columnspacing=0.8, handletextpad=0.2, borderpad=0,
        )  # fmt: skip
    return ax


def rounds(histories, column, *, ylabel, title="", target=None, ax=None):
    """Draw one measured column of one or several runs against the rounds.

    Args:
        histories: a dict from a name to a `federated.History`.
        column: which of their columns.
        ylabel: the axis's name, with the unit.
        title: the finding.
        target: a value to mark with a dashed line, or None.
        ax: where to draw; a new figure without it.

    Returns:
        The axes.

    Lesson: 04_averaging_with_tff.
    """
    ax = _axes(ax)
    if target is not None:
        ax.axhline(target, color=_GREY, linewidth=1, linestyle=(0, (1, 2)))
        ax.annotate(
            f"target {target:g}", (1, target), xycoords=("axes fraction", "data"), ha="right",
            va="bottom", color=_GREY,
        )  # fmt: skip
    for number, (name, history) in enumerate(histories.items()):
        series = history.to_frame()[column].dropna()
        marker = "o" if len(series) <= 25 else None
        style = _LINES[number % len(_LINES)]
        ax.plot(series.index, series, style, marker=marker, markersize=4, label=name)
    ax.set(xlabel="round", ylabel=ylabel, title=title)
    ax.xaxis.get_major_locator().set_params(integer=True)
    if len(histories) > 1:
        ax.legend()
    return ax


def the_story(images, labels):
    """Draw the federated loop: the server, three devices with digits, and what travels.

    Args:
        images: (n, 28, 28), digits for the devices to hold; the first few of some labels are used.
        labels: (n,) integers.

    Returns:
        The axes.

    Lesson: 00_start_here.
    """
    figure, ax = plt.subplots(figsize=(7.5, 4.6))
    ax.set(xlim=(0, 12), ylim=(0, 7.4))
    ax.axis("off")
    ax.set_title("The model travels. The data stays.")
    _box(ax, 4.1, 5.3, 3.8, 1.5, COLORS[0])
    ax.text(6, 6.35, "server", ha="center", weight="bold", color=COLORS[0])
    ax.text(
        6,
        5.65,
        "⑤ averages what came back,\nand the next round begins",
        ha="center",
        va="center",
        fontsize=9.5,
    )
    ax.text(6, 7.0, "① a first model, trained on general data", ha="center", fontsize=9.5)
    for number, (left, held) in enumerate(zip((0.2, 4.3, 8.4), ((1, 7), (0, 6), (3, 8)))):
        middle = left + 1.7
        _box(ax, left, 0.2, 3.4, 2.4, COLORS[2])
        ax.text(middle, 2.2, f"device {number + 1}", ha="center", weight="bold", color=COLORS[2])
        ax.text(middle, 1.83, "③ trains on its own digits", ha="center", va="center", fontsize=9)
        for column in range(4):
            index = np.flatnonzero(labels == held[column % 2])[number * 2 + column // 2]
            corner = left + 0.3 + 0.72 * column
            ax.imshow(images[index], cmap="gray_r", extent=(corner, corner + 0.66, 0.5, 1.16))
        _arrow(ax, (6 + 1.1 * (number - 1) - 0.25, 5.25), (middle - 0.3, 2.7), COLORS[0], "-")
        _arrow(ax, (middle + 0.3, 2.7), (6 + 1.1 * (number - 1) + 0.25, 5.25), COLORS[1], "--")
    ax.text(0.2, 4.2, "② the model\ngoes out\n(solid, blue)", color=COLORS[0], fontsize=9.5)
    ax.text(
        11.8, 4.2, "④ only the\nupdated model\ncomes back\n(dashed, orange)", ha="right",
        color=COLORS[1], fontsize=9.5,
    )  # fmt: skip
    # imshow has set the limits and the aspect to those of the last image.
    ax.set(xlim=(0, 12), ylim=(0, 7.4), aspect="equal")
    return ax


def _axes(ax):
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
