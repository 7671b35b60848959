import numpy as np
import tensorflow as tf
import tensorflow_federated as tff

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return batches.reduce(tf.constant(0), lambda n, batch: n + tf.shape(batch[0])[0])

    @tff.federated_computation(at_clients)
    def count_all(client_data):
        return tff.federated_sum(tff.federated_map(count, client_data))

    return count_all


# A loop, and 64 bits.
@answers.right
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    @tf.function
    def count(batches):
        held = tf.constant(0, tf.int64)
        for _, labels in batches:
            held += tf.size(labels, out_type=tf.int64)
        return held

    return tff.federated_computation(
        lambda client_data: tff.federated_sum(tff.federated_map(count, client_data)), at_clients
    )


# Each digit for itself, as a float.
@answers.right
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return batches.unbatch().reduce(0.0, lambda held, _: held + 1.0)

    @tff.federated_computation(at_clients)
    def count_all(client_data):
        counted = tff.federated_map(count, client_data)
        return tff.federated_sum(counted)

    return count_all


def build(at_clients, add, combine=tff.federated_sum, first=0):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return batches.reduce(first, add)

    @tff.federated_computation(at_clients)
    def count_all(client_data):
        return combine(tff.federated_map(count, client_data))

    return count_all


@answers.right
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + len(batch[1]))


@answers.wrong("nothing reaches the server")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + tf.size(batch[1]), combine=lambda n: n)


@answers.wrong("the computation of one client")
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch[1]))

    return count


@answers.wrong("runs it at each client")
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch[1]))

    @tff.federated_computation(at_clients)
    def count_all(client_data):
        return tff.federated_sum(count(client_data))

    return count_all


@answers.wrong("`@tff.tensorflow.computation(at_clients.member)`: what one client holds")
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients)
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch[1]))

    @tff.federated_computation(at_clients)
    def count_all(client_data):
        return tff.federated_sum(tff.federated_map(count, client_data))

    return count_all


@answers.wrong("as `count_sevens` does")
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        held = 0
        for x, y in batches:
            held += tf.size(y)
        return held

    @tff.federated_computation(at_clients)
    def count_all(client_data):
        return tff.federated_sum(tff.federated_map(count, client_data))

    return count_all


@answers.wrong("You count batches")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + 1)


@answers.wrong("You count pixels")
def build_count(at_clients):
    def add(so_far, batch):
        images, _ = batch
        return so_far + tf.size(images)

    return build(at_clients, add)


@answers.wrong("You add up the labels")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + tf.reduce_sum(batch[1]))


@answers.wrong("You count 10 digits per batch")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + 10)


@answers.wrong("Each batch replaces the count")
def build_count(at_clients):
    def add(so_far, batch):
        return tf.size(batch[1])

    return build(at_clients, add)


@answers.wrong("the mean of the clients' numbers")
def build_count(at_clients):
    def add(so_far, batch):
        return so_far + tf.cast(tf.size(batch[1]), tf.float32)

    return build(at_clients, add, tff.federated_mean, first=0.0)


@answers.wrong("only takes this lesson's batches")
def build_count(at_clients):
    batch = tff.types.tensorflow_to_type(
        (tf.TensorSpec([None, 28, 28], tf.float32), tf.TensorSpec([None], tf.int32))
    )
    of_the_lesson = tff.FederatedType(tff.SequenceType(batch), tff.CLIENTS)
    return build(of_the_lesson, lambda n, batch: n + tf.size(batch[1]))


@answers.wrong("The size of a batch is left open")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + batch[1].shape[0])


# Asked in Python, of data that is not there yet.
@answers.wrong("`at_clients` is a type")
def build_count(at_clients):
    return sum(len(batches) for batches in at_clients)


# More than the sum reaches the server.
@answers.wrong("where a number is expected")
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch[1]))

    @tff.federated_computation(at_clients)
    def count_all(client_data):
        held = tff.federated_map(count, client_data)
        return tff.federated_sum(held), tff.federated_max(held)

    return count_all


@answers.wrong("Is the `return` missing?")
def build_count(at_clients):
    build(at_clients, lambda n, batch: n + tf.size(batch[1]))


# A number cannot be known yet.
@answers.wrong("type int, where a computation of TFF is expected")
def build_count(at_clients):
    return 6000


@answers.wrong("TFF can only sum numbers and arrays")
def build_count(at_clients):
    @tff.federated_computation(at_clients)
    def count_all(client_data):
        return tff.federated_sum(client_data)

    return count_all


@answers.wrong(
    "Your computation doesn't say what it takes: write `@tff.federated_computation(at_clients)`."
)
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return batches.reduce(0, lambda so_far, batch: so_far + tf.size(batch[1]))

    @tff.federated_computation
    def count_all(client_data):
        return tff.federated_sum(tff.federated_map(count, client_data))

    return count_all


# What TFF says about each of these is a paragraph about its own insides.
def summed(at_clients, at_one_client):
    @tff.federated_computation(at_clients)
    def count_all(client_data):
        return tff.federated_sum(tff.federated_map(at_one_client, client_data))

    return count_all


@answers.wrong("TFF needs a computation there, but this is an ordinary Python function.")
def build_count(at_clients):
    return summed(at_clients, len)


@answers.wrong("TFF needs a computation there, but this is an ordinary Python function.")
def build_count(at_clients):
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch[1]))

    return summed(at_clients, count)


@answers.wrong("values can only be moved between places, not computed with")
def build_count(at_clients):
    @tff.federated_computation(at_clients.member)
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch[1]))

    return summed(at_clients, count)


@answers.wrong("How many batches there are is not known while a computation is recorded.")
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return len(batches)

    return summed(at_clients, count)


@answers.wrong("but the task asks for the sum: `tff.federated_sum`")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + tf.size(batch[1]), tff.federated_mean)


@answers.wrong("Python can't loop over the clients, or sum over them")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + tf.size(batch[1]), sum)


@answers.wrong("This is a type, which describes data but holds none.")
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch[1]))

    return tff.federated_sum(tff.federated_map(count, at_clients))


@answers.wrong("Two number types meet there, float32 and int32")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + tf.size(batch[1]), first=0.0)


@answers.wrong("Your count is an array of labels.")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + batch[1])


@answers.wrong("The second computation takes the data of all clients")
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch[1]))

    @tff.federated_computation(at_clients.member)
    def count_all(client_data):
        return tff.federated_sum(tff.federated_map(count, client_data))

    return count_all


@answers.wrong("a computation first and then a value that is at the clients")
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch[1]))

    @tff.federated_computation(at_clients)
    def count_all(client_data):
        return tff.federated_sum(tff.federated_map(client_data, count))

    return count_all


@answers.wrong("A function that is used there returns nothing. Is its `return` missing?")
def build_count(at_clients):
    def add(so_far, batch):
        so_far + tf.size(batch[1])

    return build(at_clients, add)


# The arguments are swapped.
@answers.wrong("its first argument is the result so far, the second the batch")
def build_count(at_clients):
    return build(at_clients, lambda batch, so_far: so_far + tf.size(batch[1]))


@answers.wrong("its first argument is the result so far, the second the batch")
def build_count(at_clients):
    def add(batch, so_far):
        images, labels = batch
        return so_far + tf.size(labels)

    return build(at_clients, add)


@answers.wrong("`reduce` takes first the value to start from, then the function")
def build_count(at_clients):
    return build(at_clients, 0, first=lambda n, batch: n + tf.size(batch[1]))


@answers.wrong("`map` keeps a sequence; `reduce` makes one number of it.")
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return batches.map(lambda images, labels: tf.size(labels))

    return summed(at_clients, count)


# A batch is one argument, which is a pair.
@answers.wrong("`reduce` calls your function with two arguments")
def build_count(at_clients):
    return build(at_clients, lambda n, images, labels: n + tf.size(labels))


@answers.wrong("`reduce` calls your function with two arguments")
def build_count(at_clients):
    def add(so_far, images, labels):
        return so_far + tf.size(labels)

    return build(at_clients, add)


@answers.wrong("Put `@tff.federated_computation(at_clients)` above it.")
def build_count(at_clients):
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch[1]))

    def count_all(client_data):
        return tff.federated_sum(tff.federated_map(count, client_data))

    return count_all


BATCHES_OF_THE_LESSON = tff.SequenceType(
    tff.types.tensorflow_to_type(
        (tf.TensorSpec([None, 28, 28], tf.float32), tf.TensorSpec([None], tf.int32))
    )
)


@tff.tensorflow.computation(BATCHES_OF_THE_LESSON)
def count_sevens(batches):
    """As in the lesson."""

    def add(so_far, batch):
        sevens, held = so_far
        found = tf.math.count_nonzero(tf.equal(batch[1], 7), dtype=tf.float32)
        return sevens + found, held + tf.cast(tf.size(batch[1]), tf.float32)

    sevens, held = batches.reduce((0.0, 0.0), add)
    return sevens / held, held


@answers.wrong("You use `count_sevens`, which is the lesson's: it takes digits of 28 by 28 pixels")
def build_count(at_clients):
    @tff.federated_computation(at_clients)
    def count_all(d):
        return tff.federated_sum(tff.federated_map(count_sevens, d)[1])

    return count_all


# Without the lesson's name, as in grading.
@answers.wrong("The computation of one client only takes this lesson's batches.")
def build_count(at_clients):
    @tff.tensorflow.computation(BATCHES_OF_THE_LESSON)
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch[1]))

    return summed(at_clients, count)


under_another_name = count_sevens


@answers.wrong("The computation of one client only takes this lesson's batches.")
def build_count(at_clients):
    @tff.federated_computation(at_clients)
    def count_all(client_data):
        return tff.federated_sum(tff.federated_map(under_another_name, client_data)[1])

    return count_all


@answers.wrong("The computation that you map takes something else than one client holds.")
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member.element)
    def count(batch):
        return tf.size(batch[1])

    return summed(at_clients, count)


# NumPy, where there is nothing to compute with yet.
@answers.wrong("NumPy can't compute with this tensor: while a computation is recorded")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + np.size(batch[1]))


@answers.wrong("There is no `.size` here")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + batch[1].size)


@answers.wrong("There is no `.numpy` here")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + batch[1].numpy().size)


# A batch taken for an array.
@answers.wrong("A batch is a pair of images and labels.")
def build_count(at_clients):
    def add(so_far, batch):
        return so_far + tf.size(batch)

    return build(at_clients, add)


@answers.wrong("A batch is a pair of images and labels.")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + tf.shape(batch)[0])


@answers.wrong("A batch is a pair of images and labels.")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + batch.size)


@answers.wrong("You add 2 for each batch")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + len(batch))


@answers.wrong("Your computation takes nothing")
def build_count(at_clients):
    @tff.federated_computation
    def count_all():
        return tff.federated_value(6000, tff.SERVER)

    return count_all


@answers.wrong("The type of your computation is not the expected one")
def build_count(at_clients):
    @tff.federated_computation(tff.FederatedType(np.int32, tff.CLIENTS))
    def count_all(held):
        return tff.federated_sum(held)

    return count_all


@answers.wrong("You call a computation while there is no data yet.")
def build_count(at_clients):
    return build(at_clients, lambda n, batch: n + tf.size(batch[1]))()


@answers.wrong("You call a computation while there is no data yet.")
def build_count(at_clients):
    @tff.tensorflow.computation(at_clients.member)
    def count(batches):
        return batches.reduce(0, lambda n, batch: n + tf.size(batch[1]))

    return summed(at_clients, count())
