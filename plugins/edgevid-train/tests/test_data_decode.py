from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from edgevid_train.data.decode import duration_seconds, frames_at
from edgevid_train.data.errors import DataError
from edgevid_train.data.frame_cache import FrameCache

COUNT = 90
MS = Fraction(1, 1000)
RATE = Fraction(1, 30)
VARIABLE = np.cumsum(np.random.default_rng(0).integers(10, 120, COUNT))


def picture(index):
    """Eight stripes are the bits of the index."""
    bits = np.array([(index >> k) & 1 for k in range(8)], np.uint8)
    stripes = np.repeat(bits, 8) * 200 + 20
    return np.ascontiguousarray(np.broadcast_to(stripes[None, :, None], (48, 64, 3)), np.uint8)


def index_of(image):
    stripes = image[8:-8].reshape(32, 8, 8, 3)[:, :, 2:6].mean((0, 2, 3)) > 120
    return sum(1 << k for k in range(8) if stripes[k])


def write(path, ticks, base, codec="libx264", b_frames=2, **options):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = base
        stream.codec_context.gop_size = 12
        stream.codec_context.max_b_frames = b_frames
        for index, tick in enumerate(ticks):
            frame = av.VideoFrame.from_ndarray(picture(index), format="rgb24")
            frame.pts, frame.time_base = int(tick), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


FILES = {
    "variable.mp4": (VARIABLE - VARIABLE[0], MS, {}),
    "variable.mkv": (VARIABLE - VARIABLE[0], MS, {}),
    "late.mp4": (VARIABLE + 5000, MS, {}),
    "late.mkv": (VARIABLE + 5000, MS, {}),
    "late.ts": (VARIABLE + 5000, MS, {}),
    "open_groups.mp4": (
        VARIABLE - VARIABLE[0],
        MS,
        {"x264-params": "open-gop=1:bframes=3:b-adapt=0:scenecut=0"},
    ),
    "mpeg4.avi": (range(COUNT), RATE, {"codec": "mpeg4", "qscale": "2"}),
    "h264.avi": (range(COUNT), RATE, {}),
    "program.mpg": (range(COUNT), RATE, {"codec": "mpeg2video", "qscale": "2"}),
}


@pytest.fixture(scope="module", params=FILES)
def video(request, tmp_path_factory):
    ticks, base, options = FILES[request.param]
    path = write(tmp_path_factory.mktemp("video") / request.param, ticks, base, **options)
    return path, np.array([float((tick - ticks[0]) * base) for tick in ticks])


def expected(starts, times):
    return np.clip(np.searchsorted(starts, times, side="right") - 1, 0, COUNT - 1).tolist()


def test_the_frame_shown_at_a_time_is_read(video):
    path, starts = video
    # In the middle of a frame's time, away from what rounding to ticks may move.
    middles = (starts[:-1] + starts[1:]) / 2
    times = np.concatenate([[-1.0, 0.0], middles, [starts[-1] + 0.001, starts[-1] + 100]])
    images = frames_at(path, times)
    assert images.shape == (len(times), 48, 64, 3)
    assert images.dtype == np.uint8
    assert [index_of(image) for image in images] == expected(starts, times)


def test_any_time_can_be_gone_to_directly(video):
    path, starts = video
    times = [(starts[k] + starts[k + 1]) / 2 for k in range(0, COUNT - 1, 7)]
    assert [index_of(frames_at(path, [t])[0]) for t in times] == expected(starts, times)


def test_exact_starts_survive_the_rounding_of_the_file(video):
    path, starts = video
    assert [index_of(image) for image in frames_at(path, starts)] == list(range(COUNT))


def test_times_may_have_any_order_and_repeat(video):
    path, starts = video
    times = np.random.default_rng(1).choice((starts[:-1] + starts[1:]) / 2, 30)
    assert [index_of(image) for image in frames_at(path, times)] == expected(starts, times)


def test_the_duration_lasts_to_the_end_of_the_last_frame(video):
    path, starts = video
    assert duration_seconds(path) == pytest.approx(starts[-1] + 1 / 30, abs=0.05)


def test_far_apart_times_are_gone_to(tmp_path):
    ticks = range(0, COUNT * 1000, 1000)
    path = write(tmp_path / "slow.mp4", ticks, MS)
    times = [80.5, 3.5, 40.5, 41.5]
    assert [index_of(image) for image in frames_at(path, times)] == [80, 3, 40, 41]


def test_each_frame_is_changed_when_it_is_read(tmp_path):
    path = write(tmp_path / "a.mp4", range(COUNT), RATE)
    images = frames_at(path, [0, 0.5], each=lambda image: image[:10, :20])
    assert images.shape == (2, 10, 20, 3)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_a_still_is_the_same_at_any_time(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    image = np.zeros((48, 64, 3), np.uint8)
    image[..., 2] = 250
    cv2.imwrite(str(path), image)
    images = frames_at(path, [0.0, 5.0, -1.0])
    assert images.shape == (3, 48, 64, 3)
    assert images[:, 20, 20].tolist() == pytest.approx(np.array([[250, 0, 0]] * 3), abs=6)
    assert duration_seconds(path) == 0


def cut(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def cut_video(tmp_path, name, **options):
    return cut(write(tmp_path / name, range(0, 9000, 100), MS, **options), 0.5)


def cut_still(tmp_path, suffix):
    path = tmp_path / f"cut.{suffix}"
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    cv2.imwrite(str(path), noise)
    return cut(path, 0.7)


def with_content(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def sound(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda d: cut_video(d, "cut.mp4"), "cannot be decoded: Invalid data"),
        (lambda d: cut_video(d, "cut.mp4", movflags="faststart"), "cannot be decoded"),
        (lambda d: cut_video(d, "cut.mkv"), r"ends at \d\.\d s though its header says 8\.9 s"),
        (lambda d: with_content(d, "a.mp4", b""), "the file is empty; give a video"),
        (lambda d: with_content(d, "a.mp4", b"no video" * 99), "cannot be decoded: Invalid data"),
        (lambda d: d / "missing.mp4", "cannot be decoded: No such file"),
        (lambda d: d, "cannot be decoded: Is a directory"),
        (sound, "holds no video stream"),
        (lambda d: write(d / "a.h264", range(9), RATE), "holds no frame with a time"),
        (lambda d: cut_still(d, "png"), "is truncated"),
        (lambda d: cut_still(d, "jpg"), "is truncated"),
        (lambda d: cut_still(d, "webp"), "is truncated"),
        (lambda d: with_content(d, "a.png", b""), "the file is empty; give an image"),
        (lambda d: with_content(d, "a.png", b"no picture"), "not an image"),
        (lambda d: d / "missing.png", "cannot be read: No such file"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, make, message):
    path = make(tmp_path)
    with pytest.raises(DataError, match=message) as caught:
        frames_at(path, [0.1, 8.0])
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("times", [[], [float("nan")], [[0.0]]])
def test_times_that_are_none_are_refused(tmp_path, times):
    with pytest.raises(DataError, match="give at least one finite number"):
        frames_at(tmp_path / "a.mp4", times)


def whole(image):
    return image


def test_kept_frames_are_the_same_frames(video, tmp_path):
    path, starts = video
    times = np.concatenate([[-1.0, starts[-1] + 100], starts, (starts[:-1] + starts[1:]) / 2])
    cache = FrameCache(tmp_path / "kept")
    for _ in range(2):
        kept = cache.frames_at(path, times, each=whole, rule="whole")
        np.testing.assert_array_equal(kept, frames_at(path, times))


def test_a_file_is_decoded_once(tmp_path):
    path = write(tmp_path / "a.mp4", range(COUNT), RATE)
    read = []
    cache = FrameCache(tmp_path / "kept")
    for _ in range(3):
        cache.frames_at(path, np.array([0.5]), each=lambda im: read.append(1) or im, rule="whole")
    assert len(read) == COUNT


@pytest.mark.parametrize("change", ["file", "rule"])
def test_what_changed_is_decoded_again(tmp_path, change):
    path = write(tmp_path / "a.mp4", range(COUNT), RATE)
    cache, times = FrameCache(tmp_path / "kept"), np.array([0.01])
    before = cache.frames_at(path, times, each=whole, rule="whole")
    if change == "file":
        write(path, [tick - 40 for tick in range(40, COUNT + 40)], RATE, qp="1")
        after = cache.frames_at(path, times, each=whole, rule="whole")
        np.testing.assert_array_equal(after, frames_at(path, times))
    else:
        after = cache.frames_at(path, times, each=lambda im: im[::2], rule="half")
        assert after.shape[1] * 2 == before.shape[1]
    assert len(list((tmp_path / "kept").glob("*.npy"))) == 4
    assert not list((tmp_path / "kept").glob("*.part"))


def test_files_that_are_not_whole_are_read_where_they_can_be(tmp_path):
    path = write(tmp_path / "a.mkv", range(0, COUNT * 100, 100), MS)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    cache = FrameCache(tmp_path / "kept")
    times = np.array([0.55, 1.05])
    found = cache.frames_at(path, times, each=whole, rule="whole")
    assert [index_of(image) for image in found] == [5, 10]
    assert not list((tmp_path / "kept").iterdir())


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "kept").write_text("")
    with pytest.raises(DataError, match="kept: cannot be made"):
        FrameCache(tmp_path / "kept")
