"""OpenCV and PyAV give equal times and equal pictures of one file."""

import numpy as np
import pytest

from edgevid.media.opencv_reader import OpenCVReader
from edgevid.media.pyav_reader import PyAVReader
from tests.media.videos import BT2020_HLG, BT2020_PQ, QUIET, turn, write

VARIABLE = (0, 33, 100, 110, 400, 1000, 1007, 1500)
LATE = tuple(range(5000, 5960, 40))
FILES = {
    "h264.mp4": {},
    "h264.mkv": {},
    "h264.ts": {},
    "variable.mp4": {"times": VARIABLE},
    "variable.mkv": {"times": VARIABLE},
    "late.mkv": {"times": LATE},
    "late.mp4": {"times": LATE},
    "ten_bits.mp4": {"pixels": "yuv420p10le"},
    "ten_bits_422.mkv": {"codec": "libx265", "pixels": "yuv422p10le", "options": QUIET},
    "hevc.mp4": {"codec": "libx265", "options": QUIET},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"deadline": "realtime", "cpu-used": "8"}},
    "full_range.mp4": {"color_range": 2},
    "bt709.mp4": {"colorspace": 1, "color_primaries": 1, "color_trc": 1},
    "bt601.mp4": {"colorspace": 6, "color_primaries": 6, "color_trc": 6},
    "odd.mp4": {"pixels": "yuv444p", "size": (101, 77)},
    "odd.avi": {"codec": "mjpeg", "pixels": "yuvj420p", "size": (101, 77)},
    "motion_jpeg.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
    "mpeg4.avi": {"codec": "mpeg4"},
    "palette.gif": {"codec": "gif", "pixels": "rgb8", "times": tuple(range(0, 1000, 50))},
    "grey.mkv": {"codec": "ffv1", "pixels": "gray"},
    "rgb.mkv": {"codec": "ffv1", "pixels": "bgr0"},
    "turned_90.mp4": {"turned": 90},
    "turned_180.mp4": {"turned": 180},
    "turned_270.mp4": {"turned": 270},
    "pq.mp4": {**BT2020_PQ, "times": (0, 40)},
    "hlg.mp4": {**BT2020_HLG, "pixels": "yuv420p10le", "times": (0, 40)},
}
"""Name → how it is written."""


def make(folder, name):
    how = dict(FILES[name])
    degrees = how.pop("turned", 0)
    path = write(folder / name, **how)
    return turn(path, degrees) if degrees else path


def read(reader):
    frames = []
    while reader.grab():
        frames.append((reader.pts_seconds, reader.retrieve()))
    info = reader.info
    reader.close()
    return info, frames


SLOW = ("pq.mp4", "hlg.mp4")
"""The first HDR picture costs the scaler two seconds."""


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n in SLOW)) for n in FILES]
)
def test_both_decoders_give_the_same(tmp_path, name):
    path = make(tmp_path, name)
    info, frames = read(OpenCVReader(path))
    other_info, others = read(PyAVReader(path))
    assert [pts for pts, _ in others] == [pts for pts, _ in frames]
    assert len(frames) == len(FILES[name].get("times", range(24)))
    for (_, image), (_, other) in zip(frames, others, strict=True):
        assert image.any()
        assert np.array_equal(image, other)
    assert (info.width, info.height) == (other_info.width, other_info.height)
    assert info.rotation_degrees == other_info.rotation_degrees == FILES[name].get("turned", 0)
    assert frames[0][1].shape == (info.height, info.width, 3)
    assert info.rate_hz == pytest.approx(other_info.rate_hz)


def test_pictures_of_another_size_are_scaled_to_the_first(tmp_path):
    first = write(tmp_path / "1.ts", options={"bf": "0"})
    second = write(tmp_path / "2.ts", options={"bf": "0"}, size=(64, 64))
    first.write_bytes(first.read_bytes() + second.read_bytes())
    _, frames = read(OpenCVReader(first))
    _, others = read(PyAVReader(first))
    assert len(frames) == len(others) == 48
    for (_, image), (_, other) in zip(frames, others, strict=True):
        assert image.shape == (96, 128, 3)
        assert np.array_equal(image, other)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [OpenCVReader, PyAVReader])
@pytest.mark.parametrize("name", ["h264.mp4", "variable.mkv", "late.mkv", "h264.ts", "mpeg4.avi"])
def test_after_seeking_frames_are_those_of_reading_through(tmp_path, kind, name):
    path = make(tmp_path, name)
    _, frames = read(kind(path))
    reader = kind(path)
    for place in (len(frames) - 1, 0, 3):
        seconds, image = frames[place]
        assert reader.seek(seconds)
        assert reader.grab()
        assert reader.pts_seconds == seconds
        assert np.array_equal(reader.retrieve(), image)
    assert not reader.seek(frames[-1][0] + 1)
    reader.close()


def test_peeking_takes_no_frame_away(tmp_path):
    reader = OpenCVReader(write(tmp_path / "a.mp4", times=(0, 40)))
    assert reader.peek()
    assert reader.peek()
    assert [reader.grab(), reader.grab(), reader.grab()] == [True, True, False]
    reader.close()
