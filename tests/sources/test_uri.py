from __future__ import annotations

import pytest

from edgevid.errors import ConfigError
from edgevid.io import redact
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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://host/x", "rtsp://host/x"),
        ("rtsp://user@host/x", "rtsp://user@host/x"),
        ("rtsp://user:S3cret@host:554/x", "rtsp://user:***@host:554/x"),
        ("rtsp://user:S3c@ret@host/x", "rtsp://user:***@host/x"),
        ("rtsp://user:S3/c?r#et@host/x", "rtsp://user:***@host/x"),
        ("rtsp://user:@host/x", "rtsp://user:***@host/x"),
        ("rtsp://:S3cret@host", "rtsp://:***@host"),
        ("http://host:80/@me/x", "http://host:80/@me/x"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("http://a:S3cret@[::1]:80/x", "http://a:***@[::1]:80/x"),
        ("http://h/x?token=S3cret&b=2", "http://h/x?token=***&b=2"),
        ("http://h/x?b=2&PassWord=S3cret", "http://h/x?b=2&PassWord=***"),
        ("http://h/x?api_key=S3cret#top", "http://h/x?api_key=***#top"),
        ("http://h/x?X-Amz-Signature=S3cret", "http://h/x?X-Amz-Signature=***"),
        ("http://h/x?pass%77ord=S3cret", "http://h/x?pass%77ord=***"),
        ("http://h/x?auth=S3cret;secret=S3cret", "http://h/x?auth=***;secret=***"),
        ("http://h/x?size=3&page=2", "http://h/x?size=3&page=2"),
        (
            'rtspsrc location="rtsp://a:S3cret@h/x" user-pw=S3cret ! appsink',
            'rtspsrc location="rtsp://a:***@h/x" user-pw=*** ! appsink',
        ),
        ('x user-pw = "S3 cret" ! y', "x user-pw = *** ! y"),
        ("cannot open rtsp://a:S3cret@h/x: refused", "cannot open rtsp://a:***@h/x: refused"),
    ],
)
def test_redact(text, shown):
    assert redact(text) == shown
    assert redact(shown) == shown
