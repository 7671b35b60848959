"""`fedtutor grade`, from a folder of notebooks to grades.csv, with every kind of learner.

Every learner gets exactly the points that they earned, and nothing outside the sandbox is touched.
"""

import csv
import hashlib
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from fedtutor.exercises.outcome import NOT_ATTEMPTED, NOT_YET, Outcome
from fedtutor.grading import autograde, grade, grader, sandbox
from tests.conftest import obey_ctrl_c
from tests.grading import learners
from tests.grading.learners import (
    HALF,
    MEGABYTES,
    SOLVED,
    beginning_with,
    ending_with,
    with_answers,
)

TOTAL = 4
REMEMBERED = (
    MEGABYTES + "    return {(5, 106, 199210): 844.6504}[num_rounds, num_clients, num_parameters]"
)


def write(folder, name, notebook):
    path = folder / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook))


@pytest.fixture(scope="module")
def server():
    """A server on this machine: its port, and the connections it has received."""
    connections = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        stop = threading.Event()

        def listen():
            while not stop.is_set():
                try:
                    connections.append(listener.accept())
                except TimeoutError:
                    pass

        thread = threading.Thread(target=listen)
        thread.start()
        yield listener.getsockname()[1], connections
        stop.set()
        thread.join()


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """A folder that doesn't belong to any submission."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "precious.txt").write_text("do not touch")
    return folder


@pytest.fixture(scope="module")
def class_of_learners(outside, server):
    """{what is special: (notebooks by file name, points, part of the note)}."""
    port, _ = server
    all_solved = with_answers(**SOLVED)
    deletes = f"""\
import glob, shutil
for path in ["/", {str(outside)!r}, *glob.glob("/*"), *glob.glob("/tmp/*")]:
    shutil.rmtree(path, ignore_errors=True)
for path in ({str(outside / "new.txt")!r}, "/tmp/fedtutor-was-here", "/usr/fedtutor-was-here"):
    try:
        open(path, "w").write("x")
    except OSError:
        pass
"""
    opens = f"""\
import socket, urllib.request
for address in (("127.0.0.1", {port}), ("localhost", {port})):
    try:
        socket.create_connection(address, timeout=2).sendall(b"secrets")
    except OSError as error:
        print("refused:", error)
"""
    looks = """\
import os, pathlib
print(sorted(os.environ))
for path in pathlib.Path("/").rglob("secret"):
    print("found", path)
print(*(p for p in pathlib.Path("/").rglob("start_here*.py") if "megabytes" in p.read_text()))
"""
    return {
        "all solved": ({"Ada Lovelace": all_solved}, 4, ""),
        "half solved": ({"Grace": with_answers(**HALF)}, 2, ""),
        "untouched": ({"Nobody": learners.SHORT}, 0, ""),
        "other style": (
            {"Emmy": with_answers(
                **HALF, megabytes=MEGABYTES + "    import numpy as np\n"
                "    return np.float64(num_rounds) * num_clients * num_parameters * 8e-6"
            )}, 4, "",
        ),
        "syntax error": (
            {"Syn": ending_with("1 +", learners.own_text("megabytes", "@exercise.megabytes\ndef (:"))},
            0, "",
        ),
        "syntax error in one answer": (
            {"Tax": {**with_answers(**HALF), **{"cells": [
                c if "def megabytes" not in "".join(c["source"]) else {**c, "source": "@exercise.megabytes\ndef (:"}
                for c in with_answers(**HALF)["cells"]]}}}, 2, "",
        ),
        "endless loop in the answer": (
            {"Loop": with_answers(**HALF, megabytes=MEGABYTES + "    while True:\n        pass")}, 2, "",
        ),
        "endless loop in a cell": (
            {"Cell": beginning_with("while True:\n    pass", with_answers(**SOLVED))}, 4,
            "one of its cells took too long",
        ),
        "ends the kernel": (
            {"Exit": beginning_with("import os; os._exit(1)", all_solved)}, 0,
            "Python ended in one of its cells",
        ),
        "asks for input": (
            {"Ask": learners.own_text("megabytes", "n = input()\n@exercise.megabytes\n" + MEGABYTES + "    return n")},
            0, "",
        ),
        "no decorator": ({"Plain": learners.own_text("megabytes", MEGABYTES + "    return 0.0")}, 0, ""),
        "calls its untouched stub": (
            {"Stub": learners.own_text("megabytes", "@exercise.megabytes\n" + MEGABYTES + "    ...\n\nmegabytes(1, 2, 3) + 1")},
            0, "",
        ),
        "takes all memory": (
            {"Memory": beginning_with("x = [bytearray(2**28) for _ in range(200)]", all_solved)}, 4, "",
        ),
        "deletes files": ({"Del": beginning_with(deletes, with_answers(**HALF))}, 2, ""),
        "opens a socket": ({"Socket": beginning_with(opens, with_answers(**HALF))}, 2, ""),
        "looks around": ({"Look": beginning_with(looks, with_answers(**HALF))}, 2, ""),
        "replaces the checker": (
            {"Mallory": beginning_with(learners.REPLACES_THE_CHECKER, with_answers(
                megabytes=MEGABYTES + "    return 0.0"))}, 0, "",
        ),
        "forges the protocol": (
            {"Forge": beginning_with(learners.FORGES_THE_PROTOCOL, with_answers(**HALF))}, 2, "",
        ),
        "edits the locked cells": ({"Edit": learners.edited_locked_cells()}, 0, ""),
        "remembers outputs": ({"Memo": with_answers(**HALF, megabytes=REMEMBERED)}, 2, ""),
        "the course's solution object": (
            {"Object": learners.own_text("megabytes", learners.COPIES_THE_SOLUTION_OBJECT)}, 0, "",
        ),
        "dropped metadata": ({"Colab": learners.stripped()}, 4, ""),
        "not JSON": ({"Broken": "this is not a notebook"}, 0, "not JSON"),
        "another notebook": ({"Other": '{"cells": []}'}, 0, "no lesson's exercises"),
        "two files": (
            {"Two": with_answers(**HALF), "Two (1)": all_solved}, 4, "of 2 files (Two (1).ipynb, Two.ipynb)",
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def graded(class_of_learners, tmp_path_factory, needs_sandbox):
    folder = tmp_path_factory.mktemp("submissions")
    for files, _, _ in class_of_learners.values():
        for name, notebook in files.items():
            write(folder, name, notebook)
    out = tmp_path_factory.mktemp("grades")
    os.environ["FEDTUTOR_TEST_TOKEN"] = "the instructor's"
    before = fingerprint(folder)
    try:
        grade.grade(folder, out, secret="test", cell_seconds=12, log=lambda line: None)
    finally:
        del os.environ["FEDTUTOR_TEST_TOKEN"]
    assert fingerprint(folder) == before
    return table(out), out


def fingerprint(folder):
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def page_of(out, learner):
    return (out / "feedback" / f"{learner}-{learners.NAME}.html").read_text()


def test_every_learner_gets_exactly_the_points_that_they_earned(graded, class_of_learners):
    rows, _ = graded
    expected = {next(iter(files)): points for files, points, _ in class_of_learners.values()}
    assert {name: float(row["points"]) for name, row in rows.items()} == expected
    assert {row["of"] for row in rows.values()} == {str(TOTAL)}
    assert len(rows) == len(class_of_learners)


def test_a_note_says_what_was_wrong_with_a_file(graded, class_of_learners):
    rows, _ = graded
    for files, _, note in class_of_learners.values():
        assert note in rows[next(iter(files))]["note"]


def test_each_learner_gets_a_page_with_the_verdicts(graded, class_of_learners):
    _, out = graded
    for files, _, _ in class_of_learners.values():
        assert page_of(out, next(iter(files)))
    assert "Exercise 3: 2 of 2 points." in page_of(out, "Ada Lovelace")
    assert "0 of 2 points. Not attempted" in page_of(out, "Nobody")
    assert "This happens with other numbers" in page_of(out, "Memo")
    assert "<title>Ada Lovelace</title>" in page_of(out, "Ada Lovelace")


@pytest.mark.parametrize(
    "learner, reason",
    [
        (
            "Tax",
            "2 points. Not yet. Its cell stopped before the answer was checked, with “SyntaxError",
        ),
        (
            "Ask",
            "2 points. Not yet. Its cell stopped before the answer was checked, with “StdinNotImpl",
        ),
        ("Plain", "No cell answers it: the line with exercise.megabytes is missing."),
        ("Exit", "Python ended in this cell, so no later cell ran."),
        (
            "Exit",
            "The notebook was stopped before this exercise: Python ended in one of its cells.",
        ),
        ("Cell", "This cell was stopped after 12 seconds."),
    ],
)
def test_a_page_says_why_there_are_no_points(graded, learner, reason):
    assert reason in page_of(graded[1], learner)


def test_a_page_shows_no_error_if_nothing_was_attempted(graded):
    assert "TypeError" not in page_of(graded[1], "Stub")


def test_the_points_stay_in_place_when_an_exercises_line_is_missing(graded):
    page = page_of(graded[1], "Plain")
    order = [page.index(f'name="start_here-{name}"') for name in learners.LESSON.exercises]
    assert order == sorted(order)


def test_nothing_outside_has_changed_and_no_connection_was_made(graded, outside, server):
    assert fingerprint(outside) == {
        str(outside / "precious.txt"): hashlib.sha256(b"do not touch").hexdigest()
    }
    assert not Path("/tmp/fedtutor-was-here").exists()
    _, connections = server
    assert connections == []


def test_a_submission_sees_nothing_of_the_instructors(graded):
    _, out = graded
    page = page_of(out, "Look")
    assert "FEDTUTOR_JUDGE" in page  # its own environment is shown
    assert "FEDTUTOR_TEST_TOKEN" not in page and "FEDTUTOR_SECRET" not in page
    assert "found /" not in page and "start_here.py" not in page


def test_a_page_of_feedback_runs_none_of_a_learners_scripts(tmp_path, needs_sandbox):
    script = (
        "from IPython.display import HTML, Javascript, display\n"
        "display(HTML('<script>steal()</script><img src=x onerror=steal()>'))\n"
        "display(Javascript('steal()'))"
    )
    notebook = beginning_with(script)
    notebook["cells"].insert(
        0,
        {"cell_type": "markdown", "source": "<script>steal()</script>", "metadata": {}, "id": "md"},
    )
    write(tmp_path / "in", "Script", notebook)
    grade.grade(tmp_path / "in", tmp_path / "out", log=lambda line: None)
    page = page_of(tmp_path / "out", "Script")
    assert "<script>steal" not in page and "onerror=steal()>" not in page
    assert "0 of 2 points" in page


def test_a_grade_depends_neither_on_the_order_nor_on_other_notebooks_in_parallel(
    tmp_path, needs_sandbox
):
    lucky = MEGABYTES + (
        "    return 8 * num_rounds * num_clients * num_parameters / 1e6 if num_rounds % 2 else 0.0"
    )
    for names in (("a", "b"), ("b", "a")):
        folder = tmp_path / "-".join(names)
        write(folder, names[0], with_answers(**SOLVED))
        write(folder, names[1], with_answers(megabytes=lucky))
    points = []
    for folder, jobs in (("a-b", 1), ("b-a", 2)):
        out = tmp_path / f"out-{folder}"
        rows = grade.grade(tmp_path / folder, out, secret="s", jobs=jobs, log=lambda line: None)
        points.append(sorted(row["points"] for row in rows))
    assert points[0] == points[1]


def test_without_a_sandbox_nothing_runs_unless_the_instructor_allows_it(tmp_path, monkeypatch):
    write(tmp_path / "in", "Ada", with_answers(**HALF))
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    with pytest.raises(sandbox.SandboxMissing, match="apt-get install bubblewrap.*--no-sandbox"):
        grade.grade(tmp_path / "in", tmp_path / "out", log=lambda line: None)
    rows = grade.grade(tmp_path / "in", tmp_path / "out", sandboxed=False, log=lambda line: None)
    assert [row["points"] for row in rows] == [2]


def test_a_sandbox_that_does_not_work_here_is_reported(monkeypatch, needs_sandbox):
    monkeypatch.setattr(sandbox, "_ISOLATION", ["--no-such-option"])
    with pytest.raises(sandbox.SandboxMissing, match="it says: .*--no-such-option"):
        sandbox.require()


def run(folder, out, **settings):
    """Grade; return the rows by learner, and what was printed."""
    printed = []
    rows = grade.grade(folder, out, log=printed.append, **settings)
    return {row["learner"]: row for row in rows}, "\n".join(printed)


def table(out):
    with (out / "grades.csv").open(newline="", encoding="utf-8") as file:
        return {row["learner"]: row for row in csv.DictReader(file)}


def test_a_later_run_keeps_other_learners_and_unchanged_grades(tmp_path, needs_sandbox):
    first, second, out = tmp_path / "first", tmp_path / "second", tmp_path / "out"
    write(first, "Ada", with_answers(**SOLVED))
    write(first, "Grace", with_answers(**HALF))
    (first / "Rita.py").write_text("print()")
    run(first, out)
    write(second, "Grace", with_answers(**SOLVED))
    _, printed = run(second, out)
    assert "It also has 2 grades from earlier runs" in printed
    assert {name: row["points"] for name, row in table(out).items()} == {
        "Ada": "4", "Grace": "4", "Rita": "0",
    }  # fmt: skip
    for row in table(out).values():
        assert row["learner"] in (out / "feedback" / row["feedback"]).read_text()
    # Ada's notebook has not changed. Rita has handed in a notebook by now.
    write(first, "Rita", with_answers(digits_in_training=SOLVED["digits_in_training"]))
    (first / "Rita.py").unlink()
    rows, printed = run(first, out)
    assert "2 of 3 were already graded" in printed and "Ada:" not in printed
    assert (rows["Ada"]["points"], rows["Grace"]["points"], rows["Rita"]["points"]) == (4, 2, 1)
    # With another secret, everything is graded again.
    assert "already graded" not in run(first, out, secret="another")[1]


@pytest.fixture
def scratch():
    """A folder for temporary files, near the root because the path of a socket must be short."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_ctrl_c_stops_at_once_and_loses_nothing(tmp_path, scratch, needs_sandbox):
    folder, out = tmp_path / "in", tmp_path / "out"
    write(folder, "Ada", with_answers(**SOLVED))
    write(folder, "Loop", beginning_with("while True:\n    pass", with_answers(**SOLVED)))
    command = [Path(sys.executable).parent / "fedtutor", "grade", folder, "--out", out]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True, env=os.environ | {"TMPDIR": str(scratch)},
        preexec_fn=obey_ctrl_c,
    )  # fmt: skip
    assert "Reading the notebooks" in process.stdout.readline()
    assert "Grading 2 notebooks" in process.stdout.readline()
    assert "1 of 2: Ada: 4 of 4 points" in process.stdout.readline()
    family = psutil.Process(process.pid).children(recursive=True)
    begin = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    assert time.monotonic() - begin < 20
    assert process.returncode == 130 and "Traceback" not in printed
    assert "1 of 2 were graded. Run the same command again to grade the rest." in printed
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive and not list(scratch.glob("fedtutor-*"))
    assert {name: row["points"] for name, row in table(out).items()} == {"Ada": "4"}
    rows, _ = run(folder, out, cell_seconds=5)
    assert rows["Loop"]["points"] == 4


def test_a_table_that_is_not_ours_is_left_alone(tmp_path, needs_sandbox):
    write(tmp_path / "in", "Ada", with_answers(**HALF))
    (tmp_path / "grades.csv").write_text("name,grade\nAda,A\n")
    with pytest.raises(ValueError, match="Move it away, or choose another folder with --out"):
        run(tmp_path / "in", tmp_path)
    assert (tmp_path / "grades.csv").read_text() == "name,grade\nAda,A\n"


def test_a_killed_process_is_reported_and_finished_grades_are_kept(tmp_path, needs_sandbox):
    folder, out = tmp_path / "in", tmp_path / "out"
    write(folder, "Ada", with_answers(**SOLVED))
    write(folder, "Loop", beginning_with("while True:\n    pass", with_answers(**SOLVED)))

    def kill_the_process(line):
        if "Ada" in line:
            for process in multiprocessing.active_children():
                process.kill()

    with pytest.raises(grade.GradingError, match="--jobs 1"):
        grade.grade(folder, out, jobs=1, log=kill_the_process)
    assert {name: row["points"] for name, row in table(out).items()} == {"Ada": "4"}


def test_the_note_counts_an_answer_whose_error_says_that_there_is_none():
    found = []
    for exercise in learners.LESSON.exercises.values():
        words = exercise.verdict(Outcome(NOT_ATTEMPTED))
        if exercise.name == "megabytes":
            words = exercise.verdict(Outcome(NOT_YET, f"Your notebook reports: “{words}”"))
        cell = autograde._locked(exercise)
        cell.outputs = [nbformat.v4.new_output("error", ename="NotSolved", evalue=words)]
        found.append(cell)
    note = grader._without_points(nbformat.v4.new_notebook(cells=found), learners.LESSON)
    assert note == "1 of 3 exercises were attempted, but none is right"
