"""The Python API: load a model, loop over results, push frames of your own, run to the end."""

from edgevid.api.astream import astream
from edgevid.api.load import LoadedModel, load
from edgevid.api.options import RunOptions
from edgevid.api.result import Result
from edgevid.api.run import run
from edgevid.api.session import Session
from edgevid.api.stream import Stream, stream

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
