"""Tracks as loggers and watches write them."""

import pytest

from edgevid.default_plugins.signals.gpx import GpxSignals, read_points
from edgevid.errors import SignalsError
from edgevid.testing import check_signals
from edgevid.types import Vehicle

from .conftest import source_info

HEAD = (
    '<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">'
)
STEP = 0.0001
STEP_METRES = 11.13


def point(number, at="12:00:{:02d}Z", inside=""):
    time = f"<time>2026-03-01T{at.format(number)}</time>" if at else ""
    return f'<trkpt lat="{50 + number * STEP}" lon="10">{time}{inside}</trkpt>'


def track(*segments):
    text = "".join(f"<trkseg>{''.join(points)}</trkseg>" for points in segments)
    return f"{HEAD}<trk>{text}</trk></gpx>"


def written(tmp_path, content):
    path = tmp_path / "drive.gpx"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def asked(signals, *moments, **info):
    with signals:
        signals.open(source_info(**info))
        return [signals.at(moment) for moment in moments]


SPEEDS = '<extensions><a:s xmlns:a="urn:a"><a:speed>{}</a:speed><a:hr>61</a:hr></a:s></extensions>'


def test_it_keeps_to_the_contract(tmp_path):
    path = written(tmp_path, track([point(0), point(1), point(2)]))

    check_signals(lambda: GpxSignals(GpxSignals.Options(), str(path)), info=source_info())


def test_speed_is_the_way_since_the_point_before(make, tmp_path):
    path = written(tmp_path, track([point(0), point(1), point(3)], [point(10), point(11)]))
    first, moving, faster, pause = asked(make("gpx", path), 0.5, 1.0, 3.0, 10.5)

    assert (first, pause) == (Vehicle(), Vehicle())
    assert moving.speed_kmh == pytest.approx(STEP_METRES * 3.6, rel=0.01)
    assert faster.speed_kmh == pytest.approx(STEP_METRES * 3.6, rel=0.01)
    assert not moving.standstill


def test_a_speed_that_a_point_carries_counts(make, tmp_path):
    path = written(tmp_path, track([point(0, inside=SPEEDS.format(0)),
                                    point(1, inside=SPEEDS.format(10))]))  # fmt: skip

    assert asked(make("gpx", path), 0.0, 1.0) == [Vehicle(0.0, True), Vehicle(36.0, False)]
    assert read_points(path, GpxSignals.Options(), source_info())[1].values["hr"] == 61


def test_it_is_aligned_by_the_wall_clock_or_moved(make, tmp_path):
    path = written(tmp_path, track([point(5, inside=SPEEDS.format(1)), point(6), point(7)]))
    started = {"started_utc": "2026-03-01T12:00:00Z"}

    assert asked(make("gpx", path), 0.0)[0].speed_kmh == 3.6
    assert asked(make("gpx", path, align="utc"), 4.9, 5.0, **started) == [
        Vehicle(), Vehicle(3.6, False)
    ]  # fmt: skip
    assert asked(make("gpx", path, offset_seconds=2.0), 1.9, 2.0) == [
        Vehicle(), Vehicle(3.6, False)
    ]  # fmt: skip


BOMB = '<!DOCTYPE gpx [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, "is no GPX"),
        ("time_seconds,speed_kmh\n0,1\n", {}, "is no GPX"),
        (track([point(0), point(1)])[:-20], {}, "is no GPX"),
        (b"\xff\xfe\x00", {}, "is not UTF-8"),
        (BOMB + track([point(0), point(1)]), {}, "defines a document type"),
        (track([]), {}, "no points with times"),
        (track([point(0, at=""), point(1, at="")]), {}, "no points with times"),
        (track([point(0)]), {}, "no speed"),
        (track([point(5), point(4)]), {}, "1 s before the one above"),
        (track([point(0), point(1)]), {"align": "utc"}, "has no known start time"),
        (None, {}, "no such file"),
    ],
)
def test_what_is_no_track_is_refused_in_one_line(make, tmp_path, content, options, message):
    path = tmp_path / "none.gpx" if content is None else written(tmp_path, content)
    with pytest.raises(SignalsError, match=message) as caught:
        asked(make("gpx", path, **options), 0.0)

    assert "\n" not in str(caught.value)
