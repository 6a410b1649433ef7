"""Contract of every sink."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from edgevid.interfaces import RunInfo, Sink
from edgevid.testing.values import make_event, make_frame, make_prediction, make_run_info
from edgevid.types import Gap


def check_sink(make: Callable[[], Sink], *, session: RunInfo | None = None) -> None:
    """Check that a sink takes every call in the pipeline's order, read-only images, and closing.

    Args:
        make: Makes the sink, not opened: ``lambda: MySink(MySink.Options(), target)``. Called
            several times.
        session: What to open it with; a synthetic one if None.

    Raises:
        AssertionError: Naming the rule that is broken.
    """
    session = session or make_run_info()
    _guard(lambda: make().close(), "close must work on a sink that was never opened")
    sink = make()
    sink.open(session)
    for index in range(12):
        frame = make_frame(index)
        picture = np.array(frame.image)
        kept = picture.copy()
        picture.flags.writeable = False
        if sink.wants_pictures:
            sink.picture(picture, frame)
        sink.prediction(make_prediction(pts_seconds=index / 10, valid=index > 2))
        if index == 5:
            opened = make_event(phase="open", start_seconds=0.4, end_seconds=0.5)
            sink.event(opened)
        if index == 9:
            sink.event(replace(opened, phase="closed", end_seconds=0.8))
            sink.gap(Gap(0.9, 1.0, "test"))
        if not np.array_equal(picture, kept):
            raise AssertionError("a sink must not change images")
    sink.close()
    _guard(sink.close, "close must work twice")
    empty = make()
    empty.open(session)
    _guard(empty.close, "a run without frames must close cleanly")


def _guard(call: Callable[[], None], rule: str) -> None:
    try:
        call()
    except Exception as error:
        raise AssertionError(f"{rule}; it raised {type(error).__name__}: {error}") from error
