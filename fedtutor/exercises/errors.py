"""What to say about an exception: the learner's own line, and in plain words what is wrong with it.

Python's own errors (a `NameError`, a `KeyError`) keep their text, which a learner can look up. An error of
TensorFlow, Keras or TFF never does: it talks about code that the learner hasn't written.
"""

import builtins
import inspect
import re
import traceback

from fedtutor.exercises.error_texts import HINTS, KINDS, NO_BATCHES

_MOST_CHARACTERS = 200  # of an error's own text
_MOST_OF_A_LINE = 110

_FRAMEWORKS = {
    "tensorflow_federated": "TFF",
    "federated_language": "TFF",
    "keras": "Keras",
    "tf_keras": "Keras",
    "tensorflow": "TensorFlow",
}


def in_words(error, function):
    """One or two sentences on an exception.

    Args:
        error: what a learner's function raised, or what was raised while its result was tried.
        function: the learner's.

    Returns:
        A text that quotes the line of the learner's code, if the exception passed through any.
    """
    text, kind, files = _taken_apart(error)
    innermost = files[-1] if files else ""
    explained = _explained(KINDS, text)
    if innermost.endswith("by_hand.py") and re.search("unpack|[Ii]terat", text):
        said = NO_BATCHES
    elif explained is None and _PYTHONS_OWN.search(text):
        said = _in_its_own_words(text, kind)
    elif framework := _framework_of(error, text, kind, files):
        said = explained or _unknown(framework, kind)
    else:
        hint = _explained(HINTS, text)
        said = _in_its_own_words(text, kind) + (f" {hint}" if hint else "")
    line = _own_line(error, function)
    if line is None and _package(innermost) in _FRAMEWORKS:
        return f"Your function runs, but what it returned doesn't work. {said}"
    return f"It raises an error{f' in the line `{line}`' if line else ''}: {said}"


def _explained(table, text):
    for pattern, words in table:
        if found := re.search(pattern, text):
            return words(found) if callable(words) else words
    return None


def _taken_apart(error):
    """An exception's text, the name of its type, and the files that its code is in, innermost last."""
    text = str(error).strip()
    files = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not text.startswith("in user code:"):
        return text, type(error).__name__, files
    # Raised while TensorFlow recorded a graph: a listing of the code, and below it the error.
    listing, _, last = text.rpartition("\n\n")
    kind, _, text = last.strip().partition(": ")
    files = [file for file in files if not re.search(r"[/\\]autograph[/\\]", file)]
    listed = re.findall(r'^ *File "(.+?)", line', listing, re.M)
    inside_ours = bool(listed) and listed[-1].endswith("by_hand.py")
    # The listing leaves out the framework's own code, and names the type of what is a `StagingError`.
    if files and _package(files[-1]) in _FRAMEWORKS and type(error).__name__ == kind:
        listed += [] if inside_ours else files[-1:]
    return text.strip(), kind, listed or files


def _package(file):
    """The package of a library that a file belongs to, or None."""
    found = re.search(r"[/\\](?:site|dist)-packages[/\\](\w+)[/\\]", file)
    return found and found[1]


def _framework_of(error, text, kind, files):
    """The framework that an exception comes from, or None."""
    package = _package(files[-1]) if files else None
    if type(error).__name__ == kind and package not in _FRAMEWORKS:
        package = type(error).__module__.partition(".")[0]
    if text.startswith("setting an array element"):
        return "NumPy"
    if re.search(r"\b(Symbolic|Eager|Keras)Tensor\b|symbolic `tf|\btf\.Tensor\b", text):
        return _FRAMEWORKS.get(package, "TensorFlow")
    if not (hasattr(builtins, kind) or type(error).__name__ == kind):
        return "TensorFlow"  # a listing has its type's name alone
    return _FRAMEWORKS.get(package)


# These are clear wherever they come from.
_PYTHONS_OWN = re.compile(
    r"unexpected keyword argument|required (positional|keyword-only) argument"
    r"|positional arguments? but \d+|module '\S+' has no attribute|name '\w+' is not defined"
)


def _in_its_own_words(text, kind):
    """Python's text: its first line, without the places of functions inside functions."""
    text = re.sub(r"[\w.<>]*<locals>\.(tf__)?", "", text.partition("\n")[0])
    text = re.sub(r" \(setting an array element.*", ".", text)  # NumPy's, behind ours
    text = f"{kind}: {text}" if text else kind
    text = text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"
    return text if text[-1] in ".!?…" else text + "."


def _unknown(framework, kind):
    return (
        f"{framework} can't work with one of the values there ({kind}). For each of them, check what "
        "it is: one number or an array, of which shape and number type, one object or a list?"
    )


def _own_line(error, function):
    """The innermost line of the learner's own code that an exception passed through, or None."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return None
    lines = [
        frame.line
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == code.co_filename and frame.line
    ]
    # Code that TensorFlow has rewritten runs from files of its own; its listing has the lines.
    listed = re.findall(r'^ *File "(.+?)", line .*\n +(.+)', str(error), re.M)
    lines += [line for file, line in listed if file == code.co_filename]
    if not lines:
        return None
    line = lines[-1].strip().replace("`", "'")
    return line if len(line) <= _MOST_OF_A_LINE else line[:_MOST_OF_A_LINE] + "…"
