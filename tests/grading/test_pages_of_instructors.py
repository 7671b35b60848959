"""The pages on which an instructor sees a learner's notebook: nbgrader's Formgrader, and the page of feedback."""

import copy
import time

import nbformat
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader.handlers import template_path

from fedtutor.grading.autograde import Disarm, Legible, Restore
from fedtutor.grading.clean import clean
from tests.grading import learners
from tests.grading.test_clean import HOSTILE, one_cell, output, png, tags_of


def worst():
    """A notebook with all of the above, as it would be stored without cleaning."""
    # nbconvert stops at this one.
    texts = [text for text in HOSTILE.values() if "attachment:" not in text]
    nb = one_cell(
        *(output(text_html=text) for text in texts),
        *(output(text_markdown=text) for text in texts),
        output(application_javascript="bad()"),
        {"output_type": "display_data", "data": {"image/svg+xml": HOSTILE["SVG"]}, "metadata": {}},
        {"output_type": "display_data", "data": {"image/png": png()},
         "metadata": {"image/png": {"width": "1 onload=bad()"}}},
        source="%%javascript\nbad()",
    )  # fmt: skip
    nb.cells += [
        one_cell(cell_type=k, source=t).cells[0] for t in texts for k in ("markdown", "raw")
    ]
    nb.metadata.title = "</title><script>bad()</script>"
    nb.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    return nb


def formgrader(nb):
    """The page on which nbgrader's Formgrader shows a stored notebook."""
    exporter = HTMLExporter(template_name="formgrade", extra_template_basedirs=[template_path])
    resources = {"base_url": "", "index": 0, "total": 1, "notebook_id": "n", "submission_id": "s"}
    return exporter.from_notebook_node(nb, resources=resources)[0]


def dangers(page):
    """What could run or load something, besides the page's own header."""
    tags = tags_of(page)
    return [
        (tag.name, name, str(value)[:60])
        for tag in tags
        for name, value in [*tag.attrs.items(), ("text", tag.string if tag.name == "script" else "")]
        if name.startswith("on") or name in ("src", "href", "srcdoc", "action")
        or (name == "text" and tag.name == "script")
        if not str(value).startswith(("data:image/png", "https://x.example"))
    ]  # fmt: skip


def test_formgrader_shows_a_clean_notebook_without_running_or_loading_anything_of_it():
    nothing = one_cell()
    clean(nothing)
    nb = worst()
    assert len(dangers(formgrader(nb))) > len(dangers(formgrader(nothing))) + 30
    clean(nb)
    assert dangers(formgrader(nb)) == dangers(formgrader(nothing))


def feedback(nb, **graded):
    """The page of feedback for a stored notebook, with fedtutor's steps."""
    exporter = HTMLExporter()
    for step in (Disarm, Legible):
        exporter.register_preprocessor(step, enabled=True)
    graded = {"student": "ada", "score": 2, "max_score": 4, "late_penalty": 0} | graded
    resources = {"nbgrader": graded | {"notebook": learners.NAME}}
    return exporter.from_notebook_node(nb, resources=resources)[0]


def graded_notebook(*scores):
    """A notebook with an exercise for each of the scores."""
    nb = nbformat.from_dict(copy.deepcopy(learners.SHORT))
    Restore().preprocess(nb, {"nbgrader": {"notebook": learners.NAME}})
    scores = iter(scores)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader.score = next(scores)
    return nb


def test_the_page_of_feedback_runs_and_loads_nothing():
    page = feedback(worst())
    assert dangers(page) == []
    policy = BeautifulSoup(page, "html.parser").head.find("meta", {"http-equiv": True})
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"].startswith(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    )
    assert "mathjax/" not in page.lower() and "cdnjs" not in page


def test_the_page_of_feedback_says_how_each_exercise_was_solved():
    page = BeautifulSoup(feedback(graded_notebook(1, 0, 1.5), late_penalty=1), "html.parser")
    assert page.html["lang"] == "en"
    (title,) = page.find_all("h1")
    assert title.text == "ada · 00_start_here"
    headings = [" ".join(heading.text.split()) for heading in page.find_all("h2")]
    assert headings == [
        "Exercise 1: leaves_the_device ✓ solved, 1 of 1 point",
        "Exercise 2: digits_in_training ✗ not solved, 0 of 1 point",
        "Exercise 3: megabytes ◐ partly solved, 1.5 of 2 points",
    ]
    links = page.header.find_all("a")
    assert len({link.text for link in links}) == 3
    assert all(page.find(id=link["href"][1:]) for link in links)
    assert "2 of 4 points, after a penalty of 1 point for handing in late" in page.header.p.text
    colors = {result["class"][1] for result in page.header.find_all(class_="result")}
    assert colors == {"solved", "not-solved", "partly-solved"}
    assert "prefers-color-scheme: dark" in page.style.text
    assert ".points, .result { white-space: nowrap; }" in page.style.text


def test_equations_are_shown_as_they_were_typed_and_headings_are_below_the_pages():
    nb = one_cell(cell_type="markdown", source="# Mine\n\n$x^2 < \\alpha$")
    page = BeautifulSoup(feedback(nb), "html.parser")
    assert "$x^2 < \\alpha$" in page.text and page.h3.text == "Mine"


def test_many_short_texts_take_no_longer_than_one_long_text():
    cell = one_cell(cell_type="markdown", source=r"\\(a" * 1200).cells[0]
    out = output(text_markdown="*a_ " * 1200)
    code = one_cell(*[out] * 20, source="a." * 4000).cells[0]
    nb = one_cell()
    nb.cells = [copy.deepcopy(c) for _ in range(30) for c in (cell, code)]
    begin = time.process_time()
    page = len(feedback(nb))
    assert time.process_time() - begin < 30 and page < 5_000_000
