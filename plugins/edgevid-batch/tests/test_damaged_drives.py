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


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory):
    """Drives whose last part is missing, in every container."""
    folder = tmp_path_factory.mktemp("cut off")
    vp9 = {"codec": "libvpx-vp9", "options": {"deadline": "realtime"}}
    paths = [
        write_video(folder / "a.mkv", size=(128, 96)),
        write_video(folder / "a.webm", size=(128, 96), **vp9),
        write_video(folder / "a.avi", size=(128, 96), codec="mjpeg", options={}),
        remuxed(write_video(folder / "a.mp4", size=(128, 96)), folder / "fast.mp4", FAST_START),
    ]
    for path in paths:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) * 6 // 10])
    return paths


@pytest.mark.slow
@pytest.mark.parametrize("chunk_seconds", [1, 100])
def test_a_cut_off_drive_says_so_in_every_result(batch, bundle, cut_off, tmp_path, chunk_seconds):
    whole, out = write_video(tmp_path / "whole.mkv", seed=3), tmp_path / "out"
    options = (*cut_off, whole, "--out", out, "-m", bundle, "--chunk-seconds", chunk_seconds)
    code, result, _ = batch(*options)
    again = batch(*options)[1]
    rows = {row["drive"]: row for row in pq.read_table(out / "drives.parquet").to_pylist()}
    manifest = (out / "manifest.jsonl").read_text()

    assert (code, result["done"]) == (0, 5)
    assert result["warnings"].keys() == {str(path) for path in cut_off}
    assert again["warnings"] == result["warnings"]
    assert rows[str(whole)]["warnings"] is None
    assert "Faulty recordings" in (out / "report.html").read_text()
    for path in cut_off:
        row = rows[str(path)]
        assert row["warnings"].startswith("cut off at")
        assert row["warnings"] in manifest
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
