"""The same frames, model and policy give the same events' file, byte for byte."""

import json
import random

import pytest

from edgevid.errors import InferenceError
from edgevid.types import Gap

from .parts import Speeding, Traffic, pipeline_of, record, replay


def at_rate(fps, seconds, start=0.0):
    return [start + i / fps for i in range(round(fps * seconds))]


def jittered(fps, seconds, seed):
    chance = random.Random(seed)
    return [pts + chance.random() / fps for pts in at_rate(fps, seconds)]


def summary(frames):
    return frames.read, frames.analysed, frames.passed, dict(frames.dropped)


def types_of(written):
    return {json.loads(line)["type"] for line in written.splitlines()}


def test_a_live_run_that_dropped_frames(tmp_path):
    traffic = Traffic()
    traffic.drained_at = 60
    script = [
        *at_rate(20, 1),
        traffic.wait_entered,  # the model is busy with its first frame: the ring is full by now
        *at_rate(20, 4, start=1.0),
        traffic.release,
        traffic.wait_drained,
        *at_rate(20, 3, start=5.0),
        Gap(7.95, 20.0, "the connection ended"),
        *at_rate(20, 6, start=20.0),
    ]
    parts = {"old": frozenset(range(102, 112))}
    live, written, seen = record(
        tmp_path / "drive", script, parts=parts, model={"before": staticmethod(traffic.before)},
        buffer={"policy": "freshest", "capacity": 64, "max_age_seconds": 50},
    )  # fmt: skip
    again, rewritten, reseen = replay(tmp_path / "drive")

    assert live.frames.dropped["buffer_full"] > 10
    assert live.frames.dropped["stale"] > 4
    assert types_of(written) >= {"session", "prediction", "event", "gap"}
    assert rewritten == written
    assert reseen == seen
    assert summary(again.frames) == summary(live.frames)
    assert again.source["trip_id"] == live.run_id
    assert again.source["started_utc"] == live.source["started_utc"]


@pytest.mark.parametrize(
    ("script", "more"),
    [
        (at_rate(30, 6), {}),
        (jittered(29.97, 8, 1), {}),
        (jittered(13, 8, 2), {}),
        ([(p,) if i % 7 in (0, 3) else p for i, p in enumerate(at_rate(25, 6))], {}),
        ([*at_rate(15, 3), *at_rate(15, 3, start=30.0)], {}),
        ([*at_rate(15, 3), Gap(3.0, 3.1, "blinked"), *at_rate(15, 3, start=3.1)], {}),
        ([0.1 + 0.2, 1 / 3, 2 / 3, 1e6 + 1e-9, 1e6 + 0.2], {}),
        (at_rate(3000, 0.5), {}),
        (at_rate(30, 6), {"record_frames": "analysed"}),
        (jittered(30, 6, 3), {"record_frames": "analysed"}),
        (at_rate(30, 6), {"buffer": {"policy": "freshest"}}),
        (at_rate(30, 6), {"buffer": {"policy": "freshest"}, "record_frames": "analysed"}),
        (at_rate(30, 6), {"parts": {"live": False}}),
        (at_rate(30, 6), {"duration_seconds": 3.3}),
    ],
)
def test_any_timeline(tmp_path, script, more):
    more = dict(more)
    frames = more.pop("record_frames", "all")
    folder = tmp_path / "drive"
    spec = {"directory": str(folder), "frames": frames}
    live, written, seen = record(folder, script, **{**more, "record": spec})
    again, rewritten, reseen = replay(folder)

    assert seen
    assert rewritten == written
    assert reseen == seen
    assert summary(again.frames) == summary(live.frames)
    assert (live.exit_code, again.exit_code) == (0, 0)
    assert again.warnings == []


def test_pictures_that_change_their_size(tmp_path):
    sizes = [(24, 32), (25, 33), (24, 32), (121, 67), (1, 1)]
    parts = {"size_at": staticmethod(lambda index: sizes[index // 20 % 5])}
    _, written, seen = record(tmp_path / "drive", at_rate(10, 12), parts=parts)
    _, rewritten, reseen = replay(tmp_path / "drive")

    assert len(list((tmp_path / "drive").glob("frames-*.mkv"))) == 6
    assert len(seen) == 120
    assert (rewritten, reseen) == (written, seen)


def test_the_vehicle_as_the_model_knew_it(tmp_path):
    _, written, _ = record(tmp_path / "drive", at_rate(20, 12), signals="scripted")
    asked = list(Speeding.asked)
    target = str(tmp_path / "drive")
    _, rewritten, _ = replay(tmp_path / "drive", signals={"name": "recording", "target": target})
    _, without, _ = replay(tmp_path / "drive")

    speeds = [json.loads(line).get("speed_max_kmh") for line in written.splitlines()]
    assert len(asked) == 120
    assert any(speed is not None for speed in speeds)
    assert rewritten == written
    assert without != written


def test_signals_that_fail_in_the_middle(tmp_path, monkeypatch):
    def at(self, pts_seconds):
        if pts_seconds > 2:
            raise OSError("the bus is gone")
        return known(self, pts_seconds)

    known = Speeding.at
    monkeypatch.setattr(Speeding, "at", at)
    live, written, _ = record(tmp_path / "drive", at_rate(10, 8), signals="scripted")
    target = str(tmp_path / "drive")
    again, rewritten, _ = replay(
        tmp_path / "drive", signals={"name": "recording", "target": target}
    )

    assert live.exit_code == 1
    assert again.exit_code == 0
    assert rewritten == written


def test_another_model_sees_the_same_timeline_at_its_own_rate(tmp_path):
    record(tmp_path / "drive", at_rate(30, 4))
    result, _, seen = replay(tmp_path / "drive", model={"card_changes": {"input_rate_hz": 15.0}})

    assert [index for index, _ in seen] == list(range(0, 120, 2))
    assert result.frames.dropped == {}


def test_another_model_misses_what_was_not_kept(tmp_path):
    folder = tmp_path / "drive"
    record(folder, at_rate(30, 4), record={"directory": str(folder), "frames": "analysed"})
    result, _, seen = replay(folder, model={"card_changes": {"input_rate_hz": 15.0}})

    assert result.frames.dropped["not_recorded"] > 30
    assert {index for index, _ in seen} <= set(range(0, 120, 3))


def test_another_policy_gives_other_events(tmp_path):
    script = at_rate(10, 12)
    _, written, _ = record(tmp_path / "drive", script)
    never = {"name": "policy", "options": {"rules": {"enter": 0.99}}}
    _, other, _ = replay(tmp_path / "drive", events=never)

    assert "event" in types_of(written)
    assert "event" not in types_of(other)


def test_a_replay_can_be_recorded_and_replayed(tmp_path):
    script = [(p,) if i % 5 == 0 else p for i, p in enumerate(at_rate(25, 4))]
    _, written, seen = record(tmp_path / "drive", script)
    replay(tmp_path / "drive", record=str(tmp_path / "again"))
    _, rewritten, reseen = replay(tmp_path / "again")

    assert (rewritten, reseen) == (written, seen)


def test_a_picture_sink_sees_what_was_recorded(tmp_path):
    record(tmp_path / "drive", at_rate(20, 3))
    sinks = [{"name": "video", "target": str(tmp_path / "v.mp4")}]
    source = {"uri": f"recording:{tmp_path / 'drive'}"}
    pipeline, _ = pipeline_of(source, target=tmp_path / "x.jsonl", sinks=sinks)
    result = pipeline.run()
    assert (result.frames.read, result.frames.passed, result.exit_code) == (60, 30, 0)


def test_a_model_that_fails_fails_again_at_the_same_frame(tmp_path):
    def before(frame):
        if frame.index == 33:
            raise RuntimeError("not this one")

    for run in (
        lambda: record(tmp_path / "d", at_rate(10, 8), model={"before": staticmethod(before)}),
        lambda: replay(tmp_path / "d", model={"before": staticmethod(before)}),
    ):
        with pytest.raises(InferenceError, match=r"frame 33 at 3\.300 s: RuntimeError"):
            run()
    live, again = ((tmp_path / f"{name}.jsonl").read_bytes() for name in ("live", "replay"))
    assert live == again
    assert b'"closed"' in live
