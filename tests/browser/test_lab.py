"""A learner works through a lesson in JupyterLab, with the keyboard and the mouse."""

import json
import re
from dataclasses import dataclass

import nbformat
import pytest

from fedtutor import exercises
from tests.browser.conftest import menu
from tests.conftest import ROOT, alive, wait_until

# A lesson runs for one minute, or for several on a busy machine.
TIMEOUT = 400  # seconds


@dataclass(frozen=True)
class Visit:
    """What a test tries in a lesson.

    Attributes:
        lesson: the name of the lesson.
        exercise: the name of an exercise in it.
        wrong: a wrong answer.
        message: a part of the message that the wrong answer must get.
    """

    lesson: str
    exercise: str
    wrong: str
    message: str

    @property
    def declared(self):
        """The course's own declaration of the exercise."""
        return exercises.lesson(self.lesson.partition("_")[2]).exercises[self.exercise]

    @property
    def right(self):
        """A right answer."""
        return f"@exercise.{self.exercise}\n{self.declared.solution_source()}"


VISITS = [
    Visit(
        "00_start_here",
        "megabytes",
        "@exercise.megabytes\n"
        "def megabytes(num_rounds, num_clients, num_parameters):\n"
        "    return num_rounds * num_clients * 4 * num_parameters / 1e6",
        "one way only",
    ),
    Visit(
        "03_averaging_by_hand",
        "weighted_average",
        "@exercise.weighted_average\n"
        "def weighted_average(client_weights, num_examples):\n"
        "    return [sum(arrays) / len(arrays) for arrays in zip(*client_weights)]",
        "averaged without weights",
    ),
]


class Notebook:
    """A lesson that is open in JupyterLab."""

    def __init__(self, page, lab, visit):
        self.page, self.lab, self.visit = page, lab, visit
        self.path = lab.folder / "my_lessons" / f"{visit.lesson}.ipynb"
        cells = self.read().cells
        grade_id = f"{visit.declared.lesson.module}-{visit.exercise}-answer"
        grade_ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
        if grade_id not in grade_ids:
            pytest.skip("this lesson has no exercises yet")
        self.answer_cell = grade_ids.index(grade_id)

    def read(self):
        return nbformat.read(self.path, as_version=4)

    def open(self):
        # `make lab` serves the folder of the lesson that it opens. A workspace of its own keeps JupyterLab
        # from opening what an earlier test has left open.
        workspace = f"lab/workspaces/{self.visit.lesson}"
        self.page.goto(self.lab.url(f"{workspace}/tree/{self.path.name}"))
        last = self.cells.nth(len(self.read().cells) - 1)
        last.wait_for(state="attached", timeout=60_000)
        self.idle()

    @property
    def cells(self):
        return self.page.locator(".jp-Notebook .jp-Notebook-cell")

    def idle(self):
        """Wait until the kernel is idle and no cell is waiting for it."""
        self.page.wait_for_selector(".jp-NotebookPanel [data-status=idle]", timeout=TIMEOUT * 1000)
        self.page.wait_for_function(
            "() => ![...document.querySelectorAll('.jp-InputPrompt')]"
            ".some(prompt => prompt.textContent.includes('*'))",
            timeout=TIMEOUT * 1000,
        )

    def run_all(self):
        menu(self.page, "Run", "Run All Cells")
        self.idle()

    def type_and_run(self, code):
        """Replace the text of the cell that has the focus, and run the cell."""
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Control+Enter")
        self.idle()

    def answer(self, code):
        """Run code in the answer cell; returns the text of its output."""
        cell = self.cells.nth(self.answer_cell)
        cell.locator(".cm-content").click()
        self.type_and_run(code)
        return cell.locator(".jp-OutputArea").inner_text()

    def save(self):
        """Save the notebook; returns what was saved."""
        self.page.keyboard.press("Control+s")
        self.page.locator(".lm-TabBar-tab.jp-mod-dirty").wait_for(state="detached")
        return self.read()


@pytest.fixture(scope="module", params=VISITS, ids=lambda visit: visit.lesson)
def notebook(request, lab, new_page):
    opened = Notebook(new_page(), lab, request.param)
    opened.open()
    opened.outputs_before_running = opened.page.locator(".jp-OutputArea-child").count()
    opened.explanations = opened.page.locator("summary:has-text('What we saw')").count()
    opened.open_explanations = opened.page.locator("details[open]").count()
    opened.run_all()
    yield opened
    menu(opened.page, "Kernel", "Shut Down Kernel")
    assert wait_until(lambda: not lab.kernels(), 30)


def test_no_result_is_there_before_it_is_run(notebook):
    assert notebook.outputs_before_running == 0
    # They appear in the learner's copy, and the clone's lesson stays as it is.
    committed = ROOT / "notebooks" / notebook.path.name
    assert (
        notebook.lab.folder / "notebooks" / committed.name
    ).read_bytes() == committed.read_bytes()


def test_what_explains_a_result_is_folded_until_the_reader_opens_it(notebook):
    assert notebook.explanations >= 1 and notebook.open_explanations == 0


def test_no_message_or_dialog_hides_the_lesson(notebook):
    assert notebook.page.locator(".jp-toast, .Toastify__toast, .jp-Dialog").count() == 0


def test_run_all_reaches_the_end_without_an_error(notebook):
    code = [cell for cell in notebook.save().cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = {(output.output_type, output.get("name")) for cell in code for output in cell.outputs}
    assert not {kind for kind in kinds if "error" in kind or "stderr" in kind}


def test_each_figure_is_shown_and_has_an_alternative_text(notebook):
    figures = notebook.page.locator(".jp-RenderedImage img")
    saved = json.dumps(notebook.read().cells).count('"image/png": "')
    assert figures.count() == saved > 0
    for figure in figures.all():
        assert figure.evaluate("image => image.complete && image.naturalWidth") > 100
        assert len(figure.get_attribute("alt").split()) >= 3


def test_progress_bars_are_full(notebook):
    for bar in notebook.page.locator("progress").all():
        assert bar.get_attribute("value") == bar.get_attribute("max")
        assert re.search(r"\d+ of \d+", bar.locator("..").inner_text())


def test_no_output_is_cut_off_on_the_right(notebook):
    too_wide = notebook.page.evaluate(
        "() => [...document.querySelectorAll('.jp-OutputArea-output')]"
        ".filter(area => area.scrollWidth > area.clientWidth + 1).map(area => area.textContent)"
    )
    assert too_wide == []


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_lesson_in_both_themes(notebook, screenshot, theme):
    """Takes screenshots for people to look at, in build/screenshots. The dark theme stays on."""
    page = notebook.page
    page.evaluate(
        "name => jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
        f"JupyterLab {theme}",
    )
    page.locator(f"body[data-jp-theme-name='JupyterLab {theme}']").wait_for(state="attached")
    panel = page.locator(".jp-WindowedPanel-outer")
    # Tall enough for the whole lesson, but no taller than Chromium can draw.
    height = panel.evaluate("panel => panel.scrollHeight")
    page.set_viewport_size({"width": 1280, "height": min(height + 200, 16_000)})
    panel.evaluate("panel => panel.scrollTo(0, 0)")
    notebook.cells.first.locator("h1").wait_for()
    screenshot(page, f"{notebook.visit.lesson}-{theme.lower()}")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_wrong_answer_gets_a_message_that_says_why(notebook, screenshot):
    output = notebook.answer(notebook.visit.wrong)
    assert "✗" in output and notebook.visit.message in output
    screenshot(notebook.page, f"{notebook.visit.lesson}-wrong")


def test_hint_shows_the_first_hint(notebook, screenshot):
    notebook.cells.nth(notebook.answer_cell).locator(".jp-InputPrompt").click()
    notebook.page.keyboard.press("b")
    notebook.page.keyboard.press("Enter")
    notebook.type_and_run(f"exercise.{notebook.visit.exercise}.hint()")
    output = notebook.cells.nth(notebook.answer_cell + 1).locator(".jp-OutputArea").inner_text()
    assert "Hint 1" in output
    screenshot(notebook.page, f"{notebook.visit.lesson}-hint")
    notebook.page.keyboard.press("Escape")
    notebook.page.keyboard.press("d")
    notebook.page.keyboard.press("d")


def test_a_right_answer_is_correct(notebook, screenshot):
    output = notebook.answer(notebook.visit.right)
    assert "✓" in output and "✗" not in output
    screenshot(notebook.page, f"{notebook.visit.lesson}-right")


def test_restarting_the_kernel_leaves_no_process(notebook):
    before = [process.pid for process in notebook.lab.processes()[1:]]
    kernels = [process.pid for process in notebook.lab.kernels()]
    menu(notebook.page, "Kernel", "Restart Kernel…")
    notebook.page.get_by_role("button", name="Confirm Kernel Restart").click()
    assert wait_until(lambda: not any(alive(pid) for pid in kernels), 30)
    notebook.idle()
    assert len(notebook.lab.kernels()) == len(kernels)
    # Everything that a kernel has started, such as TFF's worker, ends with it.
    left = {pid for pid in before if alive(pid)}
    assert len(left) == len(before) - len(kernels)


def test_a_reopened_lesson_is_as_it_was_saved(notebook):
    saved = notebook.save()
    notebook.open()
    assert notebook.cells.count() == len(saved.cells)
    output = notebook.cells.nth(notebook.answer_cell).locator(".jp-OutputArea")
    assert "✓" in output.text_content()
    figures = notebook.page.locator(".jp-RenderedImage img")
    assert all(figure.get_attribute("alt") for figure in figures.all())


def test_the_browsers_console_shows_no_errors(notebook):
    assert notebook.page.console_errors == []
