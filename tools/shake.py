"""Runs the lessons as other machines would, and lists every claim that comes out differently.

    python tools/shake.py                                   every lesson (`make shake`)
    python tools/shake.py notebooks/05_who_benefits.ipynb   one of them, and its exercises

Another processor, another number of threads or another build of a library rounds differently in the
last digit, and training makes such differences grow. A claim that holds only here is not a claim. So
each lesson is executed in a fresh kernel under each of the PERTURBATIONS below, and these are compared:

- what each checked cell printed (tag `nbval-check-output`) and each exercise's cell, and the titles of
  figures, with the committed lesson;
- what the exercises' checks say to every answer in tests/exercises: the verdict and its message.

What else a lesson shows (the numbers written in figures, the outputs of other cells) is compared with a
run without a perturbation. It may change: it is listed so that you look at what the text says about it.

A perturbation that changes nothing on this machine (two threads, where there are two cores) is named
and not run: before anything else, each computes a few training steps and products, and the last digits
of these must differ. The exit status is 1 if anything changed. Not part of `make test`: on 2 cores, the
exercises take about half an hour and the lessons about an hour.

When a claim does not survive, do not round until it does: say what is true on every machine. A median
of several seeds, "18 of 20", a difference instead of a level, a range.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for `tools` and `tests`

from tools.claims import Change, claims, compare, unchecked  # noqa: E402

STARTUP = Path(__file__).with_name("perturbed")


@dataclass(frozen=True)
class Perturbation:
    """Something that is different on another machine.

    Attributes:
        name: what it is, in a few words.
        environment: the environment variables that bring it about, read when a process starts.
    """

    name: str
    environment: dict[str, str] = field(default_factory=dict)


def perturbations() -> list[Perturbation]:
    """All of them, first those that find most."""
    threads = ("TF_NUM_INTRAOP_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
    features = _numpys_features()
    return [
        # Here TensorFlow leaves oneDNN alone; Eigen's matrix products, which take its place, borrow
        # one of oneDNN's functions, and that looks at the processor as well.
        Perturbation(
            "a processor without AVX-512",
            {
                "TF_ENABLE_ONEDNN_OPTS": "0",
                "ONEDNN_MAX_CPU_ISA": "AVX2",
                "OPENBLAS_CORETYPE": "Haswell",
                "NPY_DISABLE_CPU_FEATURES": " ".join(f for f in features if "AVX512" in f),
            },
        ),
        Perturbation("initial weights, a millionth", {"FEDTUTOR_SHAKE_WEIGHTS": "1e-6"}),
        Perturbation("oneDNN off", {"TF_ENABLE_ONEDNN_OPTS": "0"}),
        Perturbation("oneDNN with AVX2", {"ONEDNN_MAX_CPU_ISA": "AVX2"}),
        Perturbation("oneDNN with SSE4.1", {"ONEDNN_MAX_CPU_ISA": "SSE41"}),
        Perturbation("one thread", dict.fromkeys(threads, "1")),
        Perturbation("two threads", dict.fromkeys(threads, "2")),
        Perturbation(
            "NumPy on an old processor",
            {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": " ".join(features)},
        ),
    ]


def _numpys_features() -> list[str]:
    """What NumPy uses of this processor, beyond what its build requires."""
    from numpy._core import _multiarray_umath as numpys

    return [name for name in numpys.__cpu_dispatch__ if numpys.__cpu_features__.get(name)]


NO_PERTURBATION = Perturbation("this machine as it is")


def environment(perturbation: Perturbation) -> dict[str, str]:
    """The environment of a process under a perturbation."""
    path = os.pathsep.join(filter(None, (str(STARTUP), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, **perturbation.environment}


# Running.


def run_lesson(
    path: Path, perturbation: Perturbation, keep: Path | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    """A lesson's claims, and what else it shows, under a perturbation."""
    from tools import lessons

    notebook = lessons.execute(lessons.read(path), path, environment=environment(perturbation))
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        copy = keep / f"{path.stem}, {perturbation.name}.ipynb"
        copy.write_text(lessons.text_of(notebook), encoding="utf-8")
    return claims(notebook), unchecked(notebook)


def run_here(task: str, perturbation: Perturbation, *arguments: str) -> dict[str, str]:
    """What this program computes for a task, in a process of its own under a perturbation."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        command = [sys.executable, __file__, task, *arguments, "--to", str(result)]
        done = subprocess.run(
            command, env=environment(perturbation), cwd=ROOT, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{task} failed under {perturbation.name!r}:\n{done.stderr[-3000:]}")
        return json.loads(result.read_text(encoding="utf-8"))


def fingerprints() -> dict[str, str]:
    """A few computations' results, to the last digit, as {what was computed: fingerprint}."""
    import numpy as np
    import tensorflow as tf

    from fedtutor import models

    rng = np.random.default_rng(0)
    images = rng.random((200, 28, 28)).astype(np.float32)
    labels = rng.integers(0, 10, 200)

    def training(model):
        model.compile(tf.keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy")
        model.fit(images[:100], labels[:100], batch_size=10, shuffle=False, verbose=0)
        return [*model.get_weights(), model.predict(images, batch_size=200, verbose=0)]

    numbers = rng.normal(size=(300, 300))
    singles = numbers.astype(np.float32)
    return {
        "a 2NN's training": _fingerprint(training(models.perceptron_2nn(seed=0))),
        "a CNN's training": _fingerprint(training(models.cnn(seed=0))),
        "NumPy's matrix products": _fingerprint([numbers @ numbers, singles @ singles]),
        "NumPy's functions": _fingerprint(
            [
                *(f(x) for f in (np.exp, np.sin, np.tanh) for x in (numbers, singles)),
                np.abs(numbers) ** 0.3,
                singles.sum(axis=1),
            ]
        ),
    }


def _fingerprint(arrays) -> str:
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()[:12]


def verdicts(module: str, seed: int) -> dict[str, str]:
    """What the checks of a lesson's exercises say to the answers in tests/exercises.

    Returns:
        {answer: "correct", or the verdict and the message}, where "(must be …)" follows if the answer
        has to get something else. The course's own mistakes are answers as well.
    """
    import copy
    import warnings

    from fedtutor.exercises.base import OwnAnswer
    from fedtutor.exercises.functions import FunctionExercise
    from fedtutor.exercises.outcome import CORRECT, NOT_YET
    from tests.exercises.answers import answers_to, every_exercise

    warnings.simplefilter("ignore", RuntimeWarning)
    found = {}
    for exercise in every_exercise():
        if exercise.lesson.module != module:
            continue
        answers = [(str(n), *answer) for n, answer in enumerate(answers_to(exercise).all)]
        if isinstance(exercise, FunctionExercise):
            answers += [(f.__name__, copy.copy(f), f.misconception) for f in exercise.mistakes]
        for name, answer, text in answers:
            outcome = exercise.examine(OwnAnswer(True, answer), seed)
            if text is None:
                good, wanted = outcome.status == CORRECT, CORRECT
            else:
                good, wanted = outcome.status == NOT_YET and text in outcome.message, repr(text)
            verdict = CORRECT if outcome.solved else f"{outcome.status}: {outcome.message}"
            found[f"{exercise.name}, answer {name}"] = (
                verdict if good else f"{verdict} (must be {wanted})"
            )
    return found


def misjudged(verdicts: dict[str, str]) -> list[Change]:
    """The answers whose verdict isn't the one they must get."""
    found = []
    for place, verdict in verdicts.items():
        said, _, wanted = verdict.partition(" (must be ")
        if wanted:
            found.append(Change(place, wanted.removesuffix(")"), said))
    return found


def in_force(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What a perturbation changes, by the fingerprints without it and with it."""
    return [name for name in before if before[name] != after[name]]


# Reporting.


class Report:
    """Says what changed as soon as it is known, and sums it up in the end."""

    def __init__(self):
        self.runs, self.changes = 0, []

    def add(
        self,
        what: str,
        perturbation: Perturbation,
        changes: list[Change],
        seconds: float,
        notes: Sequence[Change] = (),
    ):
        """Take in one run: what changed, and as notes what changed and may."""
        self.runs += 1
        self.changes += [(what, change) for change in changes]
        found = f"{len(changes)} changed" if changes else "nothing changed"
        print(f"{what}, {perturbation.name}: {found} ({seconds:.0f} s)", flush=True)
        for change in changes:
            print("    " + str(change).replace("\n", "\n    "), flush=True)
        for place in dict.fromkeys(note.place for note in notes):
            lines = [f"{n.before!r} became {n.after!r}" for n in notes if n.place == place]
            more = f" and {len(lines) - 3} more" if len(lines) > 3 else ""
            print(f"    may change: {place}: {', '.join(lines[:3])}{more}", flush=True)

    def summary(self) -> str:
        if not self.changes:
            return f"{self.runs} runs, nothing changed."
        places = {(what, change.place) for what, change in self.changes}
        numbers = sum(len(change.numbers) for _, change in self.changes)
        by_what = {}
        for what, place in sorted(places):
            by_what.setdefault(what, []).append(place)
        where = "; ".join(f"{what}: {', '.join(found)}" for what, found in by_what.items())
        return (
            f"{self.runs} runs: {len(places)} outputs and verdicts don't survive, "
            f"with {numbers} changed numbers. {where}"
        )


def shake(
    paths: list[Path], only: list[str], keep: Path | None, *, exercises: bool, lessons: bool
) -> int:
    begin = time.monotonic()
    report = Report()
    usual = run_here("fingerprints", NO_PERTURBATION)
    chosen = [NO_PERTURBATION]
    for perturbation in perturbations():
        if not any(text in perturbation.name for text in only):
            continue
        changed = in_force(usual, run_here("fingerprints", perturbation))
        if changed:
            chosen.append(perturbation)
            print(f"{perturbation.name}: changes {', '.join(changed)}", flush=True)
        else:
            print(f"{perturbation.name}: has no effect on this machine, not run", flush=True)

    for path in paths:
        module = path.stem.partition("_")[2]
        if lessons:
            _shake_lesson(path, chosen, report, keep)
        if exercises:
            _shake_exercises(module, chosen, report)
    print(f"{report.summary()} {(time.monotonic() - begin) / 60:.0f} minutes.")
    return int(bool(report.changes))


def _shake_lesson(
    path: Path, chosen: list[Perturbation], report: Report, keep: Path | None
) -> None:
    from tools import lessons

    committed, usual = claims(lessons.read(path)), None
    for perturbation in chosen:
        begin = time.monotonic()
        try:
            printed, others = run_lesson(path, perturbation, keep)
        except lessons.CellFailed as error:
            changes, notes = [Change("a cell failed", "", str(error))], []
        else:
            usual = others if usual is None else usual
            changes, notes = compare(committed, printed), compare(usual, others)
        report.add(path.stem, perturbation, changes, time.monotonic() - begin, notes)


def _shake_exercises(module: str, chosen: list[Perturbation], report: Report) -> None:
    what, usual = f"exercises of {module}", None
    for perturbation in chosen:
        begin = time.monotonic()
        found = run_here("verdicts", perturbation, module)
        # What is judged wrongly without any perturbation is told once, by the first run.
        changes = misjudged(found) if usual is None else compare(usual, found)
        usual = found if usual is None else usual
        report.add(what, perturbation, changes, time.monotonic() - begin)
    # In grading, the checks draw other numbers.
    begin = time.monotonic()
    changes = misjudged(run_here("verdicts", NO_PERTURBATION, module, "--seed", "1"))
    report.add(what, Perturbation("other numbers drawn"), changes, time.monotonic() - begin)


def main() -> int:
    if sys.argv[1:2] in (["fingerprints"], ["verdicts"]):
        return _compute()
    parser = argparse.ArgumentParser(description="Runs the lessons as other machines would.")
    parser.add_argument("lessons", nargs="*", type=Path, help="which; default: all of notebooks/")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[""],
        metavar="TEXT",
        help="perturbations whose name holds one of these texts",
    )
    parser.add_argument("--keep", type=Path, help="leave the executed notebooks in this folder")
    parser.add_argument("--part", choices=["lessons", "exercises"], help="default: both")
    arguments = parser.parse_args()
    return shake(
        arguments.lessons or sorted((ROOT / "notebooks").glob("*.ipynb")),
        arguments.only,
        arguments.keep,
        exercises=arguments.part != "lessons",
        lessons=arguments.part != "exercises",
    )


def _compute() -> int:
    """What `run_here` starts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("task")
    parser.add_argument("module", nargs="?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path)
    arguments = parser.parse_args()
    if arguments.task == "verdicts":
        result = verdicts(arguments.module, arguments.seed)
    else:
        result = fingerprints()
    arguments.to.write_text(json.dumps(result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
