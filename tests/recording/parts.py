"""Runs that are recorded, and replays of them, with a model that depends on every pixel."""

from __future__ import annotations

import threading
import time
import zlib
from types import ModuleType

import numpy as np

from edgevid.config import RunConfig
from edgevid.hookspecs import hookimpl
from edgevid.interfaces import Grabbed, Signals
from edgevid.pipeline import Pipeline
from edgevid.plugins import load_plugins
from edgevid.types import Scores, Vehicle

from ..pipeline.stream_parts import ScriptedModel, ScriptedSource, make


def noise(index, size):
    """A picture that no lossy codec would give back."""
    return np.random.default_rng(index).integers(0, 256, (*size, 3), np.uint8)


class NoisySource(ScriptedSource):
    """A script of noisy pictures; frames whose index is in ``old`` wait too long in the ring."""

    live = True
    old: frozenset[int] = frozenset()

    def grab(self):
        item = super().grab()
        if isinstance(item, Grabbed) and item.index in self.old:
            return Grabbed(item.index, item.pts_seconds, time.monotonic() - 100)
        return item

    def retrieve(self, out=None):
        return None if self._corrupt else noise(self._index, self.size_at(self._index))


def infer(model, frames, states):
    """Scores out of every pixel and every frame before."""
    found = []
    for frame, state in zip(frames, states, strict=True):
        model.before(frame)
        state.memory = zlib.crc32(frame.image.tobytes(), state.memory or 0)
        busy = 0.98 if frame.pts_seconds % 4 > 1 else state.memory % 1000 / 5000
        model.seen.append((frame.index, frame.pts_seconds))
        found.append(Scores(np.array([1 - busy, busy], np.float32)))
    return found


class Speeding(Signals):
    """A speed for each moment, and a few moments in which it is unknown."""

    needs_target = False
    asked: list = []

    def open(self, info):
        type(self).asked = []

    def at(self, pts_seconds):
        self.asked.append(pts_seconds)
        if int(pts_seconds) % 3 == 2:
            return Vehicle()
        return Vehicle(speed_kmh=10.1 + pts_seconds * 7.3, standstill=False)


class Traffic:
    """Makes a model slow and lets a script wait for it, without looking at a clock."""

    def __init__(self):
        self.entered = threading.Event()
        self.released = threading.Event()
        self.drained = threading.Event()
        self.drained_at = 10**9

    def before(self, frame):
        self.entered.set()
        assert self.released.wait(20)
        if frame.index >= self.drained_at:
            self.drained.set()

    def wait_entered(self, source):
        assert self.entered.wait(20)

    def release(self, source):
        self.released.set()

    def wait_drained(self, source):
        assert self.drained.wait(20)


def pipeline_of(source="scripted:", *, target, script=(), parts=None, model=None, **config):
    """A pipeline that writes every prediction and event to ``target``."""
    source_class = make("S", NoisySource, **(parts or {}), script=script)
    model_class = make("M", ScriptedModel, **{"infer": infer, **(model or {})})
    plugin = ModuleType("scripted_plugin")
    plugin.register_sources = hookimpl(lambda register: register("scripted", source_class))
    plugin.register_models = hookimpl(lambda register: register("scripted", model_class))
    plugin.register_signals = hookimpl(lambda register: register("scripted", Speeding))
    sink = {"name": "jsonl", "target": str(target), "options": {"predictions": True}}
    fields = {"source": source, "model": "scripted", "overlays": [], "sinks": [sink]}
    plugins = load_plugins([plugin], discover=False)
    built = Pipeline.from_config(RunConfig.model_validate(fields | config), plugins)
    return built, model_class


def run_of(source="scripted:", *, target, **parts):
    """The result of a run, the bytes of its events' file, and what the model saw."""
    pipeline, model = pipeline_of(source, target=target, **parts)
    result = pipeline.run()
    return result, target.read_bytes(), list(model.seen)


def record(folder, script, **parts):
    """Run a script as a live source and record it; without drops unless asked for."""
    given = {"record": str(folder), "buffer": {"policy": "every"}, **parts}
    return run_of(target=folder.parent / "live.jsonl", script=script, **given)


def replay(folder, **parts):
    """Run what was recorded, with the events of the recorded run's policy."""
    source = {"uri": f"recording:{folder}"}
    return run_of(source, target=folder.parent / "replay.jsonl", **parts)
