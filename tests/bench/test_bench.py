import pytest

from edgevid.bench import bench_run
from edgevid.bench.clip import write_clip
from edgevid.bench.paced import PacedSource
from edgevid.bench.stages import read_frames
from edgevid.config import SourceConfig
from edgevid.pipeline.build import build_source
from edgevid.plugins import load_plugins
from edgevid.testing import check_source

PLUGINS = load_plugins(discover=False)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "clip.mp4"
    write_clip(path, num_frames=60, size=(320, 180))
    return path


def test_every_stage_is_measured_and_compared(clip):
    steps = []
    report = bench_run(
        PLUGINS, None, model="roi_activity", uri=str(clip), rounds=2, live_seconds=1.0,
        on_step=lambda name, done, total: steps.append((done, total)),
    )  # fmt: skip

    assert [row.name for row in report.rows] == [
        "decode", "inference", "encode", "end to end", "end to end with annotated video",
    ]  # fmt: skip
    assert all(0 < row.ms_low <= row.ms_per_frame <= row.ms_high for row in report.rows)
    assert set(report.ratios) == {"end to end", "end to end with annotated video"}
    assert report.live.frames_analysed + report.live.frames_dropped == 30
    assert report.live.p50_ms <= report.live.p95_ms
    assert steps[-1] == (10, 11)


def test_the_clip_is_the_same_each_time_and_moves(clip, tmp_path):
    again = tmp_path / "again.mp4"
    write_clip(again, num_frames=60, size=(320, 180))
    one, other = (
        [frame.image.astype(int) for frame in read_frames(PLUGINS, str(path), 60)]
        for path in (clip, again)
    )

    assert len(one) == len(other) == 60
    assert max(abs(a - b).mean() for a, b in zip(one, other, strict=True)) < 1
    assert abs(one[0] - one[-1]).mean() > 5


def test_a_paced_file_keeps_to_the_rules_of_sources(clip):
    check_source(
        lambda: PacedSource(build_source(PLUGINS, SourceConfig(uri=str(clip)))), num_frames=5
    )


def test_a_paced_file_can_be_interrupted(clip):
    with PacedSource(build_source(PLUGINS, SourceConfig(uri=str(clip)))) as source:
        assert source.open().live
        source.grab()
        source.interrupt()
        assert source.grab() is None
