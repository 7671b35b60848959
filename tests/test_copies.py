"""What a learner opens is a copy without results, and nothing ever overwrites their work."""

import json
import subprocess

import pytest

from fedtutor import cli, lessons
from tests.conftest import ROOT


def notebook(text, outputs=()):
    cell = {
        "cell_type": "code", "id": "a", "metadata": {}, "source": text, "outputs": list(outputs),
        "execution_count": 1,
    }  # fmt: skip
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def edition(tmp_path, monkeypatch):
    """A folder of lessons; call it with {name: text} for a new edition."""
    source = tmp_path / "notebooks"
    source.mkdir()
    monkeypatch.setattr(lessons, "folder", lambda: source)

    def publish(**texts):
        for name, text in texts.items():
            (source / f"{name}.ipynb").write_text(notebook(text, [{"output_type": "stream"}]))

    publish(one="1", two="2")
    return publish


@pytest.fixture
def mine(tmp_path):
    return tmp_path / "mine"


def source_in(path):
    return json.loads(path.read_text())["cells"][0]["source"]


def names(paths):
    return [path.stem for path in paths]


def test_no_lesson_keeps_a_result():
    for path in lessons.paths().values():
        text = path.read_text(encoding="utf-8")
        copy = json.loads(lessons.without_results(text))
        assert any(cell.get("outputs") for cell in json.loads(text)["cells"]), "it was never run"
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in copy["cells"])
        sources = [cell["source"] for cell in copy["cells"]]
        assert sources == [cell["source"] for cell in json.loads(text)["cells"]]


def test_copies_are_made_once(edition, mine):
    assert names(lessons.copy_to(mine).written) == ["one", "two"]
    again = lessons.copy_to(mine)
    assert again.written == again.outdated == []


def test_an_update_brings_what_is_new_and_keeps_what_is_somebodys(edition, mine):
    lessons.copy_to(mine)
    (mine / "one.ipynb").write_text(notebook("my own work"))
    edition(one="1, second edition", two="2, second edition", three="3")
    update = lessons.copy_to(mine)
    assert names(update.written) == ["three", "two"] and names(update.outdated) == ["one"]
    assert source_in(mine / "one.ipynb") == "my own work"
    assert source_in(mine / "two.ipynb") == "2, second edition"

    (mine / "one.ipynb").rename(mine / "one, my work.ipynb")
    update = lessons.copy_to(mine)
    assert names(update.written) == ["one"] and update.outdated == []
    assert source_in(mine / "one, my work.ipynb") == "my own work"


def test_work_on_the_newest_edition_is_not_mentioned(edition, mine):
    lessons.copy_to(mine)
    (mine / "one.ipynb").write_text(notebook("my own work"))
    update = lessons.copy_to(mine)
    assert update.written == update.outdated == []


def test_running_a_lesson_counts_as_work(edition, mine):
    lessons.copy_to(mine)
    (mine / "one.ipynb").write_text(notebook("1", [{"output_type": "stream"}]))
    edition(one="1, second edition")
    assert names(lessons.copy_to(mine).outdated) == ["one"]


@pytest.mark.parametrize("spoil", ["missing", "damaged"])
def test_without_its_list_everything_counts_as_work(edition, mine, spoil):
    lessons.copy_to(mine)
    (mine / "one.ipynb").write_text(notebook("my own work"))
    (mine / ".written.json").unlink() if spoil == "missing" else (
        mine / ".written.json"
    ).write_text('{"one')
    lessons.copy_to(mine)
    assert source_in(mine / "one.ipynb") == "my own work"


def test_the_lessons_themselves_are_no_place_to_work_in(edition):
    with pytest.raises(lessons.LessonsError, match="my_lessons"):
        lessons.copy_to(lessons.folder())


def test_the_command_says_what_it_did(edition, mine, capsys):
    assert cli.main(["lessons", str(mine)]) == 0
    assert capsys.readouterr().out == f"{mine}: new or updated: one, two.\n"
    (mine / "one.ipynb").write_text(notebook("my own work"))
    edition(one="1, second edition")
    cli.main(["lessons", str(mine)])
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{mine}: nothing new."
    assert str(mine / "one.ipynb") in second and "left alone" in second and "rename" in second


def test_git_ignores_the_copies():
    ignored = subprocess.run(
        ["git", "check-ignore", "--quiet", "my_lessons/00_start_here.ipynb"], cwd=ROOT, check=False
    )
    assert ignored.returncode == 0


def test_what_opens_jupyterlab_opens_the_copies():
    rule = (ROOT / "Makefile").read_text().split("\nlab:")[1].split("\n\n")[0]
    for text in (rule, (ROOT / "tools" / "laptop.py").read_text()):
        assert "notebooks/" not in text and "my_lessons" in text
