import numpy as np
import tensorflow as tf

from fedtutor import models
from fedtutor.by_hand import cross_entropy, local_training, sgd_step
from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = local_training(model, batches, tf.constant(learning_rate))
    weights = model.get_weights()
    for array in weights:
        if not np.all(np.isfinite(array)):
            return global_weights, 0
    return weights, int(num_examples)


# Step by step, and with a number that is not finite if any of the weights is not.
@answers.right
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    n = 0
    for x, y in batches:
        sgd_step(model, x, y, learning_rate)
        n += y.shape[0]
    length = sum(np.abs(array.astype(np.float64)).sum() for array in model.get_weights())
    if np.isnan(length) or np.isinf(length):
        return [np.copy(array) for array in global_weights], 0
    return model.get_weights(), n


# With one of Keras's optimizers.
@answers.right
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    optimizer = tf.keras.optimizers.SGD(learning_rate)
    n = 0
    for x, y in batches:
        with tf.GradientTape() as tape:
            loss = cross_entropy(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        n += len(y)
    good = all(bool(tf.reduce_all(tf.math.is_finite(v))) for v in model.trainable_variables)
    return (model.get_weights() if good else global_weights), n * good


@answers.wrong("still sends its broken weights. Look at them")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = local_training(model, batches, tf.constant(learning_rate))
    return model.get_weights(), int(num_examples)


@answers.wrong("0 times `nan`")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = int(local_training(model, batches, tf.constant(learning_rate)))
    weights = model.get_weights()
    if not all(np.isfinite(array).all() for array in weights):
        num_examples = 0
    return weights, num_examples


@answers.wrong("counts with all its examples")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = int(local_training(model, batches, tf.constant(learning_rate)))
    weights = model.get_weights()
    if not all(np.isfinite(array).all() for array in weights):
        weights = global_weights
    return weights, num_examples


@answers.wrong("`np.isnan` does not find infinite numbers")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = int(local_training(model, batches, tf.constant(learning_rate)))
    weights = model.get_weights()
    if any(np.isnan(array).any() for array in weights):
        return global_weights, 0
    return weights, num_examples


@answers.wrong("Look at all arrays")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = int(local_training(model, batches, tf.constant(learning_rate)))
    weights = model.get_weights()
    if np.isfinite(weights[0]).all():
        return weights, num_examples
    return global_weights, 0


@answers.wrong("`.all()`, not `.any()`")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = local_training(model, batches, tf.constant(learning_rate))
    weights = model.get_weights()
    if all(np.isfinite(array).any() for array in weights):
        return weights, int(num_examples)
    return global_weights, 0


# As if nothing had been looked at: in each case one of the arrays is sound.
@answers.wrong("one broken number, in any array")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = local_training(model, batches, tf.constant(learning_rate))
    weights = model.get_weights()
    if not any(np.isfinite(array).all() for array in weights):
        return global_weights, 0
    return weights, int(num_examples)


# Meant is the lesson's; in the notebook the name is the learner's own function.
@answers.wrong("Inside of `client_update`, this name means your own function")
def client_update(model, global_weights, batches, learning_rate):
    w, n = client_update(model, global_weights, batches, learning_rate)
    if not all(np.isfinite(a).all() for a in w):
        return global_weights, 0
    return w, n


@answers.wrong("Put `global_weights` into it")
def client_update(model, global_weights, batches, learning_rate):
    num_examples = local_training(model, batches, tf.constant(learning_rate))
    weights = model.get_weights()
    if all(np.isfinite(array).all() for array in weights):
        return weights, int(num_examples)
    return global_weights, 0


@answers.wrong("the next client overwrites them")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = int(local_training(model, batches, tf.constant(learning_rate)))
    if num_examples and all(np.isfinite(v.numpy()).all() for v in model.trainable_variables):
        return model.trainable_variables, num_examples
    return global_weights, 0


@answers.wrong("You count batches")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    n = 0
    for x, y in batches:
        sgd_step(model, x, y, learning_rate)
        n += 1
    weights = model.get_weights()
    good = all(np.isfinite(array).all() for array in weights)
    return (weights, n) if good else (global_weights, 0)


@answers.wrong("Two things are asked for")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    local_training(model, batches, tf.constant(learning_rate))
    weights = model.get_weights()
    return weights if all(np.isfinite(array).all() for array in weights) else global_weights


@answers.wrong("The order is")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = local_training(model, batches, tf.constant(learning_rate))
    weights = model.get_weights()
    good = all(np.isfinite(array).all() for array in weights)
    return (num_examples, weights) if good else (0, global_weights)


@answers.wrong("This happens where one pixel is infinite.")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = local_training(model, batches, tf.constant(learning_rate))
    weights = model.get_weights()
    assert all(np.isfinite(array).all() for array in weights), "gone astray"
    return weights, int(num_examples)


@answers.wrong("You mend the weights.")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = local_training(model, batches, tf.constant(learning_rate))
    return [np.nan_to_num(array) for array in model.get_weights()], int(num_examples)


@answers.wrong("Is the `return` missing?")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(global_weights)
    num_examples = local_training(model, batches, tf.constant(learning_rate))
    weights = model.get_weights()
    if all(np.isfinite(array).all() for array in weights):
        return weights, int(num_examples)


# As in the lesson, where it is the first model's weights.
start = models.perceptron_2nn(seed=0).get_weights()


@answers.wrong("You use `start`, which is the lesson's. Take `global_weights`")
def client_update(model, global_weights, batches, learning_rate):
    model.set_weights(start)
    num_examples = local_training(model, batches, tf.constant(learning_rate))
    weights = model.get_weights()
    if all(np.isfinite(array).all() for array in weights):
        return weights, int(num_examples)
    return start, 0
