"""Choice of the decoder, and errors and warnings about faulty files."""

import builtins
import importlib.util
import itertools
from types import SimpleNamespace

import av
import numpy as np
import pytest

from edgevid.errors import SourceOpenError
from edgevid.media import NotExactError, PtsRepair, decode_span, facts, open_video
from edgevid.media.opencv_reader import OpenCVReader
from tests.media.videos import BT2020_HLG, BT2020_PQ, INTERLACED, write

WRAP_SECONDS = 2**33 / 90_000


@pytest.fixture
def no_pyav(monkeypatch):
    """Hide PyAV, as where the extra ``video`` is not installed."""
    find_spec, real_import = importlib.util.find_spec, builtins.__import__

    def found(name, *rest):
        return None if name == "av" else find_spec(name, *rest)

    def imported(name, *rest, **more):
        if name == "av" or name.startswith("av."):
            raise ImportError("hidden")
        return real_import(name, *rest, **more)

    def hide():
        monkeypatch.setattr(importlib.util, "find_spec", found)
        monkeypatch.setattr(builtins, "__import__", imported)

    return hide


def read(path):
    video = open_video(path)
    images = []
    while video.reader.grab():
        images.append(video.reader.retrieve())
    video.reader.close()
    return video, images


@pytest.mark.parametrize(
    ("name", "how", "decoder", "reason"),
    [
        ("a.mp4", {}, "OpenCV", None),
        ("a.mkv", {"pixels": "yuv420p10le"}, "OpenCV", None),
        ("a.mp4", {"options": INTERLACED}, "PyAV", "interlaced"),
        ("a.ts", {"options": INTERLACED}, "PyAV", "interlaced"),
        pytest.param("a.mp4", BT2020_PQ, "PyAV", "HDR", marks=pytest.mark.slow),
        pytest.param("a.mkv", BT2020_HLG, "PyAV", "HDR", marks=pytest.mark.slow),
        ("a.mp4", {"codec": "libsvtav1"}, "PyAV", "AV1"),
    ],
)
def test_the_decoder_is_chosen_by_what_the_file_is(tmp_path, name, how, decoder, reason):
    video = open_video(write(tmp_path / name, **how))
    assert video.reader.info.decoder == decoder
    assert (video.reason or "").startswith(reason or "")
    assert (video.reason is None) == (reason is None)
    assert video.reader.grab()
    assert video.reader.retrieve().mean() > 50
    video.reader.close()


def test_interlaced_frames_are_real_pictures(tmp_path):
    plain = write(tmp_path / "plain.mp4")
    interlaced = write(tmp_path / "interlaced.mp4", options=INTERLACED)
    _, expected = read(plain)
    _, images = read(interlaced)
    assert len(images) == len(expected) == 24
    assert max(np.abs(a.astype(int) - b).mean() for a, b in zip(images, expected)) < 5  # noqa: B905


def join(tmp_path, *parts):
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    return joined


@pytest.mark.parametrize("options", [INTERLACED, {}])
def test_the_first_frame_says_what_a_pyav_without_field_orders_does_not(tmp_path, options):
    path = write(tmp_path / "a.mp4", options=options)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        old_pyav = SimpleNamespace(codec_context=SimpleNamespace())
        opened = SimpleNamespace(decode=lambda _: container.decode(stream))
        assert facts._is_interlaced(opened, old_pyav) is bool(options)
        assert facts._is_interlaced(container, stream) is bool(options)


def test_a_file_that_turns_interlaced_in_its_middle_does_not_freeze(tmp_path):
    first = write(tmp_path / "1.ts", options={"bf": "0"})
    times = range(1000, 1960, 40)
    second = write(tmp_path / "2.ts", options={**INTERLACED, "bf": "0"}, times=times)
    video, images = read(join(tmp_path, first, second))
    assert len(images) == 48
    assert not any(np.array_equal(a, b) for a, b in itertools.pairwise(images))
    assert video.reader.info.decoder == "PyAV"
    assert video.reader.switched_at_seconds == pytest.approx(1.0, abs=0.1)


def test_scenes_that_stand_still_stay_with_opencv(tmp_path):
    video, images = read(write(tmp_path / "a.mp4", black=True))
    assert video.reader.info.decoder == "OpenCV"
    assert len(images) == 24
    assert not any(image.any() for image in images)


def test_without_pyav_interlaced_video_is_refused(tmp_path, no_pyav):
    path = write(tmp_path / "a.mp4", options=INTERLACED, cuts=True)
    no_pyav()
    with pytest.raises(SourceOpenError, match=r"OpenCV repeats one frame.*edgevid\[video\]"):
        open_video(path)


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video", "mpeg4", "mjpeg"])
def test_without_pyav_scenes_that_stand_still_are_not_refused(tmp_path, no_pyav, codec):
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = write(tmp_path / "a.mkv", codec, pixels, black=True)
    no_pyav()
    video, images = read(path)
    assert video.reader.info.decoder == "OpenCV"
    assert len(images) == 24


def test_without_pyav_ordinary_files_are_read(tmp_path, no_pyav):
    path = write(tmp_path / "a.mp4")
    no_pyav()
    video, images = read(path)
    assert (len(images), video.num_frames) == (24, 24)
    assert video.duration_seconds == pytest.approx(0.96)


def trimmed(tmp_path):
    """Cut off a beginning without encoding anew: an edit list hides what comes before."""
    source, path = write(tmp_path / "whole.mp4", times=range(0, 4000, 40)), tmp_path / "cut.mp4"
    with av.open(str(source)) as whole, av.open(str(path), "w") as cut:
        stream = whole.streams.video[0]
        copy = cut.add_stream_from_template(stream)
        shift = round(1.3 / stream.time_base)
        for packet in whole.demux(stream):
            if packet.dts is not None:
                packet.pts -= shift
                packet.dts -= shift
                packet.stream = copy
                cut.mux(packet)
    return path


def test_an_edit_list_shortens_the_duration(tmp_path):
    video, images = read(trimmed(tmp_path))
    assert len(images) == video.num_frames
    assert 60 < len(images) < 75
    assert video.duration_seconds == pytest.approx(len(images) / 25, abs=0.05)


def test_a_clock_that_is_started_anew_is_a_step_back(tmp_path):
    first = write(tmp_path / "1.ts", options={"bf": "0"}, times=range(600_000, 600_960, 40))
    second = write(tmp_path / "2.ts", options={"bf": "0"})
    video = open_video(join(tmp_path, first, second))
    timeline = video.new_timeline()
    places = []
    while video.reader.grab():
        places.append(timeline.place(video.reader.pts_seconds))
    video.reader.close()
    assert [seconds for seconds, _ in places] == pytest.approx([k * 0.04 for k in range(48)])
    gaps = [gap for _, gap in places if gap]
    assert len(gaps) == 1
    assert "jump back by 600." in gaps[0].reason
    assert video.duration_seconds is None


@pytest.mark.parametrize(
    ("jump", "wrap", "expected"),
    [
        (WRAP_SECONDS - 500, WRAP_SECONDS, 0.1),
        (WRAP_SECONDS - 500, None, WRAP_SECONDS - 500),
        (600.0, WRAP_SECONDS, 600.0),
    ],
)
def test_only_a_jump_over_half_a_clock_is_one_that_was_started_anew(jump, wrap, expected):
    timeline = PtsRepair(10, wrap)
    timeline.place(0.0)
    timeline.place(0.1)
    assert timeline.place(0.1 + jump)[0] == pytest.approx(0.1 + expected)


def test_sound_without_video_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(SourceOpenError, match="holds sound but no video"):
        open_video(path)


def ticks_of(path):
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.pts is not None]
    return sorted(p.pts for p in packets), sorted(p.pts for p in packets if p.is_keyframe)


def test_a_span_is_what_opencv_reads(tmp_path):
    path = write(tmp_path / "a.mp4", pixels="yuv420p10le", options={"g": "8"})
    ticks, keys = ticks_of(path)
    reader = OpenCVReader(path)
    every = {tick: reader.retrieve() for tick in ticks if reader.grab()}
    reader.close()
    for wanted in (ticks[9:12], ticks[17:23:3], ticks[:1], ticks[-1:]):
        near = [key for key in reversed(keys) if key <= wanted[0]]
        images = list(decode_span(path, wanted, near))
        assert len(images) == len(wanted)
        assert all(map(np.array_equal, images, (every[tick] for tick in wanted)))


@pytest.mark.parametrize(
    ("wanted", "message"), [([3], "no frame comes at"), ([10**9], "ends before its time stamp")]
)
def test_a_time_stamp_without_a_frame_is_not_exact(tmp_path, wanted, message):
    path = write(tmp_path / "a.mp4")
    with pytest.raises(NotExactError, match=message):
        list(decode_span(path, wanted, []))
