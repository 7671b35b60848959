"""What to say about an exception: the learner's own line, and in plain words what is wrong with it.

Python's own errors (a `NameError`, a `KeyError`) keep their text, which a learner can look up. An error of
TensorFlow, Keras or TFF never does: it talks about code that the learner hasn't written.
"""

import builtins
import inspect
import re
import traceback

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
    explained = _explained(_KINDS, text)
    if innermost.endswith("by_hand.py") and re.search("unpack|[Ii]terat", text):
        said = _NO_BATCHES
    elif explained is None and _PYTHONS_OWN.search(text):
        said = _in_its_own_words(text, kind)
    elif framework := _framework_of(error, text, kind, files):
        said = explained or _unknown(framework, kind)
    else:
        hint = _explained(_HINTS, text)
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


# What Python's own words leave open.
_BY_ENTRY = (
    "Lists aren't arrays: go through them entry by entry, or through two of them with `zip`."
)
_ONE_ANSWER = (
    "Python needs a single True or False here, but this is an array with one for each number. To ask "
    "whether an array holds anything, write `len(array) > 0`; for the opposite of each, `~array`; for all "
    "of them or any of them, `array.all()` or `array.any()`."
)
_HINTS = [
    (r"for -: 'list' and 'list'|for /: 'list' and", _BY_ENTRY),
    (r"can't multiply sequence by non-int", _BY_ENTRY),
    (r"truth value of an array", _ONE_ANSWER),
    (
        r"only (length-1|0-dimensional) arrays|must be real number, not (list|tuple)",
        "One number is needed there, but this is a whole array or list. The functions of `math` take one "
        "number, NumPy's take arrays: `np.isfinite(array)`, for example.",
    ),
    (
        r"all the input array",  # NumPy's, about those that it can't join
        "The shapes of these arrays don't fit together. Go through them one at a time.",
    ),
    (
        r"'NoneType' object has no attribute 'append'",
        "`append` changes the list and returns None, so don't assign what it returns.",
    ),
    (
        r"'int' object is not iterable",
        "A single number can't be looped over or added up. To count, write `range(…)`.",
    ),
    (
        r"zip\(\) argument \d+ is (longer|shorter)",
        "Two lists that belong together have different lengths. Does each get one entry per client?",
    ),
    (r"has no attribute '[sg]et_weights'", "Is this a model? Check the order of the arguments."),
]

_NOT_YET_KNOWN = (
    "While a computation is recorded, a tensor has no value yet, so Python can't use it as a number, "
    "test it with `if` or loop over it. Use TensorFlow's own functions, such as `tf.size` or `tf.cond`."
)
_ONE_CLIENT = (
    "What one client computes belongs in a function of its own, below "
    "`@tff.tensorflow.computation(…)`."
)
_NO_BATCHES = (
    "`client_update` goes through the batches of one client, pairs of images and labels, but it gets "
    "something else there. `cohort` is a list with one such data set for each client."
)
_REDUCE = "If this is your function for `reduce`: its first argument is the result so far, the second the batch."
_OPEN_SIZE = (
    "The size of a batch is left open while a computation is recorded: its shape says `None`. "
    "`tf.size` and `tf.shape` find it out later, when there is a batch."
)

# What an error's text holds, and what to say in its place: a text, or a function of the match.
_KINDS = [
    # TFF: computations, types and placements.
    (
        r"convertible to a `tff.Value`, found <class '(builtin_)?function",
        "TFF needs a computation there, but this is an ordinary Python function. " + _ONE_CLIENT,
    ),
    (
        r"convertible to a `tff.Value`, found <class '[\w.]*Type'",
        "This is a type, which describes data but holds none. Operators such as `tff.federated_map` work "
        "on the argument of a function below `@tff.federated_computation(…)`.",
    ),
    (
        r"convertible to a `tff.Value`",
        "TFF can't use this value in a federated computation. There, only TFF's own values and "
        "computations can be combined. " + _ONE_CLIENT,
    ),
    (
        r"`tff.Value` of non-structural type|`tff.Value` .* has no attribute",
        "In a `tff.federated_computation`, values can only be moved between places, not computed with. "
        + _ONE_CLIENT,
    ),
    (
        r"compatible with the sum operator[\s\S]*not fully defined",
        "TFF can only sum numbers, and arrays of a known size. Here each client has an array whose size is "
        "left open.",
    ),
    (
        r"compatible with the sum operator, found\s*\{\w+\*\}",
        "TFF can only sum numbers and arrays, but each client still has a sequence there (the `*` in its "
        "type), one number for each batch. `map` keeps a sequence; `reduce` makes one number of it.",
    ),
    (
        r"compatible with the sum operator",
        "TFF can only sum numbers and arrays, but each client still has a sequence of batches there (the "
        "`*` in its type). First let each client turn its sequence into a number, with "
        "`tff.federated_map`.",
    ),
    (
        r"compatible with the (average|mean) operator",
        "TFF can only average floats, and these values are whole numbers or not numbers at all.",
    ),
    (
        r"Operator iter\(\) is only supported",
        "Python can't loop over the clients, or sum over them: no client's value can be picked out. "
        "Use operators such as `tff.federated_map` and `tff.federated_sum`.",
    ),
    (
        r"value to be mapped must be a FederatedType[^(]*\(got a (?!\()",
        "`tff.federated_map` needs a value that is at the clients, but this one isn't placed. What does "
        "`@tff.federated_computation(…)` say that your function takes?",
    ),
    (
        r"value to be mapped must be a FederatedType",
        "`tff.federated_map` needs a computation first and then a value that is at the clients.",
    ),
    (
        r"TFF computations must return some non-`None` value",
        "This computation returns nothing. Is the `return` missing in the function below this line?",
    ),
    (
        r"@(CLIENTS|SERVER)",
        "The value is in another place, or of another type, than TFF needs there. Compare the types: "
        "`{…}@CLIENTS` is a value at each client, `…@SERVER` one at the server.",
    ),
    # Models, losses and metrics.
    (
        r"Expected \S*Model, found function",
        "TFF needs a Keras model there, but this is a function. Call it: put `()` after its name.",
    ),
    (
        r"Expected list, found \S*metrics",
        "TFF needs the metrics in a list, even if there is only one.",
    ),
    (
        r"found both types in the `metrics`",
        "One of the metrics is a class. Make an object of it: put parentheses after its name.",
    ),
    (
        r"Expected list, found \w*[dD]ict",
        "TFF needs the metrics in a list, not in a dictionary. Each metric gets its name when it is "
        'made: `name="…"`.',
    ),
    (
        r"`loss_weights` cannot be used",
        "After the model, the loss and `input_spec`, arguments need their names: write `input_spec=…` and "
        "`metrics=…`.",
    ),
    (
        r"input metric to be either",
        "TFF needs metrics as objects, such as `tf.keras.metrics.SparseCategoricalAccuracy(…)`, "
        "not as names.",
    ),
    (
        r"MeanMetricWrapper.update_state\(\) missing",
        "These metrics come from another version of Keras. Take those in `tf.keras.metrics`.",
    ),
    (
        r"top-level structure in `input_spec`",
        "`input_spec` must be a pair: the form of the images and the form of the labels.",
    ),
    (
        r"InTopKV2|Shapes \(\d+,\) and \(\d+, ?\d+\)|node \w*(squared_error|absolute_error)",
        "The labels and the model's output have different shapes: a label is one number, the output one "
        "probability per class. The loss and the metrics must be made for that.",
    ),
    (
        r"incompatible with the layer: expected shape=(\(.*?\)), found shape=(\(.*?\))",
        lambda found: f"The model takes batches of shape {found[1]}, but gets {found[2]}.",
    ),
    (
        r"Provided weights: <\w*Dataset",
        "These are batches, where the weights of a model are needed. Check the order of the arguments.",
    ),
    (
        r"weight list of length (\d+), but the layer was expecting (\d+)",
        lambda found: (
            f"The model needs a list of {found[2]} arrays as its weights, but gets {found[1]}. "
            "Pass all the arrays of one model."
        ),
    ),
    (
        r"object of type '(Sequential|Functional|Model)' has no len",
        "This is a Keras model, but its weights are needed: a list of arrays.",
    ),
    (
        r"weight shape \(.*not compatible with provided weight shape",
        "The arrays don't have the shapes of the model's weights. Pass all the arrays of one model, in "
        "their order.",
    ),
    (
        r"must compile your model",
        "The model is not compiled, so Keras can't train or evaluate it by itself. Train it with the "
        "lesson's functions.",
    ),
    # TensorFlow: tensors without values, number types, shapes.
    (
        r"only supports `len` in eager mode",
        "How many batches there are is not known while a computation is recorded. Go through them with "
        "`reduce`.",
    ),
    (
        r"issubclass\(\) arg 1 must be a class",
        "A function that is used there returns nothing. Is its `return` missing?",
    ),
    (
        r"slice scalar input",
        "A single number is taken for an array or a pair there. " + _REDUCE,
    ),
    (
        r"Iterating over a symbolic",
        "A tensor has no values yet while a computation is recorded, so Python can't loop over it or "
        "unpack it. " + _REDUCE,
    ),
    (
        r"convert elements of <function",
        "This is a function, where numbers are needed. Check the order of the arguments: `reduce` takes "
        "first the value to start from, then the function.",
    ),
    (
        r"Tensor had (NaN|-?Inf)",
        "This line raises an error if a number is not finite.",
    ),
    (r"None values not supported|Cannot convert None|'NoneType'.*Tensor", _OPEN_SIZE),
    (
        r"SymbolicTensor|KerasTensor|symbolic `tf|Python `bool`|without building a function"
        r"|NumPy array is not supported",
        _NOT_YET_KNOWN,
    ),
    (
        r"\bstring tensor|type string\b",
        "One of the values there is a text, where a number is needed.",
    ),
    (
        r"has type (\w+) that does not match type (\w+)",
        lambda found: _mixed_types(found[1], found[2]),
    ),
    (
        r"expected to be an? (\w+) tensor but is an? (\w+) tensor",
        lambda found: _mixed_types(found[1], found[2]),
    ),
    (r"truth value of an array", _ONE_ANSWER),
    (
        r"non-rectangular|^setting an array element",
        "The arrays of this list have different shapes, so they don't fit into one. Go through the list "
        "one array at a time.",
    ),
    (
        r"[Ii]ncompatible shapes|Dimensions must be equal|[Ss]hapes? .* (incompatible|mismatch)"
        r"|Matrix size-incompatible|required broadcastable shapes|different ndims",
        "The shapes of two arrays or tensors don't fit together. Print both shapes.",
    ),
    (
        r"[Cc]an(no|')t convert|Cannot convert|Failed to convert|unsupported object type",
        "TensorFlow can't turn this value into a tensor: it is a text, a list of different things or "
        "some other object, where numbers are needed.",
    ),
]


def _mixed_types(one, other):
    return (
        f"Two number types meet there, {other} and {one}, and TensorFlow doesn't mix them. "
        "`tf.cast` turns one into the other."
    )
