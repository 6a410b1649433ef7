"""Recordings with faults are analysed as they are, and what is wrong is said."""

import av
import pyarrow.parquet as pq
import pytest

from tests.videos import write_video

FAST_START = {"movflags": "faststart"}


def remuxed(path, target, options):
    with av.open(str(path)) as source, av.open(str(target), "w", options=options) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    return target


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.mkv", {}),
        ("a.webm", {"codec": "libvpx-vp9", "options": {"deadline": "realtime"}}),
        ("a.avi", {"codec": "mjpeg", "options": {}}),
        ("a.mp4", {}),
    ],
)
@pytest.mark.parametrize("chunk_seconds", [1, 100])
def test_a_cut_off_drive_says_so_in_every_result(batch, bundle, tmp_path, name, how, chunk_seconds):
    path = write_video(tmp_path / name, size=(128, 96), **how)
    if name.endswith(".mp4"):
        path = remuxed(path, tmp_path / "fast.mp4", FAST_START)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    whole = write_video(tmp_path / "whole.mkv", seed=3)
    out = tmp_path / "out"
    options = (path, whole, "--out", out, "-m", bundle, "--chunk-seconds", chunk_seconds)
    code, result, _ = batch(*options)
    again = batch(*options)[1]
    row = next(r for r in pq.read_table(out / "drives.parquet").to_pylist() if r["warnings"])
    manifest = (out / "manifest.jsonl").read_text()

    assert (code, result["done"], list(result["warnings"])) == (0, 2, [str(path)])
    assert again["warnings"] == result["warnings"]
    assert row["drive"] == str(path)
    assert row["warnings"].startswith("cut off at")
    assert row["warnings"] in manifest
    assert "Faulty recordings" in (out / "report.html").read_text()
    assert 1 < row["duration_seconds"] < 4.7


def test_a_header_without_a_frame_rate_is_told(batch, bundle, tmp_path):
    path = write_video(tmp_path / "a.avi", codec="mjpeg", options={})
    content = bytearray(path.read_bytes())
    for name, offset, size in ((b"vids", 20, 8), (b"avih", 8, 4)):
        at = content.index(name) + offset
        content[at : at + size] = bytes(size)
    path.write_bytes(content)
    code, result, _ = batch(path, "--out", tmp_path / "out", "--model", bundle)

    assert (code, result["done"]) == (0, 1)
    assert result["warnings"][str(path)] == (
        "its header gives no frame rate; its times are those of 25 frames a second, which may be "
        "wrong"
    )
