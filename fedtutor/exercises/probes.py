"""How to try a function that takes or returns models, data sets or computations, not plain values.

A probe takes the learner's function and plain arguments, turns these into what the function needs,
calls it, and returns plain values. Probes run where the learner's function is; in grading, that is the
learner's own process, so nothing here may show a solution.
"""

import collections
import functools
import inspect
import itertools

import numpy as np

from fedtutor.exercises.calls import Unfit, ask
from fedtutor.exercises.values import plain


def process_output(function, metrics, num_clients):
    """Calls it with the output of a process's `next`, and a number of clients.

    Args:
        metrics: what TFF reports, with plain numbers.

    Returns:
        What the function returns; or the name of the mistake, if it looks for attributes in the metrics.
    """

    def as_tff_reports(part):
        if isinstance(part, dict):
            pairs = ((name, as_tff_reports(inner)) for name, inner in part.items())
            return collections.OrderedDict(pairs)
        return part if isinstance(part, tuple) else np.array(part, f"{_letter(part)}4")[()]

    output = _LearningProcessOutput(None, as_tff_reports(metrics))
    try:
        return ask(function, output, num_clients)
    except AttributeError as error:
        if isinstance(error.obj, dict):
            return "metrics with attributes"
        raise


# A copy of TFF's, which would take seconds to import.
_LearningProcessOutput = collections.namedtuple("LearningProcessOutput", ["state", "metrics"])


def _letter(number):
    return "i" if isinstance(number, int) else "f"


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
    return {
        "input_spec": _spec_in_words(models[0].input_spec),
        **found,
        # A mean is kept as a sum and a number of examples; TFF divides them at the server.
        "metrics": {n: np.divide(*c) if len(c) == 2 else c for n, c in asked.items()},
        "unknown metrics": sorted({*counted} - {*asked, *_TFFS_OWN}),
    }


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
    if isinstance(takes, tff.SequenceType):
        return "of one client"
    if takes is None or not takes.is_assignable_from(at_clients):
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
    return "a loop over batches" if "Python-style iteration" in text else None


def _not(value, wanted):
    """Say what a function returned instead of what is wanted; the check itself reports None."""
    if value is None:
        return None
    raise Unfit(f"It returned a value of type {type(value).__name__}, where {wanted} is expected.")


def label_shards_twice(function, labels, num_clients, shards_per_client, seed):
    """Calls it with two seeds.

    Returns:
        A list: what it returns with `seed` and with `seed + 1`; or what it returns, if that is not a list.
    """
    both = []
    for one in (seed, seed + 1):
        parts = ask(function, labels, num_clients, shards_per_client, one)
        if not isinstance(plain(parts), (list, tuple, np.ndarray)):
            return parts
        both.append(parts)
    return both


def model_and_cohort(function, model, global_weights, cohort, learning_rate, *others):
    """Calls it with a small Keras model and one data set for each client.

    Args:
        model: four arrays, the model's weights before and after the call: so that an answer can't rely
            on them, or return the model's variables.
        global_weights: four arrays like them.
        cohort: `(x, y)` for each client; the batches hold four of its examples.
        learning_rate, others: passed on as they are.

    Returns:
        What the function returns.
    """
    keras_model = _two_layers(*(kernel.shape for kernel in model[::2]))
    keras_model.set_weights(model)
    data_sets = [_in_batches(x, y) for x, y in cohort]
    given = ask(function, keras_model, global_weights, data_sets, learning_rate, *others)
    keras_model.set_weights(model)
    return given


def model_and_batches(function, model, global_weights, batches, learning_rate):
    """The same for a function of one client, whose `batches` are `(x, y)`, too."""

    def of_one(keras_model, global_weights, cohort, learning_rate):
        return ask(function, keras_model, global_weights, cohort[0], learning_rate)

    return model_and_cohort(of_one, model, global_weights, [batches], learning_rate)


def _in_batches(x, y):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((x, y)).batch(4)


@functools.cache  # compiling for a new model takes longer than everything else
def _two_layers(first, second):
    """A network of two dense layers, whose kernels have these shapes, for square images."""
    import tensorflow as tf

    side = round(first[0] ** 0.5)
    return tf.keras.Sequential(
        [
            tf.keras.Input((side, side)),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(first[1], activation="relu"),
            tf.keras.layers.Dense(second[1], activation="softmax"),
        ]
    )
