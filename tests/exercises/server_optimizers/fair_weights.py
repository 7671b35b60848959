import numpy as np
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def fair_weights(losses, q):
    return losses**q / np.sum(losses**q)


@answers.right
def fair_weights(losses, q):
    powers = [loss**q for loss in losses]
    return [power / sum(powers) for power in powers]


@answers.right
def fair_weights(losses, q):
    logarithms = q * np.log(losses)
    powers = np.exp(logarithms - logarithms.max())
    return powers / powers.sum()


@answers.right
def fair_weights(losses, q):
    powers = tf.pow(tf.constant(losses, tf.float64), tf.constant(q, tf.float64))
    return powers / tf.reduce_sum(powers)


@answers.wrong("divide by the sum of the powers")
def fair_weights(losses, q):
    return losses**q


@answers.wrong("A factor would cancel out")
def fair_weights(losses, q):
    products = q * losses
    return products / np.sum(products)


@answers.wrong("You don't use `q`")
def fair_weights(losses, q):
    return losses / np.sum(losses)


@answers.wrong("Divide by the sum of their powers")
def fair_weights(losses, q):
    return losses**q / losses.sum()


@answers.wrong("`^` isn't a power")
def fair_weights(losses, q):
    powers = losses ^ q
    return powers / powers.sum()


@answers.wrong("isn't an exponent")
def fair_weights(losses, q):
    return q * losses


@answers.wrong("clients with a low loss count more")
def fair_weights(losses, q):
    powers = (1 / losses) ** q
    return powers / powers.sum()


@answers.wrong("as in a softmax")
def fair_weights(losses, q):
    powers = np.exp(q * losses)
    return powers / powers.sum()


@answers.wrong("the other way round: `losses**q`")
def fair_weights(losses, q):
    powers = float(q) ** losses
    return powers / powers.sum()


@answers.wrong("You divide first")
def fair_weights(losses, q):
    return (losses / losses.sum()) ** q


@answers.wrong("divide by the largest")
def fair_weights(losses, q):
    return losses**q / np.max(losses**q)


@answers.wrong("exponent q + 1")
def fair_weights(losses, q):
    powers = losses ** (q + 1)
    return powers / powers.sum()


@answers.wrong("Return one array, the weights")
def fair_weights(losses, q):
    powers = losses**q
    return powers / powers.sum(), q
