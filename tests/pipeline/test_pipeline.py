import json
import random
import threading

import pytest

from edgevid.config import RunConfig
from edgevid.errors import (
    ConfigError,
    InferenceError,
    SinkError,
    SourceLostError,
    SourceOpenError,
)
from edgevid.pipeline import Pipeline
from edgevid.pipeline.ring_buffer import RingBuffer
from edgevid.plugins import load_plugins
from edgevid.types import Gap

from .stream_parts import build


def at_rate(fps, seconds, start=0.0):
    return [start + i / fps for i in range(round(fps * seconds))]


def busy_between(*spans):
    return staticmethod(lambda pts: 0.95 if any(a <= pts < b for a, b in spans) else 0.02)


def events_of(sink):
    return [t for t in sink.told if t[0] in ("open", "closed")]


def test_every_frame_of_a_file_is_read_and_the_model_sees_its_rate():
    pipeline, parts = build({"script": at_rate(30, 3)})
    result = pipeline.run()

    assert result.status == "finished"
    assert result.exit_code == 0
    assert result.frames.read == 90
    assert result.frames.analysed == 30
    assert result.frames.passed == 60
    assert result.frames.dropped == {}
    assert [index for index, *_ in parts.model.seen] == list(range(0, 90, 3))


def test_a_file_waits_for_a_slow_model_and_drops_nothing(monkeypatch):
    refused = threading.Event()
    reserve = RingBuffer.reserve

    def reserve_and_note(ring, timeout_seconds):
        slot = reserve(ring, timeout_seconds)
        if slot is None:
            refused.set()
        return slot

    monkeypatch.setattr(RingBuffer, "reserve", reserve_and_note)
    # The first step lasts until capture has found the ring full for as long as it waits.
    slow = staticmethod(lambda frame: refused.wait(30))
    pipeline, _ = build(
        {"script": at_rate(10, 2)}, {"before": slow}, buffer={"policy": "every", "capacity": 2}
    )
    result = pipeline.run()

    assert refused.is_set()
    assert (result.frames.read, result.frames.analysed, result.frames.dropped) == (20, 20, {})


def test_without_a_picture_sink_only_analysed_frames_are_decoded():
    pipeline, parts = build({"script": at_rate(30, 3)}, sinks=[{"pictures": False}])
    pipeline.run()

    assert parts.source.last.num_retrieved == 30


def test_a_picture_sink_gets_every_frame_in_order_with_its_own_pixels():
    pipeline, parts = build({"script": at_rate(30, 4)}, sinks=[{}])
    pipeline.run()

    assert parts.sinks[0].told == [("picture", i, i % 256) for i in range(120)]


def test_an_event_comes_after_the_picture_of_its_moment():
    pipeline, parts = build({"script": at_rate(10, 6)}, {"score": busy_between((1, 3))}, sinks=[{}])
    pipeline.run()
    told = parts.sinks[0].told

    opened = told.index(("open", "busy", 1.0))
    assert told[opened - 1] == ("picture", 15, 15)
    assert events_of(parts.sinks[0]) == [("open", "busy", 1.0), ("closed", "busy", 1.0)]


@pytest.mark.parametrize(
    ("seconds", "expect_reset"), [(0.8, False), (3.0, True)], ids=["short", "long"]
)
def test_a_long_gap_resets_the_model_and_closes_events_a_short_one_does_not(seconds, expect_reset):
    script = [*at_rate(10, 2), *at_rate(10, 2, start=2 + seconds)]
    pipeline, parts = build(
        {"script": script}, {"score": staticmethod(lambda pts: 0.9)}, sinks=[{}]
    )
    result = pipeline.run()

    fresh = [index for index, _, is_fresh in parts.model.seen if is_fresh]
    assert fresh == ([0, 20] if expect_reset else [0])
    assert len(events_of(parts.sinks[0])) == (4 if expect_reset else 2)
    assert result.num_gaps == int(expect_reset)


def test_a_gap_that_the_source_reports_is_counted_once():
    script = [*at_rate(10, 2), Gap(1.9, 60.0, "reconnected"), *at_rate(10, 2, start=60.0)]
    pipeline, parts = build({"script": script}, sinks=[{}])
    result = pipeline.run()

    assert [(g.start_seconds, g.end_seconds, g.reason) for g in result.gaps] == [
        (1.9, 60.0, "reconnected")
    ]
    assert ("gap", 1.9, 60.0) in parts.sinks[0].told
    assert result.frames.analysed == 40


def test_nothing_in_the_warm_up_becomes_an_event():
    pipeline, parts = build(
        {"script": at_rate(10, 6)},
        {"score": busy_between((0, 2)), "card_changes": {"warmup_seconds": 3.0}},
        sinks=[{}],
    )
    pipeline.run()

    assert events_of(parts.sinks[0]) == []


def test_a_corrupt_frame_is_counted_and_the_next_one_takes_its_place():
    script = at_rate(30, 2)
    script[3] = (script[3],)
    pipeline, parts = build({"script": script})
    result = pipeline.run()

    assert result.frames.dropped == {"corrupt": 1}
    assert [i for i, *_ in parts.model.seen][:3] == [0, 4, 6]


def test_a_change_of_size_in_the_middle_goes_through():
    size_at = staticmethod(lambda index: (24, 32) if index < 30 else (48, 36))
    pipeline, parts = build({"script": at_rate(30, 2), "size_at": size_at}, sinks=[{}])
    result = pipeline.run()

    assert result.exit_code == 0
    assert len(parts.sinks[0].told) == 60


def test_a_source_that_is_lost_ends_the_run_after_delivering_what_it_saw(tmp_path):
    script = [*at_rate(10, 3), SourceLostError("camera is gone")]
    pipeline, parts = build(
        {"script": script}, {"score": busy_between((1, 9))}, sinks=[{}],
        run_json=str(tmp_path / "run.json"),
    )  # fmt: skip
    with pytest.raises(SourceLostError, match="camera is gone"):
        pipeline.run()

    assert events_of(parts.sinks[0]) == [("open", "busy", 1.0), ("closed", "busy", 1.0)]
    assert parts.sinks[0].closed == 1
    saved = json.loads((tmp_path / "run.json").read_text())
    assert saved["status"] == "failed"
    assert saved["errors"] == ["camera is gone"]
    assert saved["frames"]["analysed"] == 30


def test_a_stranger_source_may_raise_anything():
    pipeline, _ = build({"script": [0.0, ZeroDivisionError("oops")]})

    with pytest.raises(SourceLostError, match="ZeroDivisionError: oops"):
        pipeline.run()


def test_a_source_without_a_single_frame_is_an_error():
    pipeline, _ = build({"script": [], "warn": ("cut off at 0.0 s",)})

    with pytest.raises(SourceOpenError, match="not a single frame came: cut off"):
        pipeline.run()


def test_a_model_that_raises_while_the_buffer_is_full_ends_the_run():
    def fail(frame):
        if frame.index == 30:
            raise ValueError("bad weights")

    pipeline, parts = build({"script": at_rate(10, 60)}, {"before": staticmethod(fail)}, sinks=[{}])
    with pytest.raises(InferenceError, match=r"frame 30 at 3\.000 s: ValueError: bad weights"):
        pipeline.run()

    assert parts.sinks[0].closed == 1
    assert parts.sinks[0].told[-1][:2] == ("picture", 29)


def test_a_model_that_raises_in_the_middle_of_an_event_leaves_it_closed_once():
    def fail(frame):
        if frame.index == 30:
            raise ValueError("bad weights")

    pipeline, parts = build(
        {"script": at_rate(10, 60)},
        {"before": staticmethod(fail), "score": busy_between((1, 50))},
        sinks=[{}],
    )
    with pytest.raises(InferenceError, match="bad weights"):
        pipeline.run()

    assert events_of(parts.sinks[0]) == [("open", "busy", 1.0), ("closed", "busy", 1.0)]


def test_a_sink_that_cannot_be_opened_stops_the_run_before_it_starts():
    pipeline, parts = build({"script": at_rate(10, 3)}, sinks=[{}, {"fail_at": "open"}])

    with pytest.raises(SinkError, match="no room for it"):
        pipeline.run()
    assert parts.model.seen == []
    assert parts.sinks[0].closed == 1


@pytest.mark.parametrize(
    ("fail_at", "reason"), [("picture", "No space left on device"), ("event", "sink broke")]
)
def test_a_sink_that_dies_is_disabled_closed_and_counted_the_others_go_on(fail_at, reason):
    pipeline, parts = build(
        {"script": at_rate(10, 6)},
        {"score": busy_between((1, 3))},
        sinks=[{"fail_at": fail_at}, {}],
    )
    result = pipeline.run()

    assert result.status == "finished"
    assert result.exit_code == 1
    assert reason in result.sinks[0].error
    assert result.sinks[1].error is None
    assert [s.closed for s in parts.sinks] == [1, 1]
    assert len(parts.sinks[1].told) == 60 + 2


def test_stop_ends_the_run_at_once_and_closes_everything():
    holder = []
    script = [*at_rate(10, 2), lambda source: holder[0].stop("enough"), *at_rate(10, 600, 2.0)]
    pipeline, parts = build({"script": script}, {"score": busy_between((1, 999))}, sinks=[{}])
    holder.append(pipeline)
    result = pipeline.run()

    assert result.status == "stopped"
    assert result.stop_reason == "enough"
    assert result.exit_code == 0
    assert parts.sinks[0].closed == 1
    assert result.frames.read < 6000
    assert events_of(parts.sinks[0])[-1] == ("closed", "busy", 1.0)


def test_stop_interrupts_a_source_that_waits():
    holder = []

    def wait(source):
        holder[0].stop("enough")
        assert source._stop.wait(10), "the source was not interrupted"

    pipeline, _ = build({"script": [0.0, 0.1, wait]})
    holder.append(pipeline)

    assert pipeline.run().status == "stopped"


def test_duration_ends_the_run_on_the_sources_timeline():
    pipeline, _ = build({"script": at_rate(30, 10, start=100.0)}, duration_seconds=2.0)
    result = pipeline.run()

    assert result.frames.read == 60
    assert result.status == "finished"


def test_a_live_source_drops_rather_than_lags_and_says_how_many():
    all_grabbed = threading.Event()
    script = [*at_rate(10, 10), lambda source: all_grabbed.set()]

    def hold_back(frame):
        # The model is busy with its first frame until the camera has delivered everything.
        assert all_grabbed.wait(10)

    pipeline, parts = build(
        {"script": script, "live": True},
        {"before": staticmethod(hold_back)},
        buffer={"capacity": 4, "max_age_seconds": 60.0},
    )
    result = pipeline.run()

    assert result.buffer_policy == "freshest"
    assert result.frames.dropped["buffer_full"] >= 90
    assert result.frames.read == 100
    assert result.frames.analysed + sum(result.frames.dropped.values()) == 100
    # What was dropped was never decoded.
    assert parts.source.last.num_retrieved == result.frames.analysed


def test_a_file_is_never_dropped_however_old_its_frames_get():
    pipeline, _ = build({"script": at_rate(10, 3)}, buffer={"capacity": 2, "max_age_seconds": 1e-9})

    assert pipeline.run().frames.analysed == 30


def variable_rate(seconds):
    jitter = random.Random(3)
    pts, now = [], 0.0
    while now < seconds:
        pts.append(now)
        now += jitter.uniform(0.01, 0.1)
    return pts


@pytest.mark.parametrize("fps", [15, 25, 30000 / 1001, 60, "variable"])
def test_the_same_drive_at_another_rate_gives_the_same_events(fps):
    spans = [(3.0, 5.5), (9.0, 9.3), (12.0, 16.0)]

    def events_at(pts):
        pipeline, _ = build({"script": pts}, {"score": busy_between(*spans)})
        return [(e.start_seconds, e.end_seconds) for e in pipeline.run().recent_events]

    expected = events_at(at_rate(10, 20))
    found = events_at(variable_rate(20) if fps == "variable" else at_rate(fps, 20))

    assert len(expected) == len(found) == 2
    for got, want in zip(found, expected, strict=True):
        assert got == pytest.approx(want, abs=0.1)


def test_the_same_frames_give_the_same_events_with_the_same_ids():
    def run_once():
        pipeline, _ = build({"script": at_rate(30, 10)}, {"score": busy_between((2, 5))})
        return [e.model_dump() for e in pipeline.run().recent_events]

    first = run_once()
    assert first
    assert first == run_once()


def test_the_result_says_what_ran_and_hides_passwords(tmp_path):
    target = tmp_path / "run.json"
    pipeline, _ = build(
        {"script": at_rate(10, 1)},
        run_json=str(target),
        uri="scripted:rtsp://me:hunter2@cam/1",
    )
    result = pipeline.run()

    assert result.runs_on == {"backend": "numpy", "provider": "cpu"}
    assert set(result.latency) >= {"decode", "wait", "inference", "grab_to_prediction"}
    assert result.latency["inference"].count == 10
    assert result.versions["numpy"]
    text = target.read_text()
    assert "hunter2" not in text
    assert "rtsp://me:***@cam/1" in text


def test_a_sink_for_maps_without_an_explainer_is_refused_at_the_start(tmp_path):
    config = RunConfig.model_validate(
        {"source": "test:", "model": "roi_activity", "explainer": None,
         "sinks": [f"maps:{tmp_path / 'maps'}"]}
    )  # fmt: skip
    with pytest.raises(ConfigError, match="sink maps writes saliency maps, and explainer is none"):
        Pipeline.from_config(config, load_plugins(discover=False))
    assert not (tmp_path / "maps").exists()
