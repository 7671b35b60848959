import numpy as np
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    return weights - learning_rate * gradient - learning_rate * mu * (weights - global_weights)


@answers.right
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    weights = weights.copy()
    weights += learning_rate * mu * (global_weights - weights) - learning_rate * gradient
    return weights


@answers.right
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    shrink = 1 - learning_rate * mu
    return shrink * weights + (1 - shrink) * global_weights - learning_rate * gradient


@answers.right
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    w = tf.Variable(weights)
    with tf.GradientTape() as tape:
        term = mu / 2 * tf.reduce_sum((w - global_weights) ** 2)
    return weights - learning_rate * (gradient + tape.gradient(term, w).numpy())


@answers.wrong("The sign of the pull is wrong")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    return weights - learning_rate * (gradient + mu * (global_weights - weights))


@answers.wrong("which is weight decay")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    return (1 - learning_rate * mu) * weights - learning_rate * gradient


@answers.wrong("The learning rate is missing from the pull")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    step = weights - learning_rate * gradient
    return step - mu * (weights - global_weights)


@answers.wrong("Your pull is twice too strong")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    pull = 2 * mu * (weights - global_weights)
    return weights - learning_rate * (gradient + pull)


@answers.wrong("Your pull is half as strong")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    pull = mu / 2 * (weights - global_weights)
    return weights - learning_rate * (gradient + pull)


@answers.wrong("You add the proximal term itself")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    term = mu / 2 * np.linalg.norm(weights - global_weights) ** 2
    return weights - learning_rate * (gradient + term)


@answers.wrong("The gradient of a square is linear")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    return weights - learning_rate * (gradient + mu * 0.5 * (weights - global_weights) ** 2)


@answers.wrong("A device steps from where it is")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    return global_weights - learning_rate * (gradient + mu * (weights - global_weights))


@answers.wrong("This is a plain step of SGD")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    return weights - learning_rate * gradient


@answers.wrong("Return the weights after the step")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    return mu * (weights - global_weights) + gradient


@answers.wrong("uphill")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    return weights + learning_rate * (mu * (weights - global_weights) + gradient)


@answers.wrong("You take two steps")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    new = weights - learning_rate * gradient
    return new - learning_rate * mu * (new - global_weights)


# Changes the device's weights in place.
@answers.wrong("It changes `weights`")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    weights -= learning_rate * (gradient + mu * (weights - global_weights))
    return weights


@answers.wrong("You add a multiple of the distance")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    return weights - learning_rate * (gradient + mu * np.linalg.norm(weights - global_weights))


@answers.wrong("You add a multiple of the distance")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    pull = mu / 2 * np.linalg.norm(weights - global_weights)
    return weights - learning_rate * (gradient + pull)


@answers.wrong("it has the gradient's sign and is multiplied by the learning rate")
def proximal_step(weights, global_weights, gradient, learning_rate, mu):
    return weights - learning_rate * gradient + mu * (weights - global_weights)
