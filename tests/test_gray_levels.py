"""Which number means full ink: the whole collection decides, and what can't be decided is refused."""

import numpy as np
import pandas as pd
import pytest

from fedtutor import federated, gray_levels, models, partition

GRAY = np.random.default_rng(0).integers(0, 256, (40, 28, 28)).astype(np.uint8)
GRAY[0, 0, :2] = 0, 255
BINARY = GRAY > 127
LABELS = np.arange(40) % 10

# Each with the numbers that a model must be given.
DECIDED = {
    "uint8": (GRAY, GRAY / 255),
    "uint8, dim": (GRAY // 4, (GRAY // 4) / 255),
    "int64": (GRAY.astype(np.int64), GRAY / 255),
    "int32": (GRAY.astype(np.int32), GRAY / 255),
    "uint16, 8 bits": (GRAY.astype(np.uint16), GRAY / 255),
    "uint16, 16 bits": (GRAY.astype(np.uint16) * 257, GRAY / 255),
    "int32, 16 bits": (GRAY.astype(np.int32) * 257, GRAY / 255),
    "float32, 0 to 255": (GRAY.astype(np.float32), GRAY / 255),
    "float64, 0 to 255": (GRAY.astype(np.float64), GRAY / 255),
    "float16, 0 to 255": (GRAY.astype(np.float16), GRAY / 255),
    "booleans": (BINARY, BINARY),
    "uint8, 0 and 1": (BINARY.astype(np.uint8), BINARY),
    "int8, 0 and 1": (BINARY.astype(np.int8), BINARY),
    "int64, 0 and 1": (BINARY.astype(int), BINARY),
    "uint16, 0 and 1": (BINARY.astype(np.uint16), BINARY),
    "floats, 0 and 1": (BINARY * 1.0, BINARY),
    "floats, 0 to 1": (GRAY / 255, GRAY / 255),
    "standardized": ((GRAY - 33.3) / 78.6, (GRAY - 33.3) / 78.6),
    "signed": (GRAY / 127.5 - 1, GRAY / 127.5 - 1),
    "with noise": (GRAY / 255 + 0.3, GRAY / 255 + 0.3),
    "booleans as objects": (BINARY.astype(object), BINARY),
    "all black": (np.zeros_like(GRAY), np.zeros_like(GRAY)),
    "all white": (np.full_like(GRAY, 255), np.ones_like(GRAY)),
}


@pytest.mark.parametrize("images, expected", DECIDED.values(), ids=DECIDED)
def test_the_values_of_the_collection_decide_the_scale(images, expected):
    expected = np.asarray(expected, np.float32)
    got = gray_levels.as_floats(images)
    assert got.dtype == np.float32 and np.allclose(got, expected, rtol=0, atol=2e-6)
    parts = [np.arange(1), np.arange(1, 40)]
    clients = federated.ClientDatasets(images, LABELS, parts)
    for client, part in enumerate(parts):
        assert np.allclose(clients.examples(client)[0], expected[part], rtol=0, atol=2e-6)
    weights = models.logistic_regression(3).get_weights()
    measured, usual = (
        federated.Evaluator(models.logistic_regression, x, LABELS)(weights)
        for x in (images, expected)
    )
    assert measured == pytest.approx(usual, abs=1e-4)


UNDECIDED = {
    "4 bits": (np.minimum(GRAY // 16, 15).astype(int), "0 to 15.*scale=16"),
    "sklearn's digits, floats from 0 to 16": (np.round(GRAY / 16.0), "0 to 16"),
    "12 bits in uint16": (np.minimum(GRAY.astype(np.uint16) * 16, 4095), "scale=4095"),
    "fractions of 255": (GRAY * 0.999, "float64 from 0 to 254"),
    "negative integers": (GRAY.astype(int) - 128, "int64 from -128 to 127"),
    "24 bits": (GRAY.astype(np.int32) * 65_793, "uint|int32 from 0 to"),
}


@pytest.mark.parametrize("images, complaint", UNDECIDED.values(), ids=UNDECIDED)
def test_what_cannot_be_decided_is_refused_and_scale_decides_it(images, complaint):
    for use in (
        lambda **scale: federated.ClientDatasets(images, LABELS, [np.arange(40)], **scale),
        lambda **scale: federated.Evaluator(models.logistic_regression, images, LABELS, **scale),
        lambda **scale: gray_levels.as_floats(images, **scale),
    ):
        with pytest.raises(ValueError, match=complaint):
            use()
        use(scale=16)
        with pytest.raises(ValueError, match="scale is 0"):
            use(scale=0)
    raw = federated.ClientDatasets(images, LABELS, [np.arange(40)], scale=1).examples(0)[0]
    assert np.array_equal(raw, images.astype(np.float32))


def test_a_client_with_dim_images_only_is_scaled_like_all_others():
    images = GRAY.copy()
    images[:5] = BINARY[:5]
    clients = federated.ClientDatasets(images, LABELS, [np.arange(5), np.arange(5, 40)])
    assert clients.examples(0)[0].max() == np.float32(1) / np.float32(255)


def test_a_nan_or_infinity_does_not_hide_the_scale():
    images = GRAY.astype(np.float32)
    images[3, 3, 3], images[4, 4, 4] = np.nan, np.inf
    assert gray_levels.full_ink(images) == 255
    assert gray_levels.full_ink(np.full((2, 2), np.nan)) == 1


def test_images_that_are_no_numbers_are_refused():
    for images in (GRAY.astype(str), np.full((40, 2, 2), "x", object), GRAY + 0j):
        with pytest.raises(ValueError, match="images holds .* gray levels"):
            federated.ClientDatasets(images, LABELS, [np.arange(40)])


def test_an_image_that_is_not_finite_has_no_style_and_spoils_no_partition():
    images = GRAY / 255
    images[3, 3, 3], images[9, 0, 0] = np.nan, np.inf
    with pytest.raises(ValueError, match=r"2 of the 40 images.*the first is images\[3\]"):
        partition.style_skew(images, 4, seed=0)
    with pytest.raises(ValueError, match=r"reshape\(-1, 28, 28\)"):
        partition.style_skew(pd.DataFrame(GRAY.reshape(40, -1)), 4, seed=0)
