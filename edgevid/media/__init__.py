"""Video and pictures: opening, times, rotation, exact decoding of a span, encoding.

Names are loaded when first used: neither OpenCV nor PyAV is imported before it is needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgevid.media.container import Container, inspect
    from edgevid.media.encoder import VideoEncoder, choose_codec
    from edgevid.media.exact import Decoded, ExactDecoder, NotExactError, decode_span
    from edgevid.media.facts import has_pyav, read_facts
    from edgevid.media.frames import to_array
    from edgevid.media.opening import Video, describe_missing, open_video
    from edgevid.media.pts import PtsRepair, stream_seconds
    from edgevid.media.reader import VideoInfo, VideoReader
    from edgevid.media.stills import (
        IMAGE_SUFFIXES,
        STILL_SUFFIXES,
        VIDEO_SUFFIXES,
        decode_still,
        is_cut_short,
        is_still,
        read_still,
    )
    from edgevid.media.uri import STREAM_SCHEMES, ParsedSource, parse_source

_MODULES = {
    "container": ("Container", "inspect"),
    "encoder": ("VideoEncoder", "choose_codec"),
    "exact": ("Decoded", "ExactDecoder", "NotExactError", "decode_span"),
    "facts": ("has_pyav", "read_facts"),
    "frames": ("to_array",),
    "opening": ("Video", "describe_missing", "open_video"),
    "pts": ("PtsRepair", "stream_seconds"),
    "reader": ("VideoInfo", "VideoReader"),
    "stills": (
        "IMAGE_SUFFIXES",
        "STILL_SUFFIXES",
        "VIDEO_SUFFIXES",
        "decode_still",
        "is_cut_short",
        "is_still",
        "read_still",
    ),
    "uri": ("STREAM_SCHEMES", "ParsedSource", "parse_source"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "IMAGE_SUFFIXES",
    "STILL_SUFFIXES",
    "STREAM_SCHEMES",
    "VIDEO_SUFFIXES",
    "Container",
    "Decoded",
    "ExactDecoder",
    "NotExactError",
    "ParsedSource",
    "PtsRepair",
    "Video",
    "VideoEncoder",
    "VideoInfo",
    "VideoReader",
    "choose_codec",
    "decode_span",
    "decode_still",
    "describe_missing",
    "has_pyav",
    "inspect",
    "is_cut_short",
    "is_still",
    "open_video",
    "parse_source",
    "read_facts",
    "read_still",
    "stream_seconds",
    "to_array",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
