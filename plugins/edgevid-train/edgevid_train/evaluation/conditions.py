"""Test conditions for a model: named, repeatable changes of time or image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from edgevid.pipeline import Resampler
from edgevid.types import Image
from edgevid_train.evaluation.clips import Times, stream_times

_ROUNDING = 1e-6


def original_times(duration_seconds: float, rate_hz: float) -> tuple[Times, Times]:
    """Return when frames reach the model, and their time in the clip: here the same."""
    times = stream_times(duration_seconds, rate_hz)
    return times, times


def held_times(duration_seconds: float, rate_hz: float, *, source_hz: float) -> tuple[Times, Times]:
    """A camera of ``source_hz`` whose last image is repeated until the next one comes.

    Returns:
        When frames reach the model, and what time of the clip they show; (F,) each.
    """
    times = stream_times(duration_seconds, rate_hz)
    return times, np.floor(times * source_hz + _ROUNDING) / source_hz


def fed_times(duration_seconds: float, rate_hz: float, *, source_hz: float) -> tuple[Times, Times]:
    """A camera of ``source_hz`` as the runtime's resampler feeds it: no image comes twice."""
    resampler, picked = Resampler(rate_hz), []
    for time in stream_times(duration_seconds, source_hz):
        if resampler.due(time):
            resampler.pick(time)
            picked.append(time)
        else:
            resampler.skip(time)
    times = np.array(picked)
    return times, times


def sped_times(duration_seconds: float, rate_hz: float, *, speed: float) -> tuple[Times, Times]:
    """Everything happens ``speed`` times as fast, and is over as much earlier."""
    times = stream_times(duration_seconds / speed, rate_hz)
    return times, np.minimum(times * speed, duration_seconds)


def brighten(image: Image, index: int, *, factor: float) -> Image:
    """Multiply by ``factor``; what is brighter than white becomes white."""
    return cv2.convertScaleAbs(image, alpha=factor).astype(np.uint8, copy=False)


def blur(image: Image, index: int, *, sigma: float) -> Image:
    """Gaussian blur, ``sigma`` in pixels of the clip."""
    return cv2.GaussianBlur(image, (0, 0), sigma).astype(np.uint8, copy=False)


def compress(image: Image, index: int, *, quality: int) -> Image:
    """Through JPEG of a quality from 0 to 100 and back."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    # What was just encoded always decodes; asarray only says so to the type checker.
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def infrared(image: Image, index: int, *, contrast: float = 1.5) -> Image:
    """Grey, with more contrast about the image's mean, in three equal channels.

    Only a likeness: real infrared also turns skin and many fabrics bright.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    middle = float(grey.mean())
    stretched = np.clip((grey - middle) * contrast + middle, 0, 255).round().astype(np.uint8)
    return np.repeat(stretched[:, :, None], 3, axis=2)


def add_noise(image: Image, index: int, *, sigma: float) -> Image:
    """Add Gaussian noise of ``sigma`` grey levels; ``index`` of the frame is its seed."""
    noise = np.random.default_rng(index).standard_normal(image.shape, np.float32)
    noisy: Image = np.clip(image + noise * np.float32(sigma), 0, 255).round().astype(np.uint8)
    return noisy


@dataclass(frozen=True, slots=True)
class Condition:
    """One change; the same clip under it gives the same images each time."""

    name: str
    group: str
    """Kind of change; conditions of one group differ in how much."""
    times: Callable[[float, float], tuple[Times, Times]] = original_times
    """(duration in seconds, model's rate in Hz) → times in the stream, times in the clip."""
    picture: Callable[[Image, int], Image] | None = None
    """(uint8 BGR (H, W, 3), index of the frame) → the changed image, same shape; None leaves
    it."""


CLEAN = Condition("clean", "clean")

CONDITIONS: tuple[Condition, ...] = (
    CLEAN,
    *(
        Condition(f"held_{rate}fps", "camera rate, held", partial(held_times, source_hz=rate))
        for rate in (5, 8, 10, 15, 30)
    ),
    *(
        Condition(f"fed_{rate}fps", "camera rate, as fed", partial(fed_times, source_hz=rate))
        for rate in (5, 8, 10, 15, 30)
    ),
    *(
        Condition(f"speed_{speed:g}", "speed", partial(sped_times, speed=speed))
        for speed in (0.5, 0.7, 1.0, 1.4, 2.0)
    ),
    *(
        Condition(f"brightness_{x:g}", "brightness", picture=partial(brighten, factor=x))
        for x in (0.4, 0.7, 1.4)
    ),
    *(Condition(f"blur_{x}", "blur", picture=partial(blur, sigma=x)) for x in (1, 2)),
    *(Condition(f"jpeg_{x}", "JPEG", picture=partial(compress, quality=x)) for x in (20, 40)),
    Condition("infrared", "infrared", picture=infrared),
    Condition("noise_12", "noise", picture=partial(add_noise, sigma=12.0)),
)
"""The robustness table, in its order; the first is the clip as it is."""
