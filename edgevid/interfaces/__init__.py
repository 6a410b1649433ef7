"""Roles that a plugin subclasses, one file each, with when each method is called."""

from edgevid.interfaces.backend import Architecture, Backend, Bundle, Counts, ModelContext
from edgevid.interfaces.base import Options, Plugin
from edgevid.interfaces.events import EventEngine
from edgevid.interfaces.model import Explainer, Model, StreamState
from edgevid.interfaces.output import Overlay, RunInfo, Sink
from edgevid.interfaces.signals import Channel, ChannelValues, Signals
from edgevid.interfaces.source import Grabbed, Source

__all__ = [
    "Architecture",
    "Backend",
    "Bundle",
    "Channel",
    "ChannelValues",
    "Counts",
    "EventEngine",
    "Explainer",
    "Grabbed",
    "Model",
    "ModelContext",
    "Options",
    "Overlay",
    "Plugin",
    "RunInfo",
    "Signals",
    "Sink",
    "Source",
    "StreamState",
]
