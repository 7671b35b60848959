"""Draws the README's picture, docs/story.png. It is the figure at the start of lesson 00."""

from pathlib import Path

from fedtutor import data, plots

TARGET = Path(__file__).resolve().parent.parent / "docs" / "story.png"


def main() -> None:
    """Write the picture to TARGET."""
    digits = data.load_mnist()
    plots.use_style()
    figure = plots.the_story(digits.x_train, digits.y_train).figure
    figure.savefig(TARGET, dpi=150)
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
