"""From linear light to the image a cheap camera gives: exposure, glare, noise, JPEG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edgevid.types import Image

GAMMA = 1 / 2.2


@dataclass(frozen=True)
class Sensor:
    """Response of one camera to light."""

    grey: bool
    white_balance: NDArray[np.float64]
    noise: float
    glare: float
    blur: float
    """Pixels at 160 px."""
    jpeg_quality: int
    motion_blur: bool
    shutter_seconds: float


def random_sensor(rng: np.random.Generator, kind: str) -> Sensor:
    """A camera by chance; by night it is noisier."""
    return Sensor(
        grey=bool(rng.random() < 0.04) or kind == "infrared",
        white_balance=rng.uniform(0.88, 1.12, 3),
        noise=float(rng.uniform(0.002, 0.02) + (0.02 if kind == "night" else 0)),
        glare=float(rng.uniform(0.0, 0.035)),
        blur=float(rng.uniform(0, 0.9)),
        jpeg_quality=int(rng.integers(45, 96)),
        motion_blur=bool(rng.random() < 0.15),
        shutter_seconds=float(rng.uniform(0.01, 0.03)),
    )


def develop(
    linear: NDArray[np.float32],
    sensor: Sensor,
    exposure: float,
    size: int,
    rng: np.random.Generator,
) -> Image:
    """The image, uint8 BGR (size, size, 3).

    Args:
        linear: Linear RGB at any resolution, (H, W, 3).
        sensor: What the camera does.
        exposure: Factor.
        size: Pixels per side.
        rng: Of the noise of this one frame.
    """
    light = cv2.resize(linear, (size, size), interpolation=cv2.INTER_AREA)
    light = light * np.float32(exposure)
    if sensor.grey:
        light = light.mean(2, keepdims=True)
    else:
        light = light * sensor.white_balance.astype(np.float32)
    sigma = sensor.blur * size / 160
    if sigma > 0.25:
        light = _spread(light, sigma)
    bright = cv2.resize(np.clip(light, 0, 4), (32, 32), interpolation=cv2.INTER_AREA)
    veil = cv2.resize(_spread(bright, 32 / 18), (size, size), interpolation=cv2.INTER_LINEAR)
    light = light + sensor.glare * veil.reshape(size, size, -1)
    toned = (1 - np.exp(-1.25 * np.maximum(light, 0))) ** GAMMA
    toned += rng.standard_normal(light.shape, dtype=np.float32) * np.float32(sensor.noise)
    picture = (np.clip(toned, 0, 1) * 255).astype(np.uint8)
    if sensor.grey:
        picture = np.repeat(picture.reshape(size, size, 1), 3, 2)
    quality = [cv2.IMWRITE_JPEG_QUALITY, sensor.jpeg_quality]
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), quality)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))


def _spread(light: NDArray[Any], sigma: float) -> NDArray[Any]:
    blurred = cv2.GaussianBlur(light, (0, 0), sigma)
    return blurred if blurred.ndim == 3 else blurred[..., None]
