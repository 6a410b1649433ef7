import pytest
from edgevid_bench.backends import bench_backends
from edgevid_bench.clip import write_clip
from edgevid_bench.paced import PacedSource
from edgevid_bench.run import bench_run
from edgevid_bench.stages import read_frames

from edgevid.config import SourceConfig
from edgevid.errors import ConfigError
from edgevid.pipeline.build import build_source
from edgevid.plugins import load_plugins
from edgevid.testing import check_source
from tests.tiny_bundles import card_for, write_bundle

PLUGINS = load_plugins(discover=False)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "clip.mp4"
    write_clip(path, num_frames=60, size=(320, 180))
    return path


@pytest.mark.slow
def test_every_stage_is_measured_and_compared(clip):
    steps = []
    report = bench_run(
        PLUGINS, None, model="roi_activity", uri=str(clip), rounds=2, live_seconds=1.0,
        on_step=lambda name, done, total: steps.append((done, total)),
    )  # fmt: skip

    assert [row.name for row in report.rows] == [
        "decode", "resize", "inference", "overlay", "encode", "plain loop in one thread",
        "end to end", "end to end with annotated video",
    ]  # fmt: skip
    assert all(0 <= row.ms_low <= row.ms_per_frame <= row.ms_high for row in report.rows)
    assert set(report.ratios) == {"end to end", "end to end with annotated video"}
    assert report.live.frames_analysed + report.live.frames_dropped == 30
    assert report.live.p50_ms <= report.live.p95_ms
    assert steps[-1] == (16, 17)


def test_every_backend_is_measured_with_every_batch_and_thread_count(tmp_path):
    bundle = write_bundle(tmp_path / "m.onnx", card_for("stream"))
    report = bench_backends(PLUGINS, [bundle], threads=[1, 2], batches=[1, 3], rounds=2)

    measured = [(row.backend, row.threads, row.batch) for row in report.rows]
    assert measured == [
        (name, threads, batch)
        for name in ("onnxruntime", "openvino") for threads in (1, 2) for batch in (1, 3)
    ]  # fmt: skip
    assert report.rows[0].ratio == 1.0
    assert all(row.time.ms_low <= row.time.ms_per_frame <= row.time.ms_high for row in report.rows)
    assert "names no PyTorch architecture" in report.absent["m.onnx, torch on cpu"]


def test_bundles_that_cannot_be_compared_are_refused(tmp_path):
    one = write_bundle(tmp_path / "a.onnx", card_for("stream"))
    other = write_bundle(tmp_path / "b.onnx", card_for("clip"))

    with pytest.raises(ConfigError, match="frame or stream bundles of one size"):
        bench_backends(PLUGINS, [one, other])


@pytest.mark.slow
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
