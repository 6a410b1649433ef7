"""Which tasks a batch gives out when drives and processes go away in the middle."""

import multiprocessing

import numpy as np
import pytest
from edgevid_batch.coordinator import Coordinator, Plan
from edgevid_batch.copies import Copies
from edgevid_batch.engines.engine import Engine
from edgevid_batch.engines.local import LocalEngine
from edgevid_batch.manifest import BatchManifest
from edgevid_batch.scored import Scored
from edgevid_batch.sources import Sources
from edgevid_batch.store import Store
from edgevid_batch.tasks import Survey

from edgevid import load_plugins
from edgevid.config import BackendConfig, ModelConfig
from edgevid.errors import BatchError
from edgevid.pipeline import build_model
from edgevid.types import SourceInfo
from tests.tiny_bundles import card_for

SOURCES = Sources.of(load_plugins(discover=False))
SHA256 = "ab" * 32


def rows(count=3):
    seconds = np.arange(count) / 10
    flags = np.ones(count, bool)
    scores = np.zeros((count, 3), np.float32)
    return Scored(np.arange(count), seconds, flags, seconds, flags, scores)


class Scripted(Engine):
    """An engine that tells what a test wants."""

    def __init__(self, script):
        self.script = script

    def run(self, surveys, listener):
        self.script(list(surveys), listener)

    def close(self):
        pass


@pytest.fixture
def run(tmp_path):
    """Run a script over drives of those names; gives the newest lines."""

    def run_(uris, script):
        plan = Plan(
            card=card_for("frame"), model_id="m", policy_sha256="p",
            names={uri: uri for uri in uris}, prepare=True, chunk_seconds=None,
            copies=Copies(tmp_path / "cache", 0), sources=SOURCES,
        )  # fmt: skip
        with BatchManifest(tmp_path / "out") as manifest:
            Coordinator(plan, manifest, Store(tmp_path / "out" / "work", "m")).run(
                uris, Scripted(script)
            )
            return {name: (e.state, e.error) for name, e in manifest.drives.items()}

    return run_


def survey(uri):
    info = SourceInfo(uri=uri, kind="file", live=False, width=64, height=48)
    return Survey(uri, 10, SHA256, info, None)


def test_of_equal_drives_the_next_is_read_when_the_first_has_gone(run):
    given = []

    def script(surveys, listener):
        first, *others = [list(listener.surveyed(survey(task.uri))) for task in surveys]
        assert others == [[], []]
        (late,) = first
        (second,) = listener.not_scored(late, "unreadable", "a: no such file")
        # What was on its way for the one that has gone must not end the next one.
        assert listener.scored(late, rows(1)) == ()
        assert listener.not_scored(late, "unreadable", "a: no such file") == ()
        given.extend([late.uri, second.uri])
        assert late.stream != second.stream
        listener.scored(second, rows())

    found = run(["a", "b", "c"], script)

    assert given == ["a", "b"]
    assert found == {"a": ("failed", "a: no such file"), "b": ("done", None), "c": ("done", None)}


@pytest.mark.parametrize("phase", ["survey", "decode"])
def test_no_room_for_copies_stops_the_batch_and_blames_no_drive(run, tmp_path, phase):
    def script(surveys, listener):
        (task,) = surveys
        if phase == "survey":
            listener.not_surveyed(task, "no_room", "cache: No space left on device")
        (decode,) = listener.surveyed(survey(task.uri))
        listener.not_scored(decode, "no_room", "cache: No space left on device")

    with pytest.raises(BatchError, match=r"No space left on device; .* make room"):
        run(["a"], script)
    assert "failed" not in (tmp_path / "out" / "manifest.jsonl").read_text()


def test_a_decoder_that_is_ended_while_it_waits_is_replaced(run, bundle, drives):
    built = build_model(
        load_plugins(), ModelConfig(name=str(bundle)), BackendConfig(name="onnxruntime"),
        want_saliency=False,
    )  # fmt: skip

    def script(surveys, listener):
        with built.model as model:
            engine = LocalEngine(model, batch_size=1, num_workers=1)
            (decoder,) = (
                p for p in multiprocessing.active_children() if p.name == "edgevid-decoder"
            )
            decoder.kill()
            decoder.join()
            engine.run(surveys, listener)
            engine.close()

    uri = str(drives / "a.mp4")
    assert run([uri], script) == {uri: ("done", None)}
