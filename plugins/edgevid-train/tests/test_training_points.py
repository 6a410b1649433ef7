import numpy as np
import pytest
import torch
from edgevid_synth import LABELS, POINTS, Part, write_video
from edgevid_train.data.augment import NO_AUGMENTATION, augment_scene
from edgevid_train.data.dataset import WindowDataset
from edgevid_train.data.errors import DataError
from edgevid_train.data.known_points import MIRRORED, WATCHED, known_points
from edgevid_train.data.table import Segment

from edgevid import Card

NAN = float("nan")


def change(points, *, seed=0, labels=("a",), ids=None, size=(40, 60), **settings):
    """Change a clip that shows a bright dot at the first point."""
    height, width = 80, 120
    given = torch.tensor(points, dtype=torch.float32).expand(2, -1, 2)
    clip = torch.zeros(2, 3, height, width, dtype=torch.uint8)
    x, y = int(points[0][0] * width), int(points[0][1] * height)
    clip[:, :, y - 3 : y + 4, x - 3 : x + 4] = 255
    ids = torch.zeros(2, dtype=torch.int64) if ids is None else ids
    settings = NO_AUGMENTATION.model_copy(update=settings)
    rng = np.random.default_rng(seed)
    return augment_scene(clip, ids, given, labels, settings, size, rng, pairs=MIRRORED)


def dot(frame):
    rows, columns = np.nonzero(frame[0].numpy() > 90)
    height, width = frame.shape[1:]
    return (columns.mean() + 0.5) / width, (rows.mean() + 0.5) / height


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("settings", [{}, {"crop": 1}, {"flip": 1}, {"crop": 1, "flip": 1}])
def test_points_stay_on_what_they_mark(settings, seed):
    clip, _, points = change([(0.5, 0.5), (0.1, 0.2), (0.3, 0.9)], seed=seed, **settings)
    assert points[0, 0].tolist() == pytest.approx(dot(clip[0]), abs=0.02)
    assert torch.equal(points[0], points[1])


def test_without_changes_points_stay():
    _, _, points = change([(0.5, 0.25), (-1.0, -1.0), (0.1, 1.2)])
    assert points[0].tolist() == [[0.5, 0.25], [-1, -1], pytest.approx([0.1, 1.2])]


def test_what_a_crop_cuts_away_lies_outside():
    seen = set()
    for seed in range(40):
        _, _, points = change([(0.5, 0.5), (0.02, 0.02)], seed=seed, crop=1, scales=(0.66,))
        x, y = points[0, 1].tolist()
        seen.add((x < 0, y < 0))
    assert seen == {(False, False), (False, True), (True, False), (True, True)}


@pytest.mark.parametrize("settings", [{"crop": 1}, {"flip": 1}, {"crop": 1, "flip": 1}])
def test_hidden_stays_hidden_and_unknown_unknown(settings):
    for seed in range(12):
        places = [(0.5, 0.5), (-1.0, -1.0), (-1.0, -1.0), (NAN, NAN)]
        _, _, points = change(places, seed=seed, **settings)
        assert ((points[:, 1:3] < 0) | (points[:, 1:3] >= 1)).any(-1).all()
        assert bool(points[:, 3].isnan().all())


def test_a_mirror_swaps_the_hands_and_the_label():
    places = [(0.5, 0.5), (0.25, 0.5), (0.625, 0.75), (NAN, NAN)]
    ids = torch.tensor([LABELS.index("phone_left"), -100])
    _, labels, points = change(places, labels=LABELS, ids=ids, flip=1)
    assert labels.tolist() == [LABELS.index("phone_right"), -100]
    # The driver's left hand is what the picture's right hand was, mirrored.
    assert points[0, WATCHED.index("left_hand")].tolist() == [0.375, 0.75]
    assert points[0, WATCHED.index("right_hand")].tolist() == [0.75, 0.5]
    assert points[0, WATCHED.index("face")].tolist() == [0.5, 0.5]


def test_what_is_not_mirrored_keeps_its_points():
    places = [(0.5, 0.5), (0.25, 0.5), (0.625, 0.75)]
    _, _, points = change(places, labels=("phone_left",), flip=1)
    assert points[0].tolist() == [list(place) for place in places]


def facts(frames=16, **changes):
    """What the renderer writes: the face moves, the left hand hides from frame 8."""
    points = np.full((frames, len(POINTS), 2), 0.5, np.float16)
    points[:, POINTS.index("face"), 0] = np.arange(frames) / 32
    area = np.full((frames, len(Part)), 0.1, np.float16)
    area[8:, Part.LEFT_HAND] = 0.0
    prop = np.full(frames, Part.PHONE, np.int8)
    prop[4:] = 0
    found = {"label": np.zeros(frames, np.int8), "points": points, "area": area, "prop": prop}
    return {**found, "prop_centre": np.full((frames, 2), 0.25, np.float16), **changes}


@pytest.fixture
def clip(tmp_path):
    images = np.full((16, 48, 48, 3), 90, np.uint8)
    write_video(tmp_path / "a.mp4", images, 8)
    np.savez(tmp_path / "a.npz", **facts())
    return tmp_path / "a.mp4"


def test_facts_of_the_renderer_are_read_by_time(clip):
    found = known_points(clip, np.array([0.0, 0.5, 1.0, 1.9999, 7.0]), 2.0)
    assert found.dtype == np.float32
    assert found[:, WATCHED.index("face"), 0].tolist() == [0, 4 / 32, 8 / 32, 15 / 32, 15 / 32]
    assert found[:, WATCHED.index("left_hand"), 0].tolist() == [0.5, 0.5, -1, -1, -1]
    assert found[:, WATCHED.index("right_hand"), 0].tolist() == [0.5] * 5
    assert found[:, WATCHED.index("phone"), 0].tolist() == [0.25, -1, -1, -1, -1]
    assert (found[:, WATCHED.index("drink")] == -1).all()


@pytest.mark.parametrize("train", [False, True])
def test_a_window_carries_its_points(clip, train):
    card = Card(
        name="tiny",
        class_names=("a",),
        temporal_mode="stream",
        input_rate_hz=8,
        input_size=(32, 32),
    )
    segment = Segment(clip, 0.0, None, "a", "", "train")
    data = WindowDataset(
        [segment], card, num_frames=8, train=train, augmentation=NO_AUGMENTATION, speed=(1, 1)
    )
    face = data[0]["points"][:, 0, 0]
    assert face.dtype == torch.float32
    assert np.diff(face) == pytest.approx([1 / 32] * 7)
    assert train or float(face[0]) == pytest.approx(4 / 32)


def test_recordings_have_no_points(tmp_path):
    found = known_points(tmp_path / "b.mp4", np.zeros(3), 2.0)
    assert found.shape == (3, len(WATCHED), 2)
    assert np.isnan(found).all()


def test_a_file_of_somebody_else_says_nothing(tmp_path):
    np.savez(tmp_path / "c.npz", pose=np.zeros(3))
    assert np.isnan(known_points(tmp_path / "c.mp4", np.zeros(3), 2.0)).all()


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 cut short",
        b"no archive",
        b"",
        facts(points=np.zeros((16, 2))),
        facts(area=np.zeros((3, 2))),
        facts(points=np.array([{"a": 1}])),
    ],
)
def test_broken_facts_are_refused(tmp_path, content):
    path = tmp_path / "d.npz"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.savez(path, **content)
    with pytest.raises(DataError, match=r"d.npz: not what edgevid synth writes") as caught:
        known_points(tmp_path / "d.mp4", np.zeros(3), 2.0)
    assert "\n" not in str(caught.value)
