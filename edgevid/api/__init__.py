"""The Python API: load a model, loop over results, push frames of your own, run to the end."""

from edgevid.api.async_streaming import astream
from edgevid.api.loading import LoadedModel, load
from edgevid.api.options import RunOptions
from edgevid.api.result import Result
from edgevid.api.running import run
from edgevid.api.session import Session
from edgevid.api.streaming import Stream, stream

__all__ = [
    "LoadedModel",
    "Result",
    "RunOptions",
    "Session",
    "Stream",
    "astream",
    "load",
    "run",
    "stream",
]
