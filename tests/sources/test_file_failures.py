from __future__ import annotations

import os
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgevid.default_plugins.sources.file import FileOptions, FileSource
from edgevid.errors import SourceOpenError
from edgevid.media.container import inspect
from edgevid.media.pattern import read_index

FASTSTART = {"movflags": "faststart"}


def file_source(path):
    return FileSource(FileOptions(), str(path))


def open_error(path):
    with file_source(path) as source, pytest.raises(SourceOpenError) as caught:
        source.open()
    text = str(caught.value)
    assert "\n" not in text
    assert str(path) in text
    return text


def test_missing(tmp_path):
    assert "no such file" in open_error(tmp_path / "nope.mp4")


def test_directory(tmp_path):
    assert f"is a directory; for its images give images:{tmp_path}" in open_error(tmp_path)


def test_empty(tmp_path):
    (tmp_path / "a.mp4").touch()
    assert "is empty (0 bytes)" in open_error(tmp_path / "a.mp4")


def test_text_named_mp4(tmp_path):
    (tmp_path / "a.mp4").write_text("These are not the frames you look for. Grüße.\n" * 400)
    assert "holds text, not video" in open_error(tmp_path / "a.mp4")


def test_random_bytes(tmp_path):
    (tmp_path / "a.mp4").write_bytes(bytes(range(256)) * 64)
    assert "cannot be read as video" in open_error(tmp_path / "a.mp4")


def test_broken_picture(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 50)
    assert "cannot be read" in open_error(tmp_path / "a.png")


def test_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.mp4")
        assert "not a regular file" in open_error(tmp_path / "s.mp4")


def test_named_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "p.mp4")
    assert "not a regular file" in open_error(tmp_path / "p.mp4")


def test_permission_denied(write_video):
    path = write_video("a.mp4", num_frames=2)
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        # The superuser may read everything, so be somebody else for a moment.
        os.seteuid(65534)
    try:
        text = open_error(path)
    finally:
        os.seteuid(user)
    assert "permission denied" in text


def test_mp4_without_index(write_video):
    path = write_video("a.mp4")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"moov") - 4])
    assert "its index (moov) is missing" in open_error(path)


def test_codec_that_cannot_be_decoded_is_named(write_video):
    path = write_video("a.avi", "mjpeg", num_frames=3)
    content = bytearray(path.read_bytes())
    start = content.index(b"movi")
    content[start + 4 : content.rindex(b"idx1")] = bytes(content.rindex(b"idx1") - start - 4)
    path.write_bytes(content)
    text = open_error(path)
    assert "not a single frame could be decoded" in text
    assert "mjpeg" in text


@pytest.mark.parametrize(
    ("name", "codec", "format_options", "whole"),
    [
        ("a.mp4", "libx264", FASTSTART, " of 4.0 s"),
        ("b.mkv", "libx264", {}, " of 4.0 s"),
        ("c.webm", "libvpx", {}, " of 4.0 s"),
        ("d.avi", "mjpeg", {}, " of 4.0 s"),
        ("e.gif", "gif", {}, ""),
    ],
)
def test_cut_off_in_the_middle(write_video, read_all, name, codec, format_options, whole):
    path = write_video(name, codec, num_frames=100, rate=25, format_options=format_options)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    _, frames, _, pictures, warnings = read_all(file_source(path))
    indices = [read_index(p) for p in pictures[:-3]]
    assert 20 <= len(frames) < 95
    assert indices == list(range(len(indices)))
    assert len(warnings) == 1
    assert f"cut off at {len(frames) / 25:.1f} s{whole}" in warnings[0].replace("\n", " ")


@pytest.mark.parametrize("name", ["a.mp4", "b.mkv", "c.avi", "d.gif", "e.ts"])
def test_whole_file_has_no_warning(write_video, read_all, name):
    codec = {"avi": "mjpeg", "gif": "gif"}.get(name[2:], "libx264")
    path = write_video(name, codec, num_frames=20)
    assert read_all(file_source(path), decode=False)[4] == []
    assert not inspect(path).is_cut_off


def test_no_warning_before_the_end(write_video):
    path = write_video("a.mkv", num_frames=50)
    path.write_bytes(path.read_bytes()[:-200])
    with file_source(path) as source:
        source.open()
        source.grab()
        assert list(source.warnings) == []


def test_file_that_goes_dark_says_where(write_video, read_all):
    path = write_video("a.mp4", "mjpeg", num_frames=40, rate=20, format_options=FASTSTART)
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half:] = bytes(len(content) - half)
    path.write_bytes(content)
    _, frames, _, _, warnings = read_all(file_source(path))
    assert 5 < len(frames) < 40
    assert len(warnings) == 1
    assert f"nothing could be decoded after {len(frames) / 20:.1f} s of 2.0 s" in warnings[0]


def test_long_corrupt_stretch_in_the_middle_is_passed(write_video, read_all):
    path = write_video("a.mp4", "mjpeg", num_frames=400, rate=20, size=(160, 64))
    content = bytearray(path.read_bytes())
    start, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    third = (end - start) // 3
    content[start + third : end - third] = bytes(end - start - 2 * third)
    path.write_bytes(content)
    _, frames, _, pictures, warnings = read_all(file_source(path))
    assert 250 < len(frames) < 300
    assert len(warnings) == 1
    assert "frames could not be decoded, the first of them at 6." in warnings[0]
    assert read_index(pictures[-1]) == 399
    assert frames[-1].pts_seconds == pytest.approx(399 / 20)


@pytest.mark.parametrize("keep", range(0, 700, 23))
def test_any_header_cut_ends_in_one_line_or_frames(write_video, read_all, keep):
    path = write_video("a.mp4", "mpeg4", num_frames=2, size=(160, 64), format_options=FASTSTART)
    path.write_bytes(path.read_bytes()[:keep])
    open_error(path)


HEADS = [
    b"",
    b"\0\0\0\x18ftyp",
    b"\x1a\x45\xdf\xa3",
    b"RIFF\x00\x01\x00\x00AVI ",
    b"GIF89a",
    b"\x47",
]


@settings(deadline=None)
@given(st.sampled_from(HEADS), st.binary(max_size=300))
def test_structure_of_any_bytes_is_looked_at_without_an_error(tmp_path_factory, head, rest):
    path = tmp_path_factory.getbasetemp() / "any.bin"
    path.write_bytes(head + rest)
    assert inspect(path).kind in {"mp4", "matroska", "avi", "gif", "mpegts", "text", None}
