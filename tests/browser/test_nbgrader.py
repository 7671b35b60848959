"""nbgrader's pages for instructors, in a course that `fedtutor course` has laid out."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import jupyterlab, menu
from tests.grading.hostile.browser import DISPLAYS, MARKDOWN, notebook
from tests.grading.test_clean import HOSTILE

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


@pytest.fixture(scope="module")
def hostile(course):
    """The folder of the course, with a submission that tries everything, autograded."""
    path = course.folder / "submitted" / "mallory" / LESSON / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True)
    cells = [
        MARKDOWN | {"source": text, "id": f"text-{number}"}
        for number, text in enumerate(HOSTILE.values())
    ]
    displays = f"for text in {list(HOSTILE.values())!r}:\n    display(HTML(text), Markdown(text))\n"
    nb = notebook(*cells, code=DISPLAYS + displays)
    path.write_text(json.dumps(nb).replace("bad()", "document.title=7"))
    nbgrader = Path(sys.executable).with_name("nbgrader")
    for command in ("autograde", "generate_feedback"):
        done = subprocess.run(
            [nbgrader, command, LESSON], cwd=course.folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert "SAWarning" not in done.stderr
    return course.folder


def points(folder):
    with sqlite3.connect(folder / "gradebook.db") as database:
        return database.execute("select id, auto_score, manual_score from grade").fetchall()


def watch(page):
    """Keep what a page requests from elsewhere, and what it would change here."""
    requested = []
    page.on(
        "request",
        lambda request: (
            request.url.startswith(("data:", "blob:"))
            or requested.append((request.method, request.url))
        ),
    )
    return requested


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_of_a_submission_runs_on_the_page_of_feedback(hostile, new_page, screenshot, dark):
    page = new_page(dark=dark)
    requested = watch(page)
    page.goto((hostile / "feedback" / "mallory" / LESSON / f"{LESSON}.html").as_uri())
    page.wait_for_timeout(1000)
    screenshot(page, f"feedback-hostile-{'dark' if dark else 'light'}", full_page=True)
    assert page.title() == f"mallory · {LESSON}"
    assert len(requested) == 1 and page.console_errors == []


def test_nothing_of_a_submission_runs_in_jupyterlab(course, hostile, new_page, screenshot):
    page = new_page()
    requested = watch(page)
    page.goto(course.url(f"lab/tree/autograded/mallory/{LESSON}/{LESSON}.ipynb"))
    page.locator(".jp-Notebook-cell").first.wait_for(timeout=60_000)
    page.wait_for_timeout(3000)
    screenshot(page, "lab-hostile")
    assert page.title() != "7"
    assert [url for _, url in requested if "evil.example" in url] == []


def test_nothing_of_a_submission_runs_in_formgrader(course, hostile, new_page, screenshot):
    before = points(hostile)
    page = new_page()
    requested = watch(page)
    page.on("dialog", lambda dialog: requested.append(("dialog", dialog.message)))
    with sqlite3.connect(hostile / "gradebook.db") as database:
        ((submission,),) = database.execute("select id from submitted_notebook").fetchall()
    stored = hostile / "autograded" / "mallory" / LESSON / f"{LESSON}.ipynb"
    for name in ("hostile", "hostile-autograded-earlier"):
        page.goto(course.url(f"formgrader/submissions/{submission}/"))
        page.locator("#notebook").first.wait_for()
        page.wait_for_timeout(2000)
        screenshot(page, f"nbgrader-{name}", full_page=True)
        assert page.title() == LESSON
        # An earlier version of fedtutor stored notebooks as they were.
        stored.chmod(0o600)
        stored.write_text(
            (hostile / "submitted" / stored.relative_to(hostile / "autograded")).read_text()
        )
    elsewhere = {url for method, url in requested if not url.startswith(course.address)}
    # nbgrader's own.
    assert all("cdnjs.cloudflare.com/ajax/libs/mathjax" in url for url in elsewhere)
    assert {method for method, _ in requested} == {"GET"}
    assert points(hostile) == before
