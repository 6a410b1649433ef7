"""Parts for whole-pipeline tests that need exact control of when things happen."""

from __future__ import annotations

import threading
import time
from types import ModuleType, SimpleNamespace

import numpy as np

from edgevid.card import Card
from edgevid.config import RunConfig
from edgevid.errors import SinkError
from edgevid.hookspecs import hookimpl
from edgevid.interfaces import Grabbed, Model, Sink, Source
from edgevid.pipeline import Pipeline
from edgevid.plugins import load_plugins
from edgevid.types import Gap, Scores, SourceInfo

SIZE = (24, 32)


class ScriptedSource(Source):
    """Delivers what the test's script says: pts, Gap, "corrupt", an exception, or a callable."""

    script: list = []
    live = False
    size_at = staticmethod(lambda index: SIZE)
    warn: tuple[str, ...] = ()

    def open(self):
        self._items = iter(self.script)
        self._index = -1
        self._stop = threading.Event()
        self._corrupt = False
        self.num_retrieved = 0
        type(self).last = self
        return SourceInfo("scripted", "scripted", self.live, SIZE[1], SIZE[0], rate_hz=10.0)

    def grab(self):
        for item in self._items:
            if isinstance(item, Exception):
                raise item
            if isinstance(item, Gap):
                return item
            if callable(item):
                item(self)
                continue
            if self._stop.is_set():
                return None
            self._index += 1
            self._corrupt = isinstance(item, tuple)
            pts = item[0] if self._corrupt else item
            return Grabbed(self._index, pts, time.monotonic())
        return None

    def retrieve(self, out=None):
        if self._corrupt:
            return None
        self.num_retrieved += 1
        shape = (*self.size_at(self._index), 3)
        if out is None or out.shape != shape:
            out = np.empty(shape, np.uint8)
        out[:] = self._index % 256
        return out

    def interrupt(self):
        self._stop.set()

    @property
    def warnings(self):
        return self.warn


class ScriptedModel(Model):
    """Score of class "busy" is what ``score(pts)`` says; may raise or wait."""

    score = staticmethod(lambda pts: 0.0)
    before = staticmethod(lambda frame: None)
    seen: list = []
    card_changes: dict = {}

    def __init__(self, options, context=None):
        super().__init__(options, context)
        fields = {
            "name": "scripted", "class_names": ("calm", "busy"), "background": "calm",
            "temporal_mode": "stream", "input_rate_hz": 10.0, "max_gap_seconds": 1.0,
        }  # fmt: skip
        self.card = Card(**(fields | self.card_changes))
        type(self).seen = []

    def infer(self, frames, states):
        found = []
        for frame, state in zip(frames, states, strict=True):
            self.before(frame)
            fresh = state.memory is None
            state.memory = True
            self.seen.append((frame.index, round(frame.pts_seconds, 4), fresh))
            busy = self.score(frame.pts_seconds)
            found.append(Scores(np.array([1 - busy, busy], np.float32)))
        return found


class MemorySink(Sink):
    """Keeps what it is told; may fail at open, at a picture or at an event."""

    needs_target = False
    fail_at: str = ""
    pictures = True
    told: list = []
    closed = 0

    def __init__(self, options, target=None):
        super().__init__(options, target)
        self.wants_pictures = self.pictures
        type(self).told = []
        type(self).closed = 0

    def open(self, session):
        if self.fail_at == "open":
            raise SinkError("no room for it")

    def picture(self, picture, frame):
        if self.fail_at == "picture":
            raise OSError(28, "No space left on device")
        self.told.append(("picture", frame.index, int(picture[0, 0, 0])))

    def event(self, event):
        if self.fail_at == "event":
            raise RuntimeError("sink broke")
        self.told.append((event.phase, event.label, round(event.start_seconds, 3)))

    def gap(self, gap):
        self.told.append(("gap", gap.start_seconds, gap.end_seconds))

    def close(self):
        type(self).closed += 1


def make(name, base, **attributes):
    return type(name, (base,), attributes)


def build(source=None, model=None, sinks=(), uri="scripted:", signals=None, engine=None, **config):
    """A pipeline over scripted parts; returns it and the classes that were used."""
    source = make("S", ScriptedSource, **(source or {}))
    model = make("M", ScriptedModel, **(model or {}))
    made = {f"sink{i}": make(f"K{i}", MemorySink, **s) for i, s in enumerate(sinks)}

    plugin = ModuleType("scripted_plugin")
    plugin.register_sources = hookimpl(lambda register: register("scripted", source))
    plugin.register_models = hookimpl(lambda register: register("scripted", model))

    def register_sinks(register):
        for name, sink in made.items():
            register(name, sink)

    plugin.register_sinks = hookimpl(register_sinks)
    if signals is not None:
        plugin.register_signals = hookimpl(lambda register: register("scripted", signals))
        config["signals"] = "scripted"
    if engine is not None:
        plugin.register_events = hookimpl(lambda register: register("scripted", engine))
        config["events"] = "scripted"
    fields = {
        "source": uri, "model": "scripted", "overlays": [], "sinks": list(made),
        "events": {"name": "policy", "options": {"rules": {"tau_seconds": 0.0}}},
    }  # fmt: skip
    run_config = RunConfig.model_validate(fields | config)
    pipeline = Pipeline.from_config(run_config, load_plugins([plugin], discover=False))
    return pipeline, SimpleNamespace(source=source, model=model, sinks=list(made.values()))
