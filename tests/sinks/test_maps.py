from dataclasses import replace

import cv2
import numpy as np
import pytest

from edgevid.errors import SinkError
from edgevid.testing import check_sink
from tests.sinks.conftest import prediction

MAP = np.array([[0.0, 0.5], [1.0, 0.25]], np.float32)


def explained(seconds, saliency=MAP, values=(0.1, 0.9), **changes):
    return replace(prediction(values, seconds), saliency=saliency, **changes)


def write(sink, session, predictions):
    with sink:
        sink.open(session)
        for each in predictions:
            sink.prediction(each)


def test_every_map_is_written_as_numbers_and_as_a_picture(tmp_path, session, make):
    write(make("maps", tmp_path, width=64), session, [explained(1.25), explained(62.0, MAP * 0.5)])

    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == [
        "00001.250s_drinking.npy", "00001.250s_drinking.png",
        "00062.000s_drinking.npy", "00062.000s_drinking.png",
    ]  # fmt: skip
    assert np.array_equal(np.load(tmp_path / names[0], allow_pickle=False), MAP)
    picture = cv2.imread(str(tmp_path / names[1]))
    assert picture.shape == (64, 64, 3)
    assert picture[48, 16].sum() > picture[16, 48].sum() > picture[16, 16].sum()


@pytest.mark.parametrize(
    "left_out", [explained(1.0, None), explained(1.0, valid=False)], ids=["no map", "warm-up"]
)
def test_what_is_not_explained_or_not_valid_leaves_no_file(tmp_path, session, make, left_out):
    write(make("maps", tmp_path), session, [left_out])

    assert list(tmp_path.iterdir()) == []


def test_pictures_can_be_left_out(tmp_path, session, make):
    write(make("maps", tmp_path, images=False), session, [explained(1.0)])

    assert [p.suffix for p in tmp_path.iterdir()] == [".npy"]


def test_maps_can_be_written_less_often_than_they_are_made(tmp_path, session, make):
    made = [explained(seconds) for seconds in (0.0, 0.4, 1.0, 1.9, 2.0)]
    write(make("maps", tmp_path, images=False, every_seconds=1.0), session, made)

    assert [p.name[:9] for p in sorted(tmp_path.iterdir())] == [
        "00000.000",
        "00001.000",
        "00002.000",
    ]


def test_it_asks_for_maps_but_not_for_pictures(tmp_path, make):
    sink = make("maps", tmp_path)

    assert sink.wants_saliency
    assert not sink.wants_pictures


@pytest.mark.parametrize(("target", "message"), [(None, "needs a directory"), ("f", "is a file")])
def test_a_target_that_is_no_directory_is_refused_at_the_start(
    tmp_path, session, make, target, message
):
    (tmp_path / "f").write_text("x")
    with pytest.raises(SinkError, match=message):
        make("maps", target and tmp_path / target).open(session)


def test_conformance(tmp_path, make):
    check_sink(lambda: make("maps", tmp_path / "maps"))
