"""A background image in log intensity, blind to changes of light that hit the whole image."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from edgevid.types import Floats, Image

_DARK = 8.0
"""Added to grey levels before the logarithm, so that noise in the dark stays small."""
_SAMPLE = 7
"""Every so many pixels are enough for the median."""


class Background:
    """Running estimate of the image without activity.

    In log intensity a change of light or exposure adds the same to every pixel; the median of all
    differences estimates and removes it, as long as less than half of the image moves.
    """

    def __init__(self, width: int, height: int, tau_seconds: float, settle_seconds: float) -> None:
        """Create an empty background.

        Args:
            width: Of the small image that is compared, pixels.
            height: The same.
            tau_seconds: Time constant of learning.
            settle_seconds: Until then it is the plain mean of all images.
        """
        self._size = (width, height)
        self._tau_seconds = tau_seconds
        self._settle_seconds = settle_seconds
        self._level: Floats | None = None
        self._age_seconds = 0.0

    def difference(self, image: Image) -> Floats:
        """Log-intensity difference to the background, without the change of light.

        Args:
            image: uint8, (H, W, 3), any colour order, infrared or depth included.

        Returns:
            float32, (height * width,); zeros for the first image.
        """
        small = cv2.resize(image, self._size, interpolation=cv2.INTER_LINEAR)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).ravel()
        self._log = _LOG[grey]
        if self._level is None:
            self._level = self._log.copy()
        change = self._log - self._level
        difference: Floats = change - np.float32(np.median(change[::_SAMPLE]))
        return difference

    def learn(self, dt_seconds: float, keep: npt.NDArray[np.bool_]) -> None:
        """Move towards the last image, except where ``keep`` (height * width,) is set."""
        if self._level is None:
            return
        self._age_seconds += dt_seconds
        tau = self._age_seconds if self._age_seconds < self._settle_seconds else self._tau_seconds
        weight = np.float32(min(1.0, dt_seconds / max(tau, dt_seconds, 1e-6)))
        step = (self._log - self._level) * weight
        step[keep] = 0
        self._level += step


_LOG: Floats = np.log(np.arange(256, dtype=np.float32) + np.float32(_DARK))
