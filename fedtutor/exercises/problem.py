"""How a lesson declares its exercises.

In the lesson, a learner's function is checked as soon as it is defined:

    from fedtutor.exercises import averaging_by_hand as exercise

    @exercise.weighted_average
    def weighted_average(client_weights, num_examples):
        ...
"""

import ast
import functools
import inspect

from fedtutor.exercises import view
from fedtutor.exercises.functions import Case as Case
from fedtutor.exercises.functions import FunctionExercise
from fedtutor.exercises.functions import mistake as mistake
from fedtutor.exercises.outcome import CORRECT, NOT_ATTEMPTED
from fedtutor.exercises.questions import ChoiceExercise, ValueExercise


class Lesson:
    """The exercises of one lesson, in their order.

    Args:
        notebook: the lesson's file name without its ending, such as "03_averaging_by_hand".
        hides: functions of fedtutor that would give an answer away, as {module: their names}. In
            grading, each is hidden until the exercise of the same name has been judged. "Class.method"
            hides a method.
        calls: a function that returns the calls of hidden functions that the lesson itself makes above
            their exercises, as (name, args, settings). Their results, and no others, are known.
    """

    def __init__(self, notebook, hides=None, calls=tuple):
        self.notebook, self.hides, self.calls = notebook, hides or {}, calls
        self.exercises = {}

    @property
    def module(self):
        return self.notebook.partition("_")[2]

    def function(self, **settings):
        """Declare an exercise whose answer is a function; decorates a class, see `FunctionExercise`."""
        return functools.partial(self._declare, FunctionExercise, settings)

    def value(self, **settings):
        """Declare an exercise whose answer is a value; decorates a class, see `ValueExercise`."""
        return functools.partial(self._declare, ValueExercise, settings)

    def choice(self, **settings):
        """Declare a multiple-choice question; decorates a class, see `ChoiceExercise`."""
        return functools.partial(self._declare, ChoiceExercise, settings)

    def _declare(self, kind, settings, declaration):
        exercise = kind(self, declaration, **settings)
        self.exercises[exercise.name] = exercise
        return exercise

    def summary(self):
        """Show which exercises are solved and which are left."""
        everybody = self.exercises.values()
        done = [exercise for exercise in everybody if exercise.solved]
        earned, total = (sum(e.points for e in some) for some in (done, everybody))
        status = {e: CORRECT if e.solved else e.status for e in everybody}
        rows = [
            repr(view.Note(f"{e.number} {e.name}: {status[e]}", status=status[e]))
            for e in everybody
        ]
        view.show(
            view.Note(
                f"{len(done)} of {len(everybody)} exercises, {earned} of {total} points",
                status=CORRECT if len(done) == len(everybody) else NOT_ATTEMPTED,
                code="\n".join(rows),
            )
        )


def imports_of(module):
    """The import statements of a module, as text, except those of how exercises are declared."""
    return "\n".join(map(ast.unparse, _imports_in(module)))


def standalone_solution(exercise):
    """The course's solution of an exercise with a function, below the imports that it needs, as text."""
    source, needed = exercise.solution_source(), []
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    for node in _imports_in(inspect.getmodule(exercise.solve)):
        node.names = [
            part for part in node.names if (part.asname or part.name).partition(".")[0] in names
        ]
        needed += [ast.unparse(node)] if node.names else []
    return "\n".join(needed) + f"\n\n\n{source}\n"


def _imports_in(module):
    return [
        node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and not getattr(node, "module", "").startswith("fedtutor.exercises")
    ]
