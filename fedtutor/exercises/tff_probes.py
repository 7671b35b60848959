"""How to try a function of lesson 04: it takes or returns models, computations or processes of TFF.

What holds for `probes` holds here: this runs in the learner's own process in grading, so nothing here may
show a solution.
"""

import collections
import inspect
import itertools

import numpy as np

from fedtutor.exercises.calls import Unfit, ask


def process_output(function, metrics, num_clients):
    """Calls it with the output of a process's `next`, and a number of clients.

    Args:
        metrics: what TFF reports, with plain numbers.

    Returns:
        What the function returns; or the name of the mistake, if it looks for attributes in the metrics.
    """
    output = LearningProcessOutput(LearningAlgorithmState(0, 1), _as_tff_reports(metrics))
    try:
        return ask(function, output, num_clients)
    except AttributeError as error:
        if isinstance(error.obj, dict):
            return "metrics with attributes"
        raise


# A copy of TFF's, which would take seconds to import.
LearningProcessOutput = collections.namedtuple("LearningProcessOutput", ["state", "metrics"])


class LearningAlgorithmState:
    """Stands in for the state of a process; errors call it by the name of TFF's class.

    Attributes:
        number: differs from state to state.
        rounds: how many rounds lead to it.
    """

    def __init__(self, number, rounds):
        self.number, self.rounds = number, rounds


def _as_tff_reports(part):
    if isinstance(part, dict):
        return collections.OrderedDict((name, _as_tff_reports(p)) for name, p in part.items())
    return part if isinstance(part, tuple) else np.array(part, f"{_letter(part)}4")[()]


def _letter(number):
    return "i" if isinstance(number, int) else "f"


def learning_process(function, number, rounds, train_data):
    """Calls it with a stand-in for a learning process, a state, and the data of a few clients.

    The stand-in trains nothing, so it takes no time. What its rounds report depends on the state and on
    the data.

    Args:
        number, rounds: of the state.
        train_data: a list of numbers, which stand in for data sets.

    Returns:
        A dictionary: the "losses" that the function returns, and how many "rounds in the state" there
        are; or the name of a mistake.
    """
    try:
        state = LearningAlgorithmState(number, rounds)
        returned = ask(function, LearningProcess(train_data), state, list(train_data))
    except _Mistake as mistake:
        return str(mistake)
    except AttributeError as error:
        if isinstance(error.obj, dict):
            return "metrics with attributes"
        raise
    return _state_and_losses(returned)


def _state_and_losses(returned):
    """The two values that a function returns, as plain values, or the name of a mistake."""
    if not isinstance(returned, (tuple, list, np.ndarray, LearningAlgorithmState)):
        return _not(returned, "a pair of a state and a list of losses")
    if isinstance(returned, (LearningAlgorithmState, LearningProcessOutput)) or len(returned) != 2:
        return "no pair"
    state, losses = returned
    if isinstance(losses, LearningAlgorithmState):
        return "losses first"
    if not isinstance(state, LearningAlgorithmState):
        raise Unfit(
            "The first of your two values must be a state of the process, but it is of type "
            f"{type(state).__name__}."
        )
    if not isinstance(losses, (list, tuple, np.ndarray)):
        return "no list of losses"
    if any(isinstance(loss, (dict, LearningProcessOutput)) for loss in losses):
        return "metrics for losses"
    return {"losses": losses, "rounds in the state": state.rounds}


class ModelWeights:
    """Stands in for the weights of a model."""


class LearningProcess:
    """Stands in for a process of TFF, and is called like it in errors."""

    def __init__(self, train_data):
        self._train_data = train_data

    def initialize(self):
        return LearningAlgorithmState(0, 0)

    def get_model_weights(self, state):
        return ModelWeights()

    def next(self, state, client_data):
        if isinstance(state, LearningProcessOutput):
            raise _Mistake("the output as a state")
        if isinstance(client_data, LearningAlgorithmState):
            raise Unfit("`trainer.next` takes the state first, and then the clients' data.")
        if not isinstance(state, LearningAlgorithmState):
            raise Unfit(
                "`trainer.next` needs a state of the process first, but it gets a value of type "
                f"{type(state).__name__} there."
            )
        if not isinstance(client_data, (list, tuple)) or [*client_data] != self._train_data:
            raise Unfit("Pass `train_data` to `trainer.next` in each round, as the old loop does.")
        number = (31 * state.number + sum(client_data) + 7) % 997
        train = {"accuracy": number / 997, "loss": 0.1 + (number * 17 % 997) / 400}
        counts = {"num_examples": 600 * len(client_data), "num_batches": 60 * len(client_data)}
        metrics = {"distributor": (), "client_work": {"train": {**train, **counts}}}
        new_state = LearningAlgorithmState(number, state.rounds + 1)
        return LearningProcessOutput(new_state, _as_tff_reports(metrics))


_MOST_BATCHES = 700  # of a client; more of them say no more, and take long


def client_datasets(function, images, labels, parts):
    """Calls it with the arguments of a `federated.ClientDatasets`, and reads the one that it returns.

    Returns:
        A dictionary of what the clients hold, in lists of one entry per client: "batches", how many
        digits are in each; and "digits", (all its digits, 1 + pixels) float64. A row is a label and
        its image. Their order doesn't matter: the rows are sorted. Or the name of a mistake.
    """
    made = ask(function, images, labels, parts)
    if isinstance(made, (list, tuple)):
        return "datasets in a list"
    if not hasattr(made, "cohort"):
        return _not(made, "a `ClientDatasets`")

    def rows(x, y):
        return np.column_stack([y, np.reshape(x, (len(y), -1))]).astype(np.float64)

    sizes, digits = [], []
    for client in made.cohort(range(len(made))):
        first = itertools.islice(client.as_numpy_iterator(), _MOST_BATCHES)
        batches = [rows(*batch) for batch in first]
        sizes.append([len(batch) for batch in batches])
        table = np.concatenate(batches)
        if table.shape[1] != 1 + images[0].size:
            return "other images"
        # Of too many batches it depends on their order which digits were seen.
        table = table[:0] if len(batches) == _MOST_BATCHES else table
        digits.append(table[np.lexsort(table.T)])
    if any(len(batches) > 1 for batches in sizes) and all(
        set(batches) == {len(part)} for batches, part in zip(sizes, parts)
    ):
        return "several passes"
    return {"batches": sizes, "digits": digits}


def tff_model(function, images, labels, num_classes, seed):
    """Calls it with a builder of Keras models and the form of a batch, and tries the `model_fn`.

    It is called as TFF calls it: more than once, and in a graph.

    Args:
        images: (batch, height, width) float32.
        labels: (batch,) int32.
        num_classes, seed: of the model.

    Returns:
        A dictionary: the `input_spec`, the loss, the predictions, the metrics "accuracy" and "top_3",
        and the names of other metrics; or the name of a mistake that keeps TFF, or us, from getting
        there.
    """
    import tensorflow as tf
    import tensorflow_federated as tff

    from fedtutor import compat, runtime

    runtime.ensure()
    built = []

    def build_model(*args, **kwargs):
        if args or kwargs:
            raise _Mistake("built with arguments")
        first_weights = tf.keras.initializers.RandomNormal(stddev=0.1, seed=seed)
        softmax = tf.keras.layers.Dense(
            num_classes, activation="softmax", kernel_initializer=first_weights
        )
        layers = [tf.keras.Input(images.shape[1:]), tf.keras.layers.Flatten(), softmax]
        built.append(True)
        return tf.keras.Sequential(layers)

    spec = (
        tf.TensorSpec((None, *images.shape[1:]), tf.float32),
        tf.TensorSpec((None,), tf.int32),
    )
    try:
        model_fn = ask(function, build_model, spec)
        if isinstance(model_fn, tff.learning.models.VariableModel):
            return "the model itself"
        if isinstance(model_fn, tf.keras.Model):
            return "not wrapped"
        if not callable(model_fn):
            return _not(model_fn, "a function without arguments")
        _check_takes_nothing(model_fn)
        models = [model_fn(), model_fn()]
    except _Mistake as mistake:
        return str(mistake)
    except (TypeError, ValueError) as error:
        for text, name in _REFUSED.items():
            if text in str(error):
                return name
        raise
    if isinstance(models[0], tf.keras.Model):
        return "not wrapped"
    if not isinstance(models[0], tff.learning.models.VariableModel):
        return _not(models[0], "a model wrapped for TFF")
    if not built:
        return "never built"
    if _shared(models, "trainable_variables"):
        return "made outside"
    if _shared(models, "local_variables"):
        return "metrics made outside"

    @tff.tensorflow.computation
    def measured():
        model = model_fn()

        def forward():
            batch = tf.constant(images), tf.constant(labels)
            output = model.forward_pass(batch, training=False)
            counted = model.report_local_unfinalized_metrics()
            return {"loss": output.loss, "predictions": output.predictions, "metrics": counted}

        return tf.function(forward, autograph=False)()

    try:
        found = measured()
    finally:
        compat.revive_keras_models()
    counted = found.pop("metrics")
    asked = {name: counted[name] for name in ("accuracy", "top_3") if name in counted}
    if len(asked) < 2 and any(isinstance(own, type) for own in _metric_builders(models[0])):
        return "metrics as classes"
    return {
        "input_spec": _spec_in_words(models[0].input_spec),
        **found,
        # A mean is kept as a sum and a number of examples; TFF divides them at the server.
        "metrics": {n: np.divide(*c) if len(c) == 2 else c for n, c in asked.items()},
        "unknown metrics": sorted({*counted} - {*asked, *_TFFS_OWN}),
    }


def _metric_builders(model):
    """What was passed in `metrics`, if these were functions or classes and not objects; a list."""
    builders = getattr(model, "_metric_constructors", {})
    return [builder for name, builder in builders.items() if name not in _TFFS_OWN]


def _check_takes_nothing(model_fn):
    try:
        inspect.signature(model_fn).bind()
    except TypeError:
        takes = inspect.signature(model_fn)
        raise Unfit(
            f"TFF calls the function that you returned without arguments, but it takes {takes}."
        ) from None


class _Mistake(Exception):
    """The learner's code misuses something of ours; the message is the mistake's name."""


_TFFS_OWN = ("loss", "num_examples", "num_batches")


_REFUSED = {
    "must not be compiled": "compiled",
    "required positional argument: 'loss'": "no loss",
    "losses.Loss": "no object as loss",
}


def _shared(models, name):
    one, other = ({id(v) for v in getattr(model, name)} for model in models)
    return not one.isdisjoint(other)


def _spec_in_words(spec):
    parts = spec.values() if isinstance(spec, dict) else spec
    return ", ".join(f"{part.dtype.name}{list(part.shape)}" for part in parts)


def federated_computation(function, shape, held, batch_size):
    """Calls it with the type of the clients' data, and runs the computation that it returns.

    Args:
        shape: of an image.
        held: a list: how many examples each client holds.
        batch_size: the last batch of a client may be smaller.

    Returns:
        What the computation returns; or the name of a mistake in its type, or of one that keeps TFF
        from building it.
    """
    import tensorflow as tf
    import tensorflow_federated as tff

    from fedtutor import runtime

    runtime.ensure()
    spec = (tf.TensorSpec((None, *shape), tf.float32), tf.TensorSpec((None,), tf.int32))
    batches = tff.SequenceType(tff.types.tensorflow_to_type(spec))
    at_clients = tff.FederatedType(batches, tff.CLIENTS)
    try:
        computation = ask(function, at_clients)
    except (TypeError, RuntimeError) as error:
        name = _why_no_computation(error)
        if name is None:
            raise
        return name
    if not isinstance(computation, tff.Computation):
        return _not(computation, "a computation of TFF")
    takes, gives = (getattr(computation.type_signature, part) for part in ("parameter", "result"))
    if takes is None:
        return "takes nothing"
    if isinstance(takes, tff.SequenceType):
        return "of one client"
    if not takes.is_assignable_from(at_clients):
        return "of another type"
    if isinstance(gives, tff.FederatedType) and gives.placement is tff.CLIENTS:
        return "at the clients"

    def client(number):
        labels = np.arange(1, number + 1, dtype=np.int32) % 10
        examples = np.zeros((number, *shape), np.float32), labels
        return tf.data.Dataset.from_tensor_slices(examples).batch(batch_size)

    return computation([client(number) for number in held])


def _why_no_computation(error):
    """The name of the mistake that kept TFF or TensorFlow from building a computation, or None."""
    import tensorflow_federated as tff

    if isinstance(error, tff.types.TypeNotAssignableError):
        # TFF mixes up which of the two was given and which was wanted.
        placed = {isinstance(t, tff.FederatedType) for t in (error.source_type, error.target_type)}
        return "called with placed data" if len(placed) == 2 else None
    text = str(error)
    if "accept only parameter types with constituents" in text and f"@{tff.CLIENTS}" in text:
        return "a placed type in one place"
    return next((name for part, name in _NO_COMPUTATION.items() if part in text), None)


_NO_COMPUTATION = {
    "Python-style iteration": "a loop over batches",
    "mapping function expects a parameter": "maps over another type",
    "but got no arguments": "called without data",
    # The images and the labels have two number types, and only a batch holds both.
    "Cannot convert a list containing a tensor of dtype <dtype: 'int32'> to <dtype: 'float32'>": (
        "a batch as a tensor"
    ),
}


def _not(value, wanted):
    """Say what a function returned instead of what is wanted; the check itself reports None."""
    if value is None:
        return None
    raise Unfit(f"It returned a value of type {type(value).__name__}, where {wanted} is expected.")
