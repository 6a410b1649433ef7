from __future__ import annotations

import itertools
import threading
import time

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from edgevid.default_plugins.sources.pattern import PatternOptions, PatternSource
from edgevid.errors import SourceOpenError
from edgevid.media.pattern import MAX_INDEX, paint_pattern, read_index


def pattern_source(**options):
    return PatternSource(PatternOptions(**options), "")


def painted(index, width=320, height=240):
    image = np.empty((height, width, 3), np.uint8)
    paint_pattern(index, image)
    return image


@given(st.integers(0, MAX_INDEX))
def test_every_index_is_read_back(index):
    assert read_index(painted(index)) == index


@pytest.mark.parametrize("size", [(160, 64), (160, 120), (321, 199), (1280, 720), (1920, 1080)])
def test_every_size(size):
    for index in (0, 1, 1000, MAX_INDEX):
        assert read_index(painted(index, *size)) == index


@pytest.mark.parametrize("size", [(160, 90), (160, 160), (224, 224), (500, 333)])
@pytest.mark.parametrize("interpolation", [cv2.INTER_LINEAR, cv2.INTER_AREA, cv2.INTER_NEAREST])
def test_survives_resizing(size, interpolation):
    for index in range(0, 3000, 171):
        small = cv2.resize(painted(index, 1280, 720), size, interpolation=interpolation)
        assert read_index(small) == index


@pytest.mark.parametrize("quality", [5, 20, 60])
def test_survives_jpeg(quality):
    for index in range(0, 3000, 171):
        encoded = cv2.imencode(".jpg", painted(index), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        assert read_index(cv2.imdecode(encoded, cv2.IMREAD_COLOR)) == index


@pytest.mark.parametrize("codec", ["libx264", "libvpx", "mpeg4"])
def test_survives_harsh_video_compression(write_video, codec):
    path = write_video("a.mkv", codec, num_frames=40, options={"b": "60k", "crf": "45"})
    capture = cv2.VideoCapture(str(path))
    indices = []
    while True:
        done, image = capture.read()
        if not done:
            break
        indices.append(read_index(image))
    assert indices == list(range(40))


def test_neighbouring_frames_differ_for_people_too():
    assert np.any(painted(1)[:100] != painted(2)[:100])


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((240, 320, 3), np.uint8), "one brightness"),
        (np.zeros((8, 8, 3), np.uint8), "too small"),
        (cv2.flip(painted(77), 1), "checksum"),
    ],
)
def test_what_carries_no_index_is_refused(image, message):
    with pytest.raises(ValueError, match=message):
        read_index(image)


@pytest.mark.parametrize("index", [-1, MAX_INDEX + 1])
def test_index_out_of_range(index):
    with pytest.raises(ValueError, match="index must be 0 to"):
        painted(index)


def test_source_paints_what_it_grabs(read_all):
    info, frames, _, pictures, _ = read_all(pattern_source(frames=20, fps=25, size="200x100"))
    assert [read_index(p) for p in pictures] == [f.index for f in frames] == list(range(20))
    assert [f.pts_seconds for f in frames] == pytest.approx([k / 25 for k in range(20)])
    assert (info.width, info.height, info.rate_hz, info.num_frames) == (200, 100, 25, 20)
    assert info.duration_seconds == pytest.approx(0.8)
    assert not info.live
    assert info.uri == "test:"


def test_retrieve_fills_the_array_given():
    source = pattern_source()
    source.open()
    source.grab()
    source.grab()
    out = np.zeros((240, 320, 3), np.uint8)
    assert source.retrieve(out) is out
    assert read_index(out) == 1


def test_jitter_keeps_order_and_depends_on_the_seed(read_all):
    def times(**options):
        frames = read_all(pattern_source(frames=60, fps=30, **options), decode=False)[1]
        return [f.pts_seconds for f in frames]

    first = times(jitter=0.9, seed=1)
    assert first == times(jitter=0.9, seed=1)
    assert first != times(jitter=0.9, seed=2)
    assert all(a < b for a, b in itertools.pairwise(first))
    assert max(abs(t - k / 30) for k, t in enumerate(first)) < 0.9 / 30
    assert len({round(b - a, 6) for a, b in itertools.pairwise(first)}) > 30


def test_live_keeps_the_pace(read_all):
    started = time.monotonic()
    info, frames, *_ = read_all(pattern_source(frames=7, fps=50, live=True))
    assert time.monotonic() - started >= 6 / 50
    assert info.live
    assert all(f.captured_at - started >= f.pts_seconds for f in frames)


def test_interrupt_ends_a_wait():
    source = pattern_source(fps=0.001, live=True)
    source.open()
    assert source.grab() is not None
    threading.Timer(0.02, source.interrupt).start()
    started = time.monotonic()
    assert source.grab() is None
    assert time.monotonic() - started < 5


def test_zero_frames_goes_on():
    source = pattern_source(frames=0)
    assert source.open().num_frames is None
    assert [source.grab().index for _ in range(500)] == list(range(500))


def test_rest_of_the_uri_must_be_empty():
    with pytest.raises(SourceOpenError, match="takes only options"):
        PatternSource(PatternOptions(), "pattern").open()


@pytest.mark.parametrize(
    "options",
    [
        {"size": "320"},
        {"size": "10x10"},
        {"size": "99999x99999"},
        {"fps": 0},
        {"jitter": 1},
        {"x": 1},
    ],
)
def test_bad_options(options):
    with pytest.raises(ValidationError, match="validation error"):
        PatternOptions(**options)
