"""The command `fedtutor`."""

import argparse
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

    arguments = parser.parse_args(argv)
    try:
        return arguments.run(arguments)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except ValueError as error:
        print(f"fedtutor: {error}", file=sys.stderr)
        return 2


# The commands are imported where they are called: `fedtutor --help` must not wait for TensorFlow.


def _doctor(_):
    from fedtutor import doctor

    return doctor.main()


def _demo(arguments):
    from fedtutor import demo

    return demo.main(arguments.rounds, arguments.clients)
