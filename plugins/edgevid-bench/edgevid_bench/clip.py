"""Makes a clip to measure on: textured, moving, noisy, as hard to decode as a camera's."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from edgevid.errors import BackendUnavailableError
from edgevid.types import Image

_NOISE_SIGMA = 3.0
X264: Mapping[str, str] = MappingProxyType({"preset": "veryfast", "crf": "23"})
"""How clips are encoded."""


def write_clip(
    path: Path,
    *,
    num_frames: int = 600,
    fps: int = 30,
    size: tuple[int, int] = (1280, 720),
    options: Mapping[str, str] = X264,
) -> None:
    """Write an H.264 clip; the same arguments give the same images.

    Args:
        path: Where to, ending in ``.mp4``.
        num_frames: Length.
        fps: Frames per second.
        size: (width, height), pixels.
        options: Of x264.
    """
    try:
        import av
    except ImportError as error:
        raise BackendUnavailableError(
            'making a clip needs PyAV; pip install "edgevid[video]", or give a file to measure on'
        ) from error
    width, height = size
    random = np.random.default_rng(0)
    scene = _texture(random, height + 128, width + 128)
    noise = random.normal(0, _NOISE_SIGMA, (8, height, width, 3)).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options=dict(options))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, fps)
        for index in range(num_frames):
            picture = _picture(scene, noise[index % len(noise)], index, width, height)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())


def _texture(random: np.random.Generator, height: int, width: int) -> Image:
    layers = np.zeros((height, width, 3), np.float32)
    for cell, weight in ((256, 60.0), (64, 35.0), (16, 20.0), (4, 8.0)):
        grid = random.normal(0, weight, (height // cell + 2, width // cell + 2, 3))
        layers += cv2.resize(grid.astype(np.float32), (width, height))
    texture: Image = np.clip(layers + 120, 0, 255).astype(np.uint8)
    return texture


def _picture(
    scene: Image, noise: np.ndarray[tuple[int, ...], np.dtype[np.int16]], index: int, w: int, h: int
) -> Image:
    # A shaking camera and something that moves in front of it.
    x, y = int(64 + 50 * np.sin(index / 17)), int(64 + 50 * np.sin(index / 23))
    picture = scene[y : y + h, x : x + w].copy()
    centre = (int(w * (0.5 + 0.3 * np.sin(index / 20))), int(h * (0.6 + 0.2 * np.cos(index / 15))))
    cv2.circle(picture, centre, h // 6, (90, 130, 190), -1, cv2.LINE_AA)
    noisy: Image = np.clip(picture + noise, 0, 255).astype(np.uint8)
    return noisy
