from __future__ import annotations

import itertools
from fractions import Fraction

import cv2
import numpy as np
import pytest

from edgevid.default_plugins.sources.file import FileOptions, FileSource
from edgevid.media import PtsRepair
from edgevid.media.pattern import read_index

NTSC = Fraction(30000, 1001)
MILLISECOND = Fraction(1, 1000)
MICROSECOND = 1e-6


def file_source(path):
    return FileSource(FileOptions(), str(path))


@pytest.mark.parametrize(
    ("name", "codec", "reported", "tolerance_seconds"),
    [
        ("a.mp4", "libx264", "h264", MICROSECOND),
        ("b.mp4", "libx265", "hevc", MICROSECOND),
        ("c.mp4", "mpeg4", "mpeg4", MICROSECOND),
        ("d.mkv", "libx264", "h264", 0.5e-3 + MICROSECOND),
        ("e.mkv", "libx265", "hevc", 0.5e-3 + MICROSECOND),
        ("f.webm", "libvpx", "vp8", 0.5e-3 + MICROSECOND),
        ("g.webm", "libvpx-vp9", "vp9", 0.5e-3 + MICROSECOND),
        ("h.avi", "mjpeg", "mjpeg", MICROSECOND),
        ("i.avi", "mpeg4", "mpeg4", MICROSECOND),
        ("m.mp4", "libsvtav1", "av1", MICROSECOND),
        ("n.mkv", "libsvtav1", "av1", 0.5e-3 + MICROSECOND),
        ("j.mov", "mjpeg", "mjpeg", MICROSECOND),
        ("k.ts", "libx264", "h264", MICROSECOND),
        ("l.gif", "gif", "gif", 5e-3 + MICROSECOND),
    ],
)
def test_every_frame_with_its_own_time(
    write_video, read_all, name, codec, reported, tolerance_seconds
):
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    path = write_video(name, codec, num_frames=36, rate=NTSC, options=options)
    info, frames, gaps, pictures, warnings = read_all(file_source(path))
    assert (info.width, info.height, info.live, info.codec) == (320, 240, False, reported)
    assert info.kind == "file"
    assert [frame.index for frame in frames] == list(range(36))
    assert [read_index(picture) for picture in pictures] == list(range(36))
    worst = max(abs(frame.pts_seconds - frame.index * 1001 / 30000) for frame in frames)
    assert worst <= tolerance_seconds
    assert info.duration_seconds == pytest.approx(36 * 1001 / 30000, abs=0.08)
    assert gaps == []
    assert warnings == []


@pytest.mark.parametrize("name", ["vfr.mp4", "vfr.mkv", "vfr.ts"])
def test_variable_rate_is_kept(write_video, read_all, name):
    times = [0, 33, 100, 110, 400, 1000, 1007, 1500]
    path = write_video(name, times=times, time_base=MILLISECOND, options={"bf": "0"})
    _, frames, _, pictures, _ = read_all(file_source(path))
    measured = [frame.pts_seconds for frame in frames]
    assert measured == pytest.approx([t / 1000 for t in times], abs=MICROSECOND)
    assert [read_index(picture) for picture in pictures] == list(range(8))


def test_duration_of_variable_rate_is_not_count_by_rate(write_video):
    path = write_video("v.mp4", times=[0, 100, 200, 5000], time_base=MILLISECOND)
    with file_source(path) as source:
        assert source.open().duration_seconds == pytest.approx(5.0, abs=0.1)


@pytest.mark.parametrize("codec", ["libx264", "libsvtav1"])
@pytest.mark.parametrize("name", ["late.mkv", "late.mp4"])
def test_times_start_at_zero_wherever_the_container_starts(write_video, read_all, name, codec):
    times = [5000 + 40 * k for k in range(20)]
    info, frames, *_ = read_all(
        file_source(write_video(name, codec, times=times, time_base=MILLISECOND))
    )
    assert [f.pts_seconds for f in frames] == pytest.approx([0.04 * k for k in range(20)])
    assert info.duration_seconds == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    ("degrees", "size"), [(90, (180, 320)), (180, (320, 180)), (270, (180, 320))]
)
def test_display_rotation_is_applied(write_video, read_all, degrees, size):
    path = write_video("r.mp4", size=(320, 180), num_frames=3)
    upright = read_all(file_source(path))[3][0]
    path.write_bytes(rotated(path.read_bytes(), degrees))
    info, _, _, pictures, _ = read_all(file_source(path))
    assert (info.width, info.height) == size
    assert info.rotation_degrees == degrees
    quarter_turns = {90: 3, 180: 2, 270: 1}[degrees]
    expected = np.rot90(upright, quarter_turns)
    assert pictures[0].shape == expected.shape
    assert np.abs(pictures[0].astype(int) - expected).mean() < 2


def rotated(content, degrees):
    """Put a display matrix into the track header of an MP4."""
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    entries = [cosine, sine, 0, -sine, cosine, 0, 0, 0, 16384]
    matrix = b"".join((e * 65536).to_bytes(4, "big", signed=True) for e in entries)
    at = content.index(b"tkhd") + 4 + 40
    return content[:at] + matrix + content[at + 36 :]


def test_display_rotation_is_applied_to_av1_too(write_video, read_all):
    path = write_video("r.mp4", "libsvtav1", size=(320, 180), num_frames=3)
    upright = read_all(file_source(path))[3][0]
    path.write_bytes(rotated(path.read_bytes(), 90))
    info, _, _, pictures, _ = read_all(file_source(path))
    assert (info.width, info.height, info.rotation_degrees) == (180, 320, 90)
    assert np.array_equal(pictures[0], np.rot90(upright, 3))


@pytest.mark.parametrize("size", [(161, 121), (322, 241), (1000, 64)])
def test_odd_sizes(write_video, read_all, size):
    path = write_video("odd.avi", "mjpeg", size=size, num_frames=3)
    info, _, _, pictures, _ = read_all(file_source(path))
    assert (info.width, info.height) == size
    assert [picture.shape for picture in pictures] == [(size[1], size[0], 3)] * 3


def test_retrieve_fills_the_array_given(write_video):
    with file_source(write_video("o.mp4", num_frames=2)) as source:
        source.open()
        slots = np.zeros((3, 240, 320, 3), np.uint8)
        source.grab()
        out = slots[1]
        assert source.retrieve(out) is out
        assert read_index(slots[1]) == 0
        assert not slots[0].any()
        assert not slots[2].any()
        source.grab()
        other = source.retrieve(np.zeros((10, 10, 3), np.uint8))
        assert other.shape == (240, 320, 3)
        assert read_index(other) == 1


def test_frames_not_retrieved_are_still_counted(write_video):
    with file_source(write_video("s.mp4", num_frames=12)) as source:
        source.open()
        for _ in range(7):
            source.grab()
        assert read_index(source.retrieve()) == 6


@pytest.mark.parametrize("name", ["sänd größe.mp4", "what?fps=3.mp4", "rtsp:x.mp4", "a%03d.mp4"])
def test_awkward_names(write_video, read_all, name):
    path = write_video(name, num_frames=3)
    assert len(read_all(file_source(path))[1]) == 3


def test_relative_path_with_a_colon(write_video, read_all, monkeypatch):
    path = write_video("http:x.mp4", num_frames=3)
    monkeypatch.chdir(path.parent)
    assert len(read_all(file_source("http:x.mp4"))[1]) == 3


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
def test_still_picture_is_one_frame_at_zero(tmp_path, read_all, suffix):
    picture = np.full((60, 80, 3), 90, np.uint8)
    cv2.imwrite(str(tmp_path / f"a{suffix}"), picture)
    info, frames, _, pictures, _ = read_all(file_source(tmp_path / f"a{suffix}"))
    assert [(f.index, f.pts_seconds) for f in frames] == [(0, 0.0)]
    assert (info.width, info.height, info.num_frames) == (80, 60, 1)
    assert np.abs(pictures[0].astype(int) - 90).max() < 4


def test_joined_recordings_are_rebased_and_the_joint_is_a_gap(write_video, read_all):
    first = write_video("1.ts", num_frames=30, options={"bf": "0"})
    second = write_video("2.ts", num_frames=20, options={"bf": "0"}, first_index=100)
    joined = first.with_name("joined.ts")
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    _, frames, gaps, pictures, _ = read_all(file_source(joined))
    assert [read_index(p) for p in pictures] == [*range(30), *range(100, 120)]
    assert [f.pts_seconds for f in frames] == pytest.approx([k / 30 for k in range(50)])
    assert [f.index for f in frames] == list(range(50))
    assert len(gaps) == 1
    assert gaps[0].start_seconds == pytest.approx(29 / 30)
    assert gaps[0].end_seconds == pytest.approx(1.0)
    assert "jump back" in gaps[0].reason


def test_size_change_in_the_middle_is_scaled_to_the_first_size(write_video, read_all):
    first = write_video("1.ts", num_frames=10, options={"bf": "0"})
    second = write_video(
        "2.ts", num_frames=10, size=(160, 120), options={"bf": "0"}, first_index=50
    )
    first.write_bytes(first.read_bytes() + second.read_bytes())
    pictures = read_all(file_source(first))[3]
    assert {picture.shape for picture in pictures} == {(240, 320, 3)}
    assert [read_index(picture) for picture in pictures] == [*range(10), *range(50, 60)]


def test_elementary_stream_without_times_says_so(write_video, read_all):
    path = write_video("raw.h264", num_frames=10, rate=Fraction(25))
    _, frames, _, _, warnings = read_all(file_source(path))
    assert [f.pts_seconds for f in frames] == pytest.approx([k / 25 for k in range(10)])
    assert len(warnings) == 1
    assert "carries no time stamps" in warnings[0]


@pytest.mark.parametrize(
    ("stamps", "expected", "num_gaps", "warning"),
    [
        ([0.0, 0.1, 0.2], [0.0, 0.1, 0.2], 0, None),
        ([-0.1, 0.0, 0.1], [0.0, 0.1, 0.2], 0, None),
        ([0.0, 0.1, 0.1, 0.2], [0.0, 0.1, 0.101, 0.2], 0, "1 frames repeat"),
        ([0.0, 0.1, 0.05, 0.2], [0.0, 0.1, 0.101, 0.2], 0, "1 frames repeat"),
        ([0.0, 0.1, None, 0.3], [0.0, 0.1, 0.2, 0.3], 0, "1 frames carry no"),
        ([0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 2.0, 3.0], 1, None),
        ([0.0, 1.0, 9.0, 9.5], [0.0, 1.0, 9.0, 9.5], 0, None),
    ],
)
def test_timeline(stamps, expected, num_gaps, warning):
    timeline = PtsRepair(rate_hz=10)
    placed = [timeline.place(stamp) for stamp in stamps]
    assert [pts for pts, _ in placed] == pytest.approx(expected)
    assert all(a < b for a, b in itertools.pairwise(pts for pts, _ in placed))
    assert sum(gap is not None for _, gap in placed) == num_gaps
    assert [line[: len(warning or "")] for line in timeline.warnings()] == (
        [warning] if warning else []
    )
