import av
import cv2
import numpy as np
import pytest
from edgevid_train.evaluation.report import evaluate
from edgevid_train.evaluation.scoring import StreamScorer
from edgevid_train.evaluation.transfer import clip_from_file, open_file, score_file, score_files

from edgevid import ConfigError, SourceOpenError
from tests.tiny_bundles import CLASSES, card_for, write_bundle

SIZE = (48, 64)


def colour(name):
    image = np.full((*SIZE, 3), 40, np.uint8)
    image[..., CLASSES.index(name)] = 220
    return image


def write_video(path, names, *, rate):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate, options={"qscale": "2"})
        stream.width, stream.height, stream.pix_fmt = SIZE[1], SIZE[0], "yuv420p"
        for name in names:
            frame = av.VideoFrame.from_ndarray(colour(name), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_gif(path, names, *, rate):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("gif", rate=rate)
        stream.width, stream.height, stream.pix_fmt = SIZE[1], SIZE[0], "rgb8"
        for name in names:
            frame = av.VideoFrame.from_ndarray(colour(name), format="bgr24")
            container.mux(stream.encode(frame.reformat(format="rgb8")))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    card = card_for("stream", warmup_seconds=0.5)
    return write_bundle(tmp_path_factory.mktemp("bundle") / "m.onnx", card)


@pytest.fixture(scope="module")
def scorer(bundle):
    with StreamScorer(bundle) as opened:
        yield opened


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp"])
@pytest.mark.parametrize("name", CLASSES)
def test_a_still_is_a_frozen_clip(scorer, tmp_path, name, suffix):
    path = tmp_path / f"picture.{suffix}"
    cv2.imwrite(str(path), colour(name))
    found = score_file(scorer, path, label=name)

    assert (found.file, found.still, found.seconds) == (f"picture.{suffix}", True, 3.0)
    assert found.warmed_up
    assert found.correct
    assert len(found.top) == 3
    probabilities = [score.probability for score in found.top]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1)


@pytest.mark.parametrize(("write", "suffix"), [(write_video, "mp4"), (write_gif, "gif")])
def test_a_video_runs_in_its_own_time(scorer, tmp_path, write, suffix):
    # Blue for 0.4 s, which the warm-up hides, red for 1.6 s.
    path = write(tmp_path / f"v.{suffix}", ["blue"] * 2 + ["red"] * 8, rate=5)
    found = score_file(scorer, path, label="blue", top=1)

    assert found.still is False
    assert found.seconds == pytest.approx(2.0, abs=0.05)
    assert [score.label for score in found.top] == ["red"]
    assert found.correct is False


def test_pictures_are_those_on_show_at_the_time(tmp_path):
    path = write_video(tmp_path / "v.mp4", ["blue", "green", "red", "blue"], rate=4)
    file = open_file(path)
    images = file.frames_at(np.array([0.0, 0.24, 0.25, 0.3, 0.6, 0.99]))

    assert file.pts_seconds == pytest.approx((0, 0.25, 0.5, 0.75))
    assert file.duration_seconds == pytest.approx(1.0)
    shown = images.reshape(6, -1, 3).mean(axis=1).argmax(axis=1)
    assert [CLASSES[i] for i in shown] == ["blue", "blue", "green", "green", "red", "blue"]
    assert images.dtype == np.uint8


def test_a_long_video_is_read_up_to_a_limit(tmp_path):
    path = write_video(tmp_path / "v.mp4", ["red"] * 20, rate=10)

    assert open_file(path, longest_seconds=0.5).duration_seconds == pytest.approx(0.5)


def test_a_video_shorter_than_the_warm_up_says_so(scorer, tmp_path):
    path = write_video(tmp_path / "v.mp4", ["blue", "blue", "green"], rate=10)
    found = score_file(scorer, path)

    assert (found.warmed_up, found.correct, found.label) == (False, None, None)


def test_files_can_be_evaluated_as_clips(bundle, tmp_path):
    clips = []
    for name in CLASSES:
        path = write_video(tmp_path / f"{name}.mp4", [name] * 10, rate=10)
        clips.append(clip_from_file(path, name, driver="real"))
    found = evaluate(bundle, clips, conditions=False)

    assert found.top1.value == 1.0


def test_several_files_are_counted(scorer, tmp_path):
    told = []
    files = []
    for name in CLASSES:
        cv2.imwrite(str(tmp_path / f"{name}.png"), colour(name))
        files.append((tmp_path / f"{name}.png", None))
    found = score_files(scorer, files, progress=lambda *now: told.append(now))

    assert [f.top[0].label for f in found] == list(CLASSES)
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("none.mp4", None, "no such file"),
        ("empty.png", b"", "is empty"),
        ("text.mp4", b"hello\n" * 99, "holds text, not video"),
        ("noise.jpg", bytes(range(256)) * 4, "cannot be read"),
    ],
)
def test_files_that_are_no_pictures_are_refused(scorer, tmp_path, name, data, message):
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(SourceOpenError, match=message):
        score_file(scorer, path)


def test_unknown_labels_and_empty_lists_are_refused(scorer, tmp_path):
    path = tmp_path / "p.png"
    cv2.imwrite(str(path), colour("red"))
    with pytest.raises(ConfigError, match="label 'yellow' is not one of blue, green, red"):
        score_file(scorer, path, label="yellow")
    with pytest.raises(ConfigError, match="top is 0"):
        score_file(scorer, path, top=0)
