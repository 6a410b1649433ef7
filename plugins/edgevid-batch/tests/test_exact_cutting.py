"""A drive that was cut anywhere gives exactly the scores of one uninterrupted pass."""

import json

import numpy as np
import pytest
from edgevid_batch.chunks import cut, even_cuts, sample
from edgevid_batch.copies import Copies
from edgevid_batch.memory import memory_of
from edgevid_batch.scored import NotJoinedError, join
from edgevid_batch.scoring import Scorer
from edgevid_batch.sources import Sources
from edgevid_batch.tasks import DecodeTask, blocks

from edgevid import load_plugins
from edgevid.config import BackendConfig, ModelConfig, RunConfig
from edgevid.media import read_layout
from edgevid.pipeline import Pipeline, build_model
from tests.tiny_bundles import card_for, write_bundle
from tests.videos import (
    B_FRAMES,
    OPEN_GROUPS,
    STEADY,
    VARIABLE,
    WITH_GAPS,
    X264,
    write_video,
)

FILES = {
    "steady.mp4": {"stamps": STEADY},
    "variable.mkv": {"stamps": VARIABLE},
    "gaps.mp4": {"stamps": WITH_GAPS},
    "b_frames.mp4": {"options": B_FRAMES},
    "b_frames_variable.mkv": {"stamps": VARIABLE, "options": B_FRAMES},
    "open_groups.mp4": {"options": OPEN_GROUPS},
    "open_groups.ts": {"options": OPEN_GROUPS},
    "b_frames.ts": {"options": B_FRAMES},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"deadline": "realtime", "g": "10"}},
    "all_keys.mkv": {"codec": "mjpeg", "options": {}},
}
"""Name → how it is written."""

SOURCES = Sources.of(load_plugins(discover=False))


class Cutter:
    """Scores one file in chunks, in whatever order, with one model."""

    def __init__(self, path, model):
        self.path = path
        self.card = model.card
        self.model = model
        self.layout = read_layout(path)
        self.samples = sample(self.layout, self.card.input_rate_hz, self.card.max_gap_seconds)
        self.memory = memory_of(self.card)

    def scored(self, cuts, batch_size=3, backwards=False, memory=None):
        chunks = list(cut(self.layout, self.samples, memory or self.memory, cuts))
        scorer, done = Scorer(self.model, batch_size), {}
        for chunk in chunks[:: -1 if backwards else 1]:
            for block in blocks(self.task(str(chunk.number), chunk)):
                scorer.add(block)
        while len(done) < len(chunks):
            done |= scorer.step()
        return join([(done[str(c.number)], c.lead, c.exact) for c in chunks])

    def part(self, place):
        """Rows of a chunk that begins at a place and is three frames long."""
        ends = [place] if place + 3 >= len(self.samples.frames) else [place, place + 3]
        chunk = list(cut(self.layout, self.samples, self.memory, ends))[1]
        scorer = Scorer(self.model, 1)
        for block in blocks(self.task("part", chunk)):
            scorer.add(block)
        done = {}
        while not done:
            done = scorer.step()
        return done["part"].rows(chunk.lead)

    def task(self, name, chunk):
        keys = tuple(self.layout.key_ticks.tolist())
        copies = Copies(self.path.parent / "cache", 0)
        return DecodeTask(name, str(self.path), copies, SOURCES, self.card, True, chunk, keys)


def open_model(name):
    return build_model(
        load_plugins(),
        ModelConfig(name=str(name)),
        BackendConfig(name="onnxruntime", options={"threads": 1}),
        want_saliency=False,
    ).model


@pytest.fixture(scope="module")
def driver():
    with open_model("driver") as model:
        assert model.take_resized()
        yield model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("drives")


def file_of(folder, name):
    path = folder / name
    return path if path.exists() else write_video(path, **FILES[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_one_cut_anywhere_changes_no_bit(driver, folder, name):
    cutter = Cutter(file_of(folder, name), driver)
    whole = cutter.scored([])

    assert len(whole) > 30
    assert whole.valid.any()
    for place in range(1, len(whole)):
        assert cutter.part(place).same_as(whole.rows(place, place + 3)), place


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "b_frames_variable.mkv",
        *(pytest.param(n, marks=pytest.mark.slow) for n in ("gaps.mp4", "open_groups.mp4")),
    ],
)
def test_many_cuts_in_any_order_and_batch_change_no_bit(driver, folder, name):
    cutter = Cutter(file_of(folder, name), driver)
    whole = cutter.scored([])
    every = list(range(1, len(whole)))

    assert cutter.scored(every, batch_size=7).same_as(whole)
    assert cutter.scored(every[::5], backwards=True).same_as(whole)
    assert cutter.scored(even_cuts(cutter.samples, 1.0), batch_size=1).same_as(whole)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_cut_drive_gives_the_predictions_of_a_run(driver, folder, tmp_path, name):
    path = file_of(folder, name)
    config = RunConfig(
        source=str(path),
        backend={"name": "onnxruntime", "options": {"threads": 1}},
        sinks=[{"name": "jsonl", "target": str(tmp_path / "run.jsonl"),
                "options": {"predictions": True}}],
    )  # fmt: skip
    Pipeline.from_config(config).run()
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    said = [line for line in lines if line["type"] == "prediction"]
    cutter = Cutter(path, driver)
    ours = cutter.scored(even_cuts(cutter.samples, 0.8))

    assert [line["frame_index"] for line in said] == ours.frame_index.tolist()
    assert [line["end_seconds"] for line in said] == ours.seconds.tolist()
    assert [line["start_seconds"] for line in said] == ours.start_seconds.tolist()
    assert [line["valid"] for line in said] == ours.valid.tolist()
    theirs = np.array([line["scores"] for line in said], np.float32)
    assert np.array_equal(theirs, ours.scores)


CLIPS = {
    "frame": card_for("frame"),
    "clip": card_for("clip"),
    "long clip": card_for("clip", num_frames=12, stride_frames=5),
    "every frame": card_for("clip", num_frames=6, stride_frames=1),
    "multirate": card_for("multirate", stride_frames=3),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", CLIPS)
@pytest.mark.parametrize("name", ["steady.mp4", "b_frames_variable.mkv", "gaps.mp4"])
def test_clips_keep_their_window_and_their_rhythm(folder, tmp_path, kind, name):
    bundle = write_bundle(tmp_path / "m.onnx", CLIPS[kind])
    with open_model(bundle) as model:
        assert model.take_resized()
        cutter = Cutter(file_of(folder, name), model)
        whole = cutter.scored([])
        assert whole.due.sum() >= 4
        for place in range(1, len(whole)):
            assert cutter.part(place).same_as(whole.rows(place, place + 3)), place
        assert cutter.scored(list(range(3, len(whole), 4))).same_as(whole)


def test_a_card_that_names_too_short_a_memory_is_found_out(driver, folder):
    cutter = Cutter(file_of(folder, "steady.mp4"), driver)
    short = memory_of(driver.card.model_copy(update={"memory_frames": 6}))

    with pytest.raises(NotJoinedError, match=r"parts that meet at .* disagree"):
        cutter.scored([25], memory=short)


def test_models_without_a_stated_memory_are_never_cut():
    assert memory_of(card_for("stream")) is None
    assert memory_of(card_for("stream", memory_frames=0)) is not None


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [("drive.avi", "mjpeg", {}), ("drive.gif", "gif", {}), ("bare.h264", "libx264", X264)],
)
def test_containers_that_do_not_time_every_frame_stay_whole(tmp_path, name, codec, options):
    path = tmp_path / name
    if codec == "gif":
        from PIL import Image

        pictures = [Image.new("RGB", (8, 8), (n, 0, 0)) for n in range(5)]
        pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=60)
    else:
        write_video(path, codec=codec, options=options)

    assert read_layout(path) is None


def test_what_is_no_video_has_no_layout(tmp_path):
    path = tmp_path / "text.mp4"
    path.write_text("hello")

    assert read_layout(path) is None
