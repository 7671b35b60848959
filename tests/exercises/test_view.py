"""How exercises speak: the same words as HTML and as text, and color is never the only sign."""

import html
import re
import subprocess
import sys

from fedtutor.exercises import problem, start_here
from fedtutor.exercises.base import OwnAnswer
from fedtutor.exercises.outcome import BROKEN, CORRECT, NOT_ATTEMPTED, NOT_YET
from fedtutor.exercises.view import Note
from tests.conftest import ROOT

STATUSES = [NOT_ATTEMPTED, NOT_YET, CORRECT, BROKEN]


def test_each_status_has_a_sign_of_its_own_besides_its_color():
    notes = [Note("megabytes", status=status) for status in STATUSES]
    assert len({repr(note)[0] for note in notes}) == len(STATUSES)
    assert len({re.search("<strong>(.)", note._repr_html_())[1] for note in notes}) == len(STATUSES)


def test_html_says_what_the_text_says():
    note = Note(
        "a: not yet", "You wrote `x < 1 & y`.", foot="Stuck? `hint()`", code="if x < 1:\n  y"
    )
    words = html.unescape(re.sub(r"<[^>]+>", " ", note._repr_html_()))
    assert sorted(re.findall(r"\w+", words)) == sorted(re.findall(r"\w+", repr(note)))
    assert "<code>x &lt; 1 &amp; y</code>" in note._repr_html_()


def test_what_a_learner_wrote_cannot_become_html():
    page = Note(
        "x", "It raises `<script>alert(1)</script>`", foot="<img>", code="<b>"
    )._repr_html_()
    assert "<script>" not in page and "<img>" not in page and "<b>" not in page


def test_the_page_gives_text_and_background_their_colors():
    """So it can be read in a light and in a dark theme: only the bar has a color of its own."""
    page = Note("x", "y", status=CORRECT)._repr_html_()
    assert "background" not in page and not re.search(r"[^-]color:", page)


def test_in_a_terminal_it_is_plain_text():
    code = (
        "from fedtutor.exercises import start_here as exercise\n"
        "exercise.leaves_the_device.check('a')\n"
        "exercise.leaves_the_device.hint()\n"
        "exercise.summary()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("✗ leaves_the_device: not yet. The pictures are the private part")
    assert any(line.startswith("Hint 1 of 1.") for line in lines)
    assert "○ 0 of 3 exercises, 0 of 4 points." in lines and "<" not in done.stdout


def test_each_hint_goes_one_further_and_then_begins_again(capsys):
    exercise = start_here.megabytes
    exercise._hints_given = 0
    for number in (1, 2, 3, 1):
        exercise.hint()
        assert f"Hint {number} of 3." in capsys.readouterr().out


def test_a_mistake_of_the_courses_is_not_put_on_the_learner():
    lesson = problem.Lesson("99_test")

    @lesson.function(points=1, minutes=1, hints=("none",))
    class broken:
        def solution(x):
            return x

        def cases(rng):
            raise RuntimeError("no numbers today")

    result = broken.examine(OwnAnswer(True, lambda x: x), 0)
    assert result.status == BROKEN and "not yours" in result.message
    assert "no numbers today" in result.message
