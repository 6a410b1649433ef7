"""What is measured beside drives, and drives that a study can be made of; not tests themselves."""

from fractions import Fraction

import av
import numpy as np
from edgevid_batch.study.seconds import Behaviour, StudyDrive

CSV = "time_seconds,speed_kmh,hr\n" + "".join(
    f"{number / 2},{number // 2 * 10 + number % 2 * 10},{60 + number}\n" for number in range(12)
)
DBC = """VERSION ""
NS_ :
BS_:
BU_: ECU
BO_ 291 Wheels: 8 ECU
 SG_ Speed : 0|16@1+ (0.01,0) [0|500] "km/h" ECU
 SG_ Pulse : 16|8@1+ (1,0) [0|0] "1/min" ECU
"""
_POINT = '<trkpt lat="50.000{0}" lon="10">{1}<time>2026-03-01T12:00:0{0}Z</time>{2}</trkpt>'
_PULSE = "<extensions><t:x xmlns:t='urn:t'><t:hr>{}</t:hr></t:x></extensions>"
GPX = (
    '<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
    + _POINT.format(0, "", _PULSE.format(71))
    + _POINT.format(1, "<ele>105.5</ele>", "")
    + _POINT.format(2, "", _PULSE.format(73))
    + "</trkseg></trk></gpx>"
)


def behaviour(seen, known=None):
    seen = np.asarray(seen, bool)
    begun = seen & ~np.concatenate([[False], seen[:-1]])
    return Behaviour(
        np.ones(len(seen), bool) if known is None else np.asarray(known, bool),
        seen,
        begun.astype(np.int16),
    )


def drive(driver, seen, one_handed=None, **channels):
    """A second each."""
    seen = np.asarray(seen, bool)
    return StudyDrive(
        driver,
        np.arange(len(seen), dtype=np.int32),
        {
            "any_event": behaviour(seen),
            "phone": behaviour(seen),
            "one_handed": behaviour(seen if one_handed is None else one_handed),
        },
        {name: np.asarray(values, np.float32) for name, values in channels.items()},
        dict.fromkeys(channels, "unit"),
    )


def stretches(random, length, begin=0.02, end=0.05):
    """Seen or not, in stretches as behaviour really comes."""
    seen = np.zeros(length, bool)
    chance = random.random(length)
    for second in range(1, length):
        seen[second] = chance[second] > end if seen[second - 1] else chance[second] < begin
    return seen


def slow(random, length, lasts=60):
    """A channel in which each second is like the one before."""
    steps = random.normal(size=length + lasts)
    return np.convolve(steps, np.ones(lasts) / lasts**0.5, "valid")[:length]


def write_colours(path, colours=("black", "lime", "lime", "blue", "blue")):
    """A second of each colour, at 15 Hz: what a tiny bundle makes events of."""
    values = {"black": (0, 0, 0), "lime": (0, 255, 0), "blue": (255, 0, 0)}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=15, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 15)
        for number in range(15 * len(colours)):
            picture = np.full((48, 64, 3), values[colours[number // 15]], np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 15)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
