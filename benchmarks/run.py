"""Runs the benchmark: `make bench`, or a part of it.

    python -m benchmarks.run --works 2nn cnn --entrants floor,fedtutor --quick

Every entrant does every work in fresh processes, taking turns, so that a slow minute of the machine
meets all of them. A whole run writes benchmarks/results; a part writes benchmarks/last, which git
ignores.
"""

import argparse
import dataclasses
import datetime
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from benchmarks import environments, figure, measure, report, table
from benchmarks.works import ENTRANTS, WORKS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WHOLE, PART = HERE / "results", HERE / "last"
# Nothing here talks to anyone outside this machine.
VARIABLES = {
    "PYTHONPATH": str(ROOT),
    "FLWR_TELEMETRY_ENABLED": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
}


def bench(works, pythons, judge, folder, *, run=measure.run, say=print):
    """Run every entrant on every work, taking turns.

    Args:
        works: {name: `works.Work`}.
        pythons: {entrant: the Python that it runs on}.
        judge: a `prepare.Judge`, or whatever else writes works and measures weights.
        folder: a temporary folder.
        run: what runs a command, as `measure.run` does.
        say: what tells how it goes.

    Returns:
        {work: {entrant: summary}}, marked (see `report`).
    """
    results = {}
    for name, work in works.items():
        entrants = [entrant for entrant in work.entrants if entrant in pythons]
        say(f"\n{work.title}: {', '.join(entrants)}")
        judge.write(folder / name, work)
        runs, accuracies = ({entrant: [] for entrant in entrants} for _ in range(2))
        for repetition in range(work.repetitions):
            for entrant in entrants:
                answer = folder / f"{name}-{entrant}-{repetition}.json"
                program = [pythons[entrant], "-m", f"benchmarks.entrants.{entrant}"]
                one = run(
                    [*program, folder / name, answer],
                    answer,
                    answer.with_suffix(".log"),
                    # Ray's sockets and logs.
                    environment=VARIABLES | {"RAY_TMPDIR": str(folder / "ray")},
                    cwd=ROOT,
                )
                runs[entrant].append(one)
                say(_line(entrant, repetition, one, work))
                if one.error is None:
                    accuracies[entrant].append(judge.accuracy(work.model, one.weights))
        results[name] = {
            entrant: report.summarise(work, runs[entrant], accuracies[entrant])
            for entrant in entrants
        }
        report.mark(results[name])
    return results


def _line(entrant, repetition, one, work):
    if one.error is not None:
        return f"  {entrant:17} {repetition + 1}  {one.error}"
    seconds = report.median(one.seconds[work.warm_up :])
    return (
        f"  {entrant:17} {repetition + 1}  {seconds:8.3f} s a round, first after "
        f"{one.first_round:5.1f} s, peak {one.peak / 2**20:6.0f} MiB"
    )


def machine():
    """What the run was made on."""
    cpu = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")),
        platform.machine(),
    )  # fmt: skip
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)),
        "memory": round(psutil.virtual_memory().total / 2**30),
        "linux": platform.release().split("-")[0],
        "python": platform.python_version(),
    }


def commit():
    """The commit that was measured, with a plus if files differ from it."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def write(results, folder):
    """Write results.json, table.md and figure.png."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(_rounded(results), indent=1) + "\n")
    (folder / "table.md").write_text(table.table(results))
    figure.draw(results["works"], folder / "figure.png")


def _rounded(value):
    """Four significant digits are more than any of this is worth; a diff is the easier to read."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def available(entrants, say=print):
    """({entrant: its Python}, {entrant: why it is left out})."""
    pythons, left_out = {}, {}
    for entrant in entrants:
        program = ENTRANTS[entrant].program
        try:
            if program is not None and shutil.which(program) is None:
                raise environments.Unavailable(f"there is no {program} on this machine")
            pythons[entrant] = environments.python(ENTRANTS[entrant].environment)
        except environments.Unavailable as reason:
            left_out[entrant] = str(reason)
            say(f"{ENTRANTS[entrant].label} is left out: {reason}")
    return pythons, left_out


def arguments(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run", description=__doc__.split("\n", 1)[0]
    )

    def names(known):
        def read(text):
            chosen = text.split(",")
            for name in chosen:
                if name not in known:
                    raise argparse.ArgumentTypeError(
                        f"there is no {name}: choose among {', '.join(known)}"
                    )
            return chosen

        return read

    parser.add_argument("--works", type=names(WORKS), default=list(WORKS), metavar="A,B")
    parser.add_argument("--entrants", type=names(ENTRANTS), default=list(ENTRANTS), metavar="A,B")
    parser.add_argument("--quick", action="store_true", help="one process for each, no repetition")
    parser.add_argument("--out", type=Path, help="where the results go")
    args = parser.parse_args(argv)
    whole = args.works == list(WORKS) and args.entrants == list(ENTRANTS) and not args.quick
    args.out = args.out or (WHOLE if whole else PART)
    return args


def main():
    args = arguments()
    # `finally` clauses end the children; a SIGTERM has to come through them as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"This machine is busy (load {load:.1f}): wait for a quiet moment, for true numbers.")
    measured_commit = commit()  # now: others may go on committing while this runs
    works = {name: WORKS[name] for name in args.works}
    if args.quick:
        works = {name: dataclasses.replace(work, repetitions=1) for name, work in works.items()}
    pythons, left_out = available(args.entrants)

    from benchmarks.prepare import Judge  # imports TensorFlow

    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        measured = bench(works, pythons, Judge(), Path(folder))
    results = {
        "date": datetime.date.today().isoformat(),
        "commit": measured_commit,
        "machine": machine(),
        "load": load,
        "works": measured,
        "goals": report.goals(measured),
        "left_out": left_out,
    }
    committed = WHOLE / "results.json"
    before = json.loads(committed.read_text())["works"] if committed.is_file() else {}
    write(results, args.out)
    print()
    print((args.out / "table.md").read_text())
    for sentence in report.slower(measured, before):
        print(f"SLOWER than the committed results: {sentence}")
    print(f"Written: {args.out}/results.json, table.md and figure.png")


if __name__ == "__main__":
    main()
