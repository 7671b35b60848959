"""Federated averaging as one writes it first: `model.fit` for each client, one after the other."""

import tensorflow as tf

from benchmarks.entrants import contract, keras_models

work = contract.work()
examples = work.everybody()
model = keras_models.build(work.model)
model.compile(tf.keras.optimizers.SGD(work.learning_rate), loss="sparse_categorical_crossentropy")

weights = work.initial
for cohort in work.rounds():
    average = contract.Average()
    for client in cohort:
        x, y = examples[client]
        model.set_weights(weights)
        model.fit(x, y, batch_size=work.batch_size, verbose=0)  # fit shuffles by itself
        average.add(model.get_weights(), len(y))
    weights = average.result()
work.answer(weights, "tensorflow")
