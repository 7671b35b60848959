"""The table and the pages: what a spreadsheet, a full disk or a strange name does to them."""

import codecs
import csv
import dataclasses
import errno
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedtutor.grading import course, grade, plain_text, results, safe_files
from fedtutor.grading.results import GradeCache, Graded, Results
from fedtutor.grading.submissions import Submission

NOT_A_LESSON = '{"cells": []}'


def graded(learner, points=1, note="", **more):
    row = {
        "learner": learner, "lesson": "00_start_here", "points": points, "of": 4, "note": note,
        "file": f"{learner}.ipynb",
    }  # fmt: skip
    return Graded(row | more, "<html><title>x</title></html>")


def read(folder):
    with (folder / "grades.csv").open(newline="", encoding="utf-8") as file:
        return {row["learner"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: codecs.BOM_UTF8 + text.replace(",", ";").encode(),
        lambda text: text.replace(",", "\t").replace("\r\n", "\n").encode(),
        lambda text: text.replace("\r\n", ",,,\r\n").encode() + b",,,,,,,,,\r\n",
    ],
    ids=["byte order mark", "semicolons", "tabs", "empty columns and rows"],
)
def test_a_table_that_a_spreadsheet_has_saved_is_read(tmp_path, rewrite):
    Results(tmp_path).add([graded("Jörg"), graded("Zoë")])
    table = tmp_path / "grades.csv"
    table.write_bytes(rewrite(table.read_bytes().decode()))
    rows, others = Results(tmp_path).add([graded("Zoë", points=3)])
    assert [row["learner"] for row in others] == ["Jörg"]
    assert {name: row["points"] for name, row in read(tmp_path).items()} == {
        "Jörg": "1",
        "Zoë": "3",
    }


@pytest.mark.parametrize(
    "content, message",
    [
        ("learner,lesson,feedback\r\nJörg,00,x\r\n".encode("cp1252"), "CSV UTF-8"),
        (b"learner,lesson,feedback\n" + b"x" * 200_000, "can't be read as a table"),
        (b"", "was not written by this version"),
    ],
)
def test_a_table_that_can_not_be_read_is_named_and_left_alone(tmp_path, content, message):
    (tmp_path / "grades.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        Results(tmp_path)
    assert (tmp_path / "grades.csv").read_bytes() == content


@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "+49 30",
        "-x",
        "@here",
        "  =x",
        "＝x",
        "'=x",
        "''-x",
        "x;=1+1",
        'x; "=1',
        "x;;+1",
        "x;'@y",
    ],
)
def test_nothing_in_the_table_is_a_formula_and_a_later_run_knows_the_name(tmp_path, name):
    Results(tmp_path).add([graded(name, note=name)])
    (row,) = read(tmp_path).values()
    for value in row.values():
        assert not re.search(r"(^|;)[\s\"]*[=+\-@＝]", value), value
    assert (tmp_path / "feedback" / row["feedback"]).is_file()
    _, others = Results(tmp_path).add([graded(name, points=2)])
    assert others == [] and len(read(tmp_path)) == 1


@pytest.mark.parametrize("name", ["007", "0000", "12345678901234567", "12e5", "1.5E-3"])
def test_a_number_that_a_spreadsheet_would_change_is_a_text_and_a_later_run_knows_it(
    tmp_path, name
):
    Results(tmp_path).add([graded(name)])
    assert "'" + name in read(tmp_path)
    _, others = Results(tmp_path).add([graded(name, points=2)])
    assert others == [] and len(read(tmp_path)) == 1


def test_a_short_number_and_a_name_stay_as_they_are():
    for text in ("7", "1.5", "0", "123456789012345", "Ada", "ada-2", "1e", "Ada; Grace"):
        assert plain_text.to_table(text) == text


@given(st.text() | st.text("';=0e1\" "))
def test_the_way_into_the_table_and_back_changes_no_text(text):
    assert plain_text.from_table(plain_text.to_table(text)) == text


@given(st.text(max_size=400) | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl"])))
def test_a_line_holds_nothing_that_a_terminal_obeys(text):
    line = plain_text.one_line(text)
    assert len(line) <= 300 and len(line.splitlines()) <= 1
    assert not set(line) & {"\x1b", "\x9b", "\x00", "\u202e", "\u2066", "\u200f"}
    line.encode()


@given(st.text(max_size=300))
def test_every_name_is_a_name_for_a_page(text):
    name = plain_text.file_name(text)
    assert 0 < len(name.encode()) <= 180 and not set(name) & set("/\\\0:\n")
    assert name[0] not in "=+-@." and os.fsencode(name)


def test_names_that_a_file_system_takes_for_the_same_get_pages_of_their_own(tmp_path):
    rows, _ = Results(tmp_path).add(
        map(graded, ["ada", "ADA", "Jo\u0308rg", "Jörg", "n" * 250, "n" * 249])
    )
    assert len({row["feedback"].casefold() for row in rows}) == len(rows)
    assert all((tmp_path / "feedback" / row["feedback"]).is_file() for row in rows)


@pytest.fixture
def disk(monkeypatch):
    """A function that fills the disk for all files whose name contains a text."""

    def fill(text):
        def write(path, data, mode=0o666, write=safe_files.write):
            if text in path.name:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            write(path, data, mode)

        monkeypatch.setattr(safe_files, "write", write)

    return fill


def hand_in(folder):
    folder.mkdir()
    (folder / "ada.ipynb").write_text(NOT_A_LESSON)
    return folder


def test_a_full_disk_keeps_the_earlier_table_and_says_what_to_do(tmp_path, disk):
    Results(tmp_path / "out").add([graded("Zoë")])
    before = (tmp_path / "out" / "grades.csv").read_bytes()
    disk("grades.csv")
    with pytest.raises(grade.GradingError, match=r"No space left on device.*same command again"):
        grade.grade(hand_in(tmp_path / "in"), tmp_path / "out", sandboxed=False, log=lambda _: None)
    assert (tmp_path / "out" / "grades.csv").read_bytes() == before


def test_a_page_that_can_not_be_written_does_not_cost_the_table(tmp_path, disk):
    disk("Zoë")
    with pytest.raises(OSError):
        Results(tmp_path).add([graded("Zoë"), graded("Ada")])
    assert set(read(tmp_path)) == {"Ada", "Zoë"}


@pytest.mark.parametrize("file", [".probe", "secret"])
def test_nothing_is_graded_if_nothing_can_be_kept(tmp_path, disk, file):
    disk(file)
    printed = []
    with pytest.raises(grade.GradingError, match="another folder with --out"):
        grade.grade(hand_in(tmp_path / "in"), tmp_path / "out", sandboxed=False, log=printed.append)
    assert printed == []


def test_a_folder_that_can_not_be_made_is_named(tmp_path):
    with pytest.raises(grade.GradingError, match=r"/proc/grades.* can't be written"):
        grade.grade(hand_in(tmp_path / "in"), "/proc/grades", sandboxed=False, log=lambda _: None)


def test_a_write_that_breaks_off_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "secret"
    path.write_text("old")
    with pytest.raises(TypeError):
        safe_files.write(path, "not bytes")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_secret_that_was_lost_on_a_full_disk_is_drawn_again(tmp_path):
    (tmp_path / "secret").touch()
    course.write_secret(tmp_path / "secret")
    assert len((tmp_path / "secret").read_text()) > 20


def test_what_was_said_about_a_failure_is_kept_apart_from_the_table(tmp_path):
    said = "ValueError: give 4 of 4 by hand\x1b[31m\n" * 10_000
    folder = Results(tmp_path)
    for details in (said, "", "a second one"):
        folder.note_problem(dataclasses.replace(graded("ada", note="failed"), details=details))
    text = (tmp_path / "problems.log").read_text()
    assert text.count("may quote it:") == 2 and "    a second one" in text
    assert len(text) < 6000 and "\x1b" not in text
    folder.add([dataclasses.replace(graded("ada"), details=said)])
    assert "give 4" not in (tmp_path / "grades.csv").read_text()


SUBMISSION = Submission("ada", Path("ada.ipynb"), "ada.ipynb", "00_start_here", digest="1")


def test_a_damaged_cache_is_no_obstacle(tmp_path):
    cache = GradeCache(tmp_path)
    cache.put(SUBMISSION, graded("ada"))
    assert cache.get(SUBMISSION).row["learner"] == "ada"
    (entry,) = tmp_path.iterdir()
    whole = entry.read_bytes()
    for damaged in (b"", whole[:-9], whole[:20] + b"\xff" * 30 + whole[50:], b"\x1f\x8b[]"):
        entry.write_bytes(damaged)
        assert cache.get(SUBMISSION) is None


def test_only_what_is_final_is_cached(tmp_path):
    cache = GradeCache(tmp_path)
    cache.put(SUBMISSION, dataclasses.replace(graded("ada"), final=False))
    assert cache.get(SUBMISSION) is None


@pytest.mark.parametrize("out", ["in/grades", "in", "in/ada/out"])
def test_the_grades_are_no_submission_even_in_the_same_folder(tmp_path, out):
    folder = hand_in(tmp_path / "in")
    (folder / "ada").mkdir()
    for _ in range(2):
        rows = grade.grade(folder, tmp_path / out, sandboxed=False, log=lambda _: None)
        assert [row["learner"] for row in rows] == ["ada"]


def test_the_grades_of_another_run_are_skipped_too(tmp_path):
    folder, printed = hand_in(tmp_path / "in"), []
    (folder / "eve").symlink_to("eve")  # a link that leads to itself
    grade.grade(folder, folder / "first", sandboxed=False, log=lambda _: None)
    rows = grade.grade(folder, folder / "second", sandboxed=False, log=printed.append)
    assert [row["learner"] for row in rows] == ["ada", "eve"]
    assert "first is skipped: it holds the results of grading, not a submission." in printed
    assert results.is_results(folder / "first")
