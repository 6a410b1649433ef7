from __future__ import annotations

import pytest

from edgevid.io import redact


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
