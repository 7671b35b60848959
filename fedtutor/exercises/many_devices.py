"""The exercises of lesson 02."""

import functools

import numpy as np

from fedtutor import data, partition
from fedtutor.exercises import probes, values
from fedtutor.exercises.numeric import array_of_numbers
from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson(
    "02_many_devices",
    hides={"partition": ["label_shards", "heterogeneity"]},
    calls=lambda: [("partition.label_shards", (_labels(), 100, 2), {"seed": 1})],
)
summary = lesson.summary


@lesson.function(
    points=1,
    minutes=2,
    hints=(
        "The client's own labels are `labels[part]`.",
        "`np.bincount` counts how often each label occurs; `argmax` finds the position of the largest "
        "count.",
    ),
)
class favorite:
    def solution(labels, part):
        return np.bincount(labels[part]).argmax()

    def cases(rng):
        labels = np.array([3, 7, 7, 1, 3, 7, 0, 1, 1, 1, 0, 0], np.uint8)
        yield Case(labels, np.array([1, 2, 3, 4, 5]))
        for most in rng.permutation(10)[:3]:
            yield Case(*_client(rng, np.arange(10), most), about="with random labels")
        letters = rng.choice(np.arange(10, 62), 6, replace=False)
        yield Case(*_client(rng, letters, letters[3]), about="with labels beyond 9")
        yield Case(
            labels, np.array([4, 6, 11, 0, 3]), about="where two labels are equally frequent"
        )
        yield Case(labels, np.array([8]), about="if the client holds a single example")

    def verify(label, labels, part):
        if isinstance(label, np.ndarray) and label.size == 1:
            label = label.item()
        if not isinstance(label, (int, float)):
            return f"It returned {values.difference(0, label)}"
        held = np.bincount(labels[part])
        count = held[int(label)] if label in range(len(held)) else 0
        if count == held.max():
            return None
        return (
            f"It returned {values.short(label)}. The client holds {count or 'none'} of that "
            f"label, but {held.max()} of the label {held.argmax()}."
        )

    @mistake("This is how often the favorite occurs. Return the label itself.")
    def how_often(labels, part):
        return np.bincount(labels[part]).max()

    @mistake("This is the favorite of all clients together. Look at `labels[part]` only.")
    def of_the_whole(labels, part):
        return np.bincount(labels).argmax()

    @mistake("You count the positions. The labels at these positions are `labels[part]`.")
    def positions(labels, part):
        return np.bincount(part).argmax()

    @mistake(
        "This is the favorite's place among the labels that the client holds, not the label. "
        "`np.unique` returns those labels too: look up which of them is in that place."
    )
    def place(labels, part):
        return np.unique(labels[part], return_counts=True)[1].argmax()

    @mistake("This is the largest label that the client holds. Return the most frequent one.")
    def largest(labels, part):
        return labels[part].max()


def _client(rng, among, most):
    """Labels, and a part whose favorite is `most`, while all clients together have another favorite."""
    labels = rng.choice(among, 400).astype(np.uint8)
    theirs, part = np.split(rng.permutation(400), [340])
    labels[theirs[:150]] = rng.choice(among[among != most])
    labels[part[:20]] = most
    return labels, rng.permutation(part)


@lesson.function(
    points=5,
    minutes=10,
    probe=probes.label_shards_twice,
    hints=(
        "Shuffle the positions: `shuffled = rng.permutation(len(labels))`. Then sort them by their label: "
        '`shuffled[np.argsort(labels[shuffled], kind="stable")]`. `stable` keeps the shuffled order among '
        "equal labels.",
        "`np.array_split(array, count)` cuts an array into pieces whose lengths differ by at most one.",
        "Number the shards, shuffle the numbers, and reshape them to one row per client.",
    ),
)
class label_shards:
    def solution(labels, num_clients, shards_per_client, seed):
        rng = np.random.default_rng(seed)
        shuffled = rng.permutation(len(labels))
        by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
        shards = np.array_split(by_label, num_clients * shards_per_client)
        numbers = rng.permutation(len(shards)).reshape(num_clients, shards_per_client)
        return [np.concatenate([shards[number] for number in row]) for row in numbers]

    def cases(rng):
        seeds = (int(seed) for seed in rng.integers(1, 1_000_000, 6))
        yield Case(rng.integers(0, 10, 1_200).astype(np.uint8), 20, 2, next(seeds))
        labels = rng.integers(0, 10, 2_003).astype(np.uint8)
        yield Case(labels, 17, 3, next(seeds), about="with 17 clients and 3 shards each")
        labels = rng.choice(np.arange(10, 62), 12, replace=False)[rng.integers(0, 12, 901)]
        yield Case(labels, 25, 1, next(seeds), about="with one shard per client")
        yield Case(labels, 6, 5, 0, about="with the seed 0")
        labels = rng.integers(0, 10, 57)
        yield Case(labels, 19, 3, next(seeds), about="with one example per shard")
        yield Case(labels, 1, 4, next(seeds), about="with a single client")
        # Each shard has a label of its own here, so a client's labels say which shards it got.
        labels = rng.permutation(np.repeat(np.arange(100), 6))
        yield Case(labels, 25, 4, next(seeds), about="with as many labels as shards")

    def verify(result, labels, num_clients, shards_per_client, seed):
        if not isinstance(result, (list, tuple, np.ndarray)):
            return f"It returned {values.difference([], result)}"
        if len(result) != 2 or not all(isinstance(r, (list, tuple, np.ndarray)) for r in result):
            return "It did not return one list with each of two seeds."
        both = []  # with this seed and with another one
        for parts in result:
            found = _no_partition(parts, labels, num_clients, num_clients * shards_per_client)
            if found is None:
                both.append([np.asarray(part) for part in parts])
                found = _no_shards(both[-1], labels, num_clients, shards_per_client)
            if found is not None:
                return found
        if num_clients == 1:
            return None
        if len(np.unique(labels)) == num_clients * shards_per_client:
            return _not_dealt([np.unique(labels[part]) for part in both[0]], shards_per_client)
        return _not_by_chance(*both, labels)


def _no_partition(parts, labels, num_clients, num_shards):
    """What keeps a list from being a partition, as a sentence; None if it is one."""
    if len(parts) != num_clients:
        return f"There are {num_clients} clients, but the length of your list is {len(parts)}."
    for client, part in enumerate(parts):
        positions = _vector(part)
        if positions is None:
            return (
                f"Client {client} does not get one flat array of positions. Join its shards into one "
                "array: `np.concatenate` does that."
            )
        if positions.dtype.kind == "f" and positions.size:
            return f"Positions are whole numbers, but client {client} gets floats."
    held = np.concatenate([np.asarray(part, np.int64) for part in parts])
    if np.array_equal(np.sort(held), np.sort(labels)):
        return "These are labels. Return the positions of the examples in `labels`."
    outside = held[(held < 0) | (held >= len(labels))]
    if outside.size:
        return f"Positions go from 0 to {len(labels) - 1}, but one of yours is {outside[0]}."
    times = np.bincount(held, minlength=len(labels))
    twice, nowhere = np.sum(times > 1), np.sum(times == 0)
    if twice:
        return (
            f"{twice} of the {len(labels)} examples are dealt more than once. Each shard goes to one "
            "client only."
        )
    if nowhere:
        why = _why_left_over(np.flatnonzero(times == 0), held, labels, num_shards)
        return f"{nowhere} of the {len(labels)} examples are left over: no client holds them.{why}"
    return None


def _why_left_over(left, held, labels, num_shards):
    """What may be the reason, as a sentence that begins with a space; "" if none is in sight."""
    if held.size and held.max() < num_shards <= len(left):
        return " Are your positions the numbers of shards? Return the positions of the examples in them."
    if labels[left].min() > 9:
        return " All of them have labels above 9. There may be more than ten labels."
    if len(left) < num_shards:
        return " If the examples don't divide evenly, some shards get one more."
    return (
        " Cut all of the examples, into as many shards as the arguments say. Is there a fixed number "
        "in your code?"
    )


def _vector(part):
    """An array of the numbers in a row; None where it is anything else."""
    array = array_of_numbers(part)
    return array if array is not None and array.ndim == 1 and array.dtype.kind in "iuf" else None


def _no_shards(parts, labels, num_clients, shards_per_client):
    """What keeps a partition from being one by shards, as a sentence; None if it may be one."""
    num_shards = num_clients * shards_per_client
    smallest, more = divmod(len(labels), num_shards)
    smallest, largest = smallest * shards_per_client, (smallest + (more > 0)) * shards_per_client
    for client, part in enumerate(parts):
        if not smallest <= len(part) <= largest:
            asked = f"{smallest}" if smallest == largest else f"{smallest} to {largest}"
            return (
                f"Client {client} holds {len(part)} examples. With shards whose sizes differ by at most "
                f"one it would hold {asked}."
            )
    # Where the examples are sorted, all shards together meet each label once, and once more for
    # every shard that goes on with the label of the one before.
    meetings = sum(len(np.unique(labels[part])) for part in parts)
    if meetings > num_shards + len(np.unique(labels)) - 1:
        each = meetings / num_clients
        return (
            f"Your clients hold {each:.1f} different labels on average: too many for so few shards. "
            "Do you sort the examples by label before you cut? If you sort shuffled labels, `argsort` "
            "returns positions in the shuffled row: look them up in your shuffled positions."
        )
    return None


def _not_dealt(hands, shards_per_client):
    """What clients' shards have in common that random ones have not, as a sentence; or None.

    Args:
        hands: one sorted array per client, the numbers of its shards in the sorted row.
        shards_per_client: how many each must hold.
    """
    remedy = "Deal the shards one by one: put all of them in a random order first."
    for client, hand in enumerate(hands):
        if len(hand) != shards_per_client:
            return f"Client {client} holds parts of {len(hand)} shards instead of {shards_per_client} shards."
    steps = np.array([np.diff(hand) for hand in hands])
    # Among 100 shards, four random ones are equally far apart about once in a thousand times.
    regular = np.flatnonzero((steps == steps[:, :1]).all(axis=1))
    if len(regular) > len(hands) / 2:
        numbers = ", ".join(map(str, hands[regular[0]][:-1]))
        if (steps[regular] == 1).all():
            return (
                f"Client {regular[0]} gets the shards {numbers} and {hands[regular[0]][-1]} of the "
                "sorted row, and most other clients get neighboring shards too. Cut the row into "
                f"`num_clients * shards_per_client` shards. {remedy}"
            )
        return (
            f"Client {regular[0]} gets the shards {numbers} and {hands[regular[0]][-1]} of the sorted "
            f"row, and most other clients' shards are as regular. {remedy}"
        )
    blocks = np.sort(np.array(hands) // len(hands), axis=1)
    if (blocks == np.arange(shards_per_client)).all():
        return (
            f"If the sorted row is cut into {shards_per_client} equal parts, each client gets exactly "
            f"one shard from each part. {remedy}"
        )
    return None


def _not_by_chance(first, second, labels):
    """What does not depend on the seed in the partitions of two seeds, as a sentence; or None."""
    if all(np.array_equal(np.sort(one), np.sort(other)) for one, other in zip(first, second)):
        return "Two different seeds give the same partition. Is `seed` used?"
    known = [[np.sort(labels[part]).tolist() for part in parts] for parts in (first, second)]
    if known[0] == known[1]:
        return (
            "With a different seed each client still holds the same labels. Deal the shards to the "
            "clients at random too."
        )
    # Where nobody has more than one shard, a client is a shard.
    shards = [{frozenset(part) for part in parts} for parts in (first, second)]
    if shards[0] == shards[1]:
        return (
            "With a different seed the shards still hold the same examples, only at other clients. "
            "Shuffle the examples before you sort them by label, so that a shard isn't a stretch of "
            "the file."
        )
    return None


@lesson.function(
    points=3,
    minutes=8,
    hints=(
        "Three steps: the overall label distribution; for each client its own label distribution "
        "and the distance between the two; the mean of the distances.",
        "`np.bincount(labels[part], minlength=classes)` also counts the labels that the client "
        "doesn't hold. Divide by `len(part)`. Use `labels.max() + 1` classes.",
        "The distance is half of the sum of `np.abs(shares - overall)`: a surplus of one label is a "
        "lack of another, and the sum counts both.",
    ),
)
class heterogeneity:
    explained = {
        # In the second case there are six clients and ten labels.
        "(6,10) (6,)": "You combine one row per client with one number per client. To divide each row by its "
        "sum, use `counts.sum(axis=1, keepdims=True)`. The overall distribution sums over the clients, "
        "`axis=0`.",
        # In the first case the first client holds the positions from 0 to 11.
        "(12,)": "A client's array has one entry per position there, not one per label. Did you count the "
        "positions? The labels at these positions are `labels[part]`.",
        "could not be broadcast": "Two arrays of counts have different lengths. `np.bincount` counts up "
        "to the largest label it finds: a client without the last labels gets a shorter array, and "
        "`minlength=10` is too short for labels beyond 9. Pass `minlength=labels.max() + 1`.",
    }

    def solution(labels, parts):
        classes = labels.max() + 1
        overall = np.bincount(labels) / len(labels)
        distances = []
        for part in parts:
            shares = np.bincount(labels[part], minlength=classes) / len(part)
            distances.append(np.abs(shares - overall).sum() / 2)
        return np.mean(distances)

    def cases(rng):
        labels = np.array([0] * 9 + [1] * 3 + [0] + [1] * 7, np.uint8)
        yield Case(labels, [np.arange(12), np.arange(12, 20)])
        labels = rng.choice(10, 600, p=_uneven(10)).astype(np.uint8)
        yield Case(labels, _unequal_parts(rng, labels, 6), about="with six unequal clients")
        letters = rng.choice(np.arange(10, 62), 7, replace=False)
        labels = rng.choice(letters, 300, p=_uneven(7))
        yield Case(labels, _unequal_parts(rng, labels, 4), about="with labels beyond 9")
        labels = rng.choice(10, 200, p=_uneven(10))
        yield Case(labels, [rng.permutation(200)], about="with a single client")
        labels = np.repeat([0, 1, 2], [30, 50, 20])
        yield Case(
            labels, np.split(np.arange(100), [30, 80]), about="where each client knows one label"
        )
        labels = rng.choice(4, 12)
        yield Case(labels, np.split(rng.permutation(12), 12), about="with one example per client")

    @mistake(
        "Your distances are twice as large as they should be. A client's surplus of some labels is "
        "its lack of others, and you count both."
    )
    def not_halved(labels, parts):
        return 2 * np.mean(_distances(labels, parts))

    @mistake(
        "You weight the clients by their numbers of examples. In this mean each client counts once, "
        "however many examples it has."
    )
    def weighted(labels, parts):
        sizes = [len(part) for part in parts]
        return np.average(_distances(labels, parts), weights=sizes)

    @mistake(
        "You use the mean of the clients' distributions as the overall distribution. In the overall "
        "distribution each example counts once, so a large client counts more than a small one."
    )
    def mean_as_overall(labels, parts):
        shares = _shares(labels, parts)
        return np.mean(np.abs(shares - shares.mean(axis=0)).sum(axis=1) / 2)

    @mistake(
        "You compare each client with labels that are all equally frequent. Compare it with the "
        "overall label distribution."
    )
    def from_uniform(labels, parts):
        shares, frequent = _shares(labels, parts), np.bincount(labels) > 0
        return np.mean(np.abs(shares - frequent / frequent.sum()).sum(axis=1) / 2)

    @mistake(
        "You compare each client with `1 / n` for each of n labels, as if all were equally frequent. "
        "Compare it with the overall label distribution."
    )
    def from_one_nth(labels, parts):
        shares = _shares(labels, parts)
        return np.mean(np.abs(shares - 1 / shares.shape[1]).sum(axis=1) / 2)

    @mistake(
        "You compare each client with a tenth of each label. There may be more or fewer than ten "
        "labels, and they need not be equally frequent."
    )
    def from_a_tenth(labels, parts):
        counts = (np.bincount(labels[part], minlength=10) for part in parts)
        return np.mean([np.abs(count / count.sum() - 0.1).sum() / 2 for count in counts])

    @mistake(
        "You take half of a mean over the labels. A client's distance is half of a sum over the labels."
    )
    def half_a_mean_over_labels(labels, parts):
        return np.mean(np.abs(_shares(labels, parts) - _overall(labels))) / 2

    @mistake("This is the sum of the clients' distances. Return their mean.")
    def summed(labels, parts):
        return np.sum(_distances(labels, parts))

    @mistake("This is the largest of the clients' distances. Return their mean.")
    def furthest(labels, parts):
        return np.max(_distances(labels, parts))

    @mistake("You return one distance per client. Return their mean.")
    def one_each(labels, parts):
        return _distances(labels, parts)

    @mistake(
        "You take the mean over the labels too. A client's distance is a sum over the labels: half "
        "of the sum of the absolute differences."
    )
    def mean_over_labels(labels, parts):
        return np.mean(np.abs(_shares(labels, parts) - _overall(labels)))

    @mistake(
        "You compare counts. A label distribution consists of shares: divide the counts by the number "
        "of examples."
    )
    def counts(labels, parts):
        classes = labels.max() + 1
        held = np.stack([np.bincount(labels[part], minlength=classes) for part in parts])
        return np.mean(np.abs(held - np.bincount(labels)).sum(axis=1) / 2)

    @mistake(
        "This is the Euclidean distance: squares and a root. The total variation distance adds up "
        "absolute differences."
    )
    def euclidean(labels, parts):
        return np.mean(np.linalg.norm(_shares(labels, parts) - _overall(labels), axis=1))

    @mistake(
        "Without absolute values, a client's surplus and its lack cancel out. Take the absolute "
        "differences."
    )
    def cancelled(labels, parts):
        return np.mean((_shares(labels, parts) - _overall(labels)).sum(axis=1) / 2)

    @mistake("Only the first client was used. Is `return` inside the loop? Move it after the loop.")
    def first_client_only(labels, parts):
        return _distances(labels, parts)[0]

    @mistake(
        "You divide each client's counts by the number of all examples. A client's shares add up to 1: "
        "divide by `len(part)`."
    )
    def shares_of_all(labels, parts):
        sizes = np.array([[len(part)] for part in parts])
        shares = _shares(labels, parts) * sizes / len(labels)
        return np.mean(np.abs(shares - _overall(labels)).sum(axis=1) / 2)

    @mistake(
        "You compare each client's counts with the overall shares. Divide its counts by `len(part)`."
    )
    def counts_with_shares(labels, parts):
        sizes = np.array([[len(part)] for part in parts])
        counts = _shares(labels, parts) * sizes
        return np.mean(np.abs(counts - _overall(labels)).sum(axis=1) / 2)

    @mistake(
        "You compare only the labels that the client holds. A label that it lacks counts, too: the "
        "client's share of it is 0."
    )
    def held_labels_only(labels, parts):
        shares = _shares(labels, parts)
        return np.mean((np.abs(shares - _overall(labels)) * (shares > 0)).sum(axis=1) / 2)

    @mistake(
        "This is what the clients have in common with the overall distribution. The distance is the rest."
    )
    def in_common(labels, parts):
        return 1 - np.mean(_distances(labels, parts))


def _shares(labels, parts):
    classes = labels.max() + 1
    return np.stack([np.bincount(labels[part], minlength=classes) / len(part) for part in parts])


def _overall(labels):
    return np.bincount(labels) / len(labels)


def _distances(labels, parts):
    return np.abs(_shares(labels, parts) - _overall(labels)).sum(axis=1) / 2


def _uneven(classes):
    """Falling probabilities: the first is much larger than the last."""
    falling = np.arange(classes, 0, -1)
    return falling / falling.sum()


def _unequal_parts(rng, labels, num_clients):
    """Parts of very different sizes; the more a client holds, the higher its labels."""
    sizes = np.arange(1, num_clients + 1) ** 2
    ends = np.cumsum(sizes)[:-1] * len(labels) // sizes.sum()
    noisy = labels + rng.normal(0, labels.std(), len(labels))
    return [rng.permutation(part) for part in np.split(np.argsort(noisy), ends)]


@lesson.value(
    points=2,
    minutes=4,
    hints=(
        "α = 0.1 gives 0.71. Do you need a larger α or a smaller one?",
        "Try half of it.",
    ),
)
class alpha_like_shards:
    solution = "0.05"
    because = (
        "Papers often use α = 0.1 as a strong skew. Two shards each are harsher: it takes about "
        "half of that α to match them. (At α = 0.05 the heterogeneity is 0.78.)"
    )
    mistakes = {
        0.8: "0.80 is the heterogeneity to reach. Answer with the α that gives it.",
    }

    def verify(alpha):
        if not 1e-6 < alpha < 1e6:
            return f"Take an α between 0 and 0.1, not {alpha:g}."
        try:
            parts = partition.dirichlet(_labels(), 100, alpha, seed=1, min_size=1)
        except ValueError:
            return (
                f"At α = {alpha:g} some client is left without a digit in each of 100 draws. Take a "
                "larger α."
            )
        found = round(partition.heterogeneity(_labels(), parts), 2)
        if 0.77 <= found <= 0.83:
            return None
        remedy = (
            "smaller α makes clients differ more"
            if found < 0.8
            else "larger α makes them more alike"
        )
        return f"At α = {alpha:g} the heterogeneity is {found:.2f}. A {remedy}."


@functools.cache
def _labels():
    mnist = data.load_mnist()
    _, on_devices = data.volunteers_and_devices(mnist.writer_train)
    return mnist.y_train[on_devices]


@lesson.choice(
    points=1,
    minutes=2,
    hints=(
        "Compare each of the first three numbers with the fourth. Which are larger than chance?",
        "What would the last number be if all clients held equally many digits?",
    ),
)
# Measured on `partition.quantity_skew(labels, 400, 0.3, seed=7)`.
class which_skew:
    options = {
        "a": "label skew",
        "b": "feature skew",
        "c": "quantity skew",
        "d": "no skew: clients of equal size, dealt like cards",
    }
    answer = "c"
    because = (
        "Labels, slant and thickness are at chance, so each client's digits are IID. The amounts "
        "aren't equal: more than half of the digits would have to move to another client."
    )
    mistakes = {
        "a": "0.19 is four times what the lesson's IID clients have. But these clients have other "
        "sizes, and with these sizes chance alone gives 0.19 too.",
        "b": "Slant and thickness differ between the clients only as much as chance makes them.",
        "d": "The digits are dealt like cards, but not in equal amounts: look at the last number.",
    }
