"""A run destroys nothing that it reads."""

from __future__ import annotations

import os

import pytest

from edgevid.cli.app import run_app


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("drive.mp4", "my.onnx", "speed.csv"):
        (tmp_path / name).write_text("precious")
    os.link("drive.mp4", "hard.mp4")
    (tmp_path / "soft.mp4").symlink_to("drive.mp4")
    (tmp_path / "monday").mkdir()
    for name in ("recording.json", "timeline.jsonl", "frames-0000.mkv"):
        (tmp_path / "monday" / name).write_text("precious")
    return tmp_path


def kept(folder):
    return {p.name for p in folder.rglob("*") if p.is_file() and p.read_text() == "precious"}


@pytest.mark.parametrize(
    "options",
    [
        ["drive.mp4", "--sink", "jsonl:drive.mp4"],
        ["drive.mp4", "--sink", "video:drive.mp4"],
        ["drive.mp4", "--sink", "console", "--sink", "csv:./monday/../drive.mp4"],
        ["drive.mp4", "--sink", "jsonl:hard.mp4"],
        ["soft.mp4", "--sink", "jsonl:drive.mp4"],
        ["file:drive.mp4", "--sink", "jsonl:soft.mp4"],
        ["drive.mp4", "--run-json", "drive.mp4"],
        ["test:", "--signals", "csv:speed.csv", "--sink", "csv:speed.csv"],
        ["test:", "--model", "my.onnx", "--sink", "jsonl:my.onnx"],
        ["recording:monday", "--sink", "jsonl:monday/timeline.jsonl"],
        ["recording:monday", "--run-json", "monday/recording.json"],
        ["recording:monday", "--sink", "video:monday/frames-0000.mkv"],
    ],
)
def test_what_is_read_is_not_overwritten(folder, options, capsys):
    before = kept(folder)
    assert run_app(["run", *options, "--quiet"]) == 2
    assert "which this run reads; name another file" in capsys.readouterr().err
    assert kept(folder) == before


def test_files_beside_what_is_read_are_replaced(folder):
    for path in ("old.jsonl", "run.json"):
        (folder / path).write_text("of yesterday")
    options = ["--sink", "jsonl:old.jsonl", "--run-json", "run.json", "--sink", "stills:."]
    assert run_app(["run", "test:?frames=5", *options, "--quiet"]) == 0
    assert (folder / "old.jsonl").read_text().startswith('{"type": "session"')
