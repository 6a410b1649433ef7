import numpy as np
import pytest

from edgevid.card import ResizeRule
from edgevid.preprocess import resize

from .tiny_bundles import card_for


def gradient(height, width):
    """Blue rises with x, green with y."""
    y, x = np.mgrid[0:height, 0:width]
    return np.dstack([x * 255 / (width - 1), y * 255 / (height - 1), x * 0]).astype(np.uint8)


@pytest.mark.parametrize("mode", ["stretch", "short_side_crop", "letterbox"])
@pytest.mark.parametrize("shape", [(480, 640), (1280, 720), (17, 301), (64, 64)])
def test_every_rule_gives_the_cards_size(mode, shape):
    card = card_for("frame", input_size=(32, 48), resize=ResizeRule(mode=mode))

    small = resize(gradient(*shape), card)

    assert small.shape == (32, 48, 3)
    assert small.dtype == np.uint8


def test_stretch_keeps_all_of_the_picture():
    card = card_for("frame", input_size=(64, 64))
    small = resize(gradient(480, 640), card)

    assert small[0, 0, 0] < 8
    assert small[-1, -1, 0] > 247


def test_crop_takes_the_centre():
    card = card_for("frame", input_size=(64, 64), resize=ResizeRule(mode="short_side_crop"))
    small = resize(gradient(480, 640), card)

    assert small[32, 0, 0] == pytest.approx(80 / 639 * 255, abs=4)
    assert small[32, -1, 0] == pytest.approx(560 / 639 * 255, abs=4)


def test_crop_after_a_larger_short_side_takes_less_of_the_picture():
    rule = ResizeRule(mode="short_side_crop", short_side=128)
    small = resize(gradient(480, 640), card_for("frame", input_size=(64, 64), resize=rule))

    assert small[0, 32, 1] == pytest.approx(0.25 * 255, abs=4)


def test_letterbox_pads_with_black_and_keeps_the_aspect():
    card = card_for("frame", input_size=(64, 64), resize=ResizeRule(mode="letterbox"))
    small = resize(np.full((100, 200, 3), 255, np.uint8), card)

    assert (small[:16] == 0).all()
    assert (small[16:48] == 255).all()
    assert (small[48:] == 0).all()


def test_no_input_size_means_no_resize():
    picture = gradient(10, 10)

    assert resize(picture, card_for("frame", input_size=None)) is picture


def test_out_is_written():
    out = np.zeros((4, 6, 3), np.uint8)

    assert resize(np.full((40, 60, 3), 9, np.uint8), card_for("frame"), out) is out
    assert (out == 9).all()
