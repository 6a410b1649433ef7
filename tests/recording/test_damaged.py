"""What is no recording, or no longer one, is refused with one clear line."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest

from edgevid.config import RunConfig
from edgevid.default_plugins.sources.recording import RecordingOptions, RecordingSource
from edgevid.errors import (
    EdgevidError,
    RecordingError,
    SignalsError,
    SourceLostError,
    SourceOpenError,
)
from edgevid.pipeline import Pipeline
from edgevid.pipeline.recorder import Recorder
from edgevid.plugins import load_plugins
from edgevid.recording.frame_log import read_frame_log
from edgevid.recording.manifest import RecordingManifest
from edgevid.recording.pictures import RecordedFrames, VideoWriter, choose_codec
from edgevid.recording.reader import RecordingReader
from edgevid.recording.writer import RecordingWriter
from edgevid.testing import check_source, make_frame
from edgevid.types import Gap, SourceInfo, Vehicle

from .parts import noise, pipeline_of, record, replay


def manifest(**fields):
    base = {
        "run_id": "r", "started_at": "2026-01-01T00:00:00+00:00", "model": {}, "config": {},
        "source": SourceInfo("synthetic", "synthetic", True, 64, 48), "versions": {},
        "codec": choose_codec(),
    }  # fmt: skip
    return RecordingManifest(**(base | fields))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A recording of 20 frames in two videos, with a drop, a gap and a vehicle."""
    folder = tmp_path_factory.mktemp("whole") / "drive"
    writer = RecordingWriter(folder, manifest())
    for k in range(20):
        size = (48, 64) if k < 10 else (24, 32)
        writer.frame(make_frame(k, size=size), analysed=True)
    writer.gap(Gap(1.9, 9.0, "gone"))
    writer.drop(20, 9.0, "buffer_full")
    writer.vehicle(9.1, Vehicle(speed_kmh=1 / 3))
    writer.frame(make_frame(21, pts_seconds=9.1, size=(24, 32)), analysed=True)
    writer.close()
    return folder


@pytest.fixture
def copy(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "drive")


def play(folder):
    """Indices of everything in a recording, each picture read."""
    reader = RecordingReader(folder)
    seen = []
    while (entry := reader.advance()) is not None:
        seen.append(getattr(entry, "index", "gap"))
        if getattr(entry, "video", None) is not None:
            assert reader.picture()[0, 0, 0] == entry.index
    reader.close()
    return seen, reader


def test_the_source_keeps_the_rules_of_sources(tmp_path):
    writer = RecordingWriter(tmp_path / "d", manifest())
    for k in range(30):
        writer.frame(make_frame(k), analysed=True)
    writer.close()
    check_source(lambda: RecordingSource(RecordingOptions(), str(tmp_path / "d")))


def test_everything_comes_back(whole):
    seen, reader = play(whole)

    assert seen == [*range(20), "gap", 20, 21]
    assert (reader.num_frames, reader.duration_seconds) == (22, 9.1)
    assert reader.cut_off_seconds is None


@pytest.mark.parametrize(
    ("codec", "size"),
    [
        *itertools.product(["libx264rgb", "ffv1"], [(48, 64), (121, 67), (8, 500), (5, 5)]),
        ("libx264rgb", (1, 1)),
    ],
)
def test_either_codec_is_exact(tmp_path, codec, size):
    path = tmp_path / "frames-0000.mkv"
    writer = VideoWriter(path, codec, (size[1], size[0]))
    pictures = [noise(k, size) for k in range(5)] + [np.full((*size, 3), 255, np.uint8)]
    for k, picture in enumerate(pictures):
        writer.write(picture, k * 1e-4)
    writer.close()
    reader = RecordedFrames(path)
    for k, picture in enumerate(pictures):
        assert reader.advance(k * 1e-4)
        assert np.array_equal(reader.picture(), picture)
    assert not reader.advance(1.0)


def edit(folder, name, change):
    path = folder / name
    path.write_text(change(path.read_text()))


def line(number, change):
    def edited(text):
        lines = text.splitlines(keepends=True)
        lines[number] = change(lines[number])
        return "".join(lines)

    return edited


def manifest_with(**fields):
    return lambda d: edit(d, "recording.json", lambda t: json.dumps(json.loads(t) | fields))


def timeline_with(number, change):
    return lambda d: edit(d, "timeline.jsonl", line(number, change))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda d: shutil.rmtree(d), "no such folder; give one that `edgevid record` wrote"),
        (lambda d: (d / "recording.json").unlink(), "is no recording: there is no recording.json"),
        (lambda d: (d / "timeline.jsonl").unlink(), r"timeline.jsonl: is missing; copy the whole"),
        (lambda d: (d / "frames-0001.mkv").unlink(), r"frames-0001.mkv: is missing; copy the whol"),
        (lambda d: edit(d, "recording.json", lambda t: t[:-40]), "recording.json: Invalid JSON"),
        (lambda d: edit(d, "recording.json", lambda t: "[1]"), "recording.json: Input should be"),
        (lambda d: edit(d, "recording.json", lambda t: "[" * 10**6), "recording.json: "),
        (lambda d: edit(d, "recording.json", lambda t: t + " " * 2**20), "is larger than 1048576"),
        (manifest_with(schema_version=2), "schema_version: .*another version of edgevid"),
        (manifest_with(videos=["../../etc/passwd"]), "videos: Extra inputs are not permitted"),
        (timeline_with(3, lambda t: t.replace('"video": 0', '"video": "../../etc/passwd"')),
         r"timeline.jsonl:4: frame.video: Input should be a valid integer"),
        (timeline_with(3, lambda t: t.replace('"video": 0', '"video": -1')), r"jsonl:4: frame.vid"),
        (timeline_with(3, lambda t: t.replace('"video": 0', '"video": 7')), "frames-0007.mkv co"),
        (timeline_with(3, lambda t: t.replace("0.3", "NaN")), "timeline.jsonl:4: "),
        (timeline_with(3, lambda t: t.replace("0.3", "1e999")), "timeline.jsonl:4: "),
        (timeline_with(3, lambda t: t[:20] + "\n"), r"timeline.jsonl:4: Invalid JSON"),
        (timeline_with(3, lambda t: '{"type": "exec"}\n'), r"timeline.jsonl:4: .*'exec'"),
        (timeline_with(3, lambda t: "x" * 70000 + "\n"), r"timeline.jsonl:4: the line is too long"),
        (timeline_with(-1, lambda t: '{"type": "drop", "index": 22, "pts_seconds": 9.2, '
                                     '"cause": "anything"}\n'), "jsonl:25: drop.cause: Input"),
    ],
)  # fmt: skip
def test_what_is_refused_when_it_is_opened(copy, damage, message):
    damage(copy)
    source = RecordingSource(RecordingOptions(), str(copy))

    with pytest.raises(SourceOpenError, match=message) as caught:
        source.open()
    assert "\n" not in str(caught.value)
    source.close()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda d: os.truncate(d / "frames-0000.mkv", 2000), r"frames-0000.mkv ends before the fr"),
        (lambda d: os.truncate(d / "frames-0001.mkv", 1000), r"frames-0001.mkv ends before the fr"),
        (lambda d: (d / "frames-0000.mkv").write_bytes(b"no video"), "0000.mkv ends before the fr"),
        (lambda d: (d / "frames-0000.mkv").write_text("#EXTM3U\nhttp://127.0.0.1:9/x.ts\n"),
         "frames-0000.mkv ends before the fr"),
        (lambda d: (d / "frames-0001.mkv").replace(d / "frames-0000.mkv")
         and shutil.copy(d / "frames-0000.mkv", d / "frames-0001.mkv"), "not the one that was rec"),
        (timeline_with(4, lambda t: ""), "expected a frame at 500 ms, found one at 400 ms"),
        (timeline_with(4, lambda t: t.replace('"index": 4', '"index": 3')), "comes out of turn"),
        (timeline_with(4, lambda t: t.replace("0.4,", "0.3,")), "expected a frame at 301 ms"),
        (timeline_with(4, lambda t: t.replace('"crc32": ', '"crc32": 1')), "0.400 s is not the on"),
    ],
)  # fmt: skip
def test_what_is_noticed_on_the_way(copy, damage, message):
    damage(copy)
    source = RecordingSource(RecordingOptions(), str(copy))
    source.open()

    def drain():
        while source.grab() is not None:
            source.retrieve()

    with pytest.raises(SourceLostError, match=message):
        drain()
    source.close()
    assert source.grab() is None


def test_a_killed_recorder_at_any_byte(whole, tmp_path):
    """Whatever had reached the disk: never an error, and never a picture less than was there."""
    video, timeline = ((whole / n).read_bytes() for n in ("frames-0001.mkv", "timeline.jsonl"))
    timeline = timeline[: timeline.rindex(b'{"type": "end"')]
    folder = tmp_path / "cut"
    for size in [*range(0, len(video), max(1, len(video) // 60)), len(video)]:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        (folder / "frames-0001.mkv").write_bytes(video[:size])
        (folder / "timeline.jsonl").write_bytes(timeline)
        seen, reader = play(folder)
        assert len(seen) >= 10
        assert reader.cut_off_seconds is not None
    assert seen == [*range(20), "gap", 20, 21]
    for size in range(timeline.index(b"\n") + 1, len(timeline), 97):
        (folder / "timeline.jsonl").write_bytes(timeline[:size])
        seen, _ = play(folder)
        whole_lines = timeline[:size].split(b"\n")[:-1]
        assert len(seen) == sum(b'"vehicle"' not in line for line in whole_lines)


def test_numbers_of_numpy_that_plugins_give(tmp_path):
    writer = RecordingWriter(tmp_path / "d", manifest())
    writer.frame(make_frame(np.int64(3), pts_seconds=np.float64(1 / 3)), analysed=True)
    writer.drop(np.int64(4), np.float64(0.5), "corrupt")
    speed = Vehicle(speed_kmh=np.float32(1 / 3), standstill=np.bool_(True))
    writer.vehicle(np.float64(0.6), speed)
    writer.close()

    entries = list(read_frame_log(tmp_path / "d"))
    assert entries[0].pts_seconds == 1 / 3
    assert entries[2].vehicle == speed
    assert play(tmp_path / "d")[0] == [3, 4]


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda d: d.mkdir() or (d / "x").touch(), "is not empty, and nothing is overwritten"),
        (lambda d: d.write_text("x"), "is a file; name a new folder"),
    ],
)
def test_nothing_is_overwritten(tmp_path, prepare, message):
    prepare(tmp_path / "drive")
    before = sorted(tmp_path.iterdir())

    with pytest.raises(RecordingError, match=message):
        record(tmp_path / "drive", [0.0, 0.1])
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["/proc/nope/x", "~nobody-of-that-name/x", "a\0b"])
def test_a_folder_that_cannot_be(name):
    config = {"source": "test:?frames=3", "model": "roi_activity", "record": name, "sinks": []}
    with pytest.raises(RecordingError, match=r"cannot be written|no folder name|home directory"):
        Pipeline.from_config(RunConfig.model_validate(config), load_plugins(discover=False)).run()


def test_a_run_that_does_not_start_leaves_no_folder(tmp_path):
    pipeline, _ = pipeline_of(
        "missing.mp4", target=tmp_path / "e.jsonl", record=str(tmp_path / "drive")
    )
    with pytest.raises(SourceOpenError, match="no such file"):
        pipeline.run()
    assert not (tmp_path / "drive").exists()


def test_an_empty_folder_and_an_empty_recording(tmp_path):
    (tmp_path / "drive").mkdir()
    with pytest.raises(SourceOpenError, match="not a single frame came"):
        record(tmp_path / "drive", [])
    with pytest.raises(SourceOpenError, match="not a single frame came"):
        replay(tmp_path / "drive")


def test_signals_of_no_recording(tmp_path):
    signals = load_plugins(discover=False).signals["recording"]
    for target, message in ((str(tmp_path), "is no recording"), (None, "need a folder")):
        with pytest.raises(SignalsError, match=message):
            signals(signals.Options(), target).open(SourceInfo("x", "x", False, 1, 1))


def test_a_timeline_on_a_full_disk_ends_the_recording_and_not_the_run(tmp_path, monkeypatch):
    """The last free byte went to the picture: the line that names it does not fit."""
    opened = []

    class Full(RecordingWriter):
        def frame(self, frame, **kind):
            if frame.index == 5:
                full = os.open("/dev/full", os.O_WRONLY)
                os.dup2(full, self._log._file.fileno())
                os.close(full)
                opened.append(self)
            super().frame(frame, **kind)

    monkeypatch.setattr("edgevid.pipeline.recorder.RecordingWriter", Full)
    result, _, seen = record(tmp_path / "drive", [k / 10 for k in range(30)])
    again, _, reseen = replay(tmp_path / "drive")

    assert opened
    assert len(seen) == 30
    assert result.exit_code == 1
    assert result.recording.error.endswith("cannot be written: No space left on device")
    assert reseen == seen[:5]
    assert "cut off at 0.4 s" in again.warnings[0]


def test_a_disk_that_hangs_ends_the_recording_and_not_the_run(tmp_path, monkeypatch):
    hangs = threading.Event()

    class Hanging(RecordingWriter):
        def frame(self, frame, **kind):
            if frame.index == 5:
                hangs.wait(60)
            super().frame(frame, **kind)

    finish = Recorder.finish
    monkeypatch.setattr("edgevid.pipeline.recorder.RecordingWriter", Hanging)
    monkeypatch.setattr("edgevid.pipeline.recorder._PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(Recorder, "finish", lambda self, late, seconds: finish(self, late, 0.3))
    try:
        result, _, seen = record(tmp_path / "drive", [k / 10 for k in range(30)])
    finally:
        hangs.set()

    assert len(seen) == 30
    assert result.recording.error.endswith("the disk did not keep up for 0.2 s")
    assert "the disk did not return; the end of the recording is missing" in result.errors


def test_a_slow_disk_makes_the_run_wait_and_loses_nothing(tmp_path, monkeypatch):
    class Slow(RecordingWriter):
        def frame(self, frame, **kind):
            threading.Event().wait(0.02)
            super().frame(frame, **kind)

    monkeypatch.setattr("edgevid.pipeline.recorder.RecordingWriter", Slow)
    live, written, seen = record(
        tmp_path / "drive", [k / 10 for k in range(60)], buffer={"policy": "freshest"}
    )
    _, rewritten, reseen = replay(tmp_path / "drive")

    assert live.frames.dropped["buffer_full"] > 0
    assert live.recording.error is None
    assert (rewritten, reseen) == (written, seen)


def test_without_pyav_one_line_says_what_to_install(tmp_path):
    code = "import sys; sys.modules['av'] = None\nfrom edgevid.cli import main\nmain(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, "record", "test:?frames=3", "--out", str(tmp_path / "d")],
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == 'error: recordings need PyAV; pip install "edgevid[video]"\n'
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["record", "test:"], "--out"),
        (["replay"], "RECORDING"),
        (["replay", "nowhere"], "nowhere: no such folder; give one that `edgevid record` wrote"),
        (["replay", "."], ". is no recording: there is no recording.json in it"),
        (["record", "test:?frames=3", "--out", "taken"], "taken is not empty"),
        (["run", "test:?frames=3", "--record", "taken"], "taken is not empty"),
        (["run", "recording:nowhere"], "nowhere: no such folder"),
    ],
)
def test_wrong_commands_are_one_line_and_exit_code_2(edgevid, tmp_path, arguments, message):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "x").touch()
    done = edgevid(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_a_password_in_the_recorded_options_is_asked_for(tmp_path, whole):
    from edgevid.cli.record import _recorded

    told = manifest(config={"backend": {"name": "remote", "options": {"token": "***"}}})
    nothing = dict.fromkeys(("model", "backend", "events", "profile", "config"))
    with pytest.raises(EdgevidError, match="backend holds a password, and recordings keep none"):
        _recorded(told, "drive", nothing)
    assert _recorded(told, "drive", nothing | {"backend": "onnxruntime"}) == {}
    assert _recorded(told, "drive", nothing | {"config": "c.yaml"}) == {}
