from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from edgevid.errors import SinkError
from tests.sinks.conftest import event, frame

VARIABLE = [10.0, 10.033, 10.1, 10.1334, 10.9, 11.0, 13.5, 13.54]


def grey(value, size=(64, 48)):
    return np.full((size[1], size[0], 3), value, np.uint8)


def write(sink, session, pictures, times):
    with sink:
        sink.open(session)
        for index, (picture, seconds) in enumerate(zip(pictures, times, strict=True)):
            sink.picture(picture, frame(picture, index, seconds))


def read(path):
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        return [
            (float(f.pts * f.time_base), f.to_ndarray(format="bgr24"), f.key_frame) for f in frames
        ]


def boxes(path):
    """Kinds of the outermost boxes of an MP4 file."""
    content, at = path.read_bytes(), 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(content[at + 8 : at + 16], "big")
        yield content[at + 4 : at + 8].decode()
        at += size or len(content)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "auto"),
        ("a.mkv", "auto"),
        ("a.webm", "auto"),
        ("b.mp4", "mpeg4"),
        ("c.mkv", "vp9"),
    ],
)
def test_video_keeps_variable_intervals_and_pictures(make, session, tmp_path, name, codec):
    path = tmp_path / "new" / name
    values = [20 + 25 * i for i in range(len(VARIABLE))]
    write(make("video", path, codec=codec), session, map(grey, values), VARIABLE)
    got = read(path)
    expected = np.array(VARIABLE) - VARIABLE[0]
    assert np.abs(np.array([g[0] for g in got]) - expected).max() <= 0.001
    assert np.abs(np.array([g[1].mean() for g in got]) - values).max() < 6
    capture = cv2.VideoCapture(str(path))
    seen = 0
    while capture.read()[0]:
        seen += 1
    capture.release()
    assert seen == len(VARIABLE)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm"])
def test_video_shows_colours_as_they_were(make, session, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    picture = np.empty((48, 64, 3), np.uint8)
    picture[:] = (40, 80, 200)
    write(make("video", path, crf=10), session, [picture] * 3, [0, 0.1, 0.2])
    assert np.abs(read(path)[1][1].astype(int) - picture).max() <= 8


def test_video_last_picture_lasts_as_long_as_the_one_before(make, session, tmp_path):
    path = tmp_path / "a.mp4"
    write(make("video", path), session, [grey(9)] * 5, [0, 0.5, 1.0, 1.5, 2.0])
    with av.open(str(path)) as container:
        assert abs(container.duration / av.time_base - 2.5) < 0.02
    # Closed, it is an ordinary file: not fragmented.
    assert {"moov", "mdat"} <= set(boxes(path)) <= {"ftyp", "free", "moov", "mdat"}


def test_video_has_a_keyframe_every_second(make, session, tmp_path):
    path = tmp_path / "a.mp4"
    times = [i / 10 for i in range(31)]
    write(make("video", path), session, [grey(i) for i in range(31)], times)
    assert [round(seconds) for seconds, _, is_key in read(path) if is_key] == [0, 1, 2, 3]


@pytest.mark.parametrize("size", [(65, 49), (65, 48), (64, 49), (33, 17)])
def test_video_pads_odd_sizes_to_even(make, session, tmp_path, size):
    path = tmp_path / "a.mp4"
    write(make("video", path), session, [grey(200, size)] * 3, [0, 0.1, 0.2])
    image = read(path)[0][1]
    assert image.shape[:2] == (size[1] + size[1] % 2, size[0] + size[0] % 2)
    assert image.min() > 190


def test_video_fits_another_size_into_the_first(make, session, tmp_path):
    path = tmp_path / "a.mp4"
    pictures = [grey(200), grey(200, (48, 96)), grey(200)]
    write(make("video", path, crf=5), session, pictures, [0, 0.1, 0.2])
    image = read(path)[1][1]
    assert image.shape == (48, 64, 3)
    assert image[:, 28:36].min() > 180
    assert image[:, :16].max() < 30


def test_video_times_always_rise(make, session, tmp_path):
    path = tmp_path / "a.mkv"
    write(make("video", path), session, [grey(9)] * 4, [5.0, 5.0, 4.0, 5.5])
    times = [seconds for seconds, _, _ in read(path)]
    assert all(np.diff(times) > 0)
    assert abs(times[-1] - 0.5) <= 0.001


def test_video_without_pictures_leaves_no_file(make, session, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"of an earlier run")
    write(make("video", path), session, [], [])
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.avi", {}, "cannot hold a variable frame rate; use .mp4"),
        ("a", {}, "without a suffix"),
        ("a.webm", {"codec": "h264"}, "holds vp9, not h264"),
    ],
)
def test_video_refuses_what_it_cannot_write(make, session, tmp_path, name, options, message):
    with pytest.raises(SinkError, match=message), make("video", tmp_path / name, **options) as sink:
        sink.open(session)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_video_on_a_full_disk_names_the_path(make, session, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    path.symlink_to("/dev/full")
    noise = np.random.default_rng(0).integers(0, 255, (30, 240, 320, 3), np.uint8)
    with pytest.raises(SinkError, match=rf"a\.{suffix}.*No space left"):
        write(make("video", path), session, noise, np.arange(30) / 5)


_KILLED = """
import sys, numpy as np
from fractions import Fraction
from edgevid.card import Card
from edgevid.default_plugins.sinks.video import VideoSink
from edgevid.interfaces import RunInfo
from edgevid.types import Frame, SourceInfo
session = RunInfo(SourceInfo("d", "file", False, 320, 240), Card(
    name="m", class_names=("a",), temporal_mode="frame", input_rate_hz=1), {}, "r", "t")
sink = VideoSink(VideoSink.Options(), sys.argv[1])
sink.open(session)
for i in range(150):
    picture = np.full((240, 320, 3), i, np.uint8)
    sink.picture(picture, Frame(picture, i, i / 30, 0.0, "d"))
print("written", flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_video_of_a_killed_run_plays(tmp_path, name):
    path = tmp_path / name
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(path)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout.readline() == b"written\n"
        process.kill()
    times = [seconds for seconds, _, _ in read(path)]
    assert len(times) >= 150 - 2 * 30
    assert Fraction(round(times[30] * 1000), 1000) == 1
    capture = cv2.VideoCapture(str(path))
    assert capture.read()[0]
    capture.release()


def test_stills_show_the_picture_of_the_moment(make, session, tmp_path):
    directory = tmp_path / "new" / "stills"
    with make("stills", directory, format="png") as sink:
        sink.open(session)
        sink.event(event("open", id="e0"))
        picture = grey(50)
        sink.picture(picture, frame(picture, 0, 1.0))
        picture[:] = 99
        sink.event(event("open", id="e1"))
        sink.event(event("closed", id="e1"))
        picture[:] = 150
        sink.picture(picture, frame(picture, 1, 1.1))
        sink.event(event("closed", id="at-once", label="../../etc/pass wd", start=2.0))
    names = sorted(path.name for path in directory.iterdir())
    assert names == ["0001_drinking_1.25s.png", "0002_etc-pass-wd_2.00s.png"]
    assert cv2.imread(str(directory / names[0])).mean() == 50
    assert cv2.imread(str(directory / names[1])).mean() == 150
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new"]


@pytest.mark.parametrize("label", ["", "..", "/", "a/b\\c:d", "電話", "x" * 500, ".hidden", "\0"])
def test_stills_of_any_label_stay_in_the_directory(make, session, tmp_path, label):
    with make("stills", tmp_path) as sink:
        sink.open(session)
        picture = grey(50)
        sink.picture(picture, frame(picture, 0, 1.0))
        sink.event(event("open", label=label))
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("0001_")
    assert cv2.imread(str(path)).shape == (48, 64, 3)
