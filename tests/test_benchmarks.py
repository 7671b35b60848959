"""What `make bench` makes of its measurements. The entrants themselves are run by it, not here."""

import json
import os
import sys
from dataclasses import replace

import numpy as np
import psutil
import pytest

from benchmarks import environments, figure, measure, report, run, table, works
from benchmarks.measure import Run
from tests.conftest import ROOT, alive, wait_until

WORK = replace(works.WORKS["2nn"], repetitions=3, warm_up=1)
ALL = list(works.ENTRANTS)


def one(seconds, *, peak=2**30, memory=None, first_round=5.0):
    """A run whose first round takes a second and whose others take as many as are given."""
    return Run(
        seconds=[1.0, *seconds],
        first_round=first_round,
        peak=peak,
        memory=memory or [peak] * 500,
        weights=[np.zeros(1)],
        versions={"tensorflow": "2.20.0"},
    )


def entry(seconds, **changes):
    """The summary of an entrant that behaves."""
    return report.summarise(WORK, [one([seconds])], [0.93]) | changes


def whole():
    """Results of all works and entrants, in which every goal is met but the one on the CNN."""
    found = {}
    for name, work in works.WORKS.items():
        size = len(work.cohorts[0])
        per_client = {"floor": 0.01, "floor_one_thread": 0.012, "fedtutor": 0.013}
        per_client["tff_tutorial"] = 0.15
        found[name] = {each: entry(per_client.get(each, 0.04) * size) for each in work.entrants}
        found[name].get("tff_tutorial", {})["first_round"] = 10.0
    found["long"]["fedtutor"]["memory"] = [100, 200, 201, 202, 203, 204, 205, 206, 207, 209]
    return found


def results(found):
    return {
        "date": "2026-11-23",
        "commit": "abc",
        "machine": run.machine(),
        "load": 0.1,
        "works": found,
        "goals": report.goals(found),
        "left_out": {"flower": "no network"},
    }


# -- from runs to numbers ------------------------------------------------------------------------


def test_a_summary_is_the_median_of_the_processes_medians_without_the_warm_up():
    runs = [one([0.1, 0.2, 0.9]), one([0.3, 0.3, 0.3]), one([0.5, 0.4, 0.5])]
    summary = report.summarise(WORK, runs, [0.91, 0.93, 0.92])
    assert summary["seconds"] == 0.3
    assert summary["spread"] == [0.2, 0.5]
    assert summary["accuracy"] == 0.92
    assert summary["processes"] == 3 and summary["faults"] == []


def test_memory_is_read_at_each_fiftieth_round():
    readings = list(range(1, 501))
    summary = report.summarise(works.WORKS["long"], [one([1], memory=readings)], [0.9])
    assert summary["memory"] == list(range(50, 501, 50))


def test_an_entrant_that_fails_is_marked_and_keeps_what_it_did():
    dead = Run(error="ended with status 1: no such module")
    some = report.summarise(WORK, [one([0.3]), dead], [0.93])
    assert some["seconds"] == 0.3 and "no such module" in some["faults"][0]
    none = report.summarise(WORK, [dead], [])
    assert "seconds" not in none and len(none["faults"]) == 1


def test_an_entrant_with_another_accuracy_is_marked():
    entries = {"floor": entry(1), "fedtutor": entry(1), "flower": entry(1, accuracy=0.91)}
    entries["fedtutor"]["accuracy"] = 0.9395
    report.mark(entries)
    assert entries["floor"]["faults"] == entries["fedtutor"]["faults"] == []
    assert "2.0 points" in entries["flower"]["faults"][0]


def test_without_a_floor_accuracies_are_compared_with_the_median():
    entries = {name: entry(1, accuracy=0.9) for name in ("fedtutor", "flower", "fedjax")}
    entries["flower"]["accuracy"] = 0.5
    entries["keras_loop"] = report.summarise(WORK, [Run(error="x")], [])
    report.mark(entries)
    assert [name for name in entries if entries[name]["faults"]] == ["flower", "keras_loop"]


# -- goals and regressions -----------------------------------------------------------------------


def test_each_goal_is_met_or_not_by_its_own_number():
    goals = report.goals(whole())
    assert [round(goal["measured"], 3) for goal in goals] == [
        1.083, 1.083, 1.3, 0.5, 1.0, 1.0, 1.045
    ]  # fmt: skip
    assert [goal["goal"] for goal in goals if not goal["met"]] == [works.GOALS[2].text]


def test_a_goal_is_not_met_by_wrong_work_and_not_measured_in_a_part():
    found = whole()
    found["2nn"]["fedtutor"]["faults"].append("its accuracy is 3.0 points from the others'")
    assert report.goals(found)[0]["met"] is False
    del found["2nn"]["floor_one_thread"], found["long"]
    goals = report.goals(found)
    assert goals[0]["met"] is None and goals[0]["measured"] is None
    assert goals[-1]["met"] is None


def test_a_slower_or_hungrier_fedtutor_is_told():
    before, now = whole(), whole()
    assert report.slower(now, before) == []
    now["cnn"]["fedtutor"]["seconds"] *= 1.3
    now["long"]["fedtutor"]["peak"] *= 2
    told = report.slower(now, before)
    assert len(told) == 2
    assert told[0].startswith("cnn: a round is 1.69 times the floor's; it was 1.30")
    assert told[1].startswith("long: peak memory")
    # A machine that is slower for everybody is no regression, and a part is compared as a part.
    for each in now["2nn"].values():
        each["seconds"] *= 3
    assert report.slower({"2nn": now["2nn"]}, before) == []
    assert report.slower(now, {}) == []


# -- what is written -----------------------------------------------------------------------------


def test_the_table_says_who_is_how_fast_and_who_is_marked():
    found = whole()
    found["2nn"]["fedjax"]["faults"].append("its accuracy is 3.0 points from the others'")
    found["2nn"]["flower"] = report.summarise(WORK, [Run(error="not done after 9 seconds")], [])
    text = table.table(results(found))
    assert "| fedtutor | 0.13 (0.13 to 0.13) | 1.30 | 11.54 | 93.0% | 5.0 s | 1024 MiB |" in text
    assert "| FedJAX ✗ |" in text and "✗ FedJAX: its accuracy is 3.0 points" in text
    assert "| Flower, on Ray ✗ | failed |" in text and "not done after 9 seconds" in text
    assert "| CNN: at most 1.0 times the faster floor's time | 1.30 | **not met** |" in text
    assert "| fedtutor | 13.0 | 13.0 | 13.0 |" in text, "time per client"
    assert "- Flower, on Ray: no network." in text
    widths = [line.count("|") for line in text.splitlines() if line.startswith("|")]
    assert set(widths) == {4, 5, 8, 12}, "every row has the columns of its head"


def test_table_figure_and_results_are_written_for_a_whole_and_for_a_part(tmp_path):
    part = {"2nn": {"fedtutor": whole()["2nn"]["fedtutor"]}}
    for number, found in enumerate((whole(), part)):
        folder = tmp_path / str(number)
        run.write(results(found), folder)
        read = json.loads((folder / "results.json").read_text())
        assert read["works"]["2nn"]["fedtutor"]["seconds"] == 0.13
        assert (folder / "table.md").read_text().startswith("# How fast")
        assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert figure.draw({}, tmp_path / "none.png") == 0


def test_only_a_whole_run_replaces_the_committed_results():
    assert run.arguments([]).out == run.WHOLE
    for part in (["--quick"], ["--works", "2nn"], ["--entrants", "floor,fedtutor"]):
        assert run.arguments(part).out == run.PART
    ignored = (ROOT / "benchmarks" / ".gitignore").read_text().split()
    assert f"{run.PART.name}/" in ignored


def test_an_unknown_work_or_entrant_is_refused(capsys):
    with pytest.raises(SystemExit):
        run.arguments(["--entrants", "floor,nobody"])
    assert "there is no nobody: choose among floor" in capsys.readouterr().err


# -- running -------------------------------------------------------------------------------------


class Judge:
    """Writes nothing, and takes the first weight for the accuracy."""

    def write(self, folder, work):
        pass

    def accuracy(self, model, weights):
        return float(weights[0][0])


def test_entrants_take_turns_and_the_one_that_fails_does_not_stop_the_others(tmp_path):
    turns = []

    def pretend(command, answer, log, **kwargs):
        name = command[2].rpartition(".")[2]
        turns.append(name)
        if name == "fedjax":
            return Run(error="ended with status 1")
        return replace(one([0.1]), weights=[np.array([0.9])])

    small = replace(WORK, repetitions=2)
    pythons = {"floor": "python", "fedtutor": "python", "fedjax": "other"}
    found = run.bench(
        {"2nn": small}, pythons, Judge(), tmp_path, run=pretend, say=lambda text: None
    )
    assert turns == ["floor", "fedtutor", "fedjax"] * 2
    assert found["2nn"]["fedtutor"]["seconds"] == 0.1
    assert [name for name, each in found["2nn"].items() if each["faults"]] == ["fedjax"]


def test_an_environment_that_cannot_be_made_leaves_its_entrant_out(monkeypatch):
    def none(name):
        if name:
            raise environments.Unavailable("its environment could not be made: no network")
        return sys.executable

    monkeypatch.setattr(environments, "python", none)
    said = []
    pythons, left_out = run.available(["floor", "flower"], say=said.append)
    assert pythons == {"floor": sys.executable}
    assert "no network" in left_out["flower"] and "Flower" in said[0]


def test_an_entrant_without_its_program_is_left_out(monkeypatch):
    monkeypatch.setattr(run.shutil, "which", lambda program: None)
    pythons, left_out = run.available(["floor", "floor_c"], say=lambda text: None)
    assert list(pythons) == ["floor"] and "no gcc" in left_out["floor_c"]


def test_the_reason_names_no_index(tmp_path, monkeypatch):
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho 'error: no answer from https://private.example/x' >&2; exit 2\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(environments.Unavailable) as error:
        environments.python("flower")
    assert "no answer from ..." in str(error.value) and "private" not in str(error.value)


ENTRANT = """
import sys, time, json, subprocess
import numpy as np
held = bytearray(80 * 2**20)
child = subprocess.Popen(["sleep", "600"], stdout=sys.stdout)
print(child.pid, flush=True)
marks = [time.monotonic()]
for _ in range(2):
    time.sleep(0.3)
    marks.append(time.monotonic())
np.savez(sys.argv[1].replace(".json", ".npz"), np.array([0.9]))
open(sys.argv[1], "w").write(json.dumps({"marks": marks, "versions": {"numpy": "1"}}))
"""


def test_a_run_is_timed_and_weighed_and_leaves_no_process(tmp_path):
    answer, log = tmp_path / "answer.json", tmp_path / "log"
    found = measure.run([sys.executable, "-c", ENTRANT, str(answer)], answer, log)
    assert found.error is None
    assert found.seconds == pytest.approx([0.3, 0.3], abs=0.1)
    assert found.first_round > 0.3
    assert 80 * 2**20 < found.peak < 300 * 2**20 and len(found.memory) == 2
    assert found.weights[0][0] == 0.9 and found.versions == {"numpy": "1"}
    # It outlived its parent, as TFF's worker does.
    assert wait_until(lambda: not alive(int(log.read_text())))


def test_a_run_that_fails_or_never_ends_says_so(tmp_path):
    answer, log = tmp_path / "answer.json", tmp_path / "log"
    failed = measure.run([sys.executable, "-c", "raise SystemExit('no digits')"], answer, log)
    assert failed.error == "ended with status 1: no digits"
    endless = measure.run(["sleep", "600"], answer, log, timeout=0.3)
    assert "not done after 0.3 seconds" in endless.error
    assert not [each for each in psutil.Process(os.getpid()).children() if each.name() == "sleep"]


def test_every_entrant_has_a_program_and_a_locked_environment():
    folder = ROOT / "benchmarks"
    for name, entrant in works.ENTRANTS.items():
        assert (folder / "entrants" / f"{name}.py").is_file()
        if entrant.environment:
            assert (folder / entrant.environment / "uv.lock").is_file()
    for work in works.WORKS.values():
        assert set(work.entrants) <= set(works.ENTRANTS)
