"""The exercises of the lessons: one module a lesson, and what checks them.

    problem     how a lesson declares its exercises
    functions   exercises whose answer is a function
    questions   exercises whose answer is a value, or one of a few letters
    base        what all kinds share: hints, points, how an answer is examined
    outcome     the outcome of a check
    view        how it is shown
    calls       calling a learner's function, whatever it does
    errors, error_texts
                what to say about an exception
    probes      how to try a function that takes or returns models, data sets or computations
    tff_probes  the same for lesson 04
    model_cases what functions that train are tried with
    round_solutions, round_mistakes, client_mistakes
                answers, right and wrong, to exercises on a round of federated averaging
    round_parts what these have in common
    tff_cases, tff_parts, tff_explained
                what the functions of lesson 04 are tried with, what right and wrong answers have in
                common, and what to say in place of an error
    values      what functions take and return, and how two of them differ
    numeric     values that hold nothing but numbers
    examined    the other end of the connection: the learner's process under `fedtutor grade`
    codec       plain values as bytes, for that connection

The lessons' modules are named after their notebooks, without the number: `averaging_by_hand` holds
the exercises of notebooks/03_averaging_by_hand.ipynb. Lesson: 00_start_here shows how to use them.
"""

import importlib

LESSONS = (
    "start_here",
    "one_computer",
    "many_devices",
    "averaging_by_hand",
    "averaging_with_tff",
    "who_benefits",
    "drift",
    "server_optimizers",
    "personal_models",
    "fewer_bytes",
)


def lesson(module):
    """The exercises of a lesson.

    Args:
        module: its name, one of `LESSONS`.

    Returns:
        A `problem.Lesson`.

    Raises:
        ValueError: there is no such lesson.
    """
    if module not in LESSONS:
        raise ValueError(f"There is no lesson {module!r}. The lessons are {', '.join(LESSONS)}.")
    return importlib.import_module(f"fedtutor.exercises.{module}").lesson
