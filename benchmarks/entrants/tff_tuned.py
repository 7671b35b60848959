"""TFF with all the speed that its own options give, on its own runtime.

A functional model, the loop over an iterator, and batches that are shuffled and gathered in NumPy
before each round.
"""

import numpy as np
import tensorflow as tf
import tensorflow_federated as tff

from benchmarks.entrants import contract, keras_models

work = contract.work()
examples = work.everybody()
rng = np.random.default_rng(0)
x, y = next(iter(examples.values()))
input_spec = (
    tf.TensorSpec((None, *x.shape[1:]), tf.float32),
    tf.TensorSpec((None,), tf.int32),
)


def batches(client):
    x, y = examples[client]
    order = rng.permutation(len(y)).reshape(-1, work.batch_size)
    return tf.data.Dataset.from_tensor_slices((x[order], y[order]))


model = tff.learning.models.functional_model_from_keras(
    keras_models.build(work.model),
    loss_fn=tf.keras.losses.SparseCategoricalCrossentropy(),
    input_spec=input_spec,
)
process = tff.learning.algorithms.build_weighted_fed_avg(
    model,
    client_optimizer_fn=tff.learning.optimizers.build_sgdm(work.learning_rate),
    server_optimizer_fn=tff.learning.optimizers.build_sgdm(1.0),
    loop_implementation=tff.learning.LoopImplementation.DATASET_ITERATOR,
)
first = tff.learning.models.ModelWeights(trainable=tuple(work.initial), non_trainable=())
state = process.set_model_weights(process.initialize(), first)
for cohort in work.rounds():
    output = process.next(state, [batches(client) for client in cohort])
    state = output.state
    print(output.metrics["client_work"]["train"], flush=True)
weights = process.get_model_weights(state).trainable
work.answer(weights, "tensorflow", "tensorflow-federated")
