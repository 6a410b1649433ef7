from __future__ import annotations

import random
import threading
import time

import cv2
import numpy as np
import pytest

from edgevid.default_plugins.sources.camera import CameraOptions, CameraSource
from edgevid.default_plugins.sources.gstreamer import GStreamerOptions, GStreamerSource
from edgevid.errors import SourceOpenError
from edgevid.live_source import LiveOptions, LiveSource
from edgevid.media.backoff import Backoff, RestartBudget
from edgevid.types import Gap

FAST = {
    "open_timeout_seconds": 2.0,
    "stall_seconds": 5.0,
    "backoff_initial_seconds": 0.01,
    "backoff_max_seconds": 0.05,
}


# ---------------------------------------------------------------------- a camera of our own


def take(source, count):
    return [source.grab() for _ in range(count)]


class FakeDevice:
    """A device that can be unplugged, and a driver that may hang."""

    def __init__(self):
        self.is_plugged = True
        self.hangs = threading.Event()
        self.num_opened = 0
        self.num_released = 0
        self.released = threading.Event()

    def open(self):
        self.num_opened += 1
        return FakeCapture(self)


class FakeCapture:
    def __init__(self, device):
        self._device = device

    def isOpened(self):
        return self._device.is_plugged

    def grab(self):
        if self._device.hangs.is_set():
            # Longer than any watchdog of these tests, but it does come back.
            time.sleep(0.5)
        return self._device.is_plugged

    def retrieve(self, out=None):
        return True, np.zeros((4, 4, 3), np.uint8)

    def get(self, prop):
        return 4.0

    def release(self):
        self._device.num_released += 1
        self._device.released.set()


class FakeLive(LiveSource):
    kind = "fake"
    display_uri = "fake:"

    def __init__(self, device, **options):
        super().__init__(LiveOptions(**{**FAST, **options}), "")
        self.device = device

    def open_capture(self):
        return self.device.open()

    def explain_failure(self):
        return "it is not plugged in"


def test_unplugged_and_plugged_in_again():
    device = FakeDevice()
    with FakeLive(device) as source:
        source.open()
        take(source, 3)
        device.is_plugged = False
        threading.Timer(0.2, lambda: setattr(device, "is_plugged", True)).start()
        gap = source.grab()
        assert isinstance(gap, Gap)
        assert gap.duration_seconds > 0.15
        assert source.grab().index == 3
        assert source.retrieve() is not None
        assert device.num_opened >= 3


def test_hanging_driver_is_abandoned_and_released_later():
    device = FakeDevice()
    with FakeLive(device, stall_seconds=0.1) as source:
        source.open()
        take(source, 2)
        device.hangs.set()
        threading.Timer(0.05, device.hangs.clear).start()
        gap = source.grab()
        assert gap.reason == "no frame for 0.1 s"
        assert device.released.wait(5)
        assert device.num_opened == 2


def test_close_releases_the_device():
    device = FakeDevice()
    with FakeLive(device) as source:
        source.open()
    assert device.num_released == device.num_opened == 1
    assert source.grab() is None


def test_driver_that_raises_is_a_reason_not_a_traceback():
    class Raising(FakeLive):
        def open_capture(self):
            raise RuntimeError("bus error")

    with pytest.raises(SourceOpenError, match="RuntimeError: bus error"):
        Raising(FakeDevice()).open()


def test_first_open_that_fails_is_an_error_at_once():
    device = FakeDevice()
    device.is_plugged = False
    with pytest.raises(SourceOpenError, match="fake:: it is not plugged in"):
        FakeLive(device).open()
    assert device.num_opened == 1


def test_retry_open_gives_up_when_the_budget_is_spent():
    device = FakeDevice()
    device.is_plugged = False
    with pytest.raises(SourceOpenError, match="gave up after 2 attempts"):
        FakeLive(device, retry_open=True, max_restarts=2).open()
    assert device.num_opened == 3


# ---------------------------------------------------------------------- messages and arithmetic


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("97", r"camera:97: there is no /dev/video97; .*/dev/video"),
        ("/dev/video98", r"there is no /dev/video98"),
        ("/dev/v4l/by-id/nope", r"there is no /dev/v4l/by-id/nope"),
        ("front", r"give a number \(camera:0\) or a device \(/dev/video0\)"),
        ("", r"give a number"),
        ("/dev/video0/../../etc/passwd", r"give a number"),
    ],
)
def test_missing_camera(uri, message):
    with pytest.raises(SourceOpenError, match=message) as caught:
        CameraSource(CameraOptions(), uri).open()
    assert "\n" not in str(caught.value)


def test_camera_options_from_a_query():
    options = CameraOptions(width="640", height="480", fps="29.97", fourcc="MJPG")
    assert (options.width, options.height, options.fps) == (640, 480, 29.97)


def test_camera_says_what_the_driver_really_gave():
    class Driver:
        def get(self, prop):
            yuyv = int.from_bytes(b"YUYV", "little")
            given = {
                cv2.CAP_PROP_FRAME_WIDTH: 800,
                cv2.CAP_PROP_FRAME_HEIGHT: 480,
                cv2.CAP_PROP_FPS: 15.0,
                cv2.CAP_PROP_FOURCC: yuyv,
            }
            return given.get(prop, 0)

    options = CameraOptions(width=640, height=480, fps=30, fourcc="MJPG")
    source = CameraSource(options, "0")
    info = source.describe(Driver())
    assert (info.width, info.height, info.rate_hz, info.codec) == (800, 480, 15.0, "YUYV")
    assert [line.split(": ")[1] for line in source.warnings] == [
        "requested width 640, the driver gives 800",
        "requested fps 30.0, the driver gives 15.0",
        "requested fourcc MJPG, the driver gives YUYV",
    ]


def test_gstreamer_says_why_it_cannot_run_or_what_is_wrong():
    pipeline = 'rtspsrc location="rtsp://a:geheim@h/x" ! fakesink'
    source = GStreamerSource(GStreamerOptions(), pipeline)
    with pytest.raises(SourceOpenError, match=r"built without GStreamer|must end in appsink") as e:
        source.open()
    assert "geheim" not in str(e.value)


def test_backoff_doubles_up_to_its_limit_with_jitter():
    backoff = Backoff(1.0, 10.0, random.Random(3))
    delays = [backoff.next_delay() for _ in range(8)]
    for delay, full in zip(delays, [1, 2, 4, 8, 10, 10, 10, 10], strict=True):
        assert full / 2 <= delay <= full
    assert len(set(delays)) == 8
    backoff.reset()
    assert backoff.next_delay() <= 1


def test_budget_slides():
    budget = RestartBudget(2, window_seconds=10)
    assert [budget.take(t) for t in (0, 1, 2, 9.9)] == [True, True, False, False]
    assert [budget.take(t) for t in (10, 10.5, 11)] == [True, False, True]


def test_default_budget_outlasts_a_minute_without_the_camera():
    options = LiveOptions()
    backoff = Backoff(options.backoff_initial_seconds, options.backoff_max_seconds)
    budget = RestartBudget(options.max_restarts, options.restart_window_seconds)
    now = 0.0
    while now < 90:
        assert budget.take(now)
        now += backoff.next_delay()
