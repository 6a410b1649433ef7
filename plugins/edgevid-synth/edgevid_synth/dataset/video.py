"""Write images as H.264, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av

from edgevid.io import atomic_path
from edgevid.types import Image


def write_video(path: Path, images: Iterable[Image], rate_hz: float, *, crf: int = 20) -> None:
    """Write uint8 BGR images of one even size at a constant rate.

    Args:
        path: Ending in ``.mp4``.
        images: (H, W, 3) each.
        rate_hz: Images per second.
        crf: Quality; lower is better.
    """
    rate = Fraction(rate_hz).limit_denominator(1001)
    with (
        atomic_path(path, durable=False) as temporary,
        av.open(str(temporary), "w", format="mp4", options={"movflags": "faststart"}) as file,
    ):
        stream = file.add_stream("libx264", rate=rate)
        stream.options = {"crf": str(crf), "preset": "veryfast"}
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        opened = False
        for image in images:
            if not opened:
                stream.height, stream.width = image.shape[:2]
                opened = True
            file.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        file.mux(stream.encode())
