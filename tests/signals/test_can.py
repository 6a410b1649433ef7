"""Real logs, written by python-can, and a real bus: its virtual interface."""

import threading
import time

import can
import pytest

from edgevid.config.schema import SignalsConfig
from edgevid.default_plugins.signals import can as can_plugin
from edgevid.default_plugins.signals.can import CanSignals
from edgevid.errors import ConfigError, PluginError, SignalsError
from edgevid.pipeline.build import build_signals
from edgevid.plugins import load_plugins
from edgevid.testing import check_signals
from edgevid.types import Vehicle

from .conftest import source_info

DBC = """VERSION ""
NS_ :
BS_:
BU_: ECU
BO_ 291 Wheels: 8 ECU
 SG_ Speed : 0|16@1+ (0.01,0) [0|500] "{unit}" ECU
 SG_ Other : 16|8@1+ (1,0) [0|0] "" ECU
BO_ 2147484000 Long: 2 ECU
 SG_ Fast : 0|16@1+ (0.01,0) [0|500] "km/h" ECU
BO_ 500 Mixed: 3 ECU
 SG_ Which M : 0|8@1+ (1,0) [0|0] "" ECU
 SG_ Sometimes m1 : 8|16@1+ (0.01,0) [0|500] "km/h" ECU
VAL_ 291 Speed 40000 "not available" ;
"""
BEGAN = 1_772_366_400.0  # 2026-03-01T12:00:00Z
FORMATS = [".blf", ".asc", ".log", ".trc"]


def frame(raw, at, *, id_=291, size=8, **rest):
    data = raw.to_bytes(2, "little") + bytes(size - 2)
    return can.Message(timestamp=at, arbitration_id=id_, is_extended_id=False, data=data, **rest)


def kmh(speed, at, **rest):
    return frame(round(speed * 100), at, **rest)


DRIVE = [
    kmh(0, BEGAN, id_=7),
    kmh(50, BEGAN + 1.0),
    kmh(7, BEGAN + 1.1, id_=7),
    kmh(60, BEGAN + 2.0),
    frame(40000, BEGAN + 3.0),
    kmh(0, BEGAN + 4.0),
]


def recorded(path, frames=DRIVE):
    with can.Logger(str(path)) as log:
        for one in frames:
            log(one)
    return path


@pytest.fixture
def dbc(tmp_path):
    path = tmp_path / "Fahrzeug größe.dbc"
    path.write_text(DBC.format(unit="km/h"), encoding="cp1252")
    return path


@pytest.fixture
def options(dbc):
    return {"dbc": str(dbc), "message": "Wheels", "signal": "Speed"}


def asked(signals, *moments, **info):
    with signals:
        signals.open(source_info(**info))
        return [signals.at(moment).speed_kmh for moment in moments]


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_keeps_to_the_contract(tmp_path, options, suffix):
    path = recorded(tmp_path / f"drive{suffix}")

    check_signals(lambda: CanSignals(CanSignals.Options(**options), str(path)), info=source_info())


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_log_begins_with_the_source(make, tmp_path, options, suffix):
    signals = make("can", recorded(tmp_path / f"drive{suffix}"), **options)

    said = asked(signals, 0.99, 1.01, 1.99, 2.01, 3.01, 4.01, 7.0)
    assert said == [None, 50.0, 50.0, 60.0, None, 0.0, None]


@pytest.mark.parametrize("suffix", [".blf", ".log"])
def test_a_log_is_aligned_by_the_wall_clock(make, tmp_path, options, suffix):
    path = recorded(tmp_path / f"drive{suffix}")
    signals = make("can", path, align="utc", offset_seconds=0.5, **options)

    said = asked(signals, 11.4, 11.51, 12.51, started_utc="2026-03-01T11:59:50Z")
    assert said == [None, 50.0, 60.0]


def test_standstill_comes_of_the_speed(make, tmp_path, options):
    with make("can", recorded(tmp_path / "drive.blf"), **options) as signals:
        signals.open(source_info())
        assert signals.at(1.5) == Vehicle(50.0, False)
        assert signals.at(3.5) == Vehicle(None, None)
        assert signals.at(4.5) == Vehicle(0.0, True)


@pytest.mark.parametrize(
    ("said", "unit", "expected"),
    [("km/h", None, 36.0), ("m/s", None, 129.6), ("MPH", None, 57.94), ("", "mps", 129.6)],
)
def test_the_unit_is_the_dbcs_or_the_options(make, tmp_path, options, dbc, said, unit, expected):
    dbc.write_text(DBC.format(unit=said))
    path = recorded(tmp_path / "drive.blf", [kmh(36, BEGAN)])

    [speed] = asked(make("can", path, unit=unit, **options), 0.5)
    assert speed == pytest.approx(expected, abs=0.01)


def test_a_message_with_a_long_identifier_is_told_from_a_short_one(make, tmp_path, options):
    short = kmh(99, BEGAN + 0.5, id_=352)
    long = can.Message(timestamp=BEGAN, arbitration_id=352, is_extended_id=True, data=b"\x10\x27")
    path = recorded(tmp_path / "drive.blf", [long, short])
    signals = make("can", path, **options | {"message": "Long", "signal": "Fast"})

    assert asked(signals, 1.0) == [100.0]


def test_frames_that_are_too_short_are_left_out_and_told(make, tmp_path, options, caplog):
    path = recorded(tmp_path / "drive.log", [kmh(50, BEGAN), kmh(60, BEGAN + 1, size=2)])

    assert asked(make("can", path, **options), 1.5) == [50.0]
    assert "1 frames left out" in caplog.text


def test_channels_that_were_buffered_apart_come_in_the_order_of_time(make, tmp_path, options):
    frames = [kmh(50, BEGAN), kmh(70, BEGAN + 2), kmh(60, BEGAN + 1)]

    assert asked(make("can", recorded(tmp_path / "d.log", frames), **options), 1.5) == [60.0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"message": "Wheel"}, "has no message 'Wheel'; did you mean Wheels"),
        ({"signal": "speed"}, "message Wheels: has no signal 'speed'; did you mean Speed"),
        ({"signal": "xyz"}, "has no signal 'xyz'; it has Other, Speed"),
        ({"signal": "Other"}, "the unit of Other is .*; set it by the option unit"),
        ({"dbc": "gone.dbc"}, "gone.dbc: no such file; give a DBC by the option dbc"),
        ({"message": "Mixed", "signal": "Sometimes"}, "holds no message 0x1f4 .*no frame has"),
        ({"align": "utc"}, "drive.mp4 has no known start time"),
    ],
)
def test_what_the_dbc_does_not_hold_is_refused(make, tmp_path, options, changes, message):
    signals = make("can", recorded(tmp_path / "drive.blf"), **options | changes)
    with pytest.raises(SignalsError, match=message) as caught, signals:
        signals.open(source_info())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".asc", ".trc"])
def test_a_log_without_time_zone_is_not_aligned_by_guessing(make, tmp_path, options, suffix):
    signals = make("can", recorded(tmp_path / f"drive{suffix}"), align="utc", **options)
    with pytest.raises(SignalsError, match="has no reliable wall clock"), signals:
        signals.open(source_info(started_utc="2026-03-01T12:00:00Z"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("drive.blf", b"", "malformed"),
        ("drive.blf", b"LOGG" + b"\0" * 300, "malformed|holds no message"),
        ("drive.log", b"(1.0) can0 nonsense\n", "malformed"),
        ("drive.log", b"\xff\xfe\x00", "malformed|holds no message"),
        ("drive.asc", b"x", "malformed|holds no message"),
        ("drive.trc", b";$FILEVERSION=2.1\n", "malformed"),
        ("drive.db", b"SQLite format 3\0", "no log that can be read; accepted: .asc, .blf"),
        ("drive.csv", b"", "no log that can be read"),
    ],
)
def test_a_malformed_log_is_refused_in_one_line(make, tmp_path, options, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    signals = make("can", path, **options)
    with pytest.raises(SignalsError, match=message) as caught, signals:
        signals.open(source_info())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cut", [4, 20, 143, 160])
def test_a_log_that_is_cut_off_before_the_first_speed_is_refused(make, tmp_path, options, cut):
    path = recorded(tmp_path / "drive.blf")
    path.write_bytes(path.read_bytes()[:cut])
    signals = make("can", path, **options)
    with pytest.raises(SignalsError, match=r"drive\.blf: (is malformed|holds no)"), signals:
        signals.open(source_info())


def test_of_a_log_that_breaks_off_the_part_before_counts(make, tmp_path, options, caplog):
    path = recorded(tmp_path / "drive.log")
    path.write_text(path.read_text().splitlines()[1] + "\n(177236")

    assert asked(make("can", path, **options), 0.5, 9.0) == [50.0, None]
    assert "is malformed" in caplog.text
    assert "1 values before that are used" in caplog.text


@pytest.mark.parametrize("content", ["", "nonsense", "BO_ 1 A: 8 B\n SG_ x : 0|99@1+ (1,0)", "\0"])
def test_a_malformed_dbc_is_refused_in_one_line(make, tmp_path, options, dbc, content):
    dbc.write_text(content)
    signals = make("can", recorded(tmp_path / "drive.blf"), **options)
    with pytest.raises(SignalsError, match=r"is not a DBC|has no message") as caught, signals:
        signals.open(source_info())
    assert "\n" not in str(caught.value)


def test_options_that_are_missing_are_named():
    with pytest.raises(ConfigError, match="signals can: dbc: is required; message: is required"):
        build_signals(load_plugins(discover=False), SignalsConfig(name="can", target="x.blf"))


def test_without_its_libraries_it_says_how_to_get_them(monkeypatch):
    monkeypatch.setattr(can_plugin.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PluginError, match=r'cannot run here: .*pip install "edgevid\[can\]"'):
        build_signals(load_plugins(discover=False), SignalsConfig(name="can", target="x.blf"))


# ---------------------------------------------------------------- live


def until(signals, wanted, seconds=10.0):
    """The vehicle of now, as soon as it is the wanted one."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        said = signals.at(1e6)
        if said.speed_kmh == wanted:
            return said
        signals._listener._thread.join(0.01)
    raise AssertionError(f"never came: {wanted}; the last was {said}")


@pytest.fixture
def bus(request):
    with can.Bus(interface="virtual", channel=request.node.name) as bus:
        yield bus


def live(make, bus, options):
    signals = make("can", f"virtual://{bus.channel_id}", **options | {"max_age_seconds": 1e7})
    signals.open(source_info(live=True))
    return signals


def test_a_bus_is_heard_until_it_is_closed(make, options, bus):
    with live(make, bus, options) as signals:
        assert signals.at(1e6) == Vehicle()
        bus.send(kmh(33, 0, id_=7))
        bus.send(kmh(50, 0))
        assert until(signals, 50.0) == Vehicle(50.0, False)
        bus.send(kmh(0, 0))
        assert until(signals, 0.0).standstill is True
        # A frame that is not what the DBC says: nothing is known any more.
        bus.send(kmh(70, 0, size=2))
        until(signals, None)
    assert "edgevid-can" not in [thread.name for thread in threading.enumerate()]


def test_a_value_of_the_bus_counts_from_its_arrival(make, options, bus):
    opened = time.monotonic()
    with live(make, bus, options) as signals:
        bus.send(kmh(50, 0))
        until(signals, 50.0)
        arrived = signals._track._times[0]

        assert 0 <= arrived <= time.monotonic() - opened
        assert signals.at(arrived - 1e-6) == Vehicle()
        assert signals.at(arrived) == Vehicle(50.0, False)


def test_a_bus_that_fails_is_told_by_the_next_question(make, options, bus):
    with live(make, bus, options) as signals:
        signals._listener._bus.shutdown()
        signals._listener._thread.join(10)
        with pytest.raises(SignalsError, match=r"virtual://.* failed: "):
            signals.at(0.0)


@pytest.mark.parametrize(
    ("target", "is_live", "message"),
    [
        ("virtual://x", False, "is live and drive.mp4 is a recording; give the log"),
        ("nonsense://x", True, "unknown interface 'nonsense'; known: .*socketcan"),
        ("socketcan://no_such_can", True, "socketcan://no_such_can cannot be opened"),
    ],
)
def test_a_bus_that_cannot_be_heard_is_refused(make, options, target, is_live, message):
    with pytest.raises(SignalsError, match=message), make("can", target, **options) as signals:
        signals.open(source_info(live=is_live))
