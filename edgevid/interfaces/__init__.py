"""What a plugin subclasses, one file for each role; each says when it is called."""

from edgevid.interfaces.backend import Architecture, Backend, Counts, ModelContext
from edgevid.interfaces.base import Options
from edgevid.interfaces.events import EventEngine
from edgevid.interfaces.model import Explainer, Model, StreamState
from edgevid.interfaces.output import Overlay, Session, Sink
from edgevid.interfaces.signals import Channel, ChannelValues, Signals
from edgevid.interfaces.source import Grabbed, Source

__all__ = [
    "Architecture",
    "Backend",
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
    "Session",
    "Signals",
    "Sink",
    "Source",
    "StreamState",
]
