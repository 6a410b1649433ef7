from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from edgevid.media.pattern import paint_pattern

QUICK = {"libvpx": {"deadline": "realtime", "cpu-used": "8"}}


def pixel_format(codec):
    return {"mjpeg": "yuvj420p", "gif": "rgb8"}.get(codec, "yuv420p")


@pytest.fixture
def write_video(tmp_path):
    """Write frames of the test pattern with any codec, times and size; return the path."""

    def write(
        name,
        codec="libx264",
        *,
        num_frames=30,
        rate=Fraction(30),
        size=(320, 240),
        times=None,
        time_base=None,
        options=None,
        format=None,
        format_options=None,
        first_index=0,
    ):
        path = tmp_path / name
        with av.open(str(path), "w", format=format, options=format_options or {}) as container:
            stream = container.add_stream(codec, rate=rate)
            stream.width, stream.height = size
            stream.pix_fmt = pixel_format(codec)
            stream.options = {**QUICK.get(codec, {}), **(options or {})}
            if time_base is not None:
                stream.time_base = time_base
                stream.codec_context.time_base = time_base
            count = num_frames if times is None else len(times)
            for k in range(count):
                picture = np.empty((size[1], size[0], 3), np.uint8)
                paint_pattern(first_index + k, picture)
                frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
                frame.pts = k if times is None else times[k]
                frame.time_base = time_base or 1 / Fraction(rate)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return write


@pytest.fixture
def read_all():
    """Open a source, read it to its end: info, grabbed frames, gaps, pictures, warnings."""

    def read(source, decode=True):
        frames, gaps, pictures = [], [], []
        with source:
            info = source.open()
            while (item := source.grab()) is not None:
                if hasattr(item, "reason"):
                    gaps.append(item)
                    continue
                frames.append(item)
                pictures.append(source.retrieve() if decode else None)
            warnings = list(source.warnings)
        return info, frames, gaps, pictures, warnings

    return read
