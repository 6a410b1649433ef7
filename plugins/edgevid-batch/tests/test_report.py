"""The report of a batch, in a real browser and from drives that are not there any more."""

import functools
import json
import re
import shutil
import sys
from dataclasses import replace

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from edgevid_batch.copies import Copies
from edgevid_batch.report import Subject, write_report
from edgevid_batch.report import write as writer
from edgevid_batch.report.event_pictures import Mapper, take_pictures
from edgevid_batch.report.fleet import fleet_of
from edgevid_batch.report.parts import Section, Table
from edgevid_batch.report.peaks import peak_of
from edgevid_batch.sources import Sources
from edgevid_batch.store import Store

from edgevid import load_plugins
from edgevid.cli.app import run_app
from edgevid.config import BackendConfig, ModelConfig, PluginConfig
from edgevid.pipeline import build_model, build_overlays
from edgevid.timeline import colour_of
from tests.chromium import Elements, chromium
from tests.tiny_bundles import card_for, write_bundle
from tests.videos import B_FRAMES, write_video

HEATMAP = [PluginConfig(name="heatmap")]
OWNED = "document.title='owned'"
NAMES = {
    "bad": f"<img src=x onerror={OWNED}>.mp4",
    "quoted": f'"><svg onload={OWNED}>.avi',
    "failed": f"<script>{OWNED}<.mp4",
}
LABELS = ("safe", f"<b onmouseover={OWNED}>green", "{{ 7 * 7 }}")
POLICY = {
    "profile": "research",
    "rules": {"min_on_seconds": 0.2, "tau_seconds": 0.1, "enter": 0.6, "exit": 0.4},
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """What it says depends on the colours alone, and it says where it looked."""
    card = card_for("frame", has_cam=True, class_names=LABELS, background="safe", temperature=0.02,
                    event_policy=POLICY)  # fmt: skip
    return write_bundle(tmp_path_factory.mktemp("bundle") / "tiny.onnx", card)


@pytest.fixture(scope="module")
def drives(tmp_path_factory):
    folder = tmp_path_factory.mktemp("named")
    write_video(folder / NAMES["bad"], options=B_FRAMES, seed=1)
    write_video(folder / NAMES["quoted"], codec="mjpeg", options={}, seed=2)
    (folder / NAMES["failed"]).write_text("hello")
    return folder


@pytest.fixture(scope="module")
def words(bundle, drives):
    return ["batch", str(drives), "--model", str(bundle), "--workers", "2", "--quiet",
            "--backend", "onnxruntime", "--batch-size", "2"]  # fmt: skip


@pytest.fixture(scope="module")
def out(words, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    assert run_app([*words, "--out", str(folder)]) == 1
    return folder


@pytest.fixture(scope="module")
def subject(out, bundle):
    """What the report in ``out`` was made of."""
    tables = {
        name: pq.read_table(out / f"{name}.parquet").to_pylist()
        for name in ("drives", "events", "availability")
    }

    plugins = load_plugins()

    def open_model():
        return build_model(plugins, ModelConfig(name=str(bundle)), BackendConfig()).model

    with open_model() as model:
        card = model.card
    model_id = next(row["model_id"] for row in tables["drives"] if row["model_id"])
    return Subject(
        out=out, **tables, uris={row["drive"]: row["drive"] for row in tables["drives"]},
        copies=Copies(out / "cache", 0), card=card, policy={"name": "research"},
        runs_on={}, store=Store(out / "work", model_id), open_model=open_model,
        sources=Sources.of(plugins),
        open_heatmap=lambda: build_overlays(plugins, HEATMAP)[0].overlay,
    )  # fmt: skip


@pytest.fixture
def written(subject, tmp_path):
    """Write a report of something else; gives its elements."""

    def write(**changes):
        path = write_report(replace(subject, **{"out": tmp_path, **changes}))
        return Elements(path.read_text("utf-8"))

    return write


@pytest.fixture(scope="module")
def shown(out, tmp_path_factory):
    """The page as Chromium has it after it has run, and what it loaded."""
    text, loaded = chromium(out / "report.html", tmp_path_factory.mktemp("dump"), "--dump-dom")
    return Elements(text), loaded


@pytest.mark.slow
def test_names_and_labels_stay_text(shown):
    page, _ = shown
    assert page.of("title") == [{}]
    assert "owned'" in page.text
    assert "Recorded drives: report" in page.text
    assert "owned" not in page.text.replace(OWNED, "")
    assert not page.of("script")
    assert not [name for _, attributes in page.found for name in attributes if name[:2] == "on"]
    assert "{{ 7 * 7 }}" in page.text
    for name in NAMES.values():
        assert name in page.text


@pytest.mark.slow
def test_it_loads_nothing_and_would_be_seen_if_it_did(shown, tmp_path):
    page, loaded = shown
    pictures = page.of("img")
    assert loaded == set()
    assert len(pictures) > 4
    assert all(picture["src"].startswith("data:image/") for picture in pictures)
    assert not {"link", "iframe", "object", "embed", "base", "form"} & {t for t, _ in page.found}
    assert [link for link in page.values("href") if not re.match("#|file:///", link)] == []

    # A page that does load something is told apart, by the same means.
    loading = tmp_path / "loading.html"
    loading.write_text('<img src="http://127.0.0.1:9/x.png">')
    assert chromium(loading, tmp_path, "--dump-dom")[1] == {"http://127.0.0.1:9/x.png"}


@pytest.mark.slow
def test_every_link_in_it_leads_somewhere_and_every_picture_is_described(shown):
    page, _ = shown
    names = page.values("id")
    inner = [link[1:] for link in page.values("href") if link.startswith("#")]
    assert len(names) == len(set(names))
    assert set(inner) <= set(names)
    assert {"summary", "rates", "availability", "worst", "drives", "failed", "method"} <= set(inner)
    assert all(len(picture["alt"]) > 10 for picture in page.of("img"))
    assert set(page.values("aria-labelledby")) <= set(names)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_timelines_can_be_seen(out, tmp_path, scheme):
    picture = tmp_path / "page.png"
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    chromium(out / "report.html", tmp_path, f"--screenshot={picture}", "--window-size=1200,2400",
             *dark)  # fmt: skip
    pixels = cv2.imread(str(picture)).astype(int)
    colour = colour_of(LABELS[1])
    bar = np.array([int(colour[i : i + 2], 16) for i in (5, 3, 1)])

    assert pixels.shape[:2] == (2400, 1200)
    assert (np.abs(pixels - bar).max(axis=2) < 8).sum() > 100
    assert (pixels[5, 5].max() < 60) == (scheme == "dark")


@pytest.mark.slow
def test_it_prints_on_pages(out, tmp_path):
    paper = tmp_path / "report.pdf"
    chromium(out / "report.html", tmp_path, f"--print-to-pdf={paper}")
    assert len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) >= 3


@pytest.mark.slow
def test_numbers_are_those_of_the_tables(shown, subject):
    page, _ = shown
    fleet = fleet_of(subject.drives, subject.events, subject.availability)

    assert len(subject.events) >= 2
    assert sum(fleet.counts) == sum(kind.total for kind in fleet.kinds) == len(subject.events)
    assert [drive.name.rpartition("/")[2] for drive in fleet.ranked] != []
    assert len(page.of("article")) == len(fleet.ranked) == 2
    assert [row["drive"].rpartition("/")[2] for row in fleet.failed] == [NAMES["failed"]]
    assert "holds text, not video" in page.text
    assert subject.card.name in page.text


def test_drives_with_more_serious_events_come_first():
    def drive(name, state="done"):
        return {"drive": name, "state": state, "exposure_seconds": 1800.0, "frames_scored": 9}

    def event(drive, level):
        return {"drive": drive, "label": "phone", "group": "phone", "max_level": level}

    events = [*[event("many", 1)] * 9, event("worst", 3), event("second", 2), event("second", 2),
              event("third", 2)]  # fmt: skip
    names = ("calm", "many", "second", "third", "worst")
    states = [{"state": "ok", "start_seconds": 0.0, "end_seconds": 5.0}]
    fleet = fleet_of([*map(drive, names), drive("gone", "failed")], events, states)

    assert [d.name for d in fleet.ranked] == ["worst", "second", "third", "many", "calm"]
    assert fleet.counts == (0, 9, 3, 1)
    assert fleet.exposure_seconds == 9000.0
    assert fleet.available == {"ok": 5.0}


@pytest.fixture
def pictures(subject):
    """Take pictures of peaks of a drive, with heat-maps or without."""

    def take(path, *peaks, maps=True):
        source = functools.partial(subject.sources.file, path)
        if not maps:
            return take_pictures(path, source, peaks, None)
        with subject.open_model() as model:
            return take_pictures(path, source, peaks, Mapper(model, subject.open_heatmap))

    return take


@pytest.mark.parametrize("name", ["bad", "quoted"])
def test_a_picture_is_of_the_frame_with_the_highest_score(subject, drives, pictures, name):
    path = drives / NAMES[name]
    row = next(row for row in subject.drives if row["drive"] == str(path))
    events = [event for event in subject.events if event["drive"] == str(path)]
    scored = subject.store.whole(row["sha256"])
    event = events[0]
    moment = peak_of(event, scored, subject.card)
    capture = cv2.VideoCapture(str(path))
    frames = [capture.read()[1] for _ in range(int(moment.frames[-1]) + 1)]
    [shot], [plain] = pictures(path, moment), pictures(path, moment, maps=False)
    seen = cv2.imdecode(np.frombuffer(shot.plain, np.uint8), cv2.IMREAD_COLOR).astype(int)
    differences = [float(np.abs(seen - frame).mean()) for frame in frames]

    assert event["start_seconds"] <= moment.at_seconds <= event["end_seconds"]
    assert moment.scores.max() == pytest.approx(event["peak_score"], abs=0.1)
    assert np.argmin(differences) == len(frames) - 1
    assert shot.top == LABELS[int(moment.scores.argmax())]
    assert shot.heat not in (None, shot.plain)
    assert (plain.plain, plain.heat) == (shot.plain, None)


def test_a_heat_map_of_another_picture_is_not_shown(subject, drives, pictures):
    path = drives / NAMES["bad"]
    event = next(event for event in subject.events if event["drive"] == str(path))
    row = next(row for row in subject.drives if row["drive"] == str(path))
    moment = peak_of(event, subject.store.whole(row["sha256"]), subject.card)
    [shot] = pictures(path, replace(moment, scores=np.roll(moment.scores, 1)))

    assert shot.plain
    assert shot.heat is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("gone", "not there any more"),
        ("changed", "has changed since"),
        ("remote", "cannot be reached"),
    ],
)
def test_a_drive_that_is_not_there_any_more_has_a_placeholder(
    subject, written, tmp_path, change, said
):
    uris = {"gone": f"{tmp_path}/gone.mp4", "remote": "ftp://127.0.0.1:9/a.mp4",
            "changed": str(write_video(tmp_path / "c.mp4", range(0, 500, 67)))}  # fmt: skip
    page = written(uris={name: uris[change] for name in subject.uris})

    assert said in page.text
    assert not [p for p in page.of("img") if p["src"].startswith("data:image/jpeg")]
    assert len(page.of("article")) == 2


def test_without_a_model_there_are_pictures_and_the_reason(subject, written):
    from edgevid.errors import BackendUnavailableError

    def refuse():
        raise BackendUnavailableError("no such device")

    page = written(open_model=refuse)
    alone = written(card=subject.card.model_copy(update={"has_cam": False}))

    assert "There are no heat-maps: no such device" in page.text
    assert "gives no heat-maps" in alone.text
    assert [p for p in page.of("img") if p["src"].startswith("data:image/jpeg")]


@pytest.mark.slow
def test_thousands_of_drives_are_summed_up_and_the_worst_are_shown(subject, written, monkeypatch):
    monkeypatch.setattr(writer, "MOST_DRIVES", 2)
    monkeypatch.setattr(writer, "MOST_PICTURES", 3)
    done = next(row for row in subject.drives if row["state"] == "done")
    event = subject.events[0]
    drives = [{**done, "drive": f"{i}.mp4"} for i in range(3000)]
    drives += [{**done, "drive": f"bad {i}.mp4", "state": "failed"} for i in range(900)]
    events = [{**event, "drive": f"{i % 3000}.mp4", "id": f"{i}", "max_level": i % 4}
              for i in range(9000)]  # fmt: skip
    page = written(drives=drives, events=events, availability=[], uris={})

    assert len(page.of("article")) == 2
    assert "The first 2 of 3,000 drives are shown" in page.text
    assert "The first 500 of 900" in page.text
    assert "9,000" in page.text
    assert "2,250" in page.text
    assert sum(len(src) for src in page.values("src")) < 400_000


def test_a_drive_of_very_many_events_shows_the_most_serious(subject, written):
    done = next(row for row in subject.drives if row["state"] == "done")
    events = [
        {**subject.events[0], "drive": done["drive"], "id": f"{i}", "max_level": 3 * (i == 700),
         "start_seconds": i / 300, "end_seconds": i / 300 + 0.1}
        for i in range(900)
    ]  # fmt: skip
    page = written(drives=[done], events=events)

    assert "The 40 most serious of 900 events" in page.text
    assert "Pictures are of 6 of the 900 events" in page.text
    assert len([c for c in page.values("class") if c == "level level-3"]) == 1


def test_a_batch_where_all_failed_has_a_report_too(subject, written):
    failed = [row for row in subject.drives if row["state"] == "failed"]
    page = written(drives=failed, events=[], availability=[])

    assert "No events were found" in page.text
    assert "1 drive failed" in page.text


def test_evidence_of_an_event_is_linked_and_that_of_another_is_not(subject, written, tmp_path):
    ours, other = subject.events[0], subject.events[1]
    folder = tmp_path / "evidence"
    folder.mkdir()
    for event, drive_id in ((ours, ours["drive_id"]), (other, "another.mp4|5")):
        (folder / f"{event['id']}.mp4").write_bytes(b"clip")
        record = {"id": event["id"], "drive_id": drive_id}
        (folder / f"{event['id']}.json").write_text(json.dumps(record))
    links = written().values("href")

    assert [link for link in links if "evidence" in link] == [f"evidence/{ours['id']}.mp4"]


@pytest.mark.slow
def test_the_same_batch_gives_the_same_bytes(words, out, tmp_path):
    again = tmp_path / "again"
    shutil.copytree(out, again)
    before = (again / "report.html").read_bytes()
    (again / "report.html").write_text("old")
    run_app([*words, "--out", str(again)])

    assert (again / "report.html").read_bytes() == before


@pytest.mark.slow
def test_no_report_is_written_where_none_is_wanted(words, out, tmp_path):
    folder = tmp_path / "none"
    shutil.copytree(out, folder)
    (folder / "report.html").unlink()
    run_app([*words, "--out", str(folder), "--no-report"])

    assert not (folder / "report.html").exists()


def test_a_missing_library_is_told_before_any_work(words, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    code = run_app([*words, "--out", str(tmp_path / "out")])

    assert code == 2
    assert 'needs jinja2: pip install "edgevid[batch]", or leave it out by --no-report' in " ".join(
        capsys.readouterr().err.split()
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_report_takes_more_sections(written):
    table = Table(("speed", "events"), [("<i>50", "3")])
    page = written(sections=[Section("speed", "Speed", ["Slow & fast"], tables=[table])])

    assert "Slow & fast" in page.text
    assert "<i>50" in page.text
    assert "#speed" in page.values("href")
