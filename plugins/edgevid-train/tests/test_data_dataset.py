import pickle
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch
from edgevid_train.data.adapters import ADAPTERS
from edgevid_train.data.augment import NO_AUGMENTATION
from edgevid_train.data.build import build_table, check
from edgevid_train.data.dataset import WindowDataset, balanced_weights
from edgevid_train.data.errors import DataError
from edgevid_train.data.frame_labels import IGNORED
from edgevid_train.data.known_points import WATCHED
from edgevid_train.data.table import Segment, read_table
from torch.utils.data import DataLoader

from edgevid import Card, ResizeRule, resize

NAMES = ("safe_driving", "phone_left", "phone_right")


def write_video(path, seconds=4, rate=10):
    """Frame k of the video is grey of 10 + 5 k, darker on its left half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"qp": "5"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(seconds * rate):
            image = np.full((48, 64, 3), 10 + 5 * index, np.uint8)
            image[:, :32] //= 2
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("data") / "a.mp4")


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "a.png"
    image = np.zeros((48, 64, 3), np.uint8)
    image[..., 2] = 200
    cv2.imwrite(str(path), image)
    return path


def segment(file, start=0.0, end=None, label="phone_left", kind="video"):
    return Segment(file, start, end, label, "anna", "train", kind)


def card(**fields):
    values = {"input_rate_hz": 10, "input_size": (24, 32), **fields}
    return Card(name="tiny", class_names=NAMES, temporal_mode="stream", **values)


def dataset(segments, *, card_=None, **fields):
    values = {"num_frames": 5, "train": False, **fields}
    return WindowDataset(segments, card_ or card(), **values)


def shown(item):
    """Which frame of the video each frame of the window is."""
    return ((item["frames"][:, 12, 28].float().mean(1) - 10) / 5).tolist()


def test_an_item_is_the_middle_of_its_segment(video):
    item = dataset([segment(video, 1.0, 2.0)])[0]
    assert item["frames"].shape == (5, 24, 32, 3)
    assert item["frames"].dtype == torch.uint8
    assert item["frames"].is_contiguous()
    # 0.5 s of window in the middle of 1 s, from 1.3 s: frames 12 or 13 and on, to the file's tick.
    assert shown(item) == pytest.approx([12.5, 13.5, 14.5, 15.5, 16.5], abs=1.1)
    assert item["labels"].tolist() == [1] * 5
    assert item["labels"].dtype == torch.int64
    assert bool(item["points"].isnan().all())
    assert item["points"].shape == (5, len(WATCHED), 2)
    assert item["still"] is False


def test_a_segment_without_an_end_lasts_as_long_as_its_file(video):
    item = dataset([segment(video, 3.0)])[0]
    assert float(item["frames"][0].float().max()) > 150


def test_a_window_longer_than_its_file_holds_the_last_frame(video):
    item = dataset([segment(video)], num_frames=50)[0]
    assert shown(item)[0] == pytest.approx(0, abs=1)
    assert shown(item)[-10:] == pytest.approx([39] * 10, abs=1)


def test_every_frame_has_the_label_of_its_own_time(video):
    first = segment(video, 0.5, 1.5)
    data = dataset([first, segment(video, 1.8, 2.6, label="phone_right")], num_frames=25)
    # 2.4 s around 1 s, kept inside the file: from 0 s.
    labels = data[0]["labels"].tolist()
    expected = [IGNORED] * 5 + [1] * 10 + [IGNORED] * 3 + [2] * 7
    assert sum(a != b for a, b in zip(labels, expected, strict=True)) <= 3
    assert set(labels) == {IGNORED, 1, 2}
    assert set(data[1]["labels"].tolist()) == {IGNORED, 1, 2}


def test_a_drawn_window_shows_its_segment_for_at_least_half(video):
    data = dataset([segment(video, 1.5, 2.5)], train=True, augmentation=NO_AUGMENTATION)
    starts = []
    for epoch in range(60):
        data.set_epoch(epoch)
        item = data[0]
        assert (item["labels"] == 1).sum() >= 2
        starts.append(shown(item)[0])
    assert min(starts) < 15 < 20 < max(starts)


def test_a_still_is_repeated_in_bgr(still):
    item = dataset([segment(still, kind="still")])[0]
    assert item["still"] is True
    assert item["frames"][:, 5, 5].tolist() == [[0, 0, 200]] * 5
    assert item["labels"].tolist() == [1] * 5


def test_stills_and_windows_make_one_batch(video, still):
    data = dataset([segment(video), segment(still, kind="still")])
    batch = next(iter(DataLoader(data, batch_size=2)))
    assert batch["still"].tolist() == [False, True]
    assert batch["frames"].shape == (2, 5, 24, 32, 3)


@pytest.mark.parametrize("mode", ["stretch", "short_side_crop", "letterbox"])
def test_frames_are_made_smaller_as_in_running(still, mode):
    rule = ResizeRule(mode=mode, short_side=30 if mode == "short_side_crop" else None)
    small = card(input_size=(20, 20), resize=rule)
    item = dataset([segment(still, kind="still")], card_=small)[0]
    assert np.array_equal(item["frames"][0].numpy(), resize(cv2.imread(str(still)), small))
    drawn = dataset([segment(still, kind="still")], card_=small, train=True)[0]
    assert drawn["frames"].shape == (5, 20, 20, 3)


def test_the_same_seed_epoch_and_index_give_the_same(video):
    def items(seed=0, epoch=0):
        data = dataset([segment(video), segment(video)], train=True, seed=seed)
        data.set_epoch(epoch)
        return [data[index]["frames"] for index in range(2)]

    first = items()
    assert all(map(torch.equal, first, items()))
    assert not torch.equal(*first)
    assert not any(map(torch.equal, first, items(epoch=1)))
    assert not any(map(torch.equal, first, items(seed=1)))


def test_workers_that_stay_hear_of_the_next_epoch(video):
    data = dataset([segment(video)] * 2, train=True)
    loader = DataLoader(data, batch_size=2, num_workers=1, persistent_workers=True)
    seen = []
    for epoch in (0, 1, 0):
        data.set_epoch(epoch)
        seen.append(next(iter(loader))["frames"])
    assert torch.equal(seen[0], seen[2])
    assert not torch.equal(seen[0], seen[1])


def test_a_data_set_reaches_a_spawned_worker(video):
    data = dataset([segment(video)], train=True)
    again = pickle.loads(pickle.dumps(data._shrink))
    image = np.zeros((60, 80, 3), np.uint8)
    assert again(image).shape == data._shrink(image).shape == (36, 48, 3)


def test_a_flip_in_training_swaps_sides(video):
    flipping = NO_AUGMENTATION.model_copy(update={"flip": 1.0})
    item = dataset([segment(video, 2.0)], train=True, augmentation=flipping)[0]
    assert item["labels"].tolist() == [NAMES.index("phone_right")] * 5
    frame = item["frames"][0].float()
    assert float(frame[:, :10].mean()) > float(frame[:, -10:].mean())


def test_weights_balance_the_classes(video):
    segments = [segment(video), segment(video), segment(video, label="safe_driving")]
    assert balanced_weights(segments) == pytest.approx([0.75, 0.75, 1.5])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "phone_lefd"}, "'phone_lefd' is not known; did you mean 'phone_left'.*safe_dri"),
        ({"label": "xyz"}, "label 'xyz' is not known; known are safe_driving"),
        ({"file": Path("/missing/a.mp4")}, "1 files of the dataset are missing: /missing/a.mp4"),
    ],
)
def test_bad_segments_are_refused_at_once(video, change, message):
    with pytest.raises(DataError, match=message):
        dataset([segment(video), segment(**{"file": video, **change})])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"num_frames": 0}, "a window of 0 frames"),
        ({"speed": (2.0, 1.0)}, "speed is"),
        ({"card_": card(input_size=None)}, "tiny has no input size"),
    ],
)
def test_bad_arguments_are_refused(video, fields, message):
    with pytest.raises(DataError, match=message):
        dataset([segment(video)], **fields)


def test_an_empty_data_set_is_refused():
    with pytest.raises(DataError, match="at least one segment"):
        dataset([])


def test_a_segment_after_the_end_of_its_file_is_refused(video):
    with pytest.raises(DataError, match="starts at 99 s, but the file ends at 4 s"):
        dataset([segment(video, 99.0)])[0]


def make_folder(root):
    for driver in ("p1", "p2", "p3", "p4"):
        write_video(root / "drinking" / f"{driver}_a.mp4", seconds=2)
    cv2.imwrite(str(root / "drinking" / "p1_b.png"), np.zeros((8, 8, 3), np.uint8))
    return root


def test_a_table_is_built_and_checked(tmp_path):
    root, table = make_folder(tmp_path / "data"), tmp_path / "tables" / "t.csv"
    built = build_table("folder", root, table, options={"driver_pattern": "^(p[0-9])_"})
    assert read_table(table) == built
    summary = check(built)
    assert (summary.segments, summary.files, summary.stills) == (5, 5, 1)
    assert summary.hours == pytest.approx(8 / 3600)
    assert summary.by_label == {"drinking": 5}
    assert summary.by_driver == {"p1": 2, "p2": 1, "p3": 1, "p4": 1}
    assert sum(summary.drivers_by_split.values()) == 4
    assert set(summary.by_split) == {"train", "val", "test"}


@pytest.mark.parametrize(
    ("adapter", "options", "message"),
    [
        ("foldr", {}, "adapter 'foldr' is not known; did you mean 'folder'. known are csv_segm"),
        ("folder", {"pattern": "x"}, "option pattern is not known; accepted are driver_pattern"),
        ("folder", {"label_map": {}}, "holds no class folder"),
        ("folder", {"label_map": "drinking"}, "adapter folder: option label_map: Input should be"),
        ("csv_segments", {"fps": "fast"}, "option fps: Input should be a valid number.*'fast'"),
        ("folder", {"driver_pattern": "(p)"}, "1 drivers .p. cannot fill 3 splits"),
    ],
)
def test_a_table_that_cannot_be_built_is_refused(tmp_path, adapter, options, message):
    make_folder(tmp_path)
    with pytest.raises(DataError, match=message):
        build_table(adapter, tmp_path, tmp_path / "t.csv", options=options)
    assert not (tmp_path / "t.csv").exists()


def test_a_data_set_whose_own_splits_leak_is_refused(tmp_path, video):
    (tmp_path / "a.mp4").write_bytes(video.read_bytes())
    lines = "file,label,start,end,driver,split\na.mp4,x,0,1,anna,train\na.mp4,x,1,2,anna,test\n"
    (tmp_path / "l.csv").write_text(lines)
    with pytest.raises(DataError, match="the splits leak: driver 'anna'"):
        build_table("csv_segments", tmp_path, tmp_path / "out" / "t.csv")


def test_a_table_of_missing_files_does_not_pass(video):
    with pytest.raises(DataError, match="1 of 2 files are missing: /missing"):
        check([segment(video), segment(Path("/missing"))])


def test_a_root_that_is_no_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="not a folder"):
        build_table("folder", tmp_path / "none", tmp_path / "t.csv")


@pytest.mark.parametrize("adapter", [name for name in ADAPTERS if name != "folder"])
def test_every_adapter_reads_without_options(adapter, tmp_path):
    """Its defaults must be such that options can be checked: here nothing is to be found."""
    with pytest.raises(DataError, match=r"no segment|there: none|no list|0 lists"):
        build_table(adapter, tmp_path, tmp_path / "t.csv")
