"""What a notebook tries in the browser of the instructor.

The texts themselves, and what each of them becomes, are in tests/grading/test_clean.py, which needs no
sandbox. These cases make sure that a notebook that was run and graded has been cleaned.
"""

import json

from tests.grading.hostile import Case
from tests.grading.learners import HALF, ending_with, with_answers

DISPLAYS = """\
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display
display(HTML("<script>bad()</script><img src=x onerror=bad()><a href='javascript:bad()'>x</a>"))
display(Javascript("bad()"), SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='bad()'/>"))
display(Markdown("[x](javascript:bad()) ![y](https://evil.example/x.png)"), Latex(r"$\\href{javascript:bad()}{x}$"))
png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
display({"image/png": png}, metadata={"image/png": {"width": "1 onload=bad()"}}, raw=True)
print("\\x1b]0;bad\\x07\\x1b[2J")
"""

_SLOW = r"\\(a" * 250_000
MARKDOWN = {
    "cell_type": "markdown", "id": "text", "metadata": {},
    "source": "<script>bad()</script> [x](javascript:bad()) ![y](attachment:missing.png)",
}  # fmt: skip


def notebook(*cells, code=DISPLAYS):
    """Half of the exercises solved, with other cells before them and code after them."""
    nb = ending_with(code, with_answers(**HALF))
    nb["cells"] = [*cells, *nb["cells"]]
    return nb


def hand_in(learner, nb):
    return lambda folder: (folder / f"{learner}.ipynb").write_text(json.dumps(nb))


def _case(learner, tries, nb, never=()):
    return Case(learner, tries, hand_in(learner, nb), points=2, never=never)


CASES = [
    _case(
        "Scripts", "runs scripts in the reader's browser", notebook(MARKDOWN),
        ("<script", "<img src=x", "<svg", "<iframe", 'href="javascript', 'width="1', "\x1b"),
    ),
    _case("Slow", "takes an hour to convert", notebook(MARKDOWN | {"source": _SLOW}, code="1")),
    _case(
        "Raw", "shows a raw cell as HTML",
        notebook(MARKDOWN | {"cell_type": "raw", "metadata": {"raw_mimetype": "text/html"}}, code="1"),
        ("<script",),
    ),
]  # fmt: skip
