"""Files that are not what they seem, names that are too long, and notes that write themselves."""

import gzip
import json
import os

from tests.grading.hostile import Case
from tests.grading.learners import (
    HALF,
    MEGABYTES,
    SHORT,
    SOLVED,
    beginning_with,
    cell,
    ending_with,
    with_answers,
)

ALL = with_answers(**SOLVED)


def notebook(name, content):
    """Write a notebook, in UTF-8 or as bytes."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()

    def write(folder):
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    return write


def missing_attachment():
    picture = {
        "cell_type": "markdown",
        "source": "![x](attachment:x.png)",
        "metadata": {},
        "id": "m",
    }
    return {**ALL, "cells": [picture, *ALL["cells"]]}


def of_other_types():
    """A notebook whose parts have other types than nbformat says."""
    content = beginning_with("1", ALL)
    deep = 1
    for _ in range(400):
        deep = [deep]
    content |= {"metadata": [1], "nbformat_minor": "five"}
    content["cells"][0] |= {"id": 7, "execution_count": "many", "outputs": {"a": deep}}
    content["cells"][1] |= {"metadata": {"tags": "exercise", "nbgrader": "x", "deep": deep}}
    wrong = {"cell_type": "markdown", "source": 5, "attachments": [1], "metadata": None}
    content["cells"][2:2] = [wrong, {"cell_type": "poem", "source": ["\ud800", 1]}, {}]
    return content


def in_version_3():
    """The same notebook as nbformat 3 writes it, in UTF-16."""
    cells = [
        {"cell_type": "code", "input": "".join(c["source"]), "outputs": [], "language": "python"}
        for c in ALL["cells"]
    ]
    title = {"cell_type": "heading", "level": 1, "source": "My notes"}
    old = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [title, *cells]}]}
    return json.dumps(old).encode("utf-16")


def loses_the_name():
    """Variables, loops and functions of the learner's own that are called `exercise`."""
    content = with_answers(**SOLVED)
    content["cells"][1:1] = [
        cell("for exercise in range(3):\n    pass"),
        cell("exercise.megabytes"),
    ]
    content["cells"][4:4] = [cell("del exercise"), cell("def exercise(): ...")]
    return ending_with("%reset -f", content)


def four_guesses():
    """All answers to a question with several answers, each in a file of its own."""
    writers = [
        notebook(f"guesses/{letter}.ipynb", with_answers(leaves_the_device=repr(letter)))
        for letter in "abcd"
    ]
    return lambda folder: [write(folder) for write in writers]


def two_lessons():
    other = cell("from fedtutor.exercises import one_computer as exercise")
    return {**ALL, "cells": [other, *ALL["cells"]]}


# The texts are put together as the notebook runs: its cells are on its page.
WRITES_TO_THE_LOG = """\
import os
os.write(2, b"\\n\\x1b[31mgive 4 " + b"of 4 by hand\\n")
os.kill(os.getppid(), 9)
"""

# It looks like what a stopped cell shows.
PRETENDS_TO_HAVE_BEEN_STOPPED = """\
raise TimeoutError("This cell was stopped " + "after 20 seconds.")
"""

CASES = [
    Case(
        "timeout", "pretends that its cells were stopped",
        notebook("timeout.ipynb", beginning_with(
            PRETENDS_TO_HAVE_BEEN_STOPPED, ending_with("raise TimeoutError", with_answers(**HALF))
        )),
        2, never=("took too long",),
    ),
    Case("attached", "has a picture that is missing", notebook("attached.ipynb", missing_attachment()), 4),
    Case("n" * 240, "has a very long name", notebook("n" * 240 + ".ipynb", with_answers(**HALF)), 2),
    Case("J\\xf6rg", "has a name in Latin-1", notebook(b"J\xf6rg.ipynb", with_answers(**HALF)), 2),
    Case(
        "'=HYPERLINK(1) evil\ufffd txt", "has a name that is a formula and turns its direction round",
        notebook("=HYPERLINK(1)\nevil\u202e\ttxt.ipynb", SHORT), 0, "no exercise was attempted",
        never=("\u202e",),
    ),
    Case("types", "holds values of other types", notebook("types.ipynb", of_other_types()), 4),
    Case(
        "old", "is in nbformat 3 and UTF-16", notebook("old.ipynb.txt", in_version_3()), 4,
        "its text was UTF-16",
    ),
    Case("taken", "uses the name of the exercises", notebook("taken.IPYNB", loses_the_name()), 4),
    Case(
        "guesses", "guesses four times", four_guesses(), 0,
        "of 4 files (guesses/a.ipynb, guesses/b.ipynb, guesses/c.ipynb, guesses/d.ipynb), the last",
    ),
    Case(
        "two lessons", "holds two lessons", notebook("two lessons.ipynb", two_lessons()), 4,
        "it holds exercises of 2 lessons: only those of 00_start_here were graded, not those of 01",
    ),
    Case(
        "log", "writes its note to the log", notebook("log.ipynb", beginning_with(WRITES_TO_THE_LOG, ALL)),
        0, "its program failed", never=("give 4 of 4", "\x1b"),
    ),
    Case(
        "huge", "answers with numbers that are too large",
        notebook("huge.ipynb", with_answers(
            digits_in_training="10**30", megabytes=MEGABYTES + "    return 10**400"
        )),
        0, "2 of 3 exercises were attempted, but none is right", never=("mistake in the course",),
    ),
    Case(
        "pipe", "is a pipe that nobody writes to",
        lambda folder: os.mkfifo(folder / "pipe.ipynb"), 0, "not an ordinary file",
    ),
    Case("empty", "is an empty file", notebook("empty.ipynb", b" \n"), 0, "the file is empty"),
    Case(
        "packed", "is compressed", notebook("packed.ipynb", gzip.compress(b"{}")), 0,
        "compressed with gzip: unpack it first",
    ),
    Case(
        "deep", "is nested too deeply", notebook("deep.ipynb", b'{"cells": ' + b"[" * 10**6), 0,
        "nested too deeply",
    ),
    Case(
        "many", "holds millions of empty lists",
        notebook("many.ipynb", b'{"cells": [], "x": [' + b"[]," * 10**6 + b"[]]}"), 0,
        "more than 2 million values",
    ),
]  # fmt: skip
