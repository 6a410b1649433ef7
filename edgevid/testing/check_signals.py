"""Contract of every signals plugin."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from edgevid.interfaces import Signals
from edgevid.testing.expect import expect
from edgevid.types import SourceInfo, Vehicle

_LATEST_SECONDS = 1e7
_SLOWEST_SECONDS = 1.0


def check_signals(
    make: Callable[[], Signals],
    *,
    info: SourceInfo | None = None,
    times: Sequence[float] = (0.0, 0.1, 0.5, 1.0, 2.0),
) -> None:
    """Check values, that old ones become unknown, that nothing blocks, and closing.

    Args:
        make: Makes it, not opened: ``lambda: MySignals(MySignals.Options(), target)``. Called
            several times.
        info: What to open it with; a synthetic recording if None.
        times: Moments to ask for, in order; something must be known at one of them.

    Raises:
        AssertionError: Naming the rule that is broken.
    """
    info = info or SourceInfo("synthetic", "synthetic", False, 64, 48, rate_hz=10.0)
    make().close()
    with make() as signals:
        signals.open(info)
        before = _read(signals, -_LATEST_SECONDS)
        expect(before == Vehicle(), "before the first value everything is unknown")
        values = [_read(signals, seconds) for seconds in times]
        expect(any(v != Vehicle() for v in values), f"something must be known at one of {times}")
        after = _read(signals, _LATEST_SECONDS)
        expect(after == Vehicle(), "a value that is too old is unknown")
    signals.close()
    with make() as again:
        again.open(info)
        expect(
            [_read(again, seconds) for seconds in times] == values,
            "the same times: the same values, in any order of queries",
        )


def _read(signals: Signals, seconds: float) -> Vehicle:
    started = time.monotonic()
    vehicle = signals.at(seconds)
    expect(time.monotonic() - started < _SLOWEST_SECONDS, "at must not block")
    expect(isinstance(vehicle, Vehicle), f"at must return a Vehicle, got {type(vehicle).__name__}")
    speed = vehicle.speed_kmh
    expect(
        speed is None or (math.isfinite(speed) and speed >= 0),
        f"a speed is finite and not negative, or None; got {speed}",
    )
    expect(
        vehicle.standstill in (None, True, False),
        f"standstill is True, False or None; got {vehicle.standstill}",
    )
    return vehicle
