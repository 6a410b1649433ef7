"""Third-party sources, models and event engines are batched as our own are."""

import json

import pyarrow.parquet as pq
import pytest
from edgevid_batch import BatchConfig, run_batch
from edgevid_batch.drives import expand
from edgevid_batch.sources import Sources

from edgevid import RunConfig, load_plugins
from edgevid.errors import ConfigError, UnknownPluginError
from edgevid.pipeline import Pipeline
from tests import third_party
from tests.videos import write_video

FACTS = ("id", "label", "start_seconds", "end_seconds", "max_level")
MODEL, ENGINE = {"name": "brightness"}, {"name": "edge", "options": {"level": 2}}


@pytest.fixture(scope="module")
def plugins():
    return load_plugins([third_party], discover=False)


@pytest.fixture
def run(plugins, tmp_path):
    def run(*drives, **fields):
        values = {
            "drives": drives, "out": str(tmp_path / "out"), "model": MODEL, "events": ENGINE,
            "workers": 1, "report": False, **fields,
        }  # fmt: skip
        return run_batch(BatchConfig.model_validate(values), plugins)

    return run


def rows(tmp_path, table):
    return pq.read_table(tmp_path / "out" / f"{table}.parquet").to_pylist()


def events_of_a_run(plugins, uri, target):
    sink = {"name": "jsonl", "target": str(target)}
    values = {"source": uri, "model": MODEL, "events": ENGINE, "sinks": [sink]}
    Pipeline.from_config(RunConfig.model_validate(values), plugins).run()
    lines = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    return [[line[key] for key in FACTS] for line in lines if line["type"] == "event"]


def test_events_are_those_of_a_run(plugins, run, tmp_path):
    uris = ["flipbook:one", "flipbook:two?phase=5"]
    result = run(*uris, report=True)

    assert (result.done, result.failed, result.scored_now) == (2, {}, 2)
    drives = {row["drive"]: row for row in rows(tmp_path, "drives")}
    for uri in uris:
        found = [row for row in rows(tmp_path, "events") if row["drive"] == uri]
        expected = events_of_a_run(plugins, uri, tmp_path / "run.jsonl")
        assert [[row[key] for key in FACTS] for row in found] == expected
        assert found
        assert drives[uri]["frames_scored"] == third_party.FRAMES
        assert (drives[uri]["size_bytes"], drives[uri]["policy"]) == (None, "edge")
    assert drives[uris[0]]["sha256"] != drives[uris[1]]["sha256"]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg") == len(rows(tmp_path, "events"))
    assert "No picture" not in page


@pytest.mark.slow
def test_only_what_changed_is_scored_again(run):
    first = run("flipbook:one")
    known = run("flipbook:one", "flipbook:two?phase=5")
    another_policy = run("flipbook:one", events={"name": "edge", "options": {"level": 3}})

    assert [r.scored_now for r in (first, known, another_policy)] == [1, 1, 0]


def test_a_model_that_promises_no_bounded_memory_gets_whole_files(run, tmp_path):
    write_video(tmp_path / "drive.mp4")
    result = run(str(tmp_path / "drive.mp4"), chunk_seconds=0.5)

    assert (result.done, result.failed) == (1, {})
    assert not (tmp_path / "out" / "manifest.jsonl").read_text("utf-8").count('"kind": "chunk"')


def test_recordings_that_cannot_be_played_fail_alone_and_show_no_secrets(run, tmp_path):
    reasons = {
        "flipbook:burnt?token=***": "token: unknown key",
        "flipbook:burnt": "is ashes",
        "flipbook:one?live=true": "is live; a batch takes recordings",
        "flipbook:one?phase=x": "phase: Input should be a valid integer",
        "camera:0": "camera:0: no such file",
    }
    uris = [uri.replace("***", "hidden") for uri in reasons]
    result = run(*uris, "flipbook:one")

    assert result.done == 1
    assert result.failed.keys() == reasons.keys()
    for uri, reason in reasons.items():
        assert reason in result.failed[uri]
    assert "hidden" not in result.model_dump_json()
    assert "hidden" not in (tmp_path / "out" / "manifest.jsonl").read_text("utf-8")


def test_unknown_names_are_refused_before_anything_is_read(run):
    with pytest.raises(UnknownPluginError, match="unknown event engine 'edges'"):
        run("flipbook:one", events="edges")
    with pytest.raises(ConfigError, match="level: Input should be a valid integer"):
        run("flipbook:one", events={"name": "edge", "options": {"level": "high"}})


def test_files_win_over_schemes_and_live_sources_are_no_recordings(plugins, tmp_path, monkeypatch):
    sources = Sources.of(plugins)
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "flipbook:one.mp4", range(0, 500, 67))

    assert expand(["."], sources=sources) == [f"{tmp_path}/flipbook:one.mp4"]
    assert expand(["flipbook:one.mp4", "flipbook:one"], sources=sources) == [
        f"{tmp_path}/flipbook:one.mp4",
        "flipbook:one",
    ]

    assert sources.plays("flipbook:one")
    assert not any(map(sources.plays, ("camera:0", "rtsp://host/a", "/a/b.mp4", "file:a.mp4")))
    assert set(sources.only("flipbook:one").classes) == {"flipbook"}
    assert set(sources.only("/a/b.mp4").classes) == {"file"}
