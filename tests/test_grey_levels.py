"""Which number means full ink: the whole collection decides, and what can't be decided is refused."""

import numpy as np
import pandas as pd
import pytest

from fedtutor import federated, grey_levels, models, partition

GREY = np.random.default_rng(0).integers(0, 256, (40, 28, 28)).astype(np.uint8)
GREY[0, 0, :2] = 0, 255
BINARY = GREY > 127
LABELS = np.arange(40) % 10

# Each with the numbers that a model must be given.
DECIDED = {
    "uint8": (GREY, GREY / 255),
    "uint8, dim": (GREY // 4, (GREY // 4) / 255),
    "int64": (GREY.astype(np.int64), GREY / 255),
    "int32": (GREY.astype(np.int32), GREY / 255),
    "uint16, 8 bits": (GREY.astype(np.uint16), GREY / 255),
    "uint16, 16 bits": (GREY.astype(np.uint16) * 257, GREY / 255),
    "int32, 16 bits": (GREY.astype(np.int32) * 257, GREY / 255),
    "float32, 0 to 255": (GREY.astype(np.float32), GREY / 255),
    "float64, 0 to 255": (GREY.astype(np.float64), GREY / 255),
    "float16, 0 to 255": (GREY.astype(np.float16), GREY / 255),
    "booleans": (BINARY, BINARY),
    "uint8, 0 and 1": (BINARY.astype(np.uint8), BINARY),
    "int8, 0 and 1": (BINARY.astype(np.int8), BINARY),
    "int64, 0 and 1": (BINARY.astype(int), BINARY),
    "uint16, 0 and 1": (BINARY.astype(np.uint16), BINARY),
    "floats, 0 and 1": (BINARY * 1.0, BINARY),
    "floats, 0 to 1": (GREY / 255, GREY / 255),
    "standardized": ((GREY - 33.3) / 78.6, (GREY - 33.3) / 78.6),
    "signed": (GREY / 127.5 - 1, GREY / 127.5 - 1),
    "with noise": (GREY / 255 + 0.3, GREY / 255 + 0.3),
    "booleans as objects": (BINARY.astype(object), BINARY),
    "all black": (np.zeros_like(GREY), np.zeros_like(GREY)),
    "all white": (np.full_like(GREY, 255), np.ones_like(GREY)),
}


@pytest.mark.parametrize("images, expected", DECIDED.values(), ids=DECIDED)
def test_the_values_of_the_collection_decide_the_scale(images, expected):
    expected = np.asarray(expected, np.float32)
    got = grey_levels.as_floats(images)
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
    "4 bits": (np.minimum(GREY // 16, 15).astype(int), "0 to 15.*scale=16"),
    "sklearn's digits, floats from 0 to 16": (np.round(GREY / 16.0), "0 to 16"),
    "12 bits in uint16": (np.minimum(GREY.astype(np.uint16) * 16, 4095), "scale=4095"),
    "fractions of 255": (GREY * 0.999, "float64 from 0 to 254"),
    "negative integers": (GREY.astype(int) - 128, "int64 from -128 to 127"),
    "24 bits": (GREY.astype(np.int32) * 65_793, "uint|int32 from 0 to"),
}


@pytest.mark.parametrize("images, complaint", UNDECIDED.values(), ids=UNDECIDED)
def test_what_cannot_be_decided_is_refused_and_scale_decides_it(images, complaint):
    for use in (
        lambda **scale: federated.ClientDatasets(images, LABELS, [np.arange(40)], **scale),
        lambda **scale: federated.Evaluator(models.logistic_regression, images, LABELS, **scale),
        lambda **scale: grey_levels.as_floats(images, **scale),
    ):
        with pytest.raises(ValueError, match=complaint):
            use()
        use(scale=16)
        with pytest.raises(ValueError, match="scale is 0"):
            use(scale=0)
    raw = federated.ClientDatasets(images, LABELS, [np.arange(40)], scale=1).examples(0)[0]
    assert np.array_equal(raw, images.astype(np.float32))


def test_a_client_with_dim_images_only_is_scaled_like_all_others():
    images = GREY.copy()
    images[:5] = BINARY[:5]
    clients = federated.ClientDatasets(images, LABELS, [np.arange(5), np.arange(5, 40)])
    assert clients.examples(0)[0].max() == np.float32(1) / np.float32(255)


def test_a_nan_or_infinity_does_not_hide_the_scale():
    images = GREY.astype(np.float32)
    images[3, 3, 3], images[4, 4, 4] = np.nan, np.inf
    assert grey_levels.full_ink(images) == 255
    assert grey_levels.full_ink(np.full((2, 2), np.nan)) == 1


def test_images_that_are_no_numbers_are_refused():
    for images in (GREY.astype(str), np.full((40, 2, 2), "x", object), GREY + 0j):
        with pytest.raises(ValueError, match="images holds .* grey levels"):
            federated.ClientDatasets(images, LABELS, [np.arange(40)])


def test_an_image_that_is_not_finite_has_no_style_and_spoils_no_partition():
    images = GREY / 255
    images[3, 3, 3], images[9, 0, 0] = np.nan, np.inf
    with pytest.raises(ValueError, match=r"2 of the 40 images.*the first is images\[3\]"):
        partition.style_skew(images, 4, seed=0)
    with pytest.raises(ValueError, match=r"reshape\(-1, 28, 28\)"):
        partition.style_skew(pd.DataFrame(GREY.reshape(40, -1)), 4, seed=0)
