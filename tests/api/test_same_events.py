"""One file gives the same events by run, by stream and by push."""

import json

import cv2
import pytest

import edgevid


def by_run(model, path):
    seen = []
    edgevid.run(path, model, policy="coach", sinks=[f"jsonl:{path.with_suffix('.jsonl')}"])
    for line in path.with_suffix(".jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["type"] == "event":
            keys = ("id", "phase", "label", "level", "end_seconds")
            seen.append(tuple(event[key] for key in keys))
    return seen


def row(event):
    return (event.id, event.phase, event.label, event.level, event.end_seconds)


def by_stream(model, path):
    results = edgevid.stream(path, model, policy="coach")
    return [row(event) for result in results for event in result.events]


def by_push(model, path):
    video = cv2.VideoCapture(str(path))
    session = model.session(policy="coach", source=path)
    seen = []
    grabbed, image = video.read()
    while grabbed:
        result = session.push(image, video.get(cv2.CAP_PROP_POS_MSEC) / 1000)
        seen += [row(event) for event in result.events] if result else []
        grabbed, image = video.read()
    return seen + [row(event) for event in session.close()]


@pytest.mark.parametrize(
    "rate", [5, *(pytest.param(rate, marks=pytest.mark.slow) for rate in (10, 30))]
)
def test_a_file_gives_the_same_events_by_run_by_stream_and_by_push(driver, drives, rate):
    path = drives[rate]
    streamed, pushed, run = (way(driver, path) for way in (by_stream, by_push, by_run))

    assert streamed == pushed
    # The file's times are rounded.
    assert [e[:4] for e in streamed] == [e[:4] for e in run]
    assert [e[4] for e in streamed] == pytest.approx([e[4] for e in run], abs=1e-5)
    assert {e[1] for e in streamed} == {"open", "update", "closed"}


@pytest.mark.parametrize(("rate", "expected"), [(10, 8.0), (30, 8.0), (5, 5.0)])
def test_results_say_the_rate_and_whether_it_is_too_slow(driver, drives, rate, expected):
    results = list(edgevid.stream(drives[rate], driver, duration_seconds=8))

    assert results[-1].rate_hz == pytest.approx(expected, rel=0.03)
    assert {r.slow for r in results[8:]} == {rate == 5}
    assert results[0].rate_hz is None
