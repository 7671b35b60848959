import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from fedtutor import federated, partition, plots
from fedtutor.progress import Progress


@pytest.fixture(autouse=True)
def closes_figures():
    plots.use_style()
    yield
    plt.close("all")


def drawn(axes):
    """Return the axes, after checking that their figure draws and isn't blank."""
    figure = np.ravel(axes)[0].figure
    pixels = io.BytesIO()
    figure.savefig(pixels, format="raw")
    assert len(set(pixels.getvalue())) > 10
    return axes


@pytest.mark.filterwarnings("error")
def test_a_grid_shows_each_image_once_with_its_caption(few):
    axes = drawn(plots.digits(few[0][:7], few[1][:7], columns=4, title="Seven"))
    assert axes.shape == (2, 4)
    shown = [ax for ax in axes.flat if ax.images]
    assert [ax.get_title() for ax in shown] == [str(label) for label in few[1][:7]]
    assert np.array_equal(shown[6].images[0].get_array(), few[0][6])


@pytest.mark.filterwarnings("error")
def test_the_areas_of_bubbles_are_proportional_to_the_shares():
    labels = np.array([0, 0, 0, 1, 1, 1])
    ax = drawn(plots.label_bubbles(labels, [[0, 1, 2, 3], [4, 5]], title="Two"))
    areas = [bubbles.get_sizes() for bubbles in ax.collections]
    assert areas[0][0] == pytest.approx(3 * areas[0][1]) and areas[1][0] == 0
    assert ax.get_xlabel() == "client" and ax.get_ylabel() == "label"


def test_bubbles_of_a_series_in_another_order_are_those_of_the_array():
    labels = np.array([0, 0, 0, 1, 1, 1])
    order = np.array([5, 0, 1, 2, 3, 4])
    parts = [[0, 1, 2, 3], [4, 5]]
    expected, found = (
        [bubbles.get_sizes() for bubbles in plots.label_bubbles(given, parts).collections]
        for given in (labels[order], pd.Series(labels).iloc[order])
    )
    assert np.array_equal(found, expected)


def test_only_the_first_clients_are_drawn_and_the_axis_says_so(labels):
    ax = plots.label_bubbles(labels, partition.iid(labels, 50, seed=0), most_clients=12)
    assert len(ax.collections) == 12 and "first 12 of 50" in ax.get_xlabel()


@pytest.mark.filterwarnings("error")
def test_rounds_are_drawn_as_measured_and_differ_in_more_than_color():
    first = federated.History([{"round": r, "accuracy": r / 10} for r in (1, 2, 3)])
    second = federated.History([{"round": 1}, {"round": 2, "accuracy": 0.5}])
    ax = drawn(
        plots.rounds({"a": first, "b": second}, "accuracy", ylabel="share", title="t", target=0.4)
    )
    lines = {line.get_label(): line for line in ax.lines}
    assert list(lines["a"].get_ydata()) == [0.1, 0.2, 0.3]
    assert list(lines["b"].get_xdata()) == [2]
    assert lines["a"].get_linestyle() != lines["b"].get_linestyle()
    assert ax.get_xlabel() == "round" and "target 0.4" in ax.texts[0].get_text()


@pytest.mark.filterwarnings("error")
def test_the_story_shows_what_three_people_wrote_and_all_five_steps(few):
    images, writers = few[0], np.arange(len(few[0])) % 4
    ax = drawn(plots.the_story(images, writers, people=(2, 0, 3)))
    shown = [image.get_array() for image in ax.images]
    expected = [images[writers == person][:8] for person in (2, 0, 3)]
    assert np.array_equal(shown, np.concatenate(expected))
    text = " ".join(t.get_text() for t in ax.texts)
    assert all(step in text for step in "①②③④⑤")


def test_in_a_notebook_a_figures_titles_are_its_alternative_text():
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell, new_notebook

    code = (
        "import matplotlib.pyplot as plt\nfrom fedtutor import plots\nplots.use_style()\n"
        "figure, axes = plt.subplots(1, 2)\nfigure.suptitle('It\\nfalls.')\n"
        "axes[0].set_title('here')\naxes[1].set_title('there', loc='center')\nplt.show()"
    )
    notebook = new_notebook(cells=[new_code_cell(code)])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    (output,) = notebook.cells[0].outputs
    assert output["metadata"] == {"image/png": {"alt": "It falls. here. there"}}
    assert output["data"]["image/png"]


def test_captions_of_single_images_are_left_out_of_the_alternative_text(few):
    axes = plots.digits(few[0][:7], few[1][:7], title="Seven digits")
    assert plots.alt_text(axes[0, 0].figure) == "Seven digits"


def test_the_progress_bar_prints_nothing_outside_a_terminal_or_notebook(capsys):
    with Progress(3) as bar:
        bar.step(loss=1.0)
    assert capsys.readouterr() == ("", "")


def test_in_a_notebook_the_progress_bar_is_one_element_with_a_text_version():
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell, new_notebook

    code = (
        "from fedtutor.progress import Progress\n"
        "with Progress(3, done=1) as bar:\n"
        "    bar.step(loss=0.5)\n    bar.step(loss=0.25)"
    )
    notebook = new_notebook(cells=[new_code_cell(code)])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    (output,) = notebook.cells[0].outputs
    assert output["data"]["text/plain"] == "round 3 of 3: loss 0.250"
    assert '<progress max="3" value="3">' in output["data"]["text/html"]
