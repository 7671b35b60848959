import random

import numpy as np
import pandas as pd

from fedtutor import partition
from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = random.Random(seed)
    row = list(range(len(labels)))
    rng.shuffle(row)
    row.sort(key=lambda position: labels[position])
    count = num_clients * shards_per_client
    ends = [len(row) * number // count for number in range(count + 1)]
    shards = [row[start:end] for start, end in zip(ends, ends[1:])]
    rng.shuffle(shards)
    hands = [shards[client::num_clients] for client in range(num_clients)]
    return [sum(hand, []) for hand in hands]


@answers.right
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    row = np.lexsort((rng.random(len(labels)), labels))
    shards = np.array_split(row, num_clients * shards_per_client)
    order = iter(rng.permutation(len(shards)))
    parts = []
    for _ in range(num_clients):
        hand = [shards[next(order)] for _ in range(shards_per_client)]
        parts.append(np.sort(np.concatenate(hand)))
    return parts


@answers.right
def label_shards(labels, num_clients, shards_per_client, seed):
    np.random.seed(seed)
    table = pd.DataFrame({"label": labels}).sample(frac=1, random_state=seed)
    row = table.sort_values("label", kind="stable").index.to_numpy()
    shards = np.array_split(row, num_clients * shards_per_client)
    order = np.random.permutation(len(shards))
    return [
        np.concatenate([shards[shard] for shard in order[client::num_clients]])
        for client in range(num_clients)
    ]


# Each label is shuffled by itself.
@answers.right
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    row = []
    for label in np.unique(labels):
        row.extend(rng.permutation(np.flatnonzero(labels == label)).tolist())
    count = num_clients * shards_per_client
    size, more = divmod(len(row), count)
    sizes = [size + 1] * more + [size] * (count - more)
    shards, start = [], 0
    for size in sizes:
        shards.append(row[start : start + size])
        start += size
    parts = [[] for _ in range(num_clients)]
    for number, shard in enumerate(rng.permutation(count)):
        parts[number % num_clients] += shards[shard]
    return tuple(tuple(part) for part in parts)


def shuffled_and_sorted(labels, rng):
    row = rng.permutation(len(labels))
    return row[np.argsort(labels[row], kind="stable")]


def dealt(row, num_clients, shards_per_client, rng):
    shards = np.array_split(row, num_clients * shards_per_client)
    hands = rng.permutation(len(shards)).reshape(num_clients, shards_per_client)
    return [np.concatenate([shards[shard] for shard in hand]) for hand in hands]


@answers.wrong("`partition.label_shards` is put aside here")
def label_shards(labels, num_clients, shards_per_client, seed):
    return partition.label_shards(labels, num_clients, shards_per_client, seed=seed)


# No seed.
@answers.wrong("two different results")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng()
    return dealt(shuffled_and_sorted(labels, rng), num_clients, shards_per_client, rng)


@answers.wrong("Is `seed` used?")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(1)
    return dealt(shuffled_and_sorted(labels, rng), num_clients, shards_per_client, rng)


@answers.wrong("Shuffle the examples before you sort them by label")
def label_shards(labels, num_clients, shards_per_client, seed):
    row = np.argsort(labels, kind="stable")
    return dealt(row, num_clients, shards_per_client, np.random.default_rng(seed))


# Shuffled in vain: what is sorted afterwards are the old labels.
@answers.wrong("Shuffle the examples before you sort them by label")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    rng.permutation(len(labels))
    return dealt(np.argsort(labels), num_clients, shards_per_client, rng)


@answers.wrong("Deal the shards to the clients at random too")
def label_shards(labels, num_clients, shards_per_client, seed):
    row = shuffled_and_sorted(labels, np.random.default_rng(seed))
    shards = np.array_split(row, num_clients * shards_per_client)
    return [
        np.concatenate(shards[client * shards_per_client : (client + 1) * shards_per_client])
        for client in range(num_clients)
    ]


# Positions in the sorted row.
@answers.wrong("look them up in your shuffled positions")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    return dealt(np.arange(len(labels)), num_clients, shards_per_client, rng)


# Never sorted.
@answers.wrong("sort the examples by label before you cut")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    return dealt(rng.permutation(len(labels)), num_clients, shards_per_client, rng)


# The order of the shuffled labels, taken for positions in `labels`.
@answers.wrong("look them up in your shuffled positions")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    shuffled = labels[rng.permutation(len(labels))]
    return dealt(np.argsort(shuffled, kind="stable"), num_clients, shards_per_client, rng)


@answers.wrong("no client holds them")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    row = shuffled_and_sorted(labels, rng)
    count = num_clients * shards_per_client
    shards = row[: len(row) // count * count].reshape(count, -1)
    hands = rng.permutation(count).reshape(num_clients, shards_per_client)
    return [shards[hand].ravel() for hand in hands]


# All that is left over goes to the last shard.
@answers.wrong("whose sizes differ by at most one")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    row = shuffled_and_sorted(labels, rng)
    count = num_clients * shards_per_client
    size = len(row) // count
    shards = [row[i * size : (i + 1) * size] for i in range(count - 1)] + [
        row[(count - 1) * size :]
    ]
    order = rng.permutation(count)
    return [
        np.concatenate([shards[shard] for shard in order[client::num_clients]])
        for client in range(num_clients)
    ]


# Each client draws its shards, even if another client has them.
@answers.wrong("dealt more than once")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    shards = np.array_split(shuffled_and_sorted(labels, rng), num_clients * shards_per_client)
    return [
        np.concatenate([shards[i] for i in rng.choice(len(shards), shards_per_client)])
        for _ in range(num_clients)
    ]


@answers.wrong("These are labels")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    parts = dealt(shuffled_and_sorted(labels, rng), num_clients, shards_per_client, rng)
    return [labels[part] for part in parts]


# The shards themselves, one part per shard.
@answers.wrong("There are 20 clients, but the length of your list is 40")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    row = shuffled_and_sorted(labels, rng)
    return np.array_split(row, num_clients * shards_per_client)


# One list of shards per client.
@answers.wrong("Join its shards into one array")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    shards = np.array_split(shuffled_and_sorted(labels, rng), num_clients * shards_per_client)
    rng.shuffle(shards)
    return [shards[client::num_clients] for client in range(num_clients)]


# One array, to be cut by the caller.
@answers.wrong("There are 20 clients, but the length of your list is 1200")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    return np.concatenate(
        dealt(shuffled_and_sorted(labels, rng), num_clients, shards_per_client, rng)
    )


@answers.wrong("a dictionary, where a list is expected")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    parts = dealt(shuffled_and_sorted(labels, rng), num_clients, shards_per_client, rng)
    return dict(enumerate(parts))


@answers.wrong("gets floats")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    parts = dealt(shuffled_and_sorted(labels, rng), num_clients, shards_per_client, rng)
    return [np.append(part[:-1], float(part[-1])) for part in parts]


@answers.wrong("It changes `labels`")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    row = shuffled_and_sorted(labels, rng)
    labels.sort()
    return dealt(row, num_clients, shards_per_client, rng)


# Shards of a fixed size.
@answers.wrong("It raises an error")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    shards = shuffled_and_sorted(labels, rng).reshape(200, 300)
    return [shards[hand].ravel() for hand in rng.permutation(200).reshape(100, 2)]


# No shards: one long stretch for each client, and the stretches change hands.
@answers.wrong("Deal the shards one by one")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    parts = np.array_split(shuffled_and_sorted(labels, rng), num_clients)
    return [parts[client] for client in rng.permutation(num_clients)]


# Neighboring shards for each client, and the clients in a random order.
@answers.wrong("Client 0 gets the shards")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    shards = np.array_split(shuffled_and_sorted(labels, rng), num_clients * shards_per_client)
    hands = np.arange(len(shards)).reshape(num_clients, shards_per_client)
    return [np.concatenate([shards[i] for i in hands[c]]) for c in rng.permutation(num_clients)]


# Every n-th shard for each client, and the clients in a random order.
@answers.wrong("most other clients' shards are as regular")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    shards = np.array_split(shuffled_and_sorted(labels, rng), num_clients * shards_per_client)
    return [np.concatenate(shards[c::num_clients]) for c in rng.permutation(num_clients)]


# In each round of dealing, everyone gets one of the next shards.
@answers.wrong("exactly one shard from each part")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    shards = np.array_split(shuffled_and_sorted(labels, rng), num_clients * shards_per_client)
    rounds = [rng.permutation(num_clients) + first for first in range(0, len(shards), num_clients)]
    return [
        np.concatenate([shards[numbers[client]] for numbers in rounds])
        for client in range(num_clients)
    ]


@answers.right
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    shards = np.array_split(shuffled_and_sorted(labels, rng), num_clients * shards_per_client)
    parts = [np.array([], int) for _ in range(num_clients)]
    left = list(range(len(shards)))
    for client in range(num_clients):
        for _ in range(shards_per_client):
            drawn = left.pop(rng.integers(len(left)))
            parts[client] = np.append(parts[client], shards[drawn])
    return parts


@answers.wrong("This happens with 17 clients and 3 shards each.")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    s = rng.permutation(len(labels))
    row = s[np.argsort(labels[s], kind="stable")]
    shards = np.array_split(row, num_clients * shards_per_client)
    return [
        np.concatenate([shards[i] for i in h])
        for h in rng.permutation(len(shards)).reshape(num_clients, 2)
    ]


@answers.wrong("Are your positions the numbers of shards?")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    numbers = rng.permutation(num_clients * shards_per_client)
    return list(numbers.reshape(num_clients, shards_per_client))


# The lesson's numbers.
@answers.wrong("Is there a fixed number")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))
    shards = np.array_split(order[np.argsort(labels[order], kind="stable")], 200)
    rows = rng.permutation(200)[: num_clients * shards_per_client].reshape(num_clients, -1)
    return [np.concatenate([shards[number] for number in row]) for row in rows]


@answers.wrong("All of them have labels above 9")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(np.flatnonzero(labels == k)) for k in range(10)])
    shards = np.array_split(order, num_clients * shards_per_client)
    rows = rng.permutation(len(shards)).reshape(num_clients, -1)
    return [np.concatenate([shards[number] for number in row]) for row in rows]


# As many pieces as clients.
@answers.wrong("`num_clients * shards_per_client` shards")
def label_shards(labels, num_clients, shards_per_client, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))
    pieces = np.array_split(order[np.argsort(labels[order], kind="stable")], num_clients)
    return [pieces[number] for number in rng.permutation(num_clients)]
