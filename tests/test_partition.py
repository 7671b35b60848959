import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedtutor import partition

SEEDS = st.integers(0, 2**31 - 1)
LABELS = st.integers(30, 400).flatmap(
    lambda n: st.integers(0, 1000).map(lambda s: np.random.default_rng(s).integers(0, 10, n))
)


def check_split(parts, num_clients, total):
    """Disjoint, complete, sorted, one array per client."""
    assert len(parts) == num_clients
    assert all(part.dtype == np.int64 and (np.diff(part) > 0).all() for part in parts)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(total))


def check_seeded(split):
    first, again, other = split(1), split(1), split(2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other))


@given(LABELS, st.integers(1, 30), SEEDS)
def test_iid_covers_everything_in_equal_shares(labels, num_clients, seed):
    parts = partition.iid(labels, num_clients, seed=seed)
    check_split(parts, num_clients, len(labels))
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1


@given(LABELS, st.integers(1, 6), st.integers(1, 5), SEEDS)
def test_label_shards_cover_everything_and_hold_few_labels(labels, num_clients, shards, seed):
    parts = partition.label_shards(labels, num_clients, shards, seed=seed)
    check_split(parts, num_clients, len(labels))
    for part in parts:
        assert shards * (len(labels) // (num_clients * shards)) <= len(part)
    # Each shard is a run of the sorted labels: all together cannot cross more than nine borders.
    crossings = sum(len(np.unique(labels[part])) for part in parts) - num_clients * shards
    assert crossings <= 9


@settings(deadline=None)
@given(LABELS, st.integers(1, 5), st.sampled_from([0.5, 1.0, 10.0, 1000.0]), SEEDS)
def test_dirichlet_covers_everything_and_keeps_the_minimum(labels, num_clients, alpha, seed):
    parts = partition.dirichlet(labels, num_clients, alpha, seed=seed, min_size=2)
    check_split(parts, num_clients, len(labels))
    assert min(len(part) for part in parts) >= 2


@given(LABELS, st.integers(1, 10), st.sampled_from([0.01, 0.5, 100.0]), SEEDS)
def test_quantity_skew_covers_everything_and_keeps_the_minimum(labels, num_clients, alpha, seed):
    parts = partition.quantity_skew(labels, num_clients, alpha, seed=seed, min_size=3)
    check_split(parts, num_clients, len(labels))
    assert min(len(part) for part in parts) >= 3


@settings(deadline=None, max_examples=40)
@given(st.integers(20, 200), st.integers(1, 20), st.sampled_from([0.0, 0.5]), SEEDS)
def test_style_skew_covers_everything_in_nearly_equal_shares(
    mnist, total, num_clients, noise, seed
):
    parts = partition.style_skew(mnist.x_train[:total], num_clients, seed=seed, noise=noise)
    check_split(parts, num_clients, total)
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 3


@given(
    st.lists(st.integers(-3, 3) | st.integers(2100, 2102), min_size=1, max_size=60), st.booleans()
)
def test_by_writer_gives_each_person_what_they_wrote(writers, by_name):
    writers = np.array([f"writer {number}" for number in writers] if by_name else writers)
    parts = partition.by_writer(writers)
    people = np.unique(writers)
    check_split(parts, len(people), len(writers))
    for person, part in zip(people, parts):
        assert (writers[part] == person).all()


def test_mnists_people_hold_what_they_wrote(mnist):
    parts = partition.by_writer(mnist.writer_train)
    sizes = [len(part) for part in parts]
    assert len(parts) == 539 and (min(sizes), max(sizes)) == (19, 131)
    # Everyone wrote all ten digits, and about as often.
    assert partition.heterogeneity(mnist.y_train, parts) < 0.06


def test_by_writer_says_what_is_wrong_with_the_writers():
    for writers, text in (
        ([], "nobody"),
        ([1, None, 2], r"writers\[1\]"),
        ([1.0, np.nan], "1 of the 2 writers"),
        (np.eye(3, dtype=int), r"writers must be one value per example.*\(3, 3\)\.$"),
        ([1, "Ada", 2], "writers holds values of different kinds"),
        (7, "writers is the single value 7|writers is an int"),
    ):
        with pytest.raises(ValueError, match=text):
            partition.by_writer(writers)


def test_every_partition_is_decided_by_its_seed(labels, few):
    check_seeded(lambda seed: partition.iid(labels, 7, seed=seed))
    check_seeded(lambda seed: partition.label_shards(labels, 7, seed=seed))
    check_seeded(lambda seed: partition.dirichlet(labels, 7, 0.5, seed=seed))
    check_seeded(lambda seed: partition.quantity_skew(labels, 7, 0.5, seed=seed))
    check_seeded(lambda seed: partition.style_skew(few[0], 7, seed=seed))


def test_mcmahans_split_of_mnist(mnist):
    parts = partition.label_shards(mnist.y_train, 100, seed=0)
    assert {len(part) for part in parts} == {600}
    known = [len(np.unique(mnist.y_train[part])) for part in parts]
    assert np.median(known) == 2 and max(known) <= 4


def test_a_smaller_alpha_is_more_uneven(labels):
    mixed, middle, apart = (
        partition.heterogeneity(labels, partition.dirichlet(labels, 10, alpha, seed=3))
        for alpha in (100, 1, 0.1)
    )
    assert mixed < middle < apart


def test_a_large_alpha_shares_even_a_few_labels_out_fairly():
    """Rounding must not favour the last client: with 3 of each label for 5 clients it once did."""
    labels = np.repeat(np.arange(10), 3)
    sizes = np.array(
        [
            [len(part) for part in partition.dirichlet(labels, 5, 1000, seed=seed, min_size=2)]
            for seed in range(200)
        ]
    )
    assert np.allclose(sizes.mean(axis=0), 6, atol=0.6)


def test_quantity_skew_is_uneven_in_size_alone(mnist):
    parts = partition.quantity_skew(mnist.y_train, 10, 0.5, seed=0)
    sizes = np.array([len(part) for part in parts])
    assert sizes.max() > 5 * sizes.min()
    assert partition.heterogeneity(mnist.y_train, parts) < 0.1


def test_clients_of_a_style_skew_differ_in_style(mnist):
    images = mnist.x_train[:5000]
    slants = partition.slant(images)
    for noise, share in ((0.0, 0.8), (0.5, 0.6)):
        parts = partition.style_skew(images, 25, seed=0, noise=noise)
        means = [slants[part].mean() for part in parts]
        assert np.std(means) > share * slants.std()


def drawn(lean, width):
    """A straight stroke: `lean` pixels to the right per pixel upwards, `width` pixels thick."""
    image = np.zeros((40, 40))
    for row in range(5, 35):
        left = 20 - width / 2 + lean * (20 - row)
        edges = np.clip(np.arange(41), left, left + width)
        image[row] = 255 * np.diff(edges)
    return image


def test_slant_is_measured_in_pixels_right_per_pixel_up():
    leans = [-0.4, 0.0, 0.3]
    images = np.stack([drawn(lean, 3) for lean in leans])
    assert np.allclose(partition.slant(images), leans, atol=0.02)


def test_thickness_is_measured_in_pixels():
    images = np.stack([drawn(0, width) for width in (3, 5, 8)])
    assert np.allclose(partition.stroke_thickness(images), [3, 5, 8], rtol=0.25)
    assert (np.diff(partition.stroke_thickness(images)) > 1).all()


def test_an_empty_image_has_no_slant_and_no_thickness():
    empty = np.zeros((2, 28, 28), np.uint8)
    assert (partition.slant(empty) == 0).all() and (partition.stroke_thickness(empty) == 0).all()


def test_heterogeneity_is_zero_for_identical_clients_and_counts_what_would_have_to_change():
    labels = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    assert partition.heterogeneity(labels, [[0, 1], [2, 3], [4, 5, 6, 7]]) == 0.0
    assert partition.heterogeneity(labels, [[0, 2, 4, 6], [1, 3, 5, 7]]) == pytest.approx(0.5)
    # One of four examples of each client would have to change.
    assert partition.heterogeneity(labels, [[0, 2, 4, 1], [6, 3, 5, 7]]) == pytest.approx(0.25)


def test_heterogeneity_takes_labels_of_any_value():
    labels = np.array([7, 7, -3, -3])
    assert partition.heterogeneity(labels, [[0, 1], [2, 3]]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "request_, complaint",
    [
        (lambda y, x: partition.iid(y, 0, seed=0), "num_clients is 0"),
        (lambda y, x: partition.iid(y, 2.5, seed=0), "whole number"),
        (lambda y, x: partition.iid(y, True, seed=0), "whole number"),
        (lambda y, x: partition.iid(y, 1001, seed=0), "1001 clients cannot share 1000"),
        (lambda y, x: partition.iid(x, 2, seed=0), "one value per example"),
        (lambda y, x: partition.label_shards(y, 600, 2, seed=0), "need 1200 shards"),
        (lambda y, x: partition.label_shards(y, 6, 0, seed=0), "shards_per_client is 0"),
        (lambda y, x: partition.dirichlet(y, 5, 0, seed=0), "alpha is 0"),
        (lambda y, x: partition.dirichlet(y, 5, float("nan"), seed=0), "alpha is nan"),
        (lambda y, x: partition.dirichlet(y, 101, 1, seed=0), "at least 10"),
        (lambda y, x: partition.dirichlet(y, 100, 0.01, seed=0), "larger alpha"),
        (lambda y, x: partition.quantity_skew(y, 5, -1, seed=0), "alpha is -1"),
        (lambda y, x: partition.quantity_skew(y, 200, 1, seed=0), "at least 10"),
        (lambda y, x: partition.style_skew(y, 5, seed=0), "shape"),
        (lambda y, x: partition.style_skew(x, 5, seed=0, noise=-1), "noise is -1"),
        (lambda y, x: partition.heterogeneity(y, []), "at least one client"),
        (lambda y, x: partition.heterogeneity(y, [[0, 1], []]), "none without examples"),
    ],
)
def test_impossible_requests_are_refused_with_a_reason(labels, few, request_, complaint):
    with pytest.raises(ValueError, match=complaint):
        request_(labels, few[0])
