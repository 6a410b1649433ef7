"""Contract of every event engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from edgevid.card import Card
from edgevid.interfaces import EventEngine
from edgevid.testing.expect import expect
from edgevid.testing.values import make_prediction
from edgevid.types import Event, Gap, Prediction, Vehicle

_RATE_HZ = 10.0
_WARM_UP = 20
_LENGTH = 600
_GAP_SECONDS = 3600.0


def check_events(make: Callable[[], EventEngine], card: Card, *, seed: int = 0) -> None:
    """Check warm-up, the life of every event, gaps, the end, and that nothing else decides.

    Args:
        make: Makes the engine: ``lambda: MyEngine(MyEngine.Options(), card)``. Called several
            times.
        card: That the engine was made for.
        seed: Of the scores, in which every class takes its turn.

    Raises:
        AssertionError: Naming the rule that is broken.
    """
    predictions = _drive(card, seed)
    events = _run(make, predictions)
    expect(bool(events), "a drive in which every class takes its turn must have events")
    _check_lives(events, predictions[-1].end_seconds)
    again = _run(make, predictions)
    expect(
        [asdict(e) for e in events] == [asdict(e) for e in again],
        "the same predictions: the same events, ids included",
    )
    other = {e.id for e in _run(make, predictions, drive_id="another drive")}
    expect(not other & {e.id for e in events}, "another drive: other ids")
    _check_warm_up(make, card)
    _check_gap(make, predictions)


def _drive(card: Card, seed: int) -> list[Prediction]:
    rng = np.random.default_rng(seed)
    predictions = []
    num_classes = len(card.class_names)
    for number in range(_LENGTH * num_classes):
        turn = number // _LENGTH
        # Half a minute of its class, half a minute of noise.
        scores = rng.random(num_classes).astype(np.float32) * 0.1
        if number % _LENGTH < _LENGTH // 2:
            scores[turn] = 0.9 + 0.09 * rng.random()
        if card.activation == "softmax":
            scores /= scores.sum()
        seconds = number / _RATE_HZ
        predictions.append(make_prediction(scores.tolist(), pts_seconds=seconds))
    return predictions


def _run(
    make: Callable[[], EventEngine], predictions: Sequence[Prediction], drive_id: str = "drive"
) -> list[Event]:
    with make() as engine:
        engine.open(drive_id)
        events = [event for p in predictions for event in engine.update(p, Vehicle())]
        events += engine.finish(predictions[-1].end_seconds)
        expect(
            list(engine.finish(predictions[-1].end_seconds)) == [],
            "after the end nothing is open any more",
        )
    return events


def _check_lives(events: Sequence[Event], end_seconds: float) -> None:
    lives: dict[str, list[Event]] = {}
    for event in events:
        lives.setdefault(event.id, []).append(event)
    for life in lives.values():
        phases = [e.phase for e in life]
        expect(
            phases == ["open", *["update"] * (len(life) - 2), "closed"],
            f"an event opens once, changes, and closes once; one went {' → '.join(phases)}",
        )
        for event in life:
            expect(
                0 <= event.start_seconds <= event.end_seconds <= end_seconds,
                f"an event lies within the drive, got {event.start_seconds} to {event.end_seconds}",
            )
            expect(bool(event.reason.strip()), "every report of an event has a reason")
            expect(0 <= event.level <= event.max_level, "a level is from 0 to the event's highest")
        _same(life, "start_seconds")
        _same(life, "group")


def _same(life: Sequence[Event], name: str) -> None:
    values: set[Any] = {getattr(event, name) for event in life}
    expect(len(values) == 1, f"{name} of an event must not change, got {sorted(values)}")


def _check_warm_up(make: Callable[[], EventEngine], card: Card) -> None:
    with make() as engine:
        engine.open("drive")
        for turn in range(len(card.class_names)):
            scores = [float(index == turn) for index in range(len(card.class_names))]
            for number in range(_WARM_UP):
                seconds = (turn * _WARM_UP + number) / _RATE_HZ
                prediction = make_prediction(scores, pts_seconds=seconds, valid=False)
                events = engine.update(prediction, Vehicle())
                expect(list(events) == [], "no event may come of a prediction that is not valid")
        expect(list(engine.finish(seconds)) == [], "nor at the end")


def _check_gap(make: Callable[[], EventEngine], predictions: Sequence[Prediction]) -> None:
    with make() as engine:
        engine.open("drive")
        open_ids: set[str] = set()
        last = 0.0
        for prediction in predictions:
            for event in engine.update(prediction, Vehicle()):
                (open_ids.add if event.is_open else open_ids.discard)(event.id)
            last = prediction.end_seconds
            if open_ids:
                break
        events = engine.gap(Gap(last, last + _GAP_SECONDS, "a test"))
        closed = {event.id for event in events if not event.is_open}
        expect(open_ids <= closed, "an hour without a frame closes what is open")
        expect(list(engine.finish(last + _GAP_SECONDS)) == [], "what a gap closed is closed")
