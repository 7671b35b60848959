"""The contract of a lesson (CONTRIBUTING.md), checked on every notebook.

Whether a lesson runs, and still prints what it claims, is nbval's part: `make test` runs both.
"""

import ast
import json
import re
import tomllib

import nbformat
import pytest

from fedtutor import exercises
from fedtutor.grading import cells
from tests.conftest import ROOT

FOLDER = ROOT / "notebooks"
LESSONS = sorted(FOLDER.glob("*.ipynb"))
SECTIONS = ["You will be able to", "Check yourself", "Wrap-up"]
MOST_LINES, MOST_COLUMNS, MOST_BYTES, MOST_SECONDS = 25, 92, 1_500_000, 60


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    notebook = nbformat.read(request.param, as_version=4)
    notebook.path = request.param
    return notebook


def code_cells(lesson):
    return [cell for cell in lesson.cells if cell.cell_type == "code"]


def tags(cell):
    return cell.metadata.get("tags", [])


def prose(lesson):
    return "\n\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")


def without_code(text):
    return re.sub(r"```.*?```|<pre>.*?</pre>", "", text, flags=re.S)


def headings(lesson):
    return re.findall(r"^(#+) (.+)$", without_code(prose(lesson)), flags=re.M)


def section(lesson, title):
    """The markdown of one H2 section, to the next H2."""
    return re.split(rf"^## {title}$", prose(lesson), flags=re.M)[1].split("\n## ")[0]


def test_the_lessons_are_numbered_without_a_gap():
    assert [path.stem[:2] for path in LESSONS] == [f"{n:02}" for n in range(len(LESSONS))]
    assert all(re.fullmatch(r"\d\d_[a-z_]+", path.stem) for path in LESSONS)


def test_the_first_cell_says_what_why_and_how_long(lesson):
    first = lesson.cells[0].source
    number = lesson.path.stem[:2]
    assert first.startswith(f"# {number} · ")
    assert re.search(r"^\*\*.+\?\*\*$", first, re.M), "the question, in bold"
    assert re.search(r"^\*\*What you need:\*\* \S", first, re.M)
    time = re.search(
        r"^\*\*Time:\*\* about (\d+) minutes of reading and (\d+) minutes of exercises, "
        r"about (\d+) seconds of running on 2 cores\.$",
        first, re.M,
    )  # fmt: skip
    assert time and 3 <= int(time[1]) <= 60 and int(time[3]) <= MOST_SECONDS
    exercises = re.findall(r"^### Exercise .+ \((\d+) minutes?\)$", prose(lesson), re.M)
    assert int(time[2]) == sum(map(int, exercises))


def test_the_colab_badge_leads_to_this_lesson(lesson):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    owner_and_name = project["urls"]["Repository"].removeprefix("https://github.com/")
    address = (
        "https://colab.research.google.com/github/"
        f"{owner_and_name}/blob/lessons/notebooks/{lesson.path.name}"
    )
    assert f"]({address})" in lesson.cells[0].source


def test_headings_are_nested_without_gaps_under_one_title(lesson):
    levels = [len(marks) for marks, _ in headings(lesson)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:]))


def test_the_fixed_sections_are_there_in_their_order(lesson):
    titles = [title for marks, title in headings(lesson) if marks == "##"]
    assert titles[0] == SECTIONS[0] and titles[-2:] == SECTIONS[1:]
    verbs = re.findall(r"^- \*\*\w+", section(lesson, SECTIONS[0]), re.M)
    assert 2 <= len(verbs) <= 4


def test_prose_stands_before_each_code_cell_and_after_each_result(lesson):
    kinds = [cell.cell_type for cell in lesson.cells]
    assert kinds[0] == kinds[-1] == "markdown"
    for number, pair in enumerate(zip(kinds, kinds[1:])):
        # An answer and its points belong together.
        points = cells.points_in(lesson.cells[number + 1])
        answered = points is not None and cells.answer_in(lesson.cells[number]) == points
        guessed = "guess" in tags(lesson.cells[number])
        assert pair != ("code", "code") or answered or guessed, f"cells {number} and {number + 1}"


def test_the_reader_guesses_before_a_number_appears(lesson):
    asked = [n for n, cell in enumerate(lesson.cells) if "**Predict, then run.**" in cell.source]
    assert asked
    for number in asked:
        guess, *following = lesson.cells[number + 1 : number + 7]
        assert tags(guess) == ["guess"] and re.match(r"guess = \.\.\.  # \S", guess.source)
        places = [n for n, cell in enumerate(following) if "prediction" in tags(cell)]
        assert places, f"which cell shows the result of the prediction in cell {number}?"
        result, after = following[places[0]], following[places[0] + 1]
        compared = re.search(r"predictions\.compare\(guess, (.+)\)$", result.source)
        assert compared, result.source
        outcome = ast.parse(compared[1]).body[0].value
        assert not isinstance(outcome, ast.Constant), "what came out must be computed"
        # Neither in a title above the result nor in the text below it can the answer be read.
        assert not re.search(r"title\(|title=", result.source), result.source
        assert re.match(r"<details><summary>.+</summary>\n\n", after.source)
        assert after.source.endswith("\n\n</details>")


def test_code_is_in_full_view_and_fits_a_screen(lesson):
    for cell in code_cells(lesson):
        lines = cell.source.splitlines()
        assert lines and len(lines) <= MOST_LINES, cell.source
        assert max(map(len, lines)) <= MOST_COLUMNS, cell.source
        ast.parse(cell.source)  # no magics, no shell
        assert not re.search(r"get_ipython|exec\(|__import__", cell.source)


def test_a_lesson_loads_tensorflow_by_way_of_fedtutor(lesson):
    """Otherwise its first output would be TensorFlow's log."""
    sources = "\n".join(cell.source for cell in code_cells(lesson))
    places = [sources.find(word) for word in ("fedtutor", "import tensorflow")]
    assert places[0] >= 0 and (places[1] < 0 or places[0] < places[1])


def test_each_exercise_is_complete(lesson):
    """Its task is in the lesson; its hints, its solution and its check in the lesson's module."""
    declared = exercises.lesson(lesson.path.stem.partition("_")[2]).exercises
    tasks = re.findall(
        r"^### Exercise (\d) · [^\n]+ \((\d+) minutes?\)\n(.+?)(?=^#|\Z)",
        prose(lesson),
        re.M | re.S,
    )
    assert [(int(number), int(minutes)) for number, minutes, _ in tasks] == [
        (exercise.number, exercise.minutes) for exercise in declared.values()
    ]
    assert all("**Expected:**" in task for _, _, task in tasks)
    answers = [cell for cell in code_cells(lesson) if cells.answer_in(cell)]
    assert [cells.answer_in(cell) for cell in answers] == list(declared)
    assert all("..." in cell.source for cell in answers)
    points = [cells.points_in(cell) for cell in code_cells(lesson) if cells.points_in(cell)]
    assert points == list(declared)
    assert lesson.cells[-1].cell_type == "markdown" and any(
        cell.source == "exercise.summary()" for cell in code_cells(lesson)
    )


def test_the_first_exercise_comes_in_the_first_third(lesson):
    """An exercise comes while its idea is fresh, and nobody reads for half an hour first."""
    words = [len(cell.source.split()) for cell in lesson.cells]
    first = next(n for n, cell in enumerate(lesson.cells) if cell.source.startswith("### Exercise"))
    assert sum(words[:first]) <= sum(words) * 0.36


def test_three_questions_with_their_answers(lesson):
    text = section(lesson, "Check yourself")
    assert re.findall(r"^(\d)\. .+\?", text, re.M) == ["1", "2", "3"]
    assert text.count("<summary>Answer</summary>") == 3


def test_the_end_answers_the_question_and_leads_on(lesson):
    question = re.search(r"^\*\*(.+\?)\*\*$", lesson.cells[0].source, re.M)[1]
    end = section(lesson, "Wrap-up")
    assert "**You can now**" in end and f"**{question}**" in end
    assert "**Sources**" in end and "**Next:**" in end
    following = [path.name for path in LESSONS if path.stem > lesson.path.stem]
    if following:
        assert f"({following[0]})" in end


def test_links_between_lessons_lead_somewhere(lesson):
    for target in re.findall(r"\]\(([^)#:]+\.ipynb)\)", prose(lesson)):
        assert (FOLDER / target).is_file(), target


def test_the_committed_lesson_is_executed_from_top_to_bottom(lesson):
    cells = code_cells(lesson)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", f"a learner would see: {output.text}"


def test_claims_are_compared_by_nbval(lesson):
    """At least three, and every cell that prints text and is no exercise."""
    checked = 0
    for cell in code_cells(lesson):
        prints = any(output.output_type == "stream" for output in cell.outputs)
        checked += "nbval-check-output" in tags(cell)
        if prints and "exercise" not in tags(cell) and not cells.points_in(cell):
            assert "nbval-check-output" in tags(cell), cell.source
    assert checked >= 3


def test_figures_name_their_axes_state_their_finding_and_are_put_into_words(lesson):
    for cell, after in zip(lesson.cells, [*lesson.cells[1:], None]):
        pictures = [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
        if pictures:
            assert re.search(r"title|the_story", cell.source), cell.source
            assert re.search(r"label|digits\(|the_story|imshow", cell.source), cell.source
            assert after is not None and len(after.source) > 60
            # nbval runs cells so that a closing semicolon does not silence their last value.
            compared = "nbval-check-output" in tags(cell)
            silenced = re.search(r";\s*(#.*)?$", cell.source)
            assert not (compared and silenced), "end with plt.show()"


def test_nothing_of_the_machine_that_ran_it_is_left(lesson):
    outputs = json.dumps([cell.outputs for cell in code_cells(lesson)])
    outputs = re.sub(r'"image/png": "[^"]*"', "", outputs)  # base64 may hold any letters
    assert not re.search(r"/(root|home|work|tmp|Users)/|0x[0-9a-f]{6,}", outputs)
    assert lesson.path.stat().st_size <= MOST_BYTES
    assert "widgets" not in lesson.metadata
    assert lesson.metadata.kernelspec.name == "python3"
    assert all("execution" not in cell.metadata for cell in lesson.cells)


def test_every_lesson_is_in_the_readmes_table_with_its_question():
    text = (ROOT / "README.md").read_text()
    for path in LESSONS:
        first = nbformat.read(path, as_version=4).cells[0].source
        question = re.search(r"^\*\*(.+\?)\*\*$", first, re.M)[1]
        reading, exercises = re.search(r"about (\d+) minutes .+ (\d+) minutes", first).groups()
        (row,) = [line for line in text.splitlines() if f"notebooks/{path.name}" in line]
        assert question in row and f"| {reading} + {exercises} |" in row
