"""edgevid: watches a driver through a camera and says, in seconds and with reasons, what they do.

Public names are loaded when first used, so that ``import edgevid`` is quick and loads neither
torch nor onnxruntime.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from edgevid.version import __version__

_PUBLIC = {
    "read_safetensors": "edgevid.backends.weights_file",
    "fit_weights": "edgevid.backends.torch",
    "Architecture": "edgevid.interfaces",
    "Backend": "edgevid.interfaces",
    "Availability": "edgevid.types",
    "BackendModel": "edgevid.default_plugins.models.bundle",
    "BackendUnavailableError": "edgevid.errors",
    "BundleError": "edgevid.errors",
    "Card": "edgevid.card",
    "CARD_KEY": "edgevid.card",
    "Channel": "edgevid.interfaces",
    "ChannelValues": "edgevid.interfaces",
    "ClipWindow": "edgevid.clip_window",
    "ConfigError": "edgevid.errors",
    "Counts": "edgevid.interfaces",
    "EdgevidError": "edgevid.errors",
    "Event": "edgevid.types",
    "event_record": "edgevid.records",
    "EventEngine": "edgevid.interfaces",
    "EventFile": "edgevid.records",
    "EventFileError": "edgevid.errors",
    "read_event_file": "edgevid.records",
    "EventRecord": "edgevid.records",
    "Explainer": "edgevid.interfaces",
    "ExportError": "edgevid.errors",
    "Frame": "edgevid.types",
    "Gap": "edgevid.types",
    "Golden": "edgevid.card",
    "golden_clip": "edgevid.golden",
    "Grabbed": "edgevid.interfaces",
    "hookimpl": "edgevid.hookspecs",
    "load_config": "edgevid.config",
    "load_plugins": "edgevid.plugins",
    "LabelScore": "edgevid.types",
    "LevelChange": "edgevid.types",
    "Model": "edgevid.interfaces",
    "ModelContext": "edgevid.interfaces",
    "ModelError": "edgevid.errors",
    "OnnxRuntimeBackend": "edgevid.backends.onnxruntime",
    "Options": "edgevid.interfaces",
    "Overlay": "edgevid.interfaces",
    "ParityError": "edgevid.errors",
    "Pathway": "edgevid.card",
    "Pipeline": "edgevid.pipeline",
    "Prediction": "edgevid.types",
    "read_card": "edgevid.backends.bundle",
    "RecordingError": "edgevid.errors",
    "Region": "edgevid.types",
    "resize": "edgevid.preprocess",
    "ResizeRule": "edgevid.card",
    "run": "edgevid.pipeline",
    "RunConfig": "edgevid.config",
    "RunResult": "edgevid.pipeline",
    "Scores": "edgevid.types",
    "Session": "edgevid.interfaces",
    "Signals": "edgevid.interfaces",
    "SignalsError": "edgevid.errors",
    "Sink": "edgevid.interfaces",
    "SinkError": "edgevid.errors",
    "Source": "edgevid.interfaces",
    "SourceError": "edgevid.errors",
    "SourceInfo": "edgevid.types",
    "SourceOpenError": "edgevid.errors",
    "StateTensor": "edgevid.card",
    "StreamState": "edgevid.interfaces",
    "TorchBackend": "edgevid.backends.torch",
    "Vehicle": "edgevid.types",
    "WeightsError": "edgevid.errors",
}

__all__ = ["__version__", *sorted(_PUBLIC)]

if TYPE_CHECKING:
    from edgevid.backends.bundle import read_card as read_card
    from edgevid.backends.onnxruntime import OnnxRuntimeBackend as OnnxRuntimeBackend
    from edgevid.backends.torch import TorchBackend as TorchBackend
    from edgevid.backends.torch import fit_weights as fit_weights
    from edgevid.backends.weights_file import read_safetensors as read_safetensors
    from edgevid.card import CARD_KEY as CARD_KEY
    from edgevid.card import Card as Card
    from edgevid.card import Golden as Golden
    from edgevid.card import Pathway as Pathway
    from edgevid.card import ResizeRule as ResizeRule
    from edgevid.card import StateTensor as StateTensor
    from edgevid.clip_window import ClipWindow as ClipWindow
    from edgevid.config import RunConfig as RunConfig
    from edgevid.config import load_config as load_config
    from edgevid.default_plugins.models.bundle import BackendModel as BackendModel
    from edgevid.errors import BackendUnavailableError as BackendUnavailableError
    from edgevid.errors import BundleError as BundleError
    from edgevid.errors import ConfigError as ConfigError
    from edgevid.errors import EdgevidError as EdgevidError
    from edgevid.errors import EventFileError as EventFileError
    from edgevid.errors import ExportError as ExportError
    from edgevid.errors import ModelError as ModelError
    from edgevid.errors import ParityError as ParityError
    from edgevid.errors import RecordingError as RecordingError
    from edgevid.errors import SignalsError as SignalsError
    from edgevid.errors import SinkError as SinkError
    from edgevid.errors import SourceError as SourceError
    from edgevid.errors import SourceOpenError as SourceOpenError
    from edgevid.errors import WeightsError as WeightsError
    from edgevid.golden import golden_clip as golden_clip
    from edgevid.hookspecs import hookimpl as hookimpl
    from edgevid.interfaces import Architecture as Architecture
    from edgevid.interfaces import Backend as Backend
    from edgevid.interfaces import Channel as Channel
    from edgevid.interfaces import ChannelValues as ChannelValues
    from edgevid.interfaces import Counts as Counts
    from edgevid.interfaces import EventEngine as EventEngine
    from edgevid.interfaces import Explainer as Explainer
    from edgevid.interfaces import Grabbed as Grabbed
    from edgevid.interfaces import Model as Model
    from edgevid.interfaces import ModelContext as ModelContext
    from edgevid.interfaces import Options as Options
    from edgevid.interfaces import Overlay as Overlay
    from edgevid.interfaces import Session as Session
    from edgevid.interfaces import Signals as Signals
    from edgevid.interfaces import Sink as Sink
    from edgevid.interfaces import Source as Source
    from edgevid.interfaces import StreamState as StreamState
    from edgevid.pipeline import Pipeline as Pipeline
    from edgevid.pipeline import RunResult as RunResult
    from edgevid.pipeline import run as run
    from edgevid.plugins import load_plugins as load_plugins
    from edgevid.preprocess import resize as resize
    from edgevid.records import EventFile as EventFile
    from edgevid.records import EventRecord as EventRecord
    from edgevid.records import event_record as event_record
    from edgevid.records import read_event_file as read_event_file
    from edgevid.types import Availability as Availability
    from edgevid.types import Event as Event
    from edgevid.types import Frame as Frame
    from edgevid.types import Gap as Gap
    from edgevid.types import LabelScore as LabelScore
    from edgevid.types import LevelChange as LevelChange
    from edgevid.types import Prediction as Prediction
    from edgevid.types import Region as Region
    from edgevid.types import Scores as Scores
    from edgevid.types import SourceInfo as SourceInfo
    from edgevid.types import Vehicle as Vehicle


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'edgevid' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
