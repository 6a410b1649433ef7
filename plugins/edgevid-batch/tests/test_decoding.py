"""Frames that nobody refers to are left out, and no pixel of the others changes."""

from contextlib import closing

import av
import numpy as np
import pytest
from edgevid_batch.chunks import Chunk
from edgevid_batch.decoding import decode

from edgevid.media import ExactDecoder, read_layout, to_array
from tests.videos import B_FRAMES, OPEN_GROUPS, REFRESH, VARIABLE, write_video

INTERLACED = {"preset": "veryfast", "bf": "3", "g": "12", "x264-params": "interlaced=1"}
SLICES = {"preset": "veryfast", "bf": "3", "x264-params": "slices=3:b-pyramid=2:weightp=2"}
FILES = {
    "plain.mp4": {},
    "b_frames.mp4": {"options": B_FRAMES},
    "b_frames.ts": {"options": B_FRAMES},
    "variable.mkv": {"options": B_FRAMES, "stamps": VARIABLE},
    "open_groups.ts": {"options": OPEN_GROUPS},
    "refresh.mp4": {"options": REFRESH},
    "interlaced.mp4": {"options": INTERLACED, "size": (64, 64)},
    "slices.mp4": {"options": SLICES, "size": (96, 96)},
    "mpeg4.mp4": {"codec": "mpeg4", "options": {"bf": "2", "g": "12"}},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": "log-level=none:keyint=12"}},
    "layers.mkv": {
        "codec": "libx265",
        "options": {"x265-params": "log-level=none:keyint=12:temporal-layers=3"},
    },
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"deadline": "realtime", "g": "10"}},
    "all_keys.mkv": {"codec": "mjpeg", "options": {}},
}
"""Name → how it is written."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("decoded")


def file_of(folder, name):
    path = folder / name
    return path if path.exists() else write_video(path, **FILES[name])


def chunk_of(layout, places):
    ticks = layout.ticks[places]
    return Chunk(
        number=0, frames=np.array(places), ticks=ticks, seconds=layout.seconds[places],
        starts=np.zeros(0, np.int64), started_seconds=0.0, lead=0, exact=0,
        key_ticks=layout.key_before(int(ticks[0])),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_what_is_left_out_changes_no_pixel_of_the_rest(folder, name):
    path = file_of(folder, name)
    layout = read_layout(path)
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        every = {frame.pts: to_array(frame) for frame in container.decode(video=0)}
    random = np.random.default_rng(0)
    some = [np.flatnonzero(random.random(len(layout.ticks)) < 0.3) for _ in range(4)]

    for places in (*(np.arange(n, len(layout.ticks), 4) for n in range(4)), *some):
        chunk = chunk_of(layout, places)
        keys = [tick for tick in layout.key_ticks.tolist() if tick <= chunk.ticks[0]]
        pictures = list(decode(path, chunk, keys))
        assert len(pictures) == len(places)
        for tick, picture in zip(chunk.ticks.tolist(), pictures, strict=True):
            assert np.array_equal(picture, every[tick]), (places, tick)


@pytest.mark.parametrize(
    ("name", "most"),
    [("b_frames.mp4", 0.8), ("all_keys.mkv", 0.28), ("hevc.mp4", 1.0), ("interlaced.mp4", 1.0)],
)
def test_only_what_is_wanted_or_referred_to_is_decoded(folder, name, most):
    layout = read_layout(file_of(folder, name))
    wanted = frozenset(layout.ticks[::4].tolist())
    with closing(ExactDecoder(folder / name, "refuse")) as decoder:
        shown = [ticks for ticks, _ in decoder.frames(wanted)]

    assert wanted <= set(shown)
    assert len(shown) <= most * len(layout.ticks)
    assert most < 1 or len(shown) == len(layout.ticks)
