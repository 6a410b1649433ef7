"""Videos of every kind that a test needs, written with PyAV; not tests themselves."""

from fractions import Fraction

import av
import cv2
import numpy as np

MILLISECOND = Fraction(1, 1000)
STEADY = tuple(range(0, 960, 40))
"""A second at 25 Hz, milliseconds."""
BT2020_PQ = {"colorspace": 9, "color_primaries": 9, "color_trc": 16}
BT2020_HLG = {"colorspace": 9, "color_primaries": 9, "color_trc": 18}
QUIET = {"x265-params": "log-level=none"}
INTERLACED = {"x264-params": "interlaced=1"}


def picture(number, size, seed=0):
    """Smooth colours that move: no two pictures are alike, and no part is black."""
    coarse = np.random.default_rng(seed).integers(30, 256, (6, 8, 3), np.uint8)
    smooth = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    return np.roll(smooth, number * 3, axis=1)


def write(
    path, codec="libx264", pixels="yuv420p", *, size=(128, 96), times=STEADY, options=None,
    black=False, cuts=False, **colours,
):  # fmt: skip
    """Write pictures shown at some milliseconds; with cuts, each is of another scene."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        if path.suffix not in (".avi", ".gif") and codec != "mpeg2video":
            stream.time_base = stream.codec_context.time_base = MILLISECOND
        for name, value in colours.items():
            setattr(stream.codec_context, name, value)
        for number, time in enumerate(times):
            image = picture(number, size, number if cuts else 0)
            frame = av.VideoFrame.from_ndarray(image * (not black), format="bgr24")
            frame.pts, frame.time_base = time, MILLISECOND
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def turn(path, degrees):
    """Put a display matrix into the track header of an MP4; clockwise."""
    content = path.read_bytes()
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    entries = [cosine, sine, 0, -sine, cosine, 0, 0, 0, 16384]
    matrix = b"".join((entry * 65536).to_bytes(4, "big", signed=True) for entry in entries)
    at = content.index(b"tkhd") + 4 + 40
    path.write_bytes(content[:at] + matrix + content[at + 36 :])
    return path
