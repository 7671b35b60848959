"""FedJAX: its own federated averaging, with its default way of going through the clients."""

import fedjax
import jax
import jax.numpy as jnp

from benchmarks.entrants import contract

work = contract.work()
examples = {
    client: fedjax.ClientDataset({"x": x, "y": y}) for client, (x, y) in work.everybody().items()
}


def logits(weights, x):
    kernels, biases = weights[0::2], weights[1::2]
    if kernels[0].ndim == 4:
        x = x[..., None]
    for number, (kernel, bias) in enumerate(zip(kernels, biases)):
        if kernel.ndim == 4:
            dimensions = ("NHWC", "HWIO", "NHWC")
            x = jax.lax.conv_general_dilated(
                x, kernel, (1, 1), "SAME", dimension_numbers=dimensions
            )
            x = jax.nn.relu(x + bias)
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, *[(1, 2, 2, 1)] * 2, "VALID")
        else:
            x = x.reshape(len(x), -1) @ kernel + bias
            x = jax.nn.relu(x) if number < len(kernels) - 1 else x
    return x


def loss(weights, batch, rng):
    log_probabilities = jax.nn.log_softmax(logits(weights, batch["x"]))
    return -jnp.mean(jnp.take_along_axis(log_probabilities, batch["y"][:, None], axis=1))


algorithm = fedjax.algorithms.fed_avg.federated_averaging(
    jax.grad(loss),
    client_optimizer=fedjax.optimizers.sgd(work.learning_rate),
    server_optimizer=fedjax.optimizers.sgd(1.0),
    client_batch_hparams=fedjax.ShuffleRepeatBatchHParams(batch_size=work.batch_size),
)
state = algorithm.init([jnp.asarray(array) for array in work.initial])
rng = jax.random.PRNGKey(0)
for cohort in work.rounds():
    clients = []
    for place, client in enumerate(cohort):
        rng, use_rng = jax.random.split(rng)
        clients.append((str(place), examples[client], use_rng))
    state, _ = algorithm.apply(state, clients)
    # JAX works behind Python's back: the round ends when the new weights are there.
    jax.block_until_ready(state.params)
work.answer(state.params, "fedjax", "jax", "jaxlib")
