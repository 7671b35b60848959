"""Makes the copy of the course's package that a learner's notebook sees while it is graded.

The copy lacks everything that answers an exercise of the lesson: the lessons' exercises with their
solutions, what only these need, and the functions that the lesson `hides`.
"""

import ast
import importlib
import inspect
import shutil
from collections.abc import Collection
from pathlib import Path

import fedtutor
from fedtutor.exercises import codec, examined
from fedtutor.exercises.problem import Lesson
from fedtutor.exercises.values import plain

PACKAGE = Path(fedtutor.__file__).resolve().parent

# The modules of fedtutor.exercises that hold no answers. A new one stays outside until it is listed here.
_WITHOUT_ANSWERS = (
    "__init__", "base", "calls", "codec", "error_texts", "errors", "examined", "functions", "numeric",
    "outcome", "probes", "problem", "questions", "tff_probes", "values", "view",
)  # fmt: skip

_STAND_IN_MODULE = '''"""Replaces a lesson's exercises while the lesson is graded."""

from fedtutor.exercises.examined import attribute, keep_name


def __getattr__(name):
    return attribute({module!r}, name)
'''
# Imported where it is used, because exercises are on a higher floor than most modules.
_REFUSES = """\
given = locals()
from fedtutor.exercises import examined
return examined.known({name!r}, given)
"""


def write(folder: Path, lesson: Lesson) -> None:
    """Write the package without what answers a lesson's exercises.

    Args:
        folder: where the copy goes, as `folder / "fedtutor"`.
        lesson: the lesson that is graded.
    """
    copy = folder / "fedtutor"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "_data"))
    for path in (copy / "exercises").iterdir():
        if path.stem not in _WITHOUT_ANSWERS:
            path.unlink()
    for module in fedtutor.exercises.LESSONS:
        path = copy / "exercises" / f"{module}.py"
        path.write_text(_STAND_IN_MODULE.format(module=module))
        if module == lesson.module:
            path.write_text(f"{path.read_text()}\n\nkeep_name({module!r})\n")
    for module, functions in lesson.hides.items():
        path = copy.joinpath(*module.split(".")).with_suffix(".py")
        path.write_text(without_bodies(path.read_text(encoding="utf-8"), module, functions))
    (copy / examined.KNOWN).mkdir()
    for name, args, settings in lesson.calls():
        key, result = _known(name, args, settings)
        (copy / examined.KNOWN / key).write_bytes(result)


def without_bodies(source: str, module: str, functions: Collection[str]) -> str:
    """Let some functions of a module refuse to work until their exercises have been judged.

    Args:
        source: the module's text.
        module: its name in the package, such as "partition".
        functions: the functions' names; that of a method is "Class.method".

    Returns:
        The text without these functions' bodies.

    Raises:
        ValueError: the module lacks one of these functions.
    """
    tree = ast.parse(source)
    left = set(functions)
    for inside, node in _definitions(tree):
        if (name := inside + node.name) in left:
            left.remove(name)
            node.body = ast.parse(_REFUSES.format(name=f"{module}.{name}")).body
            node.decorator_list = []
    if left:
        raise ValueError(f"fedtutor.{module} has no {', '.join(sorted(left))} to hide.")
    return ast.unparse(tree)


def _definitions(tree):
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield "", node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.", n) for n in node.body if isinstance(n, ast.FunctionDef))


def _known(name, args, settings):
    """The name and the content of the file with the result of a call of a hidden function."""
    module, _, function = name.rpartition(".")
    function = getattr(importlib.import_module(f"fedtutor.{module}"), function)
    bound = inspect.signature(function).bind(*args, **settings)
    bound.apply_defaults()
    return examined.key_of(name, bound.arguments), codec.dumps(plain(function(*args, **settings)))
