"""The `fedtutor` command."""

import argparse
import importlib.util
import sys
from collections.abc import Sequence

import fedtutor


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of the commands.

    Args:
        argv: the words after `fedtutor`; None takes them from the command line.

    Returns:
        The exit status: 0 if the command succeeded.
    """
    parser = argparse.ArgumentParser(
        prog="fedtutor", description="A course on federated learning, from one computer to many."
    )
    parser.add_argument("--version", action="version", version=f"fedtutor {fedtutor.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = commands.add_parser(
        "doctor", help="check what is installed, find what is wrong, and say how to fix it"
    )
    command.set_defaults(run=_doctor)

    command = commands.add_parser(
        "demo", help="run lesson 00 in the terminal: five federated rounds on real digits"
    )
    command.add_argument(
        "--rounds", type=int, default=5, metavar="N", help="number of rounds; default: 5"
    )
    command.add_argument(
        "--clients", type=int, default=106, metavar="N", help="people per round; default: 106"
    )
    command.set_defaults(run=_demo)

    command = commands.add_parser(
        "lessons",
        help="copy the lessons, without their results, to a folder to work in, or update it",
    )
    command.add_argument(
        "folder", metavar="DIR", nargs="?", default="my_lessons", help="default: my_lessons"
    )
    command.set_defaults(run=_lessons)

    command = commands.add_parser(
        "course",
        help="create or update a course for nbgrader, with one assignment per lesson",
    )
    command.add_argument("folder", metavar="DIR", help="a new folder, or an existing course")
    command.add_argument(
        "--lesson", action="append", dest="lessons", metavar="NAME",
        help="for example 03_averaging_by_hand; can be repeated; default: all lessons",
    )  # fmt: skip
    command.set_defaults(run=_course)

    command = commands.add_parser(
        "grade", help="grade a folder of notebooks: grades.csv, and a feedback page for each"
    )
    command.add_argument(
        "submissions", metavar="SUBMISSIONS", help="folder of notebooks, with any file names"
    )
    command.add_argument(
        "--out",
        default="grades",
        metavar="DIR",
        help="folder for the results; keeps the results of earlier runs; default: grades",
    )
    command.add_argument(
        "--secret",
        metavar="TEXT",
        help="seed for the checks' random numbers; default: the one in --out, or a new one",
    )
    command.add_argument(
        "--minutes",
        type=float,
        default=10,
        metavar="N",
        help="time limit per notebook; default: 10",
    )
    command.add_argument(
        "--jobs", type=_at_least_one, metavar="N",
        help="number of notebooks graded in parallel; default: one per core, at most four",
    )  # fmt: skip
    command.add_argument(
        "--no-sandbox", action="store_true",
        help="run the notebooks as ordinary programs, which can do anything that you can do",
    )  # fmt: skip
    command.set_defaults(run=_grade)

    arguments = parser.parse_args(argv)
    try:
        return arguments.run(arguments)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except (ValueError, _CannotGrade) as error:
        print(f"fedtutor: {error}", file=sys.stderr)
        return 2


def _at_least_one(text):
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
    return int(text)


class _CannotGrade(Exception):
    """Something that grading needs is not installed."""


# Each command imports its own modules: `fedtutor --help` must not wait for TensorFlow.


def _doctor(_):
    from fedtutor import doctor

    return doctor.main()


def _demo(arguments):
    from fedtutor import demo

    return demo.main(arguments.rounds, arguments.clients)


def _lessons(arguments):
    from fedtutor import lessons

    update = lessons.copy_to(arguments.folder)
    names = ", ".join(path.stem for path in update.written)
    print(f"{arguments.folder}: {f'new or updated: {names}' if names else 'nothing new'}.")
    for path in update.outdated:
        print(
            f"{path} has a newer edition. You have worked in it, so it was left alone. To get the new "
            "edition, rename your copy and run this again."
        )
    return 0


def _course(arguments):
    _require_nbgrader()
    from fedtutor.grading import course

    names, changed = course.lay_out(arguments.folder, lessons=arguments.lessons)
    number = f"{len(names)} assignment{'s' * (len(names) != 1)}"
    print(f"The course in {arguments.folder} has {number}: {', '.join(names)}.")
    for path in changed:
        print(
            f"You have edited {path}, so it was not updated. To get our version, delete it first."
        )
    print("docs/instructors.md describes the next steps.")
    return 0


def _grade(arguments):
    _require_nbgrader()
    # A terminal that can't show a learner's name must not end the run.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace", line_buffering=True)
    print(f"Reading the notebooks in {arguments.submissions}.")  # loading nbgrader takes seconds
    from fedtutor.grading import grade, sandbox

    try:
        grade.grade(
            arguments.submissions,
            arguments.out,
            secret=arguments.secret,
            sandboxed=not arguments.no_sandbox,
            seconds=60 * arguments.minutes,
            jobs=arguments.jobs,
        )
    except sandbox.SandboxMissing as error:
        raise _CannotGrade(error) from None
    return 0


def _require_nbgrader():
    if importlib.util.find_spec("nbgrader") is None:
        raise _CannotGrade("This needs nbgrader: pip install 'fedtutor[teach]'.")
