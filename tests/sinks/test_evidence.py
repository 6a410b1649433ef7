"""Clips, pictures and records of serious events: whole, bounded, and never somebody else's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import cv2
import jsonschema
import numpy as np
import pytest

from edgevid.default_plugins.sinks.evidence import EvidenceSink
from edgevid.default_plugins.sinks.evidence.folder import MANIFEST, file_name
from edgevid.errors import SinkError
from edgevid.testing.values import make_card, make_event, make_frame, make_prediction
from edgevid.types import Gap
from tests.sinks.killed import live_session, run_and_kill

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/event.schema.json").read_text())
RATE_HZ = 10
SIZE = (48, 64)


class Drive:
    """Feeds a sink as the pipeline does: picture, prediction, events."""

    def __init__(self, folder, session=None, **options):
        options = {"pre_seconds": 1.0, "post_seconds": 1.0} | options
        self.sink = EvidenceSink(EvidenceSink.Options(**options), str(folder))
        self.sink.open(session or live_session())
        self.index = 0

    @property
    def now(self):
        return self.index / RATE_HZ

    def to(self, seconds, score=0.9, noisy=False):
        """Go on to a moment."""
        while self.now < seconds - 1e-9:
            self.index += 1
            frame = make_frame(self.index, pts_seconds=self.now, size=SIZE)
            if noisy:
                noise = np.random.default_rng(self.index).integers(0, 255, (*SIZE, 3), np.uint8)
                frame = replace(frame, image=noise)
            drawn = frame.image.copy()
            drawn[:8] = 255
            self.sink.picture(drawn, frame)
            self.sink.prediction(
                make_prediction((1 - score, score), pts_seconds=self.now, frame_index=self.index)
            )
        return self

    def tell(self, phase, event_id="e1", start=3.0, end=None, **fields):
        """An event of the moment."""
        end = self.now if end is None else end
        self.sink.event(
            make_event(id=event_id, phase=phase, start_seconds=start, end_seconds=end, **fields)
        )
        return self

    def close(self):
        self.sink.close()


def drive_with_one_event(folder, **options):
    drive = Drive(folder, **options).to(3.5).tell("open").to(5.0)
    drive.tell("update", level=2, max_level=2).to(7.0).tell("closed", max_level=2).to(12.0)
    return drive


def files(folder):
    return sorted(p.name for p in folder.iterdir())


def clip(path):
    """Times from the clip's start, and mean grey levels."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        return (
            [round(float(f.pts * f.time_base), 3) for f in frames],
            [float(f.to_ndarray(format="bgr24")[16:].mean()) for f in frames],
        )


def record(path):
    found = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(found, SCHEMA)
    return found


def test_a_serious_event_leaves_a_clip_a_picture_and_a_record(tmp_path):
    folder = tmp_path / "new" / "evidence"
    drive = drive_with_one_event(folder)
    # Whole before the run ends.
    assert files(folder) == ["e1.jpg", "e1.json", "e1.mp4", MANIFEST]
    drive.close()
    times, levels = clip(folder / "e1.mp4")
    assert times == [round(i / RATE_HZ, 3) for i in range(61)]
    # From 1 s before its start at 3 s to 1 s after its end at 7 s.
    assert np.abs(np.array(levels) - np.arange(20, 81)).max() < 6
    got = record(folder / "e1.json")
    assert (got["phase"], got["max_level"]) == ("closed", 2)
    assert got["evidence"] == {
        "clip": "e1.mp4",
        "heat_map": "e1.jpg",
        "clip_start_seconds": 2.0,
        "clip_end_seconds": 8.0,
        "is_cut": False,
    }
    assert files(folder) == ["e1.jpg", "e1.json", "e1.mp4", MANIFEST]


def test_an_event_that_stays_below_the_level_leaves_nothing(tmp_path):
    drive = Drive(tmp_path).to(3.5).tell("open").to(7.0)
    drive.tell("closed", level=1, max_level=1).to(9.0).close()
    assert files(tmp_path) == []


def test_the_picture_is_that_of_the_highest_score_with_overlays(tmp_path):
    drive = Drive(tmp_path).to(3.0, 0.5).tell("open").to(3.5, 0.6).to(3.6, 0.95).to(5.0, 0.7)
    drive.tell("update", level=2, max_level=2).to(5.5, 0.94).tell("closed", max_level=2).close()
    picture = cv2.imread(str(tmp_path / "e1.jpg"))
    assert abs(picture[24:].mean() - 36) < 2
    assert picture[:6].min() > 240


def test_a_higher_score_after_the_level_was_reached_counts(tmp_path):
    drive = Drive(tmp_path).to(3.0, 0.5).tell("open").to(5.0, 0.7)
    drive.tell("update", level=2, max_level=2).to(5.5, 0.94).to(6.0, 0.5)
    drive.tell("closed", max_level=2).close()
    assert abs(cv2.imread(str(tmp_path / "e1.jpg"))[24:].mean() - 51) < 2


def test_the_score_is_that_of_the_whole_group(tmp_path):
    names = ("calm", "text", "talk")
    session = replace(
        live_session(), card=make_card(names), policy={"groups": {"phone": ["text", "talk"]}}
    )
    drive = Drive(tmp_path, session).tell("open", group="phone", label="text", start=0.0)
    drive.index = 10
    for seconds, scores in ((1.1, (0.4, 0.6, 0.0)), (1.2, (0.1, 0.4, 0.5)), (1.3, (0.3, 0.7, 0.0))):
        drive.index += 1
        frame = make_frame(drive.index, pts_seconds=seconds, size=SIZE)
        drive.sink.picture(frame.image, frame)
        drive.sink.prediction(make_prediction(scores, pts_seconds=seconds))
    drive.tell("closed", group="phone", label="text", start=0.0, max_level=2).close()
    assert abs(cv2.imread(str(tmp_path / "e1.jpg")).mean() - 12) < 2


@pytest.mark.parametrize(("overlays", "top"), [(False, 30), (True, 255)])
def test_overlays_are_in_the_clip_if_asked_for(tmp_path, overlays, top):
    drive_with_one_event(tmp_path, overlays=overlays).close()
    with av.open(str(tmp_path / "e1.mp4")) as container:
        picture = list(container.decode(video=0))[10].to_ndarray(format="bgr24")
    assert abs(picture[:6].mean() - top) < 12


def test_events_that_overlap_have_a_clip_each(tmp_path):
    drive = Drive(tmp_path).to(3.5).tell("open", "a").to(4.0).tell("open", "b", 3.5).to(5.0)
    drive.tell("update", "a", max_level=2).tell("update", "b", 3.5, max_level=3).to(6.0)
    drive.tell("closed", "a", max_level=2).to(6.5).tell("closed", "b", 3.5, max_level=3).to(9.0)
    drive.close()
    spans = {
        name: (got["clip_start_seconds"], got["clip_end_seconds"])
        for name in "ab"
        for got in [record(tmp_path / f"{name}.json")["evidence"]]
    }
    assert spans == {"a": (2.0, 7.0), "b": (2.5, 7.5)}
    assert len(clip(tmp_path / "b.mp4")[0]) == 51


def test_a_long_event_is_cut_and_its_record_says_so(tmp_path):
    drive = Drive(tmp_path, max_seconds=4.0).to(3.5).tell("open").to(4.0)
    drive.tell("update", max_level=2).to(30.0).tell("closed", max_level=2).to(32.0).close()
    got = record(tmp_path / "e1.json")
    assert (got["end_seconds"], got["evidence"]["is_cut"]) == (30.0, True)
    assert got["evidence"]["clip_end_seconds"] == 6.0
    assert clip(tmp_path / "e1.mp4")[0][-1] == 4.0


def test_an_event_that_grows_serious_late_shows_that_moment(tmp_path):
    drive = Drive(tmp_path, max_seconds=40.0).to(3.5).tell("open").to(60.0)
    drive.tell("update", max_level=2).to(62.0).tell("closed", max_level=2).to(64.0).close()
    got = record(tmp_path / "e1.json")["evidence"]
    assert (got["clip_start_seconds"], got["clip_end_seconds"]) == (40.0, 63.0)
    assert got["is_cut"]


def test_an_event_that_is_reported_late_has_its_beginning(tmp_path):
    drive = Drive(tmp_path).to(14.0).tell("open", start=3.0, level=3, max_level=3).to(15.0)
    drive.tell("closed", max_level=3).to(17.0).close()
    got = record(tmp_path / "e1.json")["evidence"]
    assert (got["clip_start_seconds"], got["is_cut"]) == (2.0, False)


def test_pictures_that_wait_are_bounded(tmp_path):
    drive = Drive(tmp_path, memory_mb=0.05, pre_seconds=20.0).to(3.5, noisy=True).tell("open")
    drive.to(15.0, noisy=True)
    assert 10_000 < sum(len(shot.jpeg) for shot in drive.sink._frames) <= 50_000
    drive.tell("closed", max_level=2).close()
    assert record(tmp_path / "e1.json")["evidence"]["is_cut"]


def test_the_end_of_the_run_finishes_what_is_there(tmp_path):
    drive = Drive(tmp_path).to(3.5).tell("open").to(5.0)
    drive.tell("update", level=2, max_level=2).to(6.0).close()
    got = record(tmp_path / "e1.json")
    assert (got["phase"], got["reason"], got["end_seconds"]) == ("closed", "the run was cut off", 5)
    assert clip(tmp_path / "e1.mp4")[0][-1] == 4.0


def test_a_long_gap_finishes_what_is_there(tmp_path):
    drive = Drive(tmp_path).to(3.5).tell("open", "a").to(4.0).tell("open", "b", max_level=2).to(5.0)
    drive.tell("closed", "a", max_level=2).to(5.5)
    drive.sink.gap(Gap(5.5, 5.9, "short"))
    assert "a.mp4" not in files(tmp_path)
    drive.sink.gap(Gap(5.5, 60.0, "camera lost"))
    assert "a.mp4" in files(tmp_path)
    assert "b.mp4" not in files(tmp_path)
    drive.tell("closed", "b", end=5.5, max_level=2)
    assert "b.mp4" in files(tmp_path)
    drive.index = 600
    drive.to(60.5).tell("open", "c", 60.2, max_level=2).close()
    assert record(tmp_path / "b.json")["evidence"]["clip_end_seconds"] == 5.5
    assert record(tmp_path / "c.json")["evidence"]["clip_start_seconds"] == 60.1


@pytest.mark.parametrize(
    "event_id",
    [
        "",
        "..",
        "/etc/passwd",
        "../../x",
        "a b",
        "電話",
        "x" * 500,
        ".hidden",
        "a\0",
        "-rf",
        "e\udcff",
    ],
)
def test_files_of_any_id_stay_in_the_folder(tmp_path, event_id):
    folder = tmp_path / "evidence"
    drive = Drive(folder).to(1.0).tell("closed", event_id, 0.5, max_level=2)
    drive.close()
    name = file_name(event_id)
    assert files(folder) == sorted([f"{name}.jpg", f"{name}.json", f"{name}.mp4", MANIFEST])
    assert files(tmp_path) == ["evidence"]
    assert name.isascii()


def test_ids_that_look_alike_have_files_of_their_own(tmp_path):
    drive = Drive(tmp_path).to(1.0)
    for event_id in ("a/b", "a b"):
        drive.tell("closed", event_id, 0.5, max_level=2)
    drive.close()
    assert len(list(tmp_path.glob("*.mp4"))) == 2


def test_the_same_drive_again_replaces_its_files_and_another_one_does_not(tmp_path):
    for run_id in ("r1", "r1", "r2"):
        drive = Drive(tmp_path, live_session(run_id)).to(1.0)
        drive.tell("closed", start=0.5, max_level=2).close()
    assert sorted(p.name for p in tmp_path.glob("*.mp4")) == ["e1-2.mp4", "e1.mp4"]
    assert record(tmp_path / "e1-2.json")["evidence"]["clip"] == "e1-2.mp4"
    assert len((tmp_path / MANIFEST).read_text().splitlines()) == 2


def test_a_file_of_somebody_else_is_not_overwritten(tmp_path):
    (tmp_path / "e1.mp4").write_bytes(b"my holiday")
    drive_with_one_event(tmp_path).close()
    assert (tmp_path / "e1.mp4").read_bytes() == b"my holiday"
    assert (tmp_path / "e1-2.mp4").exists()


def sized(folder, count, **options):
    """So many events, one after the other; the size of one."""
    for number in range(count):
        session = live_session(f"r{number}")
        drive = Drive(folder, session, **options).to(3.0, noisy=True)
        drive.tell("closed", f"e{number}", 0.5, max_level=2).close()
    return sum(p.stat().st_size for p in folder.glob("e0.*"))


def test_beyond_the_quota_the_oldest_goes_first_and_nothing_of_others(tmp_path):
    size = sized(tmp_path / "measure", 1)
    folder = tmp_path / "evidence"
    folder.mkdir()
    others = ["mine.mp4", "e00.jpg", "notes.txt", "0123456789ab.mp4"]
    for name in others:
        (folder / name).write_bytes(b"x" * size)
    sized(folder, 5, quota_mb=2.5 * size / 1e6)
    assert sorted(p.stem for p in folder.glob("e?.mp4")) == ["e3", "e4"]
    assert sorted(p.stem for p in folder.glob("e?.json")) == ["e3", "e4"]
    assert all((folder / name).exists() for name in others)
    assert len((folder / MANIFEST).read_text().splitlines()) == 2


def test_the_newest_stays_even_if_it_is_too_much(tmp_path):
    sized(tmp_path, 2, quota_mb=0.0001)
    assert sorted(p.stem for p in tmp_path.glob("*.mp4")) == ["e1"]


def test_what_is_too_old_is_removed_when_a_run_begins(tmp_path):
    sized(tmp_path, 2)
    manifest = tmp_path / MANIFEST
    first, second = (json.loads(line) for line in manifest.read_text().splitlines())
    first["written_at"] -= 3 * 86400
    manifest.write_text(f"{json.dumps(first)}\n{json.dumps(second)}\n")
    Drive(tmp_path, keep_days=2.0).close()
    assert sorted(p.stem for p in tmp_path.glob("*.mp4")) == ["e1"]


@pytest.mark.parametrize(
    "line",
    [
        b'{"name": "../victim", "origin": "x", "written_at": 0}',
        b'{"name": "/victim", "origin": "x", "written_at": 0}',
        b'{"name": "a/../../victim", "origin": "x", "written_at": 0}',
        b'{"name": "victim", "origin": "x"}',
        b"\xff\xfe\0",
        b"[" * 10_000,
    ],
)
def test_a_manifest_that_was_tampered_with_removes_nothing_outside(tmp_path, line):
    folder = tmp_path / "evidence"
    folder.mkdir()
    victims = [tmp_path / "victim.mp4", folder / "victim.mp4"]
    for victim in victims:
        victim.write_bytes(b"x" * 1000)
    (folder / MANIFEST).write_bytes(line + b"\n")
    sized(folder, 2, quota_mb=0.0001, keep_days=0.1)
    assert all(victim.exists() for victim in victims)


@pytest.mark.slow
def test_a_killed_runs_evidence_is_finished_by_the_next(tmp_path):
    run_and_kill("evidence", tmp_path)
    assert {".r1-cut.part.json", ".r1-cut.part.mp4"} <= set(files(tmp_path))
    assert "r1-cut.json" not in files(tmp_path)
    with EvidenceSink(EvidenceSink.Options(), str(tmp_path)) as sink:
        sink.open(live_session("r2"))
    got = record(tmp_path / "r1-cut.json")
    assert (got["phase"], got["reason"]) == ("closed", "the run was cut off")
    assert (got["evidence"]["heat_map"], got["evidence"]["is_cut"]) == ("r1-cut.jpg", True)
    assert got["evidence"]["clip_start_seconds"] == 0.0
    times, _ = clip(tmp_path / "r1-cut.mp4")
    assert times[-1] == pytest.approx(got["evidence"]["clip_end_seconds"], abs=0.01)
    assert not [name for name in files(tmp_path) if ".part." in name]


def test_what_a_living_run_is_writing_is_left_alone(tmp_path):
    drive = Drive(tmp_path).to(3.5).tell("open", max_level=2).to(4.0)
    with EvidenceSink(EvidenceSink.Options(quota_mb=0.0001), str(tmp_path)) as other:
        other.open(live_session("r2"))
    drive.tell("closed", max_level=2).close()
    assert len(clip(tmp_path / "e1.mp4")[0]) == 21


@pytest.mark.parametrize("content", [b"", b"{", b'{"schema_version": 9}\n', b"\0\xff" * 99])
def test_what_a_killed_run_left_unreadable_is_removed(tmp_path, content):
    entry = {"name": "e1", "origin": "x", "written_at": 0}
    (tmp_path / MANIFEST).write_text(json.dumps(entry) + "\n")
    (tmp_path / ".e1.part.json").write_bytes(content)
    (tmp_path / ".e1.part.mp4").write_bytes(b"not a video")
    Drive(tmp_path).close()
    assert files(tmp_path) == [MANIFEST]


def test_a_full_disk_names_the_path_and_leaves_no_pieces(tmp_path):
    drive = Drive(tmp_path).to(3.5).tell("open", max_level=2)
    (tmp_path / ".e1.part.mp4").symlink_to("/dev/full")
    message = r"sink evidence: cannot write .*e1.*No space left"
    with pytest.raises(SinkError, match=message):
        drive.to(9.0, noisy=True)
    with pytest.raises(SinkError, match=message):
        drive.close()
    assert files(tmp_path) == ["e1.jpg", "e1.json", MANIFEST]
    assert record(tmp_path / "e1.json")["evidence"]["clip"] is None


@pytest.mark.parametrize(
    ("target", "message"),
    [("file", "is a file; name a directory"), ("/proc/evidence", "cannot write /proc/evidence")],
)
def test_targets_are_refused_in_one_line(tmp_path, target, message):
    (tmp_path / "file").touch()
    with pytest.raises(SinkError, match=message) as caught:
        Drive(tmp_path / target)
    assert "\n" not in str(caught.value)
