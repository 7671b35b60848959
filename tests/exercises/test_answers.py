"""What the checks say to answers that learners write, right and wrong (see answers.py)."""

import ast
import copy
import dis
import json
import linecache
import re
import types

import numpy as np
import pytest

from fedtutor.exercises import calls, problem
from fedtutor.exercises.base import OwnAnswer
from fedtutor.exercises.functions import FunctionExercise
from fedtutor.exercises.outcome import BROKEN, CORRECT, NOT_ATTEMPTED, NOT_YET
from fedtutor.grading import cells
from tests.conftest import ROOT
from tests.exercises.answers import answers_to, every_exercise
from tests.exercises.filling import solution_seen

# Wrong answers divide by zero. Nobody sees NumPy's warning of it: a check shows nothing of what is printed.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

EXERCISES = every_exercise()
FUNCTIONS = [e for e in EXERCISES if isinstance(e, FunctionExercise)]


def named(exercise):
    return f"{exercise.lesson.module}.{exercise.name}"


def outcome(exercise, value, seed=0):
    return exercise.examine(OwnAnswer(True, value), seed)


def cases():
    for exercise in EXERCISES:
        found = answers_to(exercise)
        for number, (value, text) in enumerate(found.all if found else []):
            yield pytest.param(exercise, value, text, id=f"{named(exercise)}-{number}")


@pytest.mark.parametrize("exercise, value, text", list(cases()))
def test_an_answer_gets_the_message_it_must_get(exercise, value, text):
    result = outcome(exercise, value)
    if text is None:
        assert result.status == CORRECT, result.message
    else:
        assert result.status == NOT_YET and text in result.message, result


@pytest.mark.parametrize("exercise", EXERCISES, ids=named)
def test_each_exercise_has_enough_right_and_wrong_answers(exercise):
    found = answers_to(exercise)
    assert found is not None, f"write tests/exercises/{exercise.lesson.module}/{exercise.name}.py"
    right = [value for value, text in found.all if text is None]
    texts = {text for _, text in found.all if text is not None}
    assert len(right) >= 3 and len(texts) >= 4


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=named)
def test_each_known_mistake_is_named(exercise):
    """So none gets a message that was meant for another one."""
    for function in exercise.mistakes:
        wrong = copy.copy(function)
        result = outcome(exercise, wrong)
        assert result.status == NOT_YET and result.message.endswith(function.misconception)


@pytest.mark.parametrize("exercise", EXERCISES, ids=named)
def test_an_exercise_has_hints_and_a_solution_that_works_as_it_is_shown(exercise):
    assert 1 <= len(exercise.hints) <= 3 and exercise.points > 0 and exercise.minutes > 0
    namespace = {}
    if exercise in FUNCTIONS:
        exec(problem.standalone_solution(exercise), namespace)
        for seed in (0, 1):
            result = outcome(exercise, namespace[exercise.name], seed)
            assert result.status == CORRECT, result.message
    else:
        assert exercise.solution_source().startswith(f"{exercise.name} = ")


def defined_before(exercise):
    """What a lesson defines above the answer's cell: {name: the last statement that does}.

    These are imports, functions and simple assignments; of an earlier exercise's function, the course's
    own version instead.
    """
    notebook = json.loads((ROOT / "notebooks" / f"{exercise.lesson.notebook}.ipynb").read_text())
    found = {}
    for cell in notebook["cells"]:
        name = cells.answer_in(cell)
        if name == exercise.name:
            return found
        if name is not None:
            found[name] = exercise.lesson.exercises[name]
        elif cell["cell_type"] == "code":
            for node in ast.parse("".join(cell["source"])).body:
                found |= dict.fromkeys(_names_defined(node), node)
    raise LookupError(f"{exercise.lesson.notebook} has no cell for {exercise.name}")


def _names_defined(node):
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(part.asname or part.name).partition(".")[0] for part in node.names]
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    return [part.id for part in getattr(node, "targets", ()) if isinstance(part, ast.Name)]


def names_needed(code):
    """The names that a piece of code, or a function in it, reads but doesn't define."""
    names = {
        i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    inner = (part for part in code.co_consts if isinstance(part, types.CodeType))
    return names.union(*map(names_needed, inner))


def run_as_in_the_lesson(text, definitions, namespace):
    """Run a text after those definitions that it needs, and those that they need."""
    # TensorFlow compiles functions from their source, as it finds that of a notebook's cells.
    file = f"<lesson {len(linecache.cache)}>"
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    code = compile(text, file, "exec")
    for name in sorted(names_needed(code).intersection(definitions).difference(namespace)):
        definition = definitions[name]
        if isinstance(definition, ast.AST):
            namespace[name] = None  # for functions that call themselves
            run_as_in_the_lesson(ast.unparse(definition), definitions, namespace)
        else:
            namespace[name] = definition.solve
    exec(code, namespace)


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=named)
def test_the_solution_that_is_shown_runs_in_its_cell_as_it_stands(exercise):
    namespace = {}
    run_as_in_the_lesson(solution_seen(exercise), defined_before(exercise), namespace)
    result = outcome(exercise, namespace[exercise.name])
    assert result.status == CORRECT, result.message


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=named)
def test_the_solution_that_is_shown_calls_functions_by_the_names_that_the_lesson_uses(exercise):
    assert "fedtutor" not in solution_seen(exercise)


def test_after_a_wrong_answer_a_learner_is_told_whose_result_the_cell_prints(capsys):
    lesson = problem.Lesson("99_test")

    @lesson.function(points=1, minutes=1, hints=("none",))
    class double:
        def solution(x):
            return 2 * x

        def cases(rng):
            yield problem.Case(1)

    assert double(lambda x: x)(3) == 6 and double.yours(3) == 3
    said = capsys.readouterr().out
    assert "Yours is `exercise.double.yours`." in said
    # The last thing before what the cell prints.
    assert (
        said.splitlines()[-1] == "↓ What this cell prints below comes from the course's solution. ↓"
    )
    assert "`double(1)` returned 1, where 2 is expected." in said


@pytest.fixture
def triple():
    lesson = problem.Lesson("99_test")

    @lesson.function(points=2, minutes=1, hints=("none",))
    class triple:
        def solution(x):
            return 3 * x

        def cases(rng):
            yield problem.Case(2)
            yield problem.Case(5)

        @problem.mistake("This is the third power.")
        def cubed(x):
            return x**3

    return triple


def test_a_known_mistake_comes_after_the_learners_own_value(triple):
    triple(lambda x: x * x * x)
    assert triple.outcome.message == "`triple(2)` returned 8. This is the third power."


def test_points_once_earned_stay_earned(triple, capsys, monkeypatch):
    triple(lambda x: x + x + x)
    triple(lambda x: x)
    said = capsys.readouterr().out
    assert triple.outcome.status == NOT_YET and "you keep its points" in said
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    triple.earned()
    triple.lesson.summary()
    said = capsys.readouterr().out
    assert "Exercise 1: 2 of 2 points." in said
    assert "1 of 1 exercises, 2 of 2 points" in said and "✓ 1 triple: correct" in said


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=named)
def test_the_dots_are_no_attempt_and_neither_is_the_courses_own_solution(exercise, capsys):
    def untouched(*args):
        # Replace the dots.
        ...

    def explained(*args):
        """With a docstring."""
        ...

    for function in (untouched, explained, exercise.solve, exercise):
        assert exercise(function) is exercise.solve
        assert exercise.outcome.status == NOT_ATTEMPTED
    exercise.outcome, exercise.solved = type(exercise.outcome)(NOT_ATTEMPTED), False


def test_the_exercises_are_enough():
    per_lesson = {}
    for exercise in EXERCISES:
        per_lesson.setdefault(exercise.lesson.module, []).append(exercise)
    assert all(3 <= len(found) <= 5 for found in per_lesson.values())
    assert len(EXERCISES) >= 18


def test_an_argument_that_a_wrong_function_never_reads_is_named():
    lesson = problem.Lesson("99_test")

    @lesson.function(points=1, minutes=1, hints=("none",))
    class added:
        def solution(x, y, unneeded):
            return x + y

        def cases(rng):
            yield problem.Case(1, 2, 3)

    def constant(x, y, unneeded):
        return x + 5

    def of_neither(x, y, unneeded):
        return 5

    def in_another_function(x, y, unneeded):
        return sum(2 * number for number in [y] for _ in [x])

    def other_names(a, b, c):
        return a

    known = {constant: " doesn't use `y`.", of_neither: " doesn't use `x` or `y`."}
    for function in (constant, of_neither, in_another_function, other_names):
        message = outcome(added, function).message
        assert message.endswith(known.get(function, "where 3 is expected.")), message


def test_lists_are_no_arrays_where_the_lesson_needs_arrays():
    lesson = problem.Lesson("99_test")

    class doubled:
        def solution(arrays):
            return [2 * array for array in arrays]

        def cases(rng):
            yield problem.Case([np.ones(3), np.ones((2, 2)), np.array(1.0)])

    strict = lesson.function(points=1, minutes=1, hints=("none",), arrays=True)(doubled)

    def as_lists(arrays):
        return [(2 * array).tolist() for array in arrays]

    def as_arrays(arrays):
        return tuple(2 * np.array(array) for array in arrays)

    assert (
        "returned lists of numbers, where arrays are expected" in outcome(strict, as_lists).message
    )
    assert outcome(strict, as_arrays).status == CORRECT
    lenient = lesson.function(points=1, minutes=1, hints=("none",))(doubled)
    assert outcome(lenient, as_lists).status == CORRECT


def test_mistakes_can_be_inherited_and_a_pattern_can_explain_a_message():
    lesson = problem.Lesson("99_test")

    class Mistakes:
        @problem.mistake("This is the square.")
        def squared(x):
            return x**2

    @lesson.function(points=1, minutes=1, hints=("none",))
    class halved(Mistakes):
        explained = {re.compile(r"in the line `.*//.*`: Zero"): "Don't divide by zero."}

        def solution(x):
            return x / 2

        def cases(rng):
            yield problem.Case(3)

    assert outcome(halved, lambda x: x * x).message == "`halved(3)` returned 9. This is the square."
    assert outcome(halved, lambda x: x // 0).message == "Don't divide by zero."
    assert "ZeroDivisionError" in outcome(halved, lambda x: x % 0).message


def test_if_the_courses_own_solution_fails_nothing_is_right_or_wrong(monkeypatch):
    @problem.Lesson("00_start_here").function(points=1, minutes=1, hints=())
    class twice:
        def solution(x):
            return 2 * x

        def cases(rng):
            yield problem.Case(3)

    def busy(function, args, **settings):
        if function is twice.solve:
            return calls.Reply(problem="It does not come to an end.")
        return call(function, args, **settings)

    call = calls.call
    monkeypatch.setattr(calls, "call", busy)
    for answer in (lambda x: 2 * x, lambda x: None, lambda x: 3):
        found = twice.examine(OwnAnswer(True, answer), 0)
        assert found.status == BROKEN and "does not come to an end" in found.message


# The abuse: whatever the exercise, one clear sentence.


def raises(*args):
    return args[0].no_such_thing


def never_ends(*args):
    while True:
        pass


def catches_everything(*args):
    while True:
        try:
            pass
        except BaseException:
            pass


def prints_without_end(*args):
    while True:
        print("here")


def forgets_to_return(*args):
    len(args)


def ends_python(*args):
    raise SystemExit


def gives_something_else(*args):
    return object()


def takes_nothing():
    return 0


ABUSE = {
    raises: "It raises an error",
    never_ends: "does not come to an end",
    catches_everything: "does not come to an end",
    prints_without_end: "prints without end",
    forgets_to_return: "Is the `return` missing?",
    ends_python: "It ends Python",
    gives_something_else: "type object",
    takes_nothing: "yours takes ()",
}
ENDLESS = (never_ends, catches_everything)


@pytest.mark.parametrize("function", ABUSE, ids=lambda function: function.__name__)
@pytest.mark.parametrize("exercise", FUNCTIONS, ids=named)
def test_abuse_of_any_exercise_gets_one_clear_sentence(exercise, function, capfd, monkeypatch):
    if function in ENDLESS:  # the others end by themselves, sooner or later
        monkeypatch.setattr(exercise, "limit", 0.2)
    result = outcome(exercise, function)
    assert result.status == NOT_YET and ABUSE[function] in result.message, result
    assert "Traceback" not in result.message and len(result.message) < 300
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=named)
def test_no_function_at_all_is_no_answer(exercise):
    for value in (3, "text", [1, 2]):
        assert outcome(exercise, value).status == NOT_YET


def test_an_error_is_put_on_what_is_special_in_a_case_only_where_another_case_went_well():
    lesson = problem.Lesson("99_test")

    @lesson.function(points=1, minutes=1, hints=("none",))
    class double:
        def solution(x):
            return 2 * x

        def cases(rng):
            yield problem.Case(1, about="with a one")
            yield problem.Case(0, about="with a zero")

    message = outcome(double, lambda x: 2 * x + []).message
    assert "TypeError" in message and "with a one" not in message
    message = outcome(double, lambda x: 2 // x).message
    assert "ZeroDivisionError" in message and message.endswith(" This happens with a zero.")


def test_from_a_thread_an_endless_loop_ends_too():
    import threading

    replies = []

    def check():
        replies.append(calls.call(never_ends, (), limit=0.3))

    thread = threading.Thread(target=check)
    thread.start()
    thread.join(10)
    assert "does not come to an end" in replies[0].problem
