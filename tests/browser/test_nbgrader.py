"""nbgrader's pages for instructors, in a course that `fedtutor course` has laid out."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import jupyterlab, menu

LESSON = "00_start_here"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "course"
    subprocess.run(
        [Path(sys.executable).with_name("fedtutor"), "course", folder, "--lesson", LESSON],
        check=True,
    )

    def command(options):
        return [sys.executable, "-m", "jupyterlab", "--allow-root", *options.split()]

    with jupyterlab(folder, command, tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def page(course, new_page):
    return new_page()


def test_formgrader_lists_the_lesson_and_its_pages_show_no_error(course, page, screenshot):
    page.goto(course.url("lab"))
    menu(page, "Nbgrader", "Formgrader")
    formgrader = page.frame_locator("iframe[src*=formgrader]")
    row = formgrader.locator("tr", has_text=LESSON)
    row.wait_for(timeout=60_000)
    screenshot(page, "nbgrader-formgrader")
    page.goto(course.url("formgrader/manage_assignments"))
    page.locator("tr", has_text=LESSON).wait_for()
    for name in ("gradebook", "manage_students"):
        page.goto(course.url(f"formgrader/{name}"))
        assert page.locator(".alert-danger, .error").count() == 0
    assert page.console_errors == []


def test_validate_says_which_exercises_are_not_solved(course, page, screenshot):
    page.goto(course.url(f"lab/tree/release/{LESSON}/{LESSON}.ipynb"))
    page.locator(".jp-Notebook-cell").first.wait_for(timeout=60_000)
    page.get_by_role("button", name="Validate").click()
    verdict = page.locator(".jp-Dialog, .nbgrader-ValidationDialog")
    verdict.wait_for(timeout=180_000)
    text = verdict.inner_text()
    screenshot(page, "nbgrader-validate")
    assert "failed" in text.lower() and "not attempted" in text.lower()
