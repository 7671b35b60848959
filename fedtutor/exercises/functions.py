"""Exercises whose answer is a function."""

import contextlib
import importlib
import inspect
import pickle
import re
import textwrap

from fedtutor.exercises import calls, values, view
from fedtutor.exercises.base import CheckFailed, Exercise, OwnAnswer
from fedtutor.exercises.numeric import numeric_slip
from fedtutor.exercises.values import difference, plain


class Case:
    """Arguments to call a function with.

    Args:
        args: plain values.
        about: what is special here, such as "with a single client"; None for ordinary cases.
    """

    def __init__(self, *args, about=None):
        self.args, self.about = args, about


def mistake(message):
    """Mark a function as a wrong answer that learners write, and say what is wrong with it."""

    def mark(function):
        function.misconception = message
        return function

    return mark


class FunctionExercise(Exercise):
    """An exercise whose answer is a function. Used as its decorator, it checks what is defined.

    The declaring class holds functions (not methods):

    - `solution`: the course's own, complete by itself but for the module's imports; it is shown;
    - `cases(rng)`: yields `Case`s, first ordinary ones, then edge cases. What is drawn from `rng`
      differs in grading;
    - any number of functions marked with `mistake`: wrong answers that learners write. An answer with
      the same results gets its message. They may be inherited, from a class that holds nothing else;
    - `explained`, a dictionary: what to say instead of a message that contains a text, or that a
      compiled pattern finds something in;
    - `of_the_lesson`, a dictionary: names of the lesson that learners use instead of one of the
      function's arguments, and that argument, or what to say (a sentence);
    - `verify(result, *args)`, if more than one result is right: returns None or a sentence. Without it,
      results are compared with the solution's.

    Args:
        tolerance: how far two floats may be apart, see `values.difference`.
        limit: how many seconds a call may take.
        probe: how the function is tried if its arguments or results are not plain values; one of the
            functions in `probes`.
        repeatable: whether two calls with the same arguments must return the same.
        keep_inputs: whether the function must leave its arguments as they are.
        arrays: whether a list of numbers is wrong where the solution returns an array.
    """

    def __init__(
        self,
        lesson,
        declaration,
        *,
        tolerance=1e-5,
        limit=5.0,
        probe=None,
        repeatable=True,
        keep_inputs=True,
        arrays=False,
        **settings,
    ):
        super().__init__(lesson, declaration, **settings)
        self.tolerance, self.limit, self.probe = tolerance, limit, probe
        self._repeatable, self._keep_inputs = repeatable, keep_inputs
        self._arrays = arrays
        self.solve = declaration.solution
        self.solve.__name__ = self.solve.__qualname__ = self.name
        held = [thing for part in inspect.getmro(declaration) for thing in vars(part).values()]
        self.mistakes = [thing for thing in held if hasattr(thing, "misconception")]
        self.yours = None
        self._replies = {}

    def __call__(self, function):
        """Check a learner's function.

        Returns:
            The function itself if it is correct; else the course's solution, so that the lesson goes
            on. `yours` is then the learner's.
        """
        self.yours = function
        own = inspect.unwrap(function) if callable(function) else function
        attempted = not (own is self.solve or own is self or calls.is_untouched(function))
        self._take(OwnAnswer(attempted, function))
        if self.outcome.solved:
            self._show()
            return function
        yours = f" Yours is `exercise.{self.name}.yours`." if attempted else ""
        self._show(
            self._stuck,
            f"Until your function is correct, `{self.name}` is the course's solution.{yours}",
            "↓ What this cell prints below comes from the course's solution. ↓",
        )
        return self.solve

    def check(self, *_):
        """Say how a function is checked; values have a `check`, and learners try it here too."""
        view.show(
            view.Note(self.name, f"To check your function, write `@exercise.{self.name}` above it.")
        )

    def _is_ours(self, value):
        return value is self.solve

    @property
    def _unchecked(self):
        return f"Your function has not been checked. Is `@exercise.{self.name}` above it?"

    def solution_source(self):
        source = textwrap.dedent(inspect.getsource(self.solve))
        return re.sub(r"^def \w+\(", f"def {self.name}(", source).rstrip()

    @property
    def _right_answer(self):
        return self.solve

    @property
    def parameters(self):
        """The names of the function's arguments."""
        return list(inspect.signature(self.solve).parameters)

    def _complaint(self, answer, rng):
        complaint = self._found_wrong(answer, rng)
        if complaint is None:
            return self._renamed(answer)
        return self._of_the_lesson(answer) or self._explanation(complaint) or complaint

    def _explanation(self, complaint):
        explained = getattr(self._declaration, "explained", {})
        return next((said for text, said in explained.items() if _found(text, complaint)), None)

    def _renamed(self, answer):
        """A message if the lesson can't call the learner's function by its arguments' names, or None.

        In grading it is always None, as below.
        """
        own = calls.argument_names(getattr(answer, "value", None))
        if own is None or set(self.parameters) <= set(own):
            return None
        return (
            f"It works, but its arguments are called {', '.join(own)}, where the task has "
            f"{', '.join(self.parameters)}. Leave the first line of the function as the task has it."
        )

    def _of_the_lesson(self, answer):
        """A message if the learner's function reads one of the lesson's variables, or None.

        In grading it is always None, because the function is in another process.
        """
        read = calls.globals_read(getattr(answer, "value", None))
        for name, argument in getattr(self._declaration, "of_the_lesson", {}).items():
            if name in read:
                if " " in argument:
                    return argument
                return (
                    f"You use `{name}`, which is the lesson's. Use `{argument}`, your function's own "
                    "argument."
                )
        return None

    def _found_wrong(self, answer, rng):
        right, wrong = [], []
        for number, case in enumerate(self._declaration.cases(rng)):
            with self._put_aside():
                reply = answer.call(self, case.args)
            if reply.problem is not None and wrong and not self._explanation(reply.problem):
                break
            if reply.problem is not None:
                # Not if it is the first case: then it may happen in every other one too.
                special = number > 0 and case.about is not None
                return reply.problem + (f" This happens {case.about}." if special else "")
            if reply.changed is not None and self._keep_inputs:
                return (
                    f"It changes `{self.parameters[reply.changed]}`, which belongs to the caller. "
                    "Work with a copy, or build something new."
                )
            found = self._judge(case, reply.value)
            if found is not None:
                wrong.append((case, reply, found))
                continue
            right.append((case, reply))
            if number == 0 and self._repeatable:
                again = answer.call(self, case.args)
                if difference(reply.value, again.value, tolerance=self.tolerance) is not None:
                    return "Called twice with the same arguments, it gives two different results."
        if not wrong:
            return None
        replies = [*right, *(pair[:2] for pair in wrong)]
        known = None
        if reply.problem is None:
            known = self._known_mistake(replies) or self._numeric_slip(replies)
        return self._returned(*wrong[0][:2]) + known if known else self._first_of(wrong, answer)

    @contextlib.contextmanager
    def _put_aside(self):
        """In the block, fedtutor's own version of the exercise's function refuses to run.

        Whatever name it was imported under: the function itself is changed.
        """
        functions = {
            f"{name}.{self.name}": getattr(importlib.import_module(f"fedtutor.{name}"), self.name)
            for name, functions in self.lesson.hides.items()
            if self.name in functions
        }
        kept = [function.__code__ for function in functions.values()]
        for name, function in functions.items():
            function.__code__ = _refusing(name)
        try:
            yield
        finally:
            for function, code in zip(functions.values(), kept):
                function.__code__ = code

    def _judge(self, case, value):
        verify = getattr(self._declaration, "verify", None)
        if verify is None:
            expected = self._expected(case)
            found = difference(expected, value, tolerance=self.tolerance)
            if found is None and self._arrays and values.has_lists_for_arrays(expected, value):
                return _LISTS
            return found
        if value is None or isinstance(value, values.Other):
            return difference([], value)
        return verify(value, *case.args)

    def _expected(self, case):
        """What the course's solution returns."""
        reply = self._call(self.solve, case)
        if reply.problem is not None:  # perhaps the machine was busy
            raise CheckFailed(f"the course's own solution failed. {reply.problem}")
        return reply.value

    def _call(self, function, case):
        """The reply of one of the course's own functions, a solution or a mistake: computed only once.

        So a second answer is checked faster than the first.
        """
        try:
            key = function, pickle.dumps(case.args)
        except Exception:  # a model, a function: there is no telling whether it is the same one
            key = None
        if key in self._replies:
            return self._replies[key]
        reply = calls.call(function, case.args, limit=10 * self.limit, probe=self.probe)
        if key is not None and reply.problem is None:
            self._replies[key] = reply
        return reply

    def forget(self):
        self._replies.clear()

    def _known_mistake(self, replies):
        """The misconception that explains every result, the right ones too; or None."""
        for function in self.mistakes:
            if all(self._agrees(function, case, reply) for case, reply in replies):
                return function.misconception
        return None

    def _numeric_slip(self, replies):
        if hasattr(self._declaration, "verify"):
            return None
        expected = (self._expected(case) for case, _ in replies)
        return numeric_slip(list(zip(expected, (reply.value for _, reply in replies))))

    def _agrees(self, function, case, reply):
        same = self._call(function, case)
        return (
            same.problem is None
            and difference(same.value, reply.value, tolerance=self.tolerance) is None
        )

    def _first_of(self, wrong, answer):
        case, reply, found = wrong[0]
        if reply.value is None and calls.returns_something(getattr(answer, "value", None)):
            return f"{self._begin(case)} returned None. It has a `return`, but didn't reach it."
        verified = hasattr(self._declaration, "verify")
        if reply.value is None or (verified and isinstance(reply.value, values.Other)):
            return f"It returned {found}"
        if verified:
            return found
        return f"{self._begin(case)} returned {found}{self._unused(answer)}"

    def _unused(self, answer):
        """Which of the task's arguments the learner's function never reads, as a sentence, or "".

        In grading it is always "", as above.
        """
        needed = set(self.parameters).difference(calls.unused_arguments(self.solve))
        unused = calls.unused_arguments(getattr(answer, "value", None))
        names = [f"`{name}`" for name in unused if name in needed]
        names = " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
        return f" Your function doesn't use {names}." if names else ""

    def _returned(self, case, reply):
        """What the learner's function returned, as a sentence; "" if that is too long to read."""
        call, value = self._readable_call(case), values.short(reply.value)
        if call is None or len(value) > 60 or "…" in value or "array" in value:
            return ""
        return f"{call} returned {value}. "

    def _begin(self, case):
        """The beginning of a sentence: the case and the call, if that is short enough to read."""
        about = f"{case.about}, " if case.about else ""
        text = about + (self._readable_call(case) or "it")
        return text[0].upper() + text[1:]

    def _readable_call(self, case):
        """The call as code; None if that is too long to read, or if a probe makes a different call."""
        args = ", ".join(values.short(plain(arg)) for arg in case.args)
        if self.probe is not None or len(args) > 100 or re.search("…|array", args):
            return None
        return f"`{self.name}({args})`"


_LISTS = (
    "lists of numbers, where arrays are expected: a Keras model takes only arrays as its weights. "
    "Leave out `.tolist()`, or turn each list into an array with `np.array`."
)


def _found(text, complaint):
    return text.search(complaint) if isinstance(text, re.Pattern) else text in complaint


def _refusing(name):
    """The code of a function that refuses to run."""

    def refuse(*args, **kwargs):
        raise RuntimeError("`NAME` is put aside here: write it yourself.")

    code = refuse.__code__
    texts = [c.replace("NAME", name) if isinstance(c, str) else c for c in code.co_consts]
    return code.replace(co_consts=tuple(texts))
