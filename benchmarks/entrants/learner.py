"""What a learner writes after TFF's tutorials, with default arguments throughout.

`tff_tutorial`, `fedtutor_worker` and `fedtutor` all run this very function; they differ in the
runtime beneath it, and in nothing else.
"""

import tensorflow as tf
import tensorflow_federated as tff

from benchmarks.entrants import contract, keras_models


def train():
    work = contract.work()
    datasets = {
        client: tf.data.Dataset.from_tensor_slices(examples)
        .shuffle(len(examples[1]))
        .batch(work.batch_size)
        for client, examples in work.everybody().items()
    }
    input_spec = next(iter(datasets.values())).element_spec

    def model_fn():
        return tff.learning.models.from_keras_model(
            keras_models.build(work.model),
            loss=tf.keras.losses.SparseCategoricalCrossentropy(),
            input_spec=input_spec,
            metrics=[tf.keras.metrics.SparseCategoricalAccuracy()],
        )

    process = tff.learning.algorithms.build_weighted_fed_avg(
        model_fn,
        client_optimizer_fn=tff.learning.optimizers.build_sgdm(work.learning_rate),
        server_optimizer_fn=tff.learning.optimizers.build_sgdm(1.0),
    )
    first = tff.learning.models.ModelWeights(trainable=work.initial, non_trainable=[])
    state = process.set_model_weights(process.initialize(), first)
    for cohort in work.rounds():
        output = process.next(state, [datasets[client] for client in cohort])
        state = output.state
        print(output.metrics["client_work"]["train"], flush=True)
    weights = process.get_model_weights(state).trainable
    work.answer(weights, "tensorflow", "tensorflow-federated")
