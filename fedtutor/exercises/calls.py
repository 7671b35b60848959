"""Calling a learner's function, whatever it does.

It may raise, loop forever, print without end, end Python, change its arguments, or return anything at
all. A call always ends with a `Reply`, and nobody sees a traceback from fedtutor.
"""

import contextlib
import copy
import ctypes
import dis
import inspect
import io
import signal
import threading
import types
from dataclasses import dataclass
from typing import Any

from fedtutor.exercises import errors
from fedtutor.exercises.values import difference, plain

MOST_OUTPUT = 20_000  # characters


@dataclass(frozen=True)
class Reply:
    """How a call ended.

    Attributes:
        value: what the function returned, as `values.plain` writes it.
        problem: None, or a sentence about why it returned nothing.
        changed: the number of the first argument that it changed, or None.
    """

    value: Any = None
    problem: str | None = None
    changed: int | None = None


def call(function, args, *, limit, probe=None):
    """Call a learner's function with a copy of the arguments.

    Args:
        function: the learner's.
        args: a tuple; it is not changed.
        limit: in seconds.
        probe: a function that takes the learner's function and the arguments, and calls it; for
            arguments and results that are not plain values (see `probes`). None calls it directly.

    Returns:
        A `Reply`.
    """
    given = copy.deepcopy(args)
    try:
        with _time_limit(limit), _quiet(), _under_its_name(function):
            value = plain(ask(function, *given) if probe is None else probe(function, *given))
    except Unfit as error:
        return Reply(problem=str(error))
    except _OutOfTime:
        return Reply(
            problem=f"It does not come to an end: we waited {limit:g} seconds. Is there a loop "
            "that never stops?"
        )
    except _TooMuchOutput:
        return Reply(problem="It prints without end. Take the `print` out of the loop.")
    except KeyboardInterrupt:
        return Reply(problem="The check was interrupted. Run the cell again.")
    except SystemExit:
        return Reply(problem="It ends Python with `exit`. Use `return` instead.")
    except RecursionError:
        name = getattr(function, "__name__", "it")
        return Reply(
            problem=f"A function calls itself without end. Inside `{name}`, this name means your own "
            "function. If you mean an older one, copy its lines."
        )
    except BaseException as error:
        return Reply(problem=errors.in_words(error, function))
    changed = [number for number, (old, new) in enumerate(zip(args, given)) if _changed(old, new)]
    return Reply(value, changed=changed[0] if changed else None)


class Unfit(Exception):
    """A function can't be called this way; the message says why."""


def ask(function, *args):
    """Call a learner's function, if it takes this number of arguments.

    Raises:
        Unfit: it doesn't.
    """
    if not callable(function):
        raise Unfit(
            f"The task asks for a function, but this is a value of type {type(function).__name__}."
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions that are written in C have none
        return function(*args)
    try:
        signature.bind(*args)
    except TypeError:
        arguments = "one argument" if len(args) == 1 else f"{len(args)} arguments"
        raise Unfit(
            f"It is called with {arguments}, but yours takes {signature}. Leave the first line "
            "of the function as the task has it."
        ) from None
    return function(*args)


def is_untouched(function):
    """Whether the function's body is still the three dots (or `pass`), perhaps with a docstring."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    constants = {None, Ellipsis, function.__doc__}
    return code.co_names == () and code.co_code in _NOTHING and set(code.co_consts) <= constants


def argument_names(function):
    """The names of a function's arguments as a list; None if any name will do, or nobody knows."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return [parameter.name for parameter in parameters]


def returns_something(function):
    """Whether a function that is written in Python holds a `return` with a value."""
    own = inspect.unwrap(function) if callable(function) else function
    steps = dis.get_instructions(own.__code__) if hasattr(own, "__code__") else ()
    return any(
        step.opname == "RETURN_VALUE" or (step.opname == "RETURN_CONST" and step.argval is not None)
        for step in steps
    )


def unused_arguments(function):
    """The names of a function's arguments that neither it nor a function inside it reads; a list."""
    own = inspect.unwrap(function) if callable(function) else function
    code = getattr(own, "__code__", None)
    if code is None:
        return []
    read = set(code.co_cellvars)  # by a function inside it
    for step in dis.get_instructions(code):
        if "LOAD_FAST" in step.opname:  # one name, or two in one step
            read.update(step.argval if isinstance(step.argval, tuple) else [step.argval])
    return [name for name in code.co_varnames[: code.co_argcount] if name not in read]


def globals_read(function):
    """The names that a function, or one inside it, reads but doesn't define; a set."""
    own = inspect.unwrap(function) if callable(function) else function
    return _globals_of(getattr(own, "__code__", None))


def _globals_of(code):
    if not isinstance(code, types.CodeType):
        return set()
    names = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    return names.union(*(_globals_of(inner) for inner in code.co_consts))


def _dots(): ...


def _explained_dots():
    """A docstring is the first of the constants."""
    ...


_NOTHING = {_dots.__code__.co_code, _explained_dots.__code__.co_code}


def _changed(old, new):
    try:
        return difference(plain(old), plain(new), tolerance=0.0) is not None
    except Exception:
        return False


@contextlib.contextmanager
def _under_its_name(function):
    """In the block, a function's name means the function itself, as it will after its definition.

    In a lesson the check runs earlier, when the name may still belong to an older function.
    """
    own = inspect.unwrap(function) if callable(function) else function
    names, name = getattr(own, "__globals__", {}), getattr(own, "__name__", None)
    before = names.get(name, _NO_VALUE)
    names[name] = function
    try:
        yield
    finally:
        if before is _NO_VALUE:
            names.pop(name, None)
        else:
            names[name] = before


_NO_VALUE = object()


class _OutOfTime(BaseException):
    pass


class _TooMuchOutput(BaseException):
    pass


class _Limited(io.TextIOBase):
    """Takes what is printed, up to a limit."""

    def __init__(self):
        self._left = MOST_OUTPUT

    def writable(self):
        return True

    def write(self, text):
        self._left -= len(text)
        if self._left < 0:
            raise _TooMuchOutput
        return len(text)


@contextlib.contextmanager
def _quiet():
    """Hide what is printed: a check calls the function many times."""
    output = _Limited()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        yield


@contextlib.contextmanager
def _time_limit(seconds):
    """Raise `_OutOfTime` in the block when the time is up, and again if the block catches it."""
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        limit = _by_signal(seconds)
    else:
        limit = _by_thread(seconds)
    with limit:
        yield


@contextlib.contextmanager
def _by_signal(seconds):
    def ring(*_):
        raise _OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _by_thread(seconds):
    """For Windows, and for threads: can't end a call inside C code."""
    caller, over = threading.get_ident(), threading.Event()

    def ring():
        wait = seconds
        while not over.wait(wait):
            raising = ctypes.py_object(_OutOfTime)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(caller), raising)
            wait = 0.2

    watch = threading.Thread(target=ring, daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()
