"""How a function is tried that takes or gives no plain values: models, data sets, computations.

A probe takes the learner's function and plain arguments, makes of these what the function wants,
calls it, and gives back plain values. Probes run where the learner's function lives; in grading, that
is the learner's own process, so nothing here may show a solution.
"""

import collections
import contextlib
import functools

import numpy as np

from fedtutor import partition
from fedtutor.exercises.calls import Unfit, ask
from fedtutor.exercises.values import plain


def process_output(function, metrics, num_clients):
    """Calls it with the output of a process's `next`, and a number of clients.

    Args:
        metrics: what TFF reports, with plain numbers.

    Returns:
        What the function gives; the name of the mistake where it looks for attributes in the metrics.
    """

    def as_tff_gives(part):
        if isinstance(part, dict):
            pairs = ((name, as_tff_gives(inner)) for name, inner in part.items())
            return collections.OrderedDict(pairs)
        return part if isinstance(part, tuple) else np.array(part, f"{_letter(part)}4")[()]

    output = _LearningProcessOutput(None, as_tff_gives(metrics))
    try:
        return ask(function, output, num_clients)
    except AttributeError as error:
        if isinstance(error.obj, dict):
            return "metrics with attributes"
        raise


# TFF's own, which it would take seconds to import.
_LearningProcessOutput = collections.namedtuple("LearningProcessOutput", ["state", "metrics"])


def _letter(number):
    return "i" if isinstance(number, int) else "f"


def client_datasets(function, images, labels, parts):
    """Calls it with what a `federated.ClientDatasets` is made of, and reads the one that it gives.

    Returns:
        A dictionary of what the clients hold, in lists of one entry per client: "batches", how many
        digits are in each; and "digits", (all its digits, 1 + pixels) float64. A row is a label and
        its image. Their order does not count: the rows are sorted. Or the name of a mistake.
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
        batches = [rows(*batch) for batch in client.as_numpy_iterator()]
        sizes.append([len(batch) for batch in batches])
        table = np.concatenate(batches)
        if table.shape[1] != 1 + images[0].size:
            return "other images"
        digits.append(table[np.lexsort(table.T)])
    return {"batches": sizes, "digits": digits}


def tff_model(function, images, labels, num_classes, seed):
    """Calls it with a builder of Keras models and the form of a batch, and tries the `model_fn`.

    That is called as TFF calls it: more than once, and in a graph.

    Args:
        images: (batch, height, width) float32.
        labels: (batch,) int32.
        num_classes, seed: of the model.

    Returns:
        A dictionary: the `input_spec`, the loss, the predictions, the metrics "accuracy" and "top_3",
        and the names of others where one of these is missing; or the name of a mistake that keeps
        TFF, or us, from getting there.
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
        "unknown metrics": [] if len(asked) == 2 else sorted({*counted} - {*asked, *_TFFS_OWN}),
    }


class _Mistake(Exception):
    """What the learner's code does to something of ours; the message is the mistake's name."""


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
    """Calls it with the type of the clients' data, and runs the computation that it gives.

    Args:
        shape: of an image.
        held: a list: how many examples each client holds.
        batch_size: the last batch of a client may be smaller.

    Returns:
        What the computation gives; or the name of a mistake in its type, or of one that keeps TFF
        from making it.
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
    """The name of the mistake for which TFF or TensorFlow made no computation, or None."""
    import tensorflow_federated as tff

    if isinstance(error, tff.types.TypeNotAssignableError):
        # Which of the two was given, and which wanted, TFF mixes up.
        placed = {isinstance(t, tff.FederatedType) for t in (error.source_type, error.target_type)}
        return "called with placed data" if len(placed) == 2 else None
    text = str(error)
    if "accept only parameter types with constituents" in text and f"@{tff.CLIENTS}" in text:
        return "a placed type in one place"
    return "a loop over batches" if "Python-style iteration" in text else None


def _not(value, wanted):
    """Say what a function gives in the place of what is wanted; of None, the check itself tells."""
    if value is None:
        return None
    raise Unfit(f"It returned a value of type {type(value).__name__}, where {wanted} is expected.")


def heterogeneity(function, labels, parts):
    """Calls it while `partition.heterogeneity` is put aside: to write that is the exercise."""
    with _put_aside("heterogeneity"):
        return ask(function, labels, parts)


def label_shards_twice(function, labels, num_clients, shards_per_client, seed):
    """Calls it with two seeds, while `partition.label_shards` is put aside.

    Returns:
        A list: what it gives with `seed` and with `seed + 1`; or what it gives, if that is no list.
    """
    both = []
    with _put_aside("label_shards"):
        for one in (seed, seed + 1):
            parts = ask(function, labels, num_clients, shards_per_client, one)
            if not isinstance(plain(parts), (list, tuple, np.ndarray)):
                return parts
            both.append(parts)
    return both


@contextlib.contextmanager
def _put_aside(name):
    """In the block, a function of `fedtutor.partition` says that the learner is to write it."""

    def refuse(*args, **kwargs):
        raise RuntimeError(f"`partition.{name}` is put aside here: write it yourself.")

    kept = getattr(partition, name)
    setattr(partition, name, refuse)
    try:
        yield
    finally:
        setattr(partition, name, kept)


def model_and_cohort(function, model, global_weights, cohort, learning_rate, *others):
    """Calls it with a small Keras model and one data set for each client.

    Args:
        model: four arrays, the weights that the model holds at first and after the call: so nobody
            can count on them before, or keep them by giving back variables.
        global_weights: four arrays like them.
        cohort: `(x, y)` for each client; the batches hold four of its examples.
        learning_rate, others: are given on as they are.

    Returns:
        What the function gives.
    """
    keras_model = _two_layers(*(kernel.shape for kernel in model[::2]))
    keras_model.set_weights(model)
    data_sets = [_in_batches(x, y) for x, y in cohort]
    given = ask(function, keras_model, global_weights, data_sets, learning_rate, *others)
    keras_model.set_weights(model)
    return given


def model_and_batches(function, model, global_weights, batches, learning_rate):
    """The same for a function of one client, whose `batches` are `(x, y)` too."""

    def of_one(keras_model, global_weights, cohort, learning_rate):
        return ask(function, keras_model, global_weights, cohort[0], learning_rate)

    return model_and_cohort(of_one, model, global_weights, [batches], learning_rate)


def _in_batches(x, y):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((x, y)).batch(4)


@functools.cache  # compiling for a new model takes longer than all the rest
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


# Of the network that `model_and_cohort` and `model_and_batches` build.
SHAPES = ((16, 5), (5,), (5, 3), (3,))


def random_weights(rng, shapes=SHAPES):
    """Weights for that network, or other arrays: a list of float32 arrays."""
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def random_clients(rng, *sizes):
    """Images of 4 by 4 pixels and labels for each client: a list of `(x, y)`."""
    return [
        (rng.random((n, 4, 4)).astype(np.float32), rng.integers(0, 3, n).astype(np.int32))
        for n in sizes
    ]


def with_an_infinite_pixel(rng):
    """What a model holds, global weights, and one batch after which five weights are `nan`.

    All weights of the infinite pixel are negative, so this example turns every hidden unit off. The
    gradient of these weights is then infinity times 0, which is `nan` on every processor, and nothing
    else is broken. (A pixel that is `nan` itself wouldn't do: some processors turn `relu(nan)` into 0,
    and then most of the weights stay sound.)
    """
    held, (kernel, *others) = random_weights(rng), random_weights(rng)
    images, labels = random_clients(rng, 4)[0]
    row, column = 1, 2
    images[int(rng.integers(4)), row, column] = np.inf
    pixel = 4 * row + column  # of 16, as `Flatten` counts them
    kernel[pixel] = -0.1 - abs(kernel[pixel])
    return held, [kernel, *others], (images, labels)


def with_large_weights(rng):
    """What a model holds, global weights, one batch, and a learning rate that is far too large.

    After the one step the second kernel is infinite and all other arrays are finite: by a factor of 8 or
    more, whatever is drawn.
    """
    held, (first, _, second, _) = random_weights(rng), random_weights(rng)
    large = [100 * abs(first), np.zeros(5, "float32"), second / 10_000, np.zeros(3, "float32")]
    images, labels = random_clients(rng, 3)[0]
    return held, large, (images + np.float32(0.1), 0 * labels), 3e37
