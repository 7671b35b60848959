"""What functions that train are tried with: weights, clients and data for a small network."""

import numpy as np

from fedtutor.exercises.functions import Case

# Of the network that `probes.model_and_cohort` and `probes.model_and_batches` build.
SHAPES = ((16, 5), (5,), (5, 3), (3,))


def random_weights(rng, shapes=SHAPES):
    """Weights for that network, or other arrays: a list of float32 arrays."""
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def random_clients(rng, *sizes):
    """Images of 4 by 4 pixels and labels for each client: a list of `(x, y)`."""
    return [
        (rng.random((n, 4, 4)).astype(np.float32), rng.integers(0, 3, n).astype(np.int32))
        for n in sizes
    ]


def averages(rng):
    """Cases for an average: the clients' weights, and their numbers of examples."""
    two = [
        [np.array([0.0, 10.0]), np.array([[2.0]])],
        [np.array([1.0, 20.0]), np.array([[6.0]])],
    ]
    yield Case(two, [100, 300])
    sizes = [int(n) for n in (rng.integers(500, 900), rng.integers(5, 50), 200)]
    yield Case(
        [random_weights(rng) for _ in sizes],
        sizes,
        about="with three clients of four arrays",
    )
    sizes = rng.integers(50, 500, 5)
    shapes = ((3,), (2, 4, 2))
    yield Case(
        tuple(random_weights(rng, shapes) for _ in sizes),
        sizes,
        about="with five clients of two arrays",
    )
    yield Case(
        [random_weights(rng)],
        [int(rng.integers(2, 900))],
        about="with a single client",
    )
    yield Case(
        [random_weights(rng, shapes) for _ in range(3)],
        [40, 0, 160],
        about="with a client that has no examples",
    )
    share = float(rng.uniform(0.1, 0.4))
    yield Case(
        tuple(random_weights(rng, shapes) for _ in range(2)),
        (share, 1 - share),
        about="with shares instead of numbers of examples",
    )
    numbers = [[np.array(x), np.array(y)] for x, y in rng.normal(size=(2, 2))]
    yield Case(numbers, [30, 10], about="with arrays of a single number each")


def rounds(rng):
    """Cases for a round: what the model holds, the global weights, the cohort, and a learning rate."""
    few, some, many = (int(n) for n in (rng.integers(2, 6), rng.integers(9, 13), 25))
    yield Case(random_weights(rng), random_weights(rng), random_clients(rng, few, many), 0.5)
    rate = round(float(rng.uniform(0.6, 0.9)), 2)
    yield Case(
        random_weights(rng),
        random_weights(rng),
        random_clients(rng, many, few, some),
        rate,
        about=f"with three clients and a learning rate of {rate}",
    )
    yield Case(
        random_weights(rng),
        random_weights(rng),
        random_clients(rng, some),
        0.5,
        about="with a cohort of one client",
    )
    yield Case(
        random_weights(rng),
        random_weights(rng),
        random_clients(rng, many, 0, few),
        0.5,
        about="with a client that has no examples",
    )


def rounds_with_server_rate(rng):
    """The same, each with a server learning rate; the first without one."""
    for case, rate in zip(rounds(rng), (None, 0.5, 0.25, 1.5)):
        if rate is None:
            yield Case(*case.args, about="without a server learning rate (then it is 1)")
        else:
            about = f"{case.about} and a server learning rate of {rate}"
            yield Case(*case.args, rate, about=about)


def one_client(rng):
    """Cases for one client: what the model holds, the global weights, the batches, and a learning rate.

    The last ones end in weights that are not finite. What breaks differs: mistakes that break the same
    cases could not be told apart.
    """
    many, few = int(rng.integers(20, 30)), int(rng.integers(2, 8))
    yield Case(random_weights(rng), random_weights(rng), *random_clients(rng, many), 0.5)
    about = f"with {few} examples and a learning rate of 0.9"
    yield Case(
        random_weights(rng), random_weights(rng), *random_clients(rng, few), 0.9, about=about
    )
    about = "with a client without examples"
    yield Case(random_weights(rng), random_weights(rng), *random_clients(rng, 0), 0.5, about=about)
    yield Case(*_infinite_pixel(rng), about="where one pixel is infinite")
    yield Case(*_too_large_a_step(rng), about="where some of the weights become infinite")
    yield Case(*_overflow(rng), about="where all pixels are sound and some weights become `nan`")
    yield Case(*_minus_infinity(rng), about="where some of the weights become minus infinity")


def _infinite_pixel(rng):
    """One batch with an infinite pixel, after which five weights of the first kernel are `nan`.

    All weights of the infinite pixel are negative, so this example turns every hidden unit off. The
    gradient of these weights is then infinity times 0, which is `nan` on every processor, and nothing
    else is broken. (A pixel that is `nan` itself wouldn't do: some processors turn `relu(nan)` into 0,
    and then most of the weights stay sound.)
    """
    held, (kernel, *others) = random_weights(rng), random_weights(rng)
    images, labels = random_clients(rng, 4)[0]
    row, column = 1, 2
    images[int(rng.integers(4)), row, column] = np.inf
    pixel = 4 * row + column  # of 16, as `Flatten` counts them
    kernel[pixel] = -0.1 - abs(kernel[pixel])
    return held, [kernel, *others], (images, labels), 0.5


def _too_large_a_step(rng):
    """A sound batch and a learning rate that is far too large.

    After the one step the second kernel is infinite and all other arrays are finite: by a factor of 8 or
    more, whatever is drawn.
    """
    held, (first, _, second, _) = random_weights(rng), random_weights(rng)
    large = [100 * abs(first), np.zeros(5, "float32"), second / 10_000, np.zeros(3, "float32")]
    images, labels = random_clients(rng, 3)[0]
    return held, large, (images + np.float32(0.1), 0 * labels), 3e37


def _overflow(rng):
    """A sound batch of one image, and global weights so large that the gradient overflows.

    The hidden units are tiny and all on, and the second kernel makes the model sure of class 1 where the
    label is 0. The gradient of each hidden unit is then the difference of two weights of the kernel, at
    least 5e38, and float32 ends at 3.4e38: it is infinite. In the first kernel's gradient it is multiplied
    by the pixels, and infinity times a pixel of 0 is `nan` on every processor. The first bias becomes
    infinite; the last two arrays stay sound.
    """
    held, (first, _, second, _) = random_weights(rng), random_weights(rng)
    first = np.float32(1e-10) * (1 + abs(first))
    second = np.float32(1e-10) * second
    second[:, 0], second[:, 1] = -rng.uniform(2.5e38, 3e38, 5), rng.uniform(2.5e38, 3e38, 5)
    images = rng.uniform(0.2, 1, (1, 4, 4)).astype(np.float32)
    images[0, :2] = 0
    weights = [first, np.zeros(5, "float32"), second, np.zeros(3, "float32")]
    return held, weights, (images, np.zeros(1, np.int32)), 0.5


def _minus_infinity(rng):
    """A sound batch of one image, after which some weights are minus infinity and all others finite.

    Every array but the second kernel gets at least one, and no array has nothing else. The model is sure
    of class 1 where the label is 0: at a learning rate of 2.5e38, the last bias of class 1 falls from
    -2e38 below what float32 can hold. One hidden unit has a gradient of 10 or more, the others one of
    nearly 0, so only this unit's bias and its weights of the first kernel overflow.
    """
    held, (first, _, second, _) = random_weights(rng), random_weights(rng)
    first, second = np.float32(1e-3) * (1 + abs(first)), np.float32(1e-10) * second
    second[int(rng.integers(5)), :2] = -5, 5
    weights = [first, np.zeros(5, "float32"), second, np.float32([-3e38, -2e38, -3.2e38])]
    images = rng.uniform(0.2, 1, (1, 4, 4)).astype(np.float32)
    return held, weights, (images, np.zeros(1, np.int32)), 2.5e38
