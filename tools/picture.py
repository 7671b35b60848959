"""Draw the README's picture, docs/story.png: the one that lesson 00 begins with."""

from pathlib import Path

from fedtutor import data, plots

TARGET = Path(__file__).resolve().parent.parent / "docs" / "story.png"


def main():
    digits = data.load_mnist()
    plots.use_style()
    figure = plots.the_story(digits.x_train, digits.y_train).figure
    figure.savefig(TARGET, dpi=150)
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
