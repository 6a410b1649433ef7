"""Videos as cameras and tools really write them; not tests themselves."""

from fractions import Fraction

import av
import numpy as np

TICKS = 1000

STEADY = [round(number * 1000 / 15) for number in range(75)]
"""Time stamps in milliseconds: five seconds at 15 Hz."""
VARIABLE = np.cumsum([0, *np.random.default_rng(1).integers(20, 140, 70)]).tolist()
WITH_GAPS = [t + (2600 if t > 1500 else 0) + (5000 if t > 3000 else 0) for t in STEADY]

X264 = {"preset": "ultrafast", "tune": "zerolatency", "g": "8"}
B_FRAMES = {"preset": "veryfast", "bf": "3", "g": "12", "x264-params": "scenecut=0:b-pyramid=2"}
OPEN_GROUPS = {"preset": "veryfast", "bf": "3", "g": "12", "x264-params": "open-gop=1:scenecut=0"}
REFRESH = {"preset": "veryfast", "bf": "0", "g": "20", "x264-params": "intra-refresh=1"}


def write_video(path, stamps=STEADY, codec="libx264", options=None, size=(64, 48), seed=0):
    """A square that moves over noise, and each second second over one colour.

    No two pictures are alike, and a tiny bundle, which looks at colours, makes events of it.
    """
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 120, (size[1], size[0], 3), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=15, options=X264 if options is None else options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, TICKS)
        for number, stamp in enumerate(stamps):
            picture = np.roll(noise, number, axis=1)
            if number // 15 % 2:
                picture[:] = np.eye(3)[(seed + number // 30) % 3] * 255
            at = number * 5 % (size[0] - 12)
            picture[10:30, at : at + 12] = (number * 37 % 256, 255 - number * 11 % 256, 90)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = stamp, Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
