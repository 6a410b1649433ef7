"""Feeds a sink in a child process and stops in the middle, to be killed there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from edgevid.interfaces import RunInfo
from edgevid.testing.values import make_card, make_event, make_frame, make_prediction
from edgevid.types import Availability, Event, Gap, SourceInfo

_ROOT = Path(__file__).parents[2]


def live_session(run_id: str = "r1", uri: str = "camera:0") -> RunInfo:
    """A run of a live source."""
    return RunInfo(
        source=SourceInfo(
            uri, "camera", True, 64, 48, 10.0, trip_id=run_id, started_utc="2026-01-01T00:00:00Z"
        ),
        card=make_card(),
        runs_on={"backend": "numpy", "provider": "cpu"},
        run_id=run_id,
        started_at="2026-01-01T00:00:00+00:00",
        drive_id=f"{uri}|{run_id}",
        policy={"name": "coach", "sha256": "ab"},
    )


def event(event_id: str, phase: str, end_seconds: float, **fields) -> Event:
    """An event of a group, from 1 s on."""
    return make_event(
        id=event_id, phase=phase, group="phone", end_seconds=end_seconds, reason=phase, **fields
    )


def feed(sink, session: RunInfo, prefix: str = "") -> None:
    """One event that closes, one that stays open."""
    sink.open(session)
    for index in range(60):
        frame = make_frame(index)
        if sink.wants_pictures:
            sink.picture(frame.image, frame)
        sink.prediction(make_prediction((0.2, 0.5 + index / 200), pts_seconds=index / 10))
        if index == 15:
            sink.availability(Availability("ok", 1.5, "warm"))
            sink.event(event(f"{prefix}whole", "open", 1.5))
        if index == 30:
            sink.event(event(f"{prefix}whole", "closed", 2.0, max_level=2))
            sink.gap(Gap(2.0, 2.1, "a frame was late"))
        if index == 35:
            sink.event(event(f"{prefix}cut", "open", 3.5))
        if index == 50:
            sink.event(event(f"{prefix}cut", "update", 5.0, level=2, max_level=2, notify=True))


def run_and_kill(name: str, target: Path, run_id: str = "r1", uri: str = "camera:0") -> None:
    """Let a child process feed a sink; kill it once everything was handed over."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.sinks.killed", name, str(target), run_id, uri],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout.readline() == b"fed\n"
        child.kill()


if __name__ == "__main__":
    from edgevid.plugins import load_plugins

    plugin = load_plugins(discover=False).sinks[sys.argv[1]]
    feed(
        plugin(plugin.Options(), sys.argv[2]),
        live_session(sys.argv[3], sys.argv[4]),
        f"{sys.argv[3]}-",
    )
    sys.stdout.write("fed\n")
    sys.stdout.flush()
    sys.stdin.read()
