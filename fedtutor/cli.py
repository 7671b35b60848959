"""The command `fedtutor`."""

import argparse
import importlib.util
import sys

import fedtutor


def main(argv=None):
    """Run one of the commands.

    Args:
        argv: the words after `fedtutor`; those of the command line without it.

    Returns:
        The exit status: 0 where all went well.
    """
    parser = argparse.ArgumentParser(
        prog="fedtutor", description="A course on federated learning, from one computer to many."
    )
    parser.add_argument("--version", action="version", version=f"fedtutor {fedtutor.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = commands.add_parser(
        "doctor", help="what is installed, what is right, what is wrong, and what mends it"
    )
    command.set_defaults(run=_doctor)

    command = commands.add_parser(
        "demo", help="lesson 00 in the terminal: five federated rounds on real digits"
    )
    command.add_argument("--rounds", type=int, default=5, metavar="N", help="default: 5")
    command.add_argument(
        "--clients", type=int, default=10, metavar="N", help="how many take part; default: 10"
    )
    command.set_defaults(run=_demo)

    command = commands.add_parser(
        "course",
        help="lay out a course for nbgrader, or bring one up to date: one assignment a lesson",
    )
    command.add_argument("folder", metavar="DIR", help="a new folder, or a course's")
    command.add_argument(
        "--lesson", action="append", dest="lessons", metavar="NAME",
        help="such as 03_averaging_by_hand; may be said several times; default: all",
    )  # fmt: skip
    command.set_defaults(run=_course)

    command = commands.add_parser(
        "grade", help="grade a folder of notebooks: grades.csv, and a page of feedback for each"
    )
    command.add_argument("submissions", metavar="SUBMISSIONS", help="the folder; any file names")
    command.add_argument(
        "--out",
        default="grades",
        metavar="DIR",
        help="where the results go, beside those of earlier runs; default: grades",
    )
    command.add_argument(
        "--secret", metavar="TEXT", help="what the checks' numbers follow from; default: as before"
    )
    command.add_argument(
        "--minutes", type=float, default=10, metavar="N", help="for one notebook; default: 10"
    )
    command.add_argument(
        "--jobs", type=_at_least_one, metavar="N",
        help="how many notebooks side by side; default: one for each core, four at most",
    )  # fmt: skip
    command.add_argument(
        "--no-sandbox", action="store_true",
        help="run the notebooks as programs of yours, which may do whatever you may do",
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
        raise argparse.ArgumentTypeError(f"at least 1 is needed, not {text}")
    return int(text)


class _CannotGrade(Exception):
    """Something that grading needs is not installed."""


# The commands are imported where they are called: `fedtutor --help` must not wait for TensorFlow.


def _doctor(_):
    from fedtutor import doctor

    return doctor.main()


def _demo(arguments):
    from fedtutor import demo

    return demo.main(arguments.rounds, arguments.clients)


def _course(arguments):
    _need_nbgrader()
    from fedtutor.grading import course

    names, changed = course.lay_out(arguments.folder, lessons=arguments.lessons)
    print(f"A course with {len(names)} assignments is in {arguments.folder}: {', '.join(names)}.")
    for path in changed:
        print(f"{path} stays as you have changed it. Delete it first if you want ours.")
    print("docs/instructors.md tells how to go on.")
    return 0


def _grade(arguments):
    _need_nbgrader()
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


def _need_nbgrader():
    if importlib.util.find_spec("nbgrader") is None:
        raise _CannotGrade("This needs nbgrader: pip install 'fedtutor[teach]'.")
