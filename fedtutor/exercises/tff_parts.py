"""What right and wrong answers of lesson 04 have in common: parts of models, computations and rounds."""

import tensorflow as tf
import tensorflow_federated as tff

LESSONS_SPEC = (tf.TensorSpec((None, 28, 28), tf.float32), tf.TensorSpec((None,), tf.int32))


def wrapped(model, input_spec, *, loss=None, metrics=None):
    """A Keras model, wrapped for TFF as lesson 04 asks for, but for the loss or the metrics."""
    return tff.learning.models.from_keras_model(
        model,
        loss=tf.keras.losses.SparseCategoricalCrossentropy() if loss is None else loss,
        input_spec=input_spec,
        metrics=[accuracy(), top_k()] if metrics is None else metrics,
    )


def with_metrics(build_model, input_spec, *metrics):
    """A `model_fn` whose metrics are built by these functions."""
    return lambda: wrapped(build_model(), input_spec, metrics=[build() for build in metrics])


def with_k(build_model, input_spec, k):
    """The same, with this `k` for the second metric."""
    return with_metrics(build_model, input_spec, accuracy, lambda: top_k(k=k))


def accuracy(name="accuracy"):
    return tf.keras.metrics.SparseCategoricalAccuracy(name=name)


def top_k(name="top_3", k=3):
    return tf.keras.metrics.SparseTopKCategoricalAccuracy(k=k, name=name)


def digits(so_far, batch):
    """A step of `reduce` that counts digits."""
    return so_far + tf.size(batch[1])


def at_one(member, add=digits, dtype=tf.int32):
    """The computation of one client: `add` goes through its batches."""

    @tff.tensorflow.computation(member)
    def count(batches):
        return tf.cast(batches.reduce(0, add), dtype)

    return count


def at_all(at_clients, count, combine=tff.federated_sum):
    """The computation of all clients: `combine` works on what each of them counts."""

    @tff.federated_computation(at_clients)
    def count_all(client_data):
        return combine(tff.federated_map(count, client_data))

    return count_all


def placed(at_clients, add=digits, combine=tff.federated_sum):
    """The same, of the clients' `add`."""
    return at_all(at_clients, at_one(at_clients.member, add), combine)


def lessons_batches():
    """The type of what one client holds in the lesson: batches of 28 by 28 pixels."""
    return tff.SequenceType(tff.types.tensorflow_to_type(LESSONS_SPEC))


def train_metrics(output):
    return output.metrics["client_work"]["train"]


def outputs(trainer, state, train_data, num_rounds=5):
    """What `next` returns in each of a few rounds; a list."""
    found = []
    for _ in range(num_rounds):
        found.append(trainer.next(state, train_data))
        state = found[-1].state
    return found


def state_and_losses(trainer, state, train_data, num_rounds=5):
    found = outputs(trainer, state, train_data, num_rounds)
    return found[-1].state, losses(found)


def losses(found):
    """The loss in each of a few outputs; a list."""
    return [train_metrics(output)["loss"] for output in found]
