from __future__ import annotations

import contextlib
import itertools
import socket
import subprocess
import sys
import threading
import time

import cv2
import numpy as np
import pytest

from edgevid.default_plugins.sources.stream import StreamOptions, StreamSource
from edgevid.errors import SourceLostError, SourceOpenError
from edgevid.media.pattern import paint_pattern, read_index
from edgevid.types import Gap

FAST = {
    "open_timeout_seconds": 2.0,
    "stall_seconds": 5.0,
    "backoff_initial_seconds": 0.01,
    "backoff_max_seconds": 0.05,
}


class Server:
    """HTTP on 127.0.0.1: ``behave`` gets each connection, and whether to stop."""

    def __init__(self, behave, port=0):
        self._behave = behave
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self._connections = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            self._behave(connection, self._stopped)

    def stop(self):
        self._stopped.set()
        for each in (self._listener, *self._connections):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def jpeg(index, size=(160, 120)):
    image = np.empty((size[1], size[0], 3), np.uint8)
    paint_pattern(index, image)
    return cv2.imencode(".jpg", image)[1].tobytes()


def mjpeg(first_index=0, count=None, corrupt=(), size=(160, 120)):
    """Send an endless motion JPEG at about 100 Hz, or hang after ``count`` frames."""

    def behave(connection, stopped):
        connection.recv(4096)
        head = "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n"
        connection.sendall(head.encode())
        for k in itertools.count():
            if k == count:
                stopped.wait()
            if stopped.wait(0.01):
                return
            part = b"\xff\xd8 broken \xff\xd9" if k in corrupt else jpeg(first_index + k, size)
            header = f"--b\r\nContent-Type: image/jpeg\r\nContent-Length: {len(part)}\r\n\r\n"
            connection.sendall(header.encode() + part + b"\r\n")

    return behave


def silent(connection, stopped):
    stopped.wait()


def serve_bytes(content, cut_at=None):
    """Serve a finite file; ``cut_at`` closes the connection there."""

    def behave(connection, stopped):
        request = connection.recv(4096).decode()
        start = int(request.split("bytes=")[1].split("-")[0]) if "bytes=" in request else 0
        head = (
            f"HTTP/1.1 206 Partial Content\r\nContent-Length: {len(content) - start}\r\n"
            f"Content-Range: bytes {start}-{len(content) - 1}/{len(content)}\r\n"
            f"Accept-Ranges: bytes\r\nConnection: close\r\n\r\n"
        )
        connection.sendall(head.encode() + content[start:cut_at])

    return behave


def stream_source(server, path="/x", user="", **options):
    url = f"http://{user}127.0.0.1:{server.port}{path}"
    return StreamSource(StreamOptions(**{**FAST, **options}), url)


def take(source, count):
    return [source.grab() for _ in range(count)]


def test_live_stream_has_monotonic_times_and_right_frames():
    with Server(mjpeg()) as server, stream_source(server) as source:
        info = source.open()
        assert (info.live, info.kind, info.width, info.height) == (True, "stream", 160, 120)
        assert info.codec == "mjpeg"
        before, grabbed, indices = time.monotonic(), [], []
        for _ in range(20):
            grabbed.append(source.grab())
            indices.append(read_index(source.retrieve()))
        assert [g.index for g in grabbed] == list(range(20))
        assert indices == list(range(20))
        assert all(a.pts_seconds < b.pts_seconds for a, b in itertools.pairwise(grabbed))
        started = grabbed[0].captured_at
        assert all(g.pts_seconds == pytest.approx(g.captured_at - started) for g in grabbed)
        assert grabbed[-1].captured_at >= before


def test_stopped_and_restarted_server_gives_a_gap_and_goes_on():
    server = Server(mjpeg())
    with stream_source(server, user="me:geheim@") as source:
        source.open()
        first = take(source, 5)
        server.stop()
        restart = threading.Timer(0.15, lambda: servers.append(Server(mjpeg(500), server.port)))
        servers = []
        restart.start()
        seen = []
        while not any(isinstance(item, Gap) for item in seen):
            seen.append(source.grab())
        gap, last = seen[-1], [*first, *seen[:-1]][-1]
        after = source.grab()
        try:
            assert gap.start_seconds == last.pts_seconds
            assert gap.end_seconds == after.pts_seconds
            assert gap.duration_seconds > 0.1
            assert gap.reason == "the connection ended"
            assert after.index == last.index + 1
            assert read_index(source.retrieve()) >= 500
            assert all(item.pts_seconds > after.pts_seconds for item in take(source, 3))
            assert len(source.warnings) == 1
            assert "the connection ended" in source.warnings[0]
            assert "geheim" not in source.warnings[0]
        finally:
            restart.join()
            for each in servers:
                each.stop()


def test_corrupt_frames_are_passed_without_reconnecting():
    with (
        Server(mjpeg(corrupt=range(10, 40))) as server,
        stream_source(server, stall_seconds=10) as source,
    ):
        source.open()
        indices = []
        for _ in range(20):
            assert not isinstance(source.grab(), Gap)
            indices.append(read_index(source.retrieve()))
        assert indices == [*range(10), *range(40, 50)]


def test_stall_is_noticed_and_the_stream_comes_back_with_another_size():
    behaviours = iter([mjpeg(count=10), mjpeg(300, size=(320, 200))])
    with (
        Server(lambda c, s: next(behaviours)(c, s)) as server,
        stream_source(server, stall_seconds=0.3) as source,
    ):
        source.open()
        started = time.monotonic()
        items = [source.grab()]
        while not isinstance(items[-1], Gap):
            items.append(source.grab())
        assert 0.25 < time.monotonic() - started < 5
        assert items[-1].duration_seconds >= 0.3
        source.grab()
        picture = source.retrieve()
        assert picture.shape == (200, 320, 3)
        assert read_index(picture) >= 300


def test_server_that_accepts_and_never_answers_times_out():
    with Server(silent) as server:
        source = stream_source(server, user="me:geheim@", open_timeout_seconds=0.3)
        started = time.monotonic()
        with source, pytest.raises(SourceOpenError, match=r"me:\*\*\*@127.0.0.1") as caught:
            source.open()
        assert time.monotonic() - started < 3
        assert "geheim" not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_refused_connection_is_an_error_at_once():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    source = StreamSource(StreamOptions(**FAST), f"rtsp://me:geheim@127.0.0.1:{port}/x")
    started = time.monotonic()
    with source, pytest.raises(SourceOpenError, match="check address, port, user and password"):
        source.open()
    assert time.monotonic() - started < 3


def test_spent_budget_ends_in_an_error():
    server = Server(mjpeg())
    with stream_source(server, user="me:geheim@", max_restarts=3) as source:
        source.open()
        take(source, 2)
        server.stop()
        with pytest.raises(
            SourceLostError, match="gave up after 3 attempts within 600 s"
        ) as caught:
            take(source, 1000)
        assert "geheim" not in str(caught.value)


def test_retry_open_waits_for_the_server():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    servers = []
    starter = threading.Timer(0.15, lambda: servers.append(Server(mjpeg(), port)))
    options = StreamOptions(**FAST, retry_open=True)
    with StreamSource(options, f"http://127.0.0.1:{port}/x") as source:
        starter.start()
        try:
            assert source.open().live
            assert source.grab().pts_seconds == 0.0
            assert "was not there at the start" in source.warnings[0]
        finally:
            starter.join()
            for each in servers:
                each.stop()


@pytest.mark.slow
def test_interrupt_ends_a_blocked_grab():
    with Server(mjpeg(count=3)) as server, stream_source(server, stall_seconds=30) as source:
        source.open()
        interrupter = threading.Timer(0.3, source.interrupt)
        interrupter.start()
        started = time.monotonic()
        items = take(source, 6)
        assert time.monotonic() - started < 10
        assert items[-1] is None
        interrupter.join()


def test_interrupt_ends_a_wait_between_attempts():
    server = Server(mjpeg())
    slow = {"backoff_initial_seconds": 60, "backoff_max_seconds": 60}
    with stream_source(server, **slow) as source:
        source.open()
        server.stop()
        interrupter = threading.Timer(0.3, source.interrupt)
        interrupter.start()
        started = time.monotonic()
        while source.grab() is not None:
            pass
        assert time.monotonic() - started < 10
        interrupter.join()


def test_finite_file_behind_http_is_read_like_a_file(write_video):
    path = write_video("a.mp4", num_frames=40, format_options={"movflags": "faststart"})
    with Server(serve_bytes(path.read_bytes())) as server, stream_source(server) as source:
        info = source.open()
        assert not info.live
        assert info.duration_seconds == pytest.approx(40 / 30)
        indices, times = [], []
        while (item := source.grab()) is not None:
            indices.append(read_index(source.retrieve()))
            times.append(item.pts_seconds)
        assert indices == list(range(40))
        assert times == pytest.approx([k / 30 for k in range(40)])
        assert source.warnings == ()


def test_finite_file_whose_connection_breaks_says_where(write_video):
    path = write_video("a.mp4", "mjpeg", num_frames=60, format_options={"movflags": "faststart"})
    content = path.read_bytes()
    served = serve_bytes(content, cut_at=len(content) // 2)
    with Server(served) as server, stream_source(server, user="me:geheim@") as source:
        source.open()
        count = 0
        while source.grab() is not None:
            count += 1
        assert 10 < count < 50
        assert len(source.warnings) == 1
        assert f"at {count / 30:.1f} s of 2.0 s" in source.warnings[0]
        assert "geheim" not in source.warnings[0]


def test_opencv_prints_nothing():
    script = (
        "from edgevid.default_plugins.sources.stream import StreamSource, StreamOptions\n"
        "from edgevid.default_plugins.sources.camera import CameraSource, CameraOptions\n"
        "from edgevid.errors import SourceOpenError\n"
        "for url in ('rtsp://me:geheim@127.0.0.1:9/x', 'http://me:geheim@127.0.0.1:9/x?token=geheim'):\n"
        "    try:\n"
        "        StreamSource(StreamOptions(open_timeout_seconds=1), url).open()\n"
        "    except SourceOpenError as error:\n"
        "        print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.count("***") == 3
    assert "geheim" not in done.stdout


def test_process_that_ends_right_after_a_stream_ends_cleanly():
    script = (
        "import sys\n"
        "from edgevid.default_plugins.sources.stream import StreamSource, StreamOptions\n"
        "with StreamSource(StreamOptions(), sys.argv[1]) as source:\n"
        "    source.open()\n"
        "    source.grab()\n"
    )
    with Server(mjpeg()) as server:
        url = f"http://127.0.0.1:{server.port}/x"
        done = subprocess.run(
            [sys.executable, "-c", script, url], capture_output=True, text=True, timeout=60
        )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "uri", ["/etc/hostname", "file:///etc/hostname", "concat:a|b", "", "x://y"]
)
def test_what_is_no_network_stream_is_refused(uri):
    with pytest.raises(SourceOpenError, match="not a stream; give a URL"):
        StreamSource(StreamOptions(**FAST), uri).open()
