"""Fewer bytes: federated averaging with compressed updates, accuracy against the bytes sent up.

The 2NN from random weights, 30 rounds, E=1, B=10, learning rate 0.1, equal weights. Three settings:

    iid       100 clients with 600 digits each, ten of them a round
    shards    100 clients with two label shards each, ten of them a round
    everyone  the first ten clients of `iid`, all of them in every round

Every message is really packed into bytes and unpacked again; what the server averages is what it has
unpacked. Only the way up is compressed. The schemes, which lesson 09 explains and writes out:

    float32            four bytes a number
    8 bits, 1 bit      each array rounded at random to 256 or 2 levels between its extremes
    rotated 1 bit      all numbers rotated at random, then one sign each and one scale (DRIVE)
    sign               each array's signs, times the mean of its absolute values
    top 1%, top 0.1%   the largest numbers and their positions
    ... + memory       the same with error feedback: a client adds what it has not sent to its next update

The server adds the mean of what it received. As a control, with float32, 1 bit and sign on `iid` and
`shards`, it also adds twice and three times the mean, and with sign five times (server learning rates):
a message of signs carries only a part of the update that it stands for.

    python experiments/fewer_bytes.py

writes data/results/fewer_bytes.csv: one row per setting, scheme, server rate, seed and measured round,
with the bytes of one message, the mean of |received - meant|^2 / |meant|^2 over the round's messages, and
the accuracy on the 10,000 test digits. Of one seed, all schemes have the same initial weights, cohorts
and order of digits. Finished runs are kept in build/experiments/fewer_bytes, and a stopped experiment
goes on from there; `--restart` forgets them.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from shared import perceptron

from fedtutor import data, federated, models, partition

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "experiments" / "fewer_bytes"
SEEDS = (1, 2, 3, 4, 5)
ROUNDS = 30
MEASURED = (1, 2, 3, 5, 7, 10, 15, 20, 25, 26, 27, 28, 29, 30)
PER_ROUND, RATE = 10, 0.1
SIDE = 512  # the rotation is one of SIDE * SIDE numbers


def pack(numbers, width):
    """Whole numbers from 0 to 2**width - 1 as bytes, `width` bits each."""
    shifts = np.arange(width, dtype=numbers.dtype)[::-1]
    return np.packbits(numbers[:, None] >> shifts & 1).tobytes()


def unpack(message, width, count):
    bits = np.unpackbits(np.frombuffer(message, np.uint8), count=width * count)
    return bits.reshape(count, width) @ (1 << np.arange(width)[::-1])


def floats(message):
    return np.frombuffer(message, np.float32)


def hadamard(side):
    matrix = np.ones((1, 1), np.float32)
    while len(matrix) < side:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix / np.float32(np.sqrt(side))


HADAMARD = hadamard(SIDE)


def rotate(square):
    """A rotation, and its own inverse."""
    return HADAMARD @ square @ HADAMARD


# Each scheme takes a vector and a random generator; it returns a message, and what the server reads from
# it. `per_array` schemes get a model's arrays one by one, the others get all numbers in a row.


def float32(vector, rng):
    message = vector.astype(np.float32).tobytes()
    return message, floats(message)


def bits(width):
    def scheme(vector, rng):
        low, high = vector.min(), vector.max()
        step = max(high - low, np.float32(1e-12)) / (2**width - 1)
        dice = rng.random(len(vector), dtype=np.float32)
        levels = np.minimum(np.floor((vector - low) / step + dice), 2**width - 1)
        message = np.array([low, step], np.float32).tobytes()
        message += pack(levels.astype(np.uint8), width)
        low, step = floats(message[:8])
        return message, low + step * unpack(message[8:], width, len(vector)).astype(np.float32)

    return scheme


def sign(vector, rng):
    scale = np.abs(vector).mean(dtype=np.float32)
    message = scale.tobytes() + pack((vector > 0).astype(np.uint8), 1)
    signs = 2 * unpack(message[4:], 1, len(vector)).astype(np.float32) - 1
    return message, floats(message[:4]) * signs


def rotated_bit(vector, rng):
    flips = rng.integers(0, 2, (SIDE, SIDE)).astype(np.float32) * 2 - 1  # from a shared seed
    square = np.zeros((SIDE, SIDE), np.float32)
    square.flat[: len(vector)] = vector
    rotated = rotate(square * flips)
    scale = np.float32(np.sum(rotated**2) / np.sum(np.abs(rotated)))
    message = scale.tobytes() + pack((rotated > 0).ravel().astype(np.uint8), 1)
    signs = 2 * unpack(message[4:], 1, SIDE * SIDE).astype(np.float32) - 1
    back = rotate(floats(message[:4]) * signs.reshape(SIDE, SIDE)) * flips
    return message, back.ravel()[: len(vector)]


def top(share):
    def scheme(vector, rng):
        count = round(share * len(vector))
        width = int(np.ceil(np.log2(len(vector))))
        largest = np.sort(np.argpartition(np.abs(vector), -count)[-count:]).astype(np.int32)
        message = vector[largest].astype(np.float32).tobytes() + pack(largest, width)
        back = np.zeros(len(vector), np.float32)
        back[unpack(message[4 * count :], width, count)] = floats(message[: 4 * count])
        return message, back

    return scheme


# name: (scheme, whether it takes the arrays one by one, whether clients keep what they have not sent)
SCHEMES = {
    "float32": (float32, False, False),
    "8 bits": (bits(8), True, False),
    "1 bit": (bits(1), True, False),
    "rotated 1 bit": (rotated_bit, False, False),
    "sign": (sign, True, False),
    "sign + memory": (sign, True, True),
    "top 1%": (top(0.01), False, False),
    "top 1% + memory": (top(0.01), False, True),
    "top 0.1%": (top(0.001), False, False),
    "top 0.1% + memory": (top(0.001), False, True),
}
OF_SETTING = {
    "iid": ["float32", "8 bits", "1 bit", "rotated 1 bit", "sign", "top 1%"],
    "shards": ["float32", "8 bits", "1 bit", "rotated 1 bit", "sign", "top 1%"],
    "everyone": ["float32", "sign", "sign + memory", "top 1%", "top 1% + memory", "top 0.1%",
                 "top 0.1% + memory"],
}  # fmt: skip


def server_rates(setting, name):
    if setting == "everyone" or name not in ("float32", "1 bit", "sign"):
        return (1,)
    return (1, 2, 3, 5) if name == "sign" else (1, 2, 3)


def compress(scheme, per_array, arrays, rng):
    """The length of the message, and the arrays that the server reads from it."""
    if per_array:
        messages, received = zip(*(scheme(array.ravel(), rng) for array in arrays))
        received = np.concatenate(received)
        length = sum(map(len, messages))
    else:
        message, received = scheme(perceptron.flat(arrays), rng)
        length = len(message)
    return length, perceptron.unflat(received, arrays)


def parts_of(setting, labels, seed):
    if setting == "shards":
        return partition.label_shards(labels, 100, 2, seed=seed)
    parts = partition.iid(labels, 100, seed=seed)
    return parts[:10] if setting == "everyone" else parts


def run(setting, name, server_rate, seed, digits):
    """The rows of one run."""
    scheme, per_array, remembers = SCHEMES[name]
    x, y, x_test, y_test = digits
    parts = parts_of(setting, y, seed)
    weights = models.perceptron_2nn(seed=seed).get_weights()
    memory, rows = {}, []
    for round_num in range(1, ROUNDS + 1):
        total, errors, lengths = [np.zeros_like(array) for array in weights], [], []
        for client in federated.sample_cohort(len(parts), PER_ROUND, round_num, seed=seed):
            part = parts[client]
            order = [seed, client, round_num]
            new = perceptron.train(weights, x[part], y[part], learning_rate=RATE, seed=order)
            meant = [after - before for after, before in zip(new, weights)]
            if client in memory:
                meant = [one + left for one, left in zip(meant, memory[client])]
            rng = np.random.default_rng([9, seed, client, round_num])
            length, received = compress(scheme, per_array, meant, rng)
            left = [one - other for one, other in zip(meant, received)]
            if remembers:
                memory[client] = left
            errors.append(squares(left) / squares(meant))
            lengths.append(length)
            total = [one + other for one, other in zip(total, received)]
        share = np.float32(server_rate / PER_ROUND)
        weights = [array + share * one for array, one in zip(weights, total)]
        if round_num in MEASURED:
            right = perceptron.right(weights, x_test, y_test)
            row = np.mean(lengths), np.mean(errors), right.mean()
            rows.append((setting, name, server_rate, seed, round_num, *row))
    columns = ["setting", "scheme", "server_rate", "seed", "round", "bytes", "error", "accuracy"]
    return pd.DataFrame(rows, columns=columns).astype({"bytes": int}).round(4)


def squares(arrays):
    return sum(float(np.sum(array.astype(np.float64) ** 2)) for array in arrays)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--restart", action="store_true", help="forget the runs that are kept")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument(
        "--out", type=Path, default=ROOT / "data" / "results", help="the folder for the result"
    )
    args = parser.parse_args()

    mnist = data.load_mnist()
    x, x_test = perceptron.pixels(mnist.x_train), perceptron.pixels(mnist.x_test)
    digits = x, mnist.y_train, x_test, mnist.y_test
    KEPT.mkdir(parents=True, exist_ok=True)
    tables = {}
    for seed in args.seeds:
        for setting, name in ((s, n) for s, names in OF_SETTING.items() for n in names):
            for rate in server_rates(setting, name):
                file = KEPT / f"{setting}_{name.replace(' ', '_')}_x{rate}_{seed}.csv"
                if args.restart or not file.is_file():
                    run(setting, name, rate, seed, digits).to_csv(file, index=False)
                table = tables[setting, name, rate, seed] = pd.read_csv(file)
                end = table[table["round"] > ROUNDS - 5]["accuracy"].mean()
                print(f"{setting}, {name}, x {rate}, seed {seed}: {end:.4f}", flush=True)
        # After each seed, so that an experiment that is stopped leaves what it has.
        args.out.mkdir(parents=True, exist_ok=True)
        ordered = [tables[key] for key in sorted(tables, key=_place)]
        pd.concat(ordered).to_csv(args.out / "fewer_bytes.csv", index=False)


def _place(key):
    setting, name, *rate_and_seed = key
    return list(OF_SETTING).index(setting), list(SCHEMES).index(name), *rate_and_seed


if __name__ == "__main__":
    main()
