from __future__ import annotations

import pytest

from edgevid.errors import ConfigError
from edgevid.media.uri import parse_source

KNOWN = ("camera", "file", "gstreamer", "images", "stream", "test", "foo")


@pytest.mark.parametrize(
    ("text", "scheme", "uri", "options"),
    [
        ("0", "camera", "0", {}),
        ("12", "camera", "12", {}),
        ("camera:0", "camera", "0", {}),
        ("CAMERA:0", "camera", "0", {}),
        ("/dev/video3", "camera", "/dev/video3", {}),
        ("/dev/video3?width=640", "camera", "/dev/video3", {"width": "640"}),
        ("/dev/v4l/by-id/usb-cam-0", "camera", "/dev/v4l/by-id/usb-cam-0", {}),
        (
            "camera:0?width=640&height=480&fps=30&fourcc=MJPG",
            "camera",
            "0",
            {"width": "640", "height": "480", "fps": "30", "fourcc": "MJPG"},
        ),
        ("images:frames", "images", "frames", {}),
        ("images:frames?fps=10", "images", "frames", {"fps": "10"}),
        ("images:f/img_???.png", "images", "f/img_???.png", {}),
        ("images:f/img_???.png?fps=2.5", "images", "f/img_???.png", {"fps": "2.5"}),
        ("images:f/*?", "images", "f/*?", {}),
        ("test:", "test", "", {}),
        ("test:?", "test", "", {}),
        (
            "test:?frames=90&fps=30&size=320x240",
            "test",
            "",
            dict(frames="90", fps="30", size="320x240"),
        ),
        ("rtsp://cam/x?tcp=1&b=2", "stream", "rtsp://cam/x?tcp=1&b=2", {}),
        ("RTSPS://cam/x", "stream", "RTSPS://cam/x", {}),
        ("http://cam:80/x.mjpg", "stream", "http://cam:80/x.mjpg", {}),
        ("https://u:p@cam/x", "stream", "https://u:p@cam/x", {}),
        ("udp://@:5000", "stream", "udp://@:5000", {}),
        ("stream:http://cam/x?a=b", "stream", "http://cam/x?a=b", {}),
        ("gstreamer:videotestsrc ! appsink", "gstreamer", "videotestsrc ! appsink", {}),
        ("gstreamer:a location=b?c=d ! appsink", "gstreamer", "a location=b?c=d ! appsink", {}),
        ("file:///x.mp4", "file", "/x.mp4", {}),
        ("file:///a%20b.mp4", "file", "/a b.mp4", {}),
        ("file://localhost/x.mp4", "file", "/x.mp4", {}),
        ("file:x%20y.mp4", "file", "x%20y.mp4", {}),
        ("drive.mp4", "file", "drive.mp4", {}),
        ("/data/größe.mp4", "file", "/data/größe.mp4", {}),
        ("10:30 drive.mp4", "file", "10:30 drive.mp4", {}),
        ("a?fps=3.mp4", "file", "a?fps=3.mp4", {}),
        ("mon:day.mp4", "file", "mon:day.mp4", {}),
        ("foo:rest?x=1", "foo", "rest", {"x": "1"}),
        ("foo://host/rest", "foo", "//host/rest", {}),
        ("٣", "file", "٣", {}),
    ],
)
def test_grammar(text, scheme, uri, options):
    assert parse_source(text, KNOWN) == (scheme, uri, options)


@pytest.mark.parametrize(
    "name",
    ["camera:0", "test:?frames=3", "foo:bar", "rtsp:x?y", "größe 1:2?a=b.mp4", "images:a?b=c"],
)
def test_what_exists_on_disk_is_a_file(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).touch()
    assert parse_source(name, KNOWN) == ("file", name, {})


def test_file_url_of_a_name_that_holds_a_percent_sign(tmp_path):
    (tmp_path / "50%20.mp4").touch()
    assert parse_source(f"file://{tmp_path}/50%20.mp4", KNOWN).uri == f"{tmp_path}/50%20.mp4"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("a\0b", "is empty or not text"),
        ("camra:0", "did you mean camera:"),
        ("rstp://u:geheim@host/x", r"u:\*\*\*@host.*did you mean .*rtsp:"),
        ("what://host/x", "nothing handles what:.*known: camera, file"),
        ("camera:0?width=1&width=2", "'width' is given twice"),
    ],
)
def test_refused(text, message):
    with pytest.raises(ConfigError, match=message) as caught:
        parse_source(text, KNOWN)
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_very_long_text_is_a_file():
    assert parse_source("x" * 10_000, KNOWN).scheme == "file"
