"""One drive, recorded at other frame rates, gives the same events: real files, real codecs."""

import random
from fractions import Fraction
from pathlib import Path

import av
import pytest

from edgevid import run
from edgevid.config import load_config

ROOT = Path(__file__).parent.parent
SECONDS = 20
TIME_BASE = Fraction(1, 90_000)


@pytest.fixture(scope="module")
def pictures():
    """(pts, picture) of the sample drive's first seconds."""
    with av.open(str(ROOT / "examples" / "sample_drive.mp4")) as drive:
        decoded = ((f.time, f.reformat(format="yuv420p")) for f in drive.decode(video=0))
        return [(time, frame) for time, frame in decoded if time < SECONDS]


def times(rate):
    if rate != "variable":
        return [i / rate for i in range(round(SECONDS * rate))]
    jitter, now, found = random.Random(5), 0.0, []
    while now < SECONDS:
        found.append(now)
        now += jitter.uniform(0.02, 0.09)
    return found


def retime(pictures, pts, path):
    """Write what a camera with these frame times would have recorded."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = 352, 352, "yuv420p"
        stream.codec_context.time_base = TIME_BASE
        newest = 0
        for when in pts:
            while newest + 1 < len(pictures) and pictures[newest + 1][0] <= when + 1e-6:
                newest += 1
            frame = av.VideoFrame.from_ndarray(pictures[newest][1].to_ndarray(), format="yuv420p")
            frame.pts, frame.time_base = round(when / TIME_BASE), TIME_BASE
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def events(path):
    config = load_config(
        ROOT / "configs" / "regions.yaml",
        ["sinks=[]", "run_json=null", f"source.uri={path}"],
    )
    return {e.label: (e.start_seconds, e.end_seconds) for e in run(config).recent_events}


@pytest.fixture(scope="module")
def expected(pictures, tmp_path_factory):
    """Events at the rate it was recorded at."""
    path = tmp_path_factory.mktemp("reference") / "reference.mp4"
    return events(retime(pictures, times(15), path))


@pytest.mark.slow
@pytest.mark.parametrize("rate", [10, 25, 30000 / 1001, 60, "variable"])
def test_the_same_drive_at_another_frame_rate_gives_the_same_events(
    pictures, expected, tmp_path, rate
):
    found = events(retime(pictures, times(rate), tmp_path / "retimed.mp4"))

    assert set(expected) == set(found) == {"head", "radio"}
    for label, span in expected.items():
        # One period of the 10 Hz model, and one frame of the recording that all were made from.
        assert found[label] == pytest.approx(span, abs=0.1 + 1 / 15)
