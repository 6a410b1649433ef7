from __future__ import annotations

import time
from fractions import Fraction

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from edgevid.default_plugins.sources.file import FileOptions, FileSource
from edgevid.default_plugins.sources.images import ImagesOptions, ImagesSource
from edgevid.default_plugins.sources.pattern import PatternOptions, PatternSource
from edgevid.errors import SourceOpenError
from edgevid.pipeline.probe import probe

MILLISECOND = Fraction(1, 1000)


def probe_file(path, **rest):
    return probe(FileSource(FileOptions(), str(path)), **rest)


def test_file_of_constant_rate(write_video):
    report = probe_file(write_video("a.mp4", num_frames=60, rate=Fraction(30000, 1001)))
    assert report.kind == "file"
    assert (report.codec, report.width, report.height, report.live) == ("h264", 320, 240, False)
    for rate in (report.header_rate_hz, report.median_rate_hz, report.mean_rate_hz):
        assert rate == pytest.approx(30000 / 1001)
    assert report.header_num_frames == report.num_frames == 60
    assert report.duration_seconds == pytest.approx(60 * 1001 / 30000)
    assert report.header_duration_seconds == pytest.approx(60 * 1001 / 30000)
    assert report.rotation_degrees == 0
    assert not report.is_variable_rate
    assert report.is_complete
    assert report.gaps == ()
    assert report.warnings == ()
    assert report.num_corrupt is None


def test_rounding_of_a_coarse_time_base_is_not_a_variable_rate(write_video):
    report = probe_file(write_video("a.mkv", num_frames=60, rate=Fraction(30000, 1001)))
    assert not report.is_variable_rate
    assert report.mean_rate_hz == pytest.approx(29.97, abs=0.01)
    assert report.median_rate_hz == pytest.approx(29.97, abs=0.1)


def test_variable_rate_with_a_gap(write_video):
    times = [*range(0, 1000, 40), *range(3000, 4000, 70)]
    path = write_video("a.mp4", times=times, time_base=MILLISECOND, options={"bf": "0"})
    report = probe_file(path)
    assert report.is_variable_rate
    assert len(report.gaps) == 1
    assert report.gaps[0].start_seconds == pytest.approx(0.96)
    assert report.gaps[0].end_seconds == pytest.approx(3.0)
    assert report.median_rate_hz == pytest.approx(25)
    assert report.num_frames == len(times)


def test_joint_is_reported_once(write_video):
    one = write_video("1.ts", num_frames=30, options={"bf": "0"})
    two = write_video("2.ts", num_frames=30, options={"bf": "0"})
    one.write_bytes(one.read_bytes() + two.read_bytes())
    report = probe_file(one)
    assert len(report.gaps) == 1
    assert "jump back" in report.gaps[0].reason
    assert report.num_frames == 60


def test_cut_off_file(write_video):
    path = write_video("a.mkv", num_frames=100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    report = probe_file(path)
    assert 0 < report.num_frames < 100
    assert report.duration_seconds < report.header_duration_seconds
    assert "cut off at" in report.warnings[0]


def test_single_frame(tmp_path, write_video):
    report = probe_file(write_video("a.mp4", num_frames=1))
    assert report.num_frames == 1
    assert report.median_rate_hz is None
    assert report.mean_rate_hz is None
    assert report.duration_seconds == 0


def test_corrupt_pictures_are_counted_when_decoded(tmp_path):
    for name in ("1.png", "2.png", "3.png"):
        cv2.imwrite(str(tmp_path / name), np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "2.png").write_bytes(b"broken")
    report = probe(ImagesSource(ImagesOptions(), str(tmp_path)), decode=True)
    assert (report.num_frames, report.num_corrupt) == (3, 1)
    assert "2.png" in report.warnings[0]


def test_decoding_finds_nothing_wrong_with_a_good_file(write_video):
    assert probe_file(write_video("a.mp4", num_frames=10), decode=True).num_corrupt == 0


def test_live_source_is_watched_for_the_time_given():
    options = PatternOptions(frames=0, fps=100, live=True)
    report = probe(PatternSource(options, ""), max_seconds=0.3)
    assert report.live
    assert 10 <= report.num_frames <= 32
    assert report.median_rate_hz == pytest.approx(100)
    assert report.is_complete


def test_live_source_that_stalls_does_not_hold_the_probe():
    options = PatternOptions(frames=0, fps=0.01, live=True)
    started = time.monotonic()
    assert probe(PatternSource(options, ""), max_seconds=0.1).num_frames == 1
    assert time.monotonic() - started < 10


def test_limit_on_a_file_is_told():
    report = probe(PatternSource(PatternOptions(frames=0), ""), max_seconds=0.05)
    assert not report.is_complete
    assert report.num_frames > 0


def test_progress(write_video):
    seen = []
    probe_file(
        write_video("a.mp4", num_frames=5), progress=lambda count, pts: seen.append((count, pts))
    )
    assert [count for count, _ in seen] == [1, 2, 3, 4, 5]
    assert seen[-1][1] == pytest.approx(4 / 30)


def test_source_that_cannot_be_opened(tmp_path):
    with pytest.raises(SourceOpenError, match="no such file"):
        probe_file(tmp_path / "nope.mp4")


def test_source_is_closed_afterwards(write_video):
    source = FileSource(FileOptions(), str(write_video("a.mp4", num_frames=3)))
    probe(source)
    assert source.grab() is None


def test_report_is_frozen_and_travels_as_json():
    report = probe(PatternSource(PatternOptions(frames=5), ""))
    with pytest.raises(ValidationError, match="frozen"):
        report.width = 3
    assert type(report).model_validate_json(report.model_dump_json()) == report
