import numpy as np
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def momentum_step(weights, update, momentum, learning_rate, beta):
    momentum = beta * momentum + update
    return weights + learning_rate * momentum, momentum


@answers.right
def momentum_step(weights, update, momentum, learning_rate, beta):
    new = momentum.copy()
    new *= beta
    new += update
    return [np.add(weights, np.multiply(learning_rate, new)), new]


@answers.right
def momentum_step(weights, update, momentum, learning_rate, beta):
    new = tf.constant(momentum) * beta + update
    return weights + learning_rate * new.numpy(), new


@answers.wrong("You subtract")
def momentum_step(weights, update, momentum, learning_rate, beta):
    new = beta * momentum + update
    return weights - learning_rate * new, new


@answers.wrong("with the old momentum")
def momentum_step(weights, update, momentum, learning_rate, beta):
    new_weights = weights + learning_rate * momentum
    return new_weights, beta * momentum + update


@answers.wrong("by `1 - beta`")
def momentum_step(weights, update, momentum, learning_rate, beta):
    new = beta * momentum + (1 - beta) * update
    return weights + learning_rate * new, new


@answers.wrong("inside your momentum")
def momentum_step(weights, update, momentum, learning_rate, beta):
    new = beta * momentum + learning_rate * update
    return weights + new, new


@answers.wrong("with the update alone")
def momentum_step(weights, update, momentum, learning_rate, beta):
    return weights + learning_rate * update, beta * momentum + update


@answers.wrong("forgot the learning rate")
def momentum_step(weights, update, momentum, learning_rate, beta):
    new = beta * momentum + update
    return weights + new, new


@answers.wrong("momentum first")
def momentum_step(weights, update, momentum, learning_rate, beta):
    new = beta * momentum + update
    return new, weights + learning_rate * new


@answers.wrong("Return two things")
def momentum_step(weights, update, momentum, learning_rate, beta):
    return weights + learning_rate * (beta * momentum + update)


@answers.wrong("the step itself")
def momentum_step(weights, update, momentum, learning_rate, beta):
    new = beta * momentum + update
    return learning_rate * new, new


@answers.wrong("It changes `momentum`")
def momentum_step(weights, update, momentum, learning_rate, beta):
    momentum *= beta
    momentum += update
    return weights + learning_rate * momentum, momentum


@answers.wrong("you return the old momentum")
def momentum_step(weights, update, momentum, learning_rate, beta):
    new = beta * momentum + update
    return weights + learning_rate * new, momentum


@answers.wrong("multiply the update by `beta` too")
def momentum_step(weights, update, momentum, learning_rate, beta):
    new = beta * (momentum + update)
    return weights + learning_rate * new, new


@answers.wrong("`beta` is at the update")
def momentum_step(weights, update, momentum, learning_rate, beta):
    new = momentum + beta * update
    return weights + learning_rate * new, new


@answers.wrong("as in Nesterov's momentum")
def momentum_step(weights, update, momentum, learning_rate, beta):
    new = beta * momentum + update
    return weights + learning_rate * (update + beta * new), new
