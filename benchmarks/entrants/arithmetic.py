"""A client's training in plain TensorFlow: what the work comes down to, and nothing else.

`floor` runs it on two threads; `flower` sends it to its clients, so that what differs is Flower.
"""

import tensorflow as tf


def logits(weights, x):
    """The 2NN or the CNN, whichever the weights are of; they come in Keras's order."""
    kernels, biases = weights[0::2], weights[1::2]
    if len(kernels[0].shape) == 4:
        x = x[..., None]
    for number, (kernel, bias) in enumerate(zip(kernels, biases)):
        if len(kernel.shape) == 4:
            x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias))
            x = tf.nn.max_pool2d(x, 2, 2, "VALID")
        else:
            x = tf.reshape(x, (-1, kernel.shape[0])) @ kernel + bias
            x = tf.nn.relu(x) if number < len(kernels) - 1 else x
    return x


class Client:
    """Trains a model, again and again, in variables of its own: one for each thread."""

    def __init__(self, initial, batch_size, learning_rate):
        self._variables = [tf.Variable(array) for array in initial]
        self._batch_size, self._learning_rate = batch_size, learning_rate

    def train(self, weights, x, y):
        """One pass over the examples in a new random order; gives the new weights."""
        return self._train(tuple(weights), x, y)

    @tf.function(reduce_retracing=True)
    def _train(self, weights, x, y):
        for variable, array in zip(self._variables, weights):
            variable.assign(array)
        order = tf.random.shuffle(tf.range(len(y)))
        for start in tf.range(0, len(y), self._batch_size):
            index = order[start : start + self._batch_size]
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(
                        tf.gather(y, index), logits(self._variables, tf.gather(x, index))
                    )
                )
            for variable, gradient in zip(self._variables, tape.gradient(loss, self._variables)):
                variable.assign_sub(self._learning_rate * gradient)
        return [variable.read_value() for variable in self._variables]
