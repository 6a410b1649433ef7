import json

import pytest
from edgevid_bench.batch import bench_batch
from edgevid_bench.drives import DriveKind, make_drives

from edgevid.cli.app import run_app
from edgevid.errors import ConfigError
from edgevid.media import read_layout
from edgevid.plugins import load_plugins
from tests.tiny_bundles import card_for, write_bundle
from tests.videos import B_FRAMES, write_video

SMALL = DriveKind("small", "small", (160, 96), {"preset": "ultrafast", **B_FRAMES})
PLUGINS = load_plugins(discover=False)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return str(write_bundle(tmp_path_factory.mktemp("m") / "m.onnx", card_for("frame")))


@pytest.mark.slow
def test_all_ways_are_measured_and_compared_and_the_page_shows_them(bundle, tmp_path, capsys):
    for name in ("a.mp4", "b.mkv"):
        write_video(tmp_path / name, options=B_FRAMES, seed=len(name))
    words = ["bench", "batch", tmp_path / "a.mp4", tmp_path / "b.mkv", "--model", bundle]
    asked = [*words, "--rounds", 1, "--workers", 1, "--output", tmp_path / "batch.json"]
    assert run_app([str(word) for word in asked]) == 0
    said = " ".join(capsys.readouterr().out.split())
    report = json.loads((tmp_path / "batch.json").read_text())

    assert [row["name"] for row in report["rows"]] == [
        "batched inference alone", "decoding alone", "edgevid batch", "edgevid run, file by file",
    ]  # fmt: skip
    for row in report["rows"]:
        assert 0 < row["seconds_low"] <= row["seconds"] <= row["seconds_high"]
        assert row["core_seconds_per_video_hour"] > 0
    assert [ratio["target"] for ratio in report["ratios"]] == [0.9, None, None, 2.0]
    assert sum(report["shares"].values()) == pytest.approx(1.0, abs=0.01)
    # Both drives, at the card's rate, without those that are scored twice at a cut.
    assert report["frames_scored"] > 60
    assert "(target 0.9)" in said
    assert f"limited by {report['limited_by']}" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "codec", "message"),
    [("a.avi", "mjpeg", r"a\.avi: cannot be cut, .* give MP4, MKV"), ("a.mp4", None, "a.mp4")],
)
def test_drives_that_cannot_be_measured_are_refused(bundle, tmp_path, name, codec, message):
    path = tmp_path / name
    if codec:
        write_video(path, codec=codec, options={})
    else:
        path.write_text("no video")

    with pytest.raises((ConfigError, OSError), match=message):
        bench_batch(PLUGINS, [str(path)], model=bundle, rounds=1)


def test_made_drives_are_as_long_as_asked_and_of_different_content(tmp_path):
    one, other = make_drives(tmp_path, 20, kinds=[SMALL])
    layout = read_layout(one)

    assert len(layout.ticks) == 600
    assert layout.seconds[-1] == pytest.approx(20 - 1 / 30, abs=0.01)
    assert one.read_bytes() != other.read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["small_0.mp4", "small_1.mp4"]
