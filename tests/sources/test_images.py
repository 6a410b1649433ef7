from __future__ import annotations

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from edgevid.default_plugins.sources.images import ImagesOptions, ImagesSource
from edgevid.errors import SourceOpenError


def write_pictures(folder, values, suffix=".png", size=(40, 30)):
    folder.mkdir(parents=True, exist_ok=True)
    for value in values:
        picture = np.full((size[1], size[0], 3), value, np.uint8)
        cv2.imencode(suffix, picture)[1].tofile(folder / f"img{value}{suffix}")


def images_source(uri, **options):
    return ImagesSource(ImagesOptions(**options), str(uri))


def brightness(pictures):
    return [None if p is None else round(float(p.mean())) for p in pictures]


def test_directory_in_natural_order_at_the_rate_asked_for(tmp_path, read_all):
    write_pictures(tmp_path, [1, 2, 10, 9, 100])
    (tmp_path / "notes.txt").write_text("not a picture")
    info, frames, _, pictures, warnings = read_all(images_source(tmp_path, fps=4))
    assert brightness(pictures) == [1, 2, 9, 10, 100]
    assert [f.pts_seconds for f in frames] == [0, 0.25, 0.5, 0.75, 1]
    assert [f.index for f in frames] == list(range(5))
    assert (info.width, info.height, info.num_frames, info.rate_hz) == (40, 30, 5, 4)
    assert info.duration_seconds == 1.25
    assert not info.live
    assert warnings == []


@pytest.mark.parametrize("pattern", ["*/img?.png", "**/img?.png", "größe/img[12].png"])
def test_glob(tmp_path, read_all, pattern):
    write_pictures(tmp_path / "größe", [1, 2, 10])
    assert brightness(read_all(images_source(tmp_path / pattern))[3]) == [1, 2]


def test_directory_whose_name_looks_like_a_glob(tmp_path, read_all):
    write_pictures(tmp_path / "a[1]", [7])
    assert brightness(read_all(images_source(tmp_path / "a[1]"))[3]) == [7]


def test_sizes_may_differ(tmp_path, read_all):
    write_pictures(tmp_path, [1], size=(40, 30))
    write_pictures(tmp_path, [2], size=(16, 64))
    pictures = read_all(images_source(tmp_path))[3]
    assert [p.shape for p in pictures] == [(30, 40, 3), (64, 16, 3)]


def test_grey_and_alpha_become_bgr(tmp_path, read_all):
    cv2.imwrite(str(tmp_path / "1.png"), np.full((4, 4), 50, np.uint8))
    cv2.imwrite(str(tmp_path / "2.png"), np.full((4, 4, 4), 60, np.uint8))
    cv2.imwrite(str(tmp_path / "3.png"), np.full((4, 4), 70 * 256, np.uint16))
    pictures = read_all(images_source(tmp_path))[3]
    assert [p.shape for p in pictures] == [(4, 4, 3)] * 3
    assert brightness(pictures) == [50, 60, 70]


def test_unreadable_picture_is_corrupt_and_named(tmp_path, read_all):
    write_pictures(tmp_path, [1, 2, 3])
    (tmp_path / "img2.png").write_bytes(b"broken")
    (tmp_path / "img3.png").write_bytes(b"")
    _, frames, _, pictures, warnings = read_all(images_source(tmp_path))
    assert brightness(pictures) == [1, None, None]
    assert len(frames) == 3
    assert warnings == ["2 of 3 images could not be read: img2.png, img3.png"]


def test_retrieve_fills_the_array_given(tmp_path):
    write_pictures(tmp_path, [5, 6])
    with images_source(tmp_path) as source:
        source.open()
        source.grab()
        out = np.zeros((30, 40, 3), np.uint8)
        assert source.retrieve(out) is out
        assert out.mean() == 5
        assert source.retrieve(np.zeros((3, 3, 3), np.uint8)).shape == (30, 40, 3)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("", "needs a directory or a glob"),
        ("{}/nope", "does not exist"),
        ("{}/*.gif", "matches no file"),
        ("{}", "holds no images"),
    ],
)
def test_nothing_there(tmp_path, uri, message):
    source = images_source(uri.format(tmp_path))
    with pytest.raises(SourceOpenError, match=message):
        source.open()


def test_nothing_readable(tmp_path):
    (tmp_path / "a.png").write_text("text")
    with pytest.raises(SourceOpenError, match="none of 1 files can be read as an image"):
        images_source(tmp_path).open()


@pytest.mark.parametrize("options", [{"fps": 0}, {"fps": -1}, {"fps": "fast"}, {"fsp": 10}])
def test_bad_options(options):
    with pytest.raises(ValidationError, match=r"fps|fsp"):
        ImagesOptions(**options)


def test_options_from_a_query_are_text():
    assert ImagesOptions(fps="2.5").fps == 2.5
