"""Draws the README's picture, docs/story.png. It is the figure at the start of lesson 00."""

from pathlib import Path

from fedtutor import data, plots

PEOPLE = 232, 48, 2321  # whose hands differ at first sight
TARGET = Path(__file__).resolve().parent.parent / "docs" / "story.png"


def main() -> None:
    """Write the picture to TARGET."""
    digits = data.load_mnist()
    plots.use_style()
    figure = plots.the_story(digits.x_train, digits.writer_train, people=PEOPLE).figure
    figure.savefig(TARGET, dpi=150)
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
