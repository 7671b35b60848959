"""The floor compiled by XLA: a client's loop over its batches is one program, on one core.

The weights are values that the loop carries along, not variables. All clients of a work hold equally
many examples, so XLA compiles once; with clients of different sizes it would compile for each size.
"""

import os

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

from concurrent.futures import ThreadPoolExecutor  # noqa: E402

import tensorflow as tf  # noqa: E402

from benchmarks.entrants import contract  # noqa: E402
from benchmarks.entrants.arithmetic import logits  # noqa: E402

THREADS = 2

work = contract.work()
examples = work.everybody()


@tf.function(jit_compile=True, autograph=False)
def train_in_order(weights, x, y, order):
    def step(number, *weights):
        index = tf.slice(order, [number * work.batch_size], [work.batch_size])
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(
                    tf.gather(y, index), logits(weights, tf.gather(x, index))
                )
            )
        gradients = tape.gradient(loss, weights)
        stepped = [w - work.learning_rate * g for w, g in zip(weights, gradients)]
        return number + 1, *stepped

    steps = y.shape[0] // work.batch_size
    return tf.while_loop(lambda number, *_: number < steps, step, (0, *weights))[1:]


def train(number):
    x, y = examples[number]
    # Outside of the compiled function, because XLA draws other random numbers.
    order = tf.random.shuffle(tf.range(len(y)))
    return train_in_order(tuple(tf.constant(w) for w in weights), x, y, order), len(y)


weights = work.initial
with ThreadPoolExecutor(THREADS) as pool:
    for cohort in work.rounds():
        average = contract.Average()
        for update in pool.map(train, cohort):
            average.add(*update)
        weights = average.result()
work.answer(weights, "tensorflow")
