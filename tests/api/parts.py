"""A plugin's model and source that do what a test says, as the public API takes them."""

import threading
from types import ModuleType

import numpy as np

from edgevid import Options, hookimpl, load_plugins
from edgevid.testing import FakeModel
from tests.pipeline.stream_parts import ScriptedSource, make

SCENE = np.full((24, 32, 3), 7, np.uint8)
CARD = {"input_rate_hz": 10.0, "max_gap_seconds": 1.0, "warmup_seconds": 0.0, "background": "calm"}
POLICY = {"rules": {"tau_seconds": 0.0, "min_on_seconds": 0.2}}


def busy_between(*spans):
    return lambda frame: 0.95 if any(a <= frame.pts_seconds < b for a, b in spans) else 0.02


def model(*spans, **fields):
    return FakeModel(busy_between(*spans), **(CARD | fields))


def plugins(script, **attributes):
    source = make("S", ScriptedSource, script=script, closed=0, **attributes)

    def close(self):
        type(self).closed += 1

    source.close = close
    plugin = ModuleType("scripted_api_plugin")
    plugin.register_sources = hookimpl(lambda register: register("scripted", source))
    found = load_plugins([plugin], discover=False)
    return found, source


def at_rate(rate, seconds, start=0.0):
    return [start + i / rate for i in range(round(rate * seconds))]


def threads():
    return [t.name for t in threading.enumerate() if t.name.startswith("edgevid-")]


__all__ = ["Options", "at_rate", "model", "plugins", "threads"]
