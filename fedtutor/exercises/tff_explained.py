"""What to say in lesson 04 in place of an error, or of a difference: one dictionary for each exercise.

See `explained` in `FunctionExercise`: the first text that a message holds decides.
"""

TWO_ARGUMENTS = (
    "`reduce` calls your function with two arguments: the count so far, and a batch. The batch is a pair: "
    "its labels are `batch[1]`."
)
FIRST_THE_PART = (
    "`output.metrics` holds one entry for each part of the process. First the part, "
    '`["client_work"]`, then `["train"]`.'
)
ONE_BY_ONE = "Each name needs square brackets of its own: `[…][…][…]`."
NO_SUCH_ENTRY = (
    "There is no entry of this name. `print(output.metrics)` in a cell of your own shows all names."
)
A_PAIR = "A batch is a pair of images and labels. Count its labels: `tf.size(batch[1])`."
NOT_SPARSE = (
    "Labels are whole numbers here, so use the `Sparse…` version of the loss and of both metrics."
)
ROUNDED = "The idea is right, but you round to a whole number. An average needn't be one: use `/`."
AVERAGE = "You use the average number of digits for all clients. A client with more digits gets several batches."
NOT_CARRIED_ON = (
    "Each round begins with the same state, so nothing is learned from round to round. Carry the state "
    "on: `state = output.state`."
)
OWN_DIGITS = "You use the lesson's digits. Use your function's own arguments: `images`, `labels` and `parts`."

make_model_fn = {
    "needs a Keras model there, but this is a function": "Call the builder: `build_model()`.",
    "The labels and the model's output have different shapes": NOT_SPARSE,
    "has a `return`, but didn't reach it": "Your `model_fn` returns nothing. Begin its last line "
    "with `return`.",
    "multiple values for argument 'input_spec'": "After the model and the loss comes `input_spec`. "
    "The metrics need their name: `metrics=[…]`.",
    "under 'unknown metrics'": 'That is a metric too many. The task asks for two, "accuracy" and '
    '"top_3".',
    "required positional argument: 'input_spec'": "The form of a batch is missing: pass "
    "`input_spec=input_spec`.",
    "type function, where a model wrapped for TFF": "Your `model_fn` returns a function. Wrap the model with "
    "`tff.learning.models.from_keras_model`, and return what that returns.",
    "a dictionary without 'top_3'": 'No metric is called "top_3": write `name="top_3"`.',
    "a dictionary without 'accuracy'": 'No metric is called "accuracy": write `name="accuracy"`.',
}

batches_per_client = {
    "KeyError: 'train'": FIRST_THE_PART,
    "KeyError: 'num_batches'": "The count is further inside: first the part of the process, "
    '`["client_work"]`, then `["train"]`, then the count.',
    "KeyError: (": ONE_BY_ONE,
    "KeyError: ": NO_SUCH_ENTRY,
    "'LearningAlgorithmState' object": "`output.state` is the server's new state. The counts of the "
    "round are in `output.metrics`.",
    "'LearningProcessOutput' object has no attribute": "It raises an error, because `output` has "
    "only two parts, `output.state` and `output.metrics`. The counts are in the second: begin with "
    '`output.metrics["client_work"]`.',
    "'collections.OrderedDict' object is not callable": "`output.metrics` and its parts are "
    "dictionaries: names in square brackets, no parentheses.",
    "has no len()": "This is a number already: leave out `len`.",
    "for /: 'collections.OrderedDict'": "That is still a dictionary. The count is further inside, "
    "under one more name.",
    "tuple indices must be integers": "`output` is not a dictionary: write `output.metrics`, with a "
    "dot. The square brackets come after it.",
}

build_count = {
    "PolymorphicComputation": "Your computation doesn't say what it takes: write "
    "`@tff.federated_computation(at_clients)`.",
    "TFF can only average floats": "You use `tff.federated_mean`, but the task asks for the sum: "
    "`tff.federated_sum`.",
    "whose size is left open": "Your count is an array of labels. Add their number in each batch: "
    "`tf.size(labels)`.",
    "but this one isn't placed": "The second computation takes the data of all clients: "
    "`@tff.federated_computation(at_clients)`. `at_clients.member` is what one client holds.",
    "<lambda>() missing 1 required": TWO_ARGUMENTS,
    "add() missing 1 required": TWO_ARGUMENTS,
    "type function, where a computation of TFF": "You returned an ordinary Python function. Put "
    "`@tff.federated_computation(at_clients)` above it.",
    "'FederatedType' object is not iterable": "`at_clients` is a type, which describes data but holds "
    "none. Build two computations, which TFF runs later, when there is data.",
    "AttributeError: 'tuple' object has no attribute": A_PAIR,
    "a string, where a number is expected": "The type of your computation is not the expected one: it "
    "takes the data of the clients, `at_clients`, and returns one number at the server.",
}

full_batch_clients = {
    " values, where 1 are expected": (
        "A client with more digits than your batch size gets several batches: no fixed number is right "
        "for every client. With `batch_size=None`, all of a client's digits are one batch."
    ),
    "under 'batches': the shape (3, ": "Each client's dataset holds more than one batch. FedSGD takes all of "
    "a client's digits once, in a single batch, however many the client has.",
    "Were parts made for another, larger collection?": OWN_DIGITS,
    "IndexError: There is no client": "Return the `ClientDatasets` itself: the cell calls its `cohort`, "
    "for clients that your function can't know.",
    "Dataset, where a `ClientDatasets` is expected": "You returned one client's dataset. Return the "
    "`federated.ClientDatasets` itself, which holds all clients.",
    "object of type 'type' has no len()": "You returned a class. Build an object of it: "
    "`federated.ClientDatasets(…)`.",
    "batch_size is 'None'": "Write `None` without quotation marks.",
    "batch_size is [": "There is one batch size for all clients, not a list. See "
    "`help(federated.ClientDatasets)` for `batch_size`.",
    "batch_size is ": "There is no number for this batch size: not 0, not -1, not infinity. See "
    "`help(federated.ClientDatasets)` for `batch_size`.",
    "takes 4 positional arguments but": "`batch_size` needs its name: `batch_size=…`.",
}

five_rounds = {
    "KeyError: 'train'": FIRST_THE_PART,
    "KeyError: 'loss'": "The loss is further inside: first the part of the process, "
    '`["client_work"]`, then `["train"]`, then the loss.',
    "KeyError: (": ONE_BY_ONE,
    "KeyError: ": NO_SUCH_ENTRY,
    "'LearningProcessOutput' object has no attribute": "`trainer.next` returns an output with two "
    "parts, `output.state` and `output.metrics`. The loss is in the second.",
    "'LearningAlgorithmState' object": "The state holds no metrics, and old names such as "
    "`state.model` are gone. The loss of a round is in `output.metrics`.",
    "'LearningProcess' object": "It raises an error, because a round needs the name `next`: "
    "`trainer.next(state, train_data)`.",
    "next() missing 1 required": "`trainer.next` takes two arguments: the state and `train_data`.",
    "tuple indices must be integers": "An output is not a dictionary: write `output.metrics`, with a "
    "dot. The square brackets come after it.",
    "has no attribute 'build_federated_averaging_process'": "That name is gone, and a process is "
    "already built: use the argument `trainer`.",
}
