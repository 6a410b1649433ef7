"""Roles that a plugin subclasses, one file each, with when each method is called."""

from edgevid.interfaces.backend import Architecture, Backend, Counts, ModelContext
from edgevid.interfaces.base import Closing, Options
from edgevid.interfaces.events import EventEngine
from edgevid.interfaces.model import Explainer, Model, StreamState
from edgevid.interfaces.output import Overlay, RunInfo, Sink
from edgevid.interfaces.signals import Channel, ChannelValues, Signals
from edgevid.interfaces.source import Grabbed, Source

__all__ = [
    "Architecture",
    "Backend",
    "Channel",
    "ChannelValues",
    "Closing",
    "Counts",
    "EventEngine",
    "Explainer",
    "Grabbed",
    "Model",
    "ModelContext",
    "Options",
    "Overlay",
    "RunInfo",
    "Signals",
    "Sink",
    "Source",
    "StreamState",
]
