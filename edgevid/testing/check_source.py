"""Contract of every source."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgevid.interfaces import Grabbed, Source
from edgevid.testing.expect import expect
from edgevid.types import Gap


def check_source(make: Callable[[], Source], *, num_frames: int = 20) -> None:
    """Check order of indices and times, decoding into given memory, the end, and closing.

    Args:
        make: Makes the source, not opened: ``lambda: MySource(MySource.Options(), uri)``. It must
            deliver at least two frames.
        num_frames: How many frames to look at.

    Raises:
        AssertionError: Naming the rule that is broken.
    """
    with make() as source:
        info = source.open()
        expect(info.width > 0 and info.height > 0, "an open source must know its size")
        expect("@" not in info.uri or "***" in info.uri or ":" not in info.uri.split("@")[0][6:],
               "a source must not show its password")  # fmt: skip
        last: Grabbed | None = None
        seen = 0
        while seen < num_frames:
            grabbed = source.grab()
            if grabbed is None:
                expect(source.grab() is None, "after its end a source must stay at its end")
                break
            if isinstance(grabbed, Gap):
                expect(grabbed.end_seconds >= grabbed.start_seconds, "a gap must not end early")
                continue
            if last is not None:
                expect(grabbed.index > last.index, "Grabbed.index must increase")
                expect(grabbed.pts_seconds > last.pts_seconds, "pts must strictly increase")
            last = grabbed
            seen += 1
            if seen % 3:  # every third frame is dropped: grab must work without retrieve
                _check_retrieve(source)
        expect(seen >= 2, f"expected at least two frames, got {seen}")
    source.close()


def _check_retrieve(source: Source) -> None:
    image = source.retrieve()
    if image is None:
        return
    expect(image.dtype == np.uint8, f"an image must be uint8, got {image.dtype}")
    expect(image.ndim == 3 and image.shape[2] == 3, f"it must be (H, W, 3), got {image.shape}")
    out = np.zeros_like(image)
    again = source.retrieve(out)
    if again is None:
        raise AssertionError("retrieve must work twice for one frame")
    expect(np.array_equal(again, image), "retrieve twice: the same image")
    expect(np.shares_memory(again, out), "retrieve must fill `out` if it fits")
