"""Contract of every overlay."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgevid.interfaces import Overlay
from edgevid.testing.expect import expect
from edgevid.testing.values import make_event, make_frame, make_prediction, make_run_info
from edgevid.types import Region

_SIZES = ((48, 64), (16, 16), (97, 33), (480, 640))


def check_overlay(make: Callable[[], Overlay]) -> None:
    """Check that an overlay draws in place, on any size, before and after predictions.

    Args:
        make: Makes the overlay, not opened: ``lambda: MyOverlay(MyOverlay.Options())``.

    Raises:
        AssertionError: Naming the rule that is broken.
    """
    overlay = make()
    overlay.open(make_run_info(regions=(Region("busy", ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9))),)))
    saliency = np.zeros((7, 7), np.float32)
    saliency[3, 3] = 1
    index = 0
    for size in _SIZES:
        for valid in (False, True):
            index += 1
            frame = make_frame(index, size=size)
            before = frame.image.copy()
            picture = frame.image.copy()
            overlay.draw(picture, frame)
            prediction = make_prediction(
                (0.1, 0.9), pts_seconds=index / 10, valid=valid, saliency=saliency
            )
            overlay.observe(prediction, [make_event(phase="open", start_seconds=index / 10)])
            overlay.draw(picture, frame)
            expect(picture.shape == before.shape, "an overlay must keep the image's size")
            expect(np.array_equal(frame.image, before), "an overlay must not draw on the frame")
    overlay.close()
