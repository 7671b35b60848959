import numpy as np
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def control_variate(own, control, before, after, num_steps, learning_rate):
    return own - control + (before - after) / (num_steps * learning_rate)


@answers.right
def control_variate(own, control, before, after, num_steps, learning_rate):
    scale = 1 / num_steps / learning_rate
    result = np.subtract(before, after) * scale
    result = result + own
    return result - control


@answers.right
def control_variate(own, control, before, after, num_steps, learning_rate):
    corrected = (after - before) / -(num_steps * learning_rate)
    correction = control - own
    return corrected - correction


@answers.right
def control_variate(own, control, before, after, num_steps, learning_rate):
    moved = tf.constant(before) - tf.constant(after)
    return tf.constant(own) - tf.constant(control) + moved / (num_steps * learning_rate)


@answers.wrong("The sign of the movement is wrong")
def control_variate(own, control, before, after, num_steps, learning_rate):
    return own - control + (after - before) / (learning_rate * num_steps)


@answers.wrong("as in the corrected step")
def control_variate(own, control, before, after, num_steps, learning_rate):
    return (before - after) / (num_steps * learning_rate) - own + control


@answers.wrong("mean of the corrected steps")
def control_variate(own, control, before, after, num_steps, learning_rate):
    return (before - after) / (num_steps * learning_rate)


@answers.wrong("the sum of the gradients")
def control_variate(own, control, before, after, num_steps, learning_rate):
    return own - control + (before - after) / learning_rate


@answers.wrong("Divide by `learning_rate` too")
def control_variate(own, control, before, after, num_steps, learning_rate):
    return own - control + (before - after) / num_steps


@answers.wrong("Put brackets around")
def control_variate(own, control, before, after, num_steps, learning_rate):
    return own - control + (before - after) / num_steps * learning_rate


@answers.wrong("You multiply by")
def control_variate(own, control, before, after, num_steps, learning_rate):
    return own - control + num_steps * learning_rate * (before - after)


@answers.wrong("how the control variate changes")
def control_variate(own, control, before, after, num_steps, learning_rate):
    return (before - after) / (num_steps * learning_rate) - control


@answers.wrong("You forgot `control`")
def control_variate(own, control, before, after, num_steps, learning_rate):
    return own + (before - after) / (num_steps * learning_rate)


@answers.wrong("It changes `own`")
def control_variate(own, control, before, after, num_steps, learning_rate):
    own -= control
    own += (before - after) / (num_steps * learning_rate)
    return own


@answers.wrong("You add `control`. It was added")
def control_variate(own, control, before, after, num_steps, learning_rate):
    return own + control + (before - after) / (num_steps * learning_rate)


@answers.wrong("You returned two values")
def control_variate(own, control, before, after, num_steps, learning_rate):
    mean_step = (before - after) / (num_steps * learning_rate)
    return own - control + mean_step, mean_step


@answers.wrong("Only the movement is divided")
def control_variate(own, control, before, after, num_steps, learning_rate):
    return (own - control + (before - after) / learning_rate) / num_steps
