"""What to say about errors, by what their texts hold: tables of patterns and plain words.

`errors` uses these. An entry's words are a text, or a function of the match.
"""

_BY_ENTRY = (
    "Lists aren't arrays: go through them entry by entry, or through two of them with `zip`."
)
_ONE_ANSWER = (
    "Python needs a single True or False here, but this is an array with one for each number. To ask "
    "whether an array holds anything, write `len(array) > 0`; for the opposite of each, `~array`; for all "
    "of them or any of them, `array.all()` or `array.any()`."
)
# What Python's own words leave open.
HINTS = [
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
_NO_VALUE_YET = (
    "while a computation is recorded, a tensor has no value yet. Use TensorFlow's own functions, such as "
    "`tf.size` or `tf.reduce_sum`."
)
_ONE_CLIENT = (
    "What one client computes belongs in a function of its own, below "
    "`@tff.tensorflow.computation(…)`."
)
NO_BATCHES = (
    "`client_update` goes through the batches of one client, pairs of images and labels, but it gets "
    "something else there. `cohort` is a list with one such data set for each client."
)
_REDUCE = "If this is your function for `reduce`: its first argument is the result so far, the second the batch."
_OPEN_SIZE = (
    "The size of a batch is left open while a computation is recorded: its shape says `None`. "
    "`tf.size` and `tf.shape` find it out later, when there is a batch."
)


def _mixed_types(one, other):
    return (
        f"Two number types meet there, {other} and {one}, and TensorFlow doesn't mix them. "
        "`tf.cast` turns one into the other."
    )


# What to say in place of a framework's error.
KINDS = [
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
        r"Expected list, found (tuple|set)\b",
        lambda found: (
            f"TFF needs the metrics in a list, not in a {found[1]}: write square brackets."
        ),
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
        r"symbolic tf\.Tensor .* to a numpy array",
        f"NumPy can't compute with this tensor: {_NO_VALUE_YET}",
    ),
    (
        r"\bSymbolicTensor'? object has no attribute '(\w+)'",
        lambda found: f"There is no `.{found[1]}` here: {_NO_VALUE_YET}",
    ),
    (
        r"SymbolicTensor|KerasTensor|symbolic `tf|Python `bool`|without building a function"
        r"|NumPy array is not supported",
        _NOT_YET_KNOWN,
    ),
    (
        r"\bstring tensor|type string\b",
        "One of the values there is a string, where a number is needed.",
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
        "TensorFlow can't turn this value into a tensor: it is a string, a list of different things or "
        "some other object, where numbers are needed.",
    ),
]
