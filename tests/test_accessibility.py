"""A lesson loses nothing for those who cannot see it, or cannot tell its colours apart.

That headings are nested without gaps, and that each figure is put into words beneath it, is part of
the contract in test_lessons.py. How a browser shows it is tested in tests/browser.
"""

import re

import nbformat
import pytest

from fedtutor import plots
from tests.test_lessons import LESSONS, code_cells, prose, without_code

COLOUR_WORDS = r"\b(blue|orange|vermilion|green|purple|pink|red|yellow)\b"
# What in a figure can say the same as a colour does.
OTHER_MARKS = (
    r"\b(solid|dashed|dotted|dots?|circles?|squares?|triangles?|cross(es)?|hatched|faint|"
    r"left|right|top|upper|lower|bottom|above|below|first|last|server|devices?)\b"
)


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    return nbformat.read(request.param, as_version=4)


def outputs(lesson, kind):
    return [
        output
        for cell in code_cells(lesson)
        for output in cell.outputs
        if kind in output.get("data", {})
    ]


def test_each_figure_carries_its_finding_as_alternative_text(lesson):
    for output in outputs(lesson, "image/png"):
        alt = output.metadata.get("image/png", {}).get("alt", "")
        assert len(alt.split()) >= 3, "run `make lessons`, and give the figure a title"


def test_each_image_in_the_text_says_what_it_shows(lesson):
    text = without_code(prose(lesson))
    assert all(alt.strip() for alt in re.findall(r"!\[(.*?)\]", text))
    assert all(re.search(r'\balt="[^"]+"', tag) for tag in re.findall(r"<img\b[^>]*>", text))


def test_links_say_where_they_lead(lesson):
    for text in re.findall(r"(?<!!)\[([^\[\]]+)\]\(", without_code(prose(lesson))):
        assert text.lower() not in {"here", "this", "link", "click here"}, text


def test_tables_name_their_columns(lesson):
    for output in outputs(lesson, "text/html"):
        for table in re.findall(r"<table.*?</table>", output.data["text/html"], re.S):
            assert "<th" in table


def test_a_verdict_is_in_words_beside_its_colour(lesson):
    for output in outputs(lesson, "text/html"):
        if "border-left" in output.data["text/html"]:
            assert re.search(r"<strong>.*\w{3}.*</strong>", output.data["text/html"])


def test_colours_come_from_the_palette_that_everybody_can_tell_apart(lesson):
    """From there, or without a hue."""
    for cell in code_cells(lesson):
        named = re.findall(r"\bcolou?r=[\"'](?!#)(\w+)[\"']", cell.source)
        assert all(re.fullmatch(r"C\d|black|grey|white|none", name) for name in named), cell.source
        coded = re.findall(r"#[0-9A-Fa-f]{6}\b", cell.source)
        assert all(code in plots.COLORS or code[1:3] * 3 == code[1:] for code in coded), cell.source
        assert not re.search(r"[\"'](jet|rainbow|hsv|RdYlGn)[\"']", cell.source), cell.source


def test_the_text_names_no_colour_without_another_mark(lesson):
    for paragraph in without_code(prose(lesson)).split("\n\n"):
        if re.search(COLOUR_WORDS, paragraph):
            assert re.search(OTHER_MARKS, paragraph), paragraph


def test_lines_that_share_a_legend_differ_in_more_than_their_colour(lesson):
    """Several calls of `plot` in a cell, or one in a loop."""
    for cell in code_cells(lesson):
        several = cell.source.count(".plot(") > 1 or re.search(r"^ +\S+\.plot\(", cell.source, re.M)
        if several and "label=" in cell.source:
            assert re.search(r"linestyle|marker|style|[\"'][-.:ovs^D*x]+[\"']", cell.source), (
                cell.source
            )
