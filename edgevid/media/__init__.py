"""Video and pictures: opening, times, rotation, exact decoding of a span, encoding.

Names are loaded when first used: neither OpenCV nor PyAV is imported before it is needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgevid.media.encoder import VideoEncoder, choose_codec
    from edgevid.media.exact import ExactDecoder, NotExactError, decode_span
    from edgevid.media.facts import has_pyav
    from edgevid.media.frames import to_array
    from edgevid.media.layout import Layout, missing_from, read_layout
    from edgevid.media.opening import Video, open_video
    from edgevid.media.pts import PtsRepair
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

_MODULE_OF = {
    "VideoEncoder": "encoder",
    "choose_codec": "encoder",
    "ExactDecoder": "exact",
    "NotExactError": "exact",
    "decode_span": "exact",
    "has_pyav": "facts",
    "to_array": "frames",
    "Layout": "layout",
    "missing_from": "layout",
    "read_layout": "layout",
    "Video": "opening",
    "open_video": "opening",
    "PtsRepair": "pts",
    "VideoInfo": "reader",
    "VideoReader": "reader",
    "IMAGE_SUFFIXES": "stills",
    "STILL_SUFFIXES": "stills",
    "VIDEO_SUFFIXES": "stills",
    "decode_still": "stills",
    "is_cut_short": "stills",
    "is_still": "stills",
    "read_still": "stills",
    "STREAM_SCHEMES": "uri",
    "ParsedSource": "uri",
    "parse_source": "uri",
}

__all__ = [
    "IMAGE_SUFFIXES",
    "STILL_SUFFIXES",
    "STREAM_SCHEMES",
    "VIDEO_SUFFIXES",
    "ExactDecoder",
    "Layout",
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
    "has_pyav",
    "is_cut_short",
    "is_still",
    "missing_from",
    "open_video",
    "parse_source",
    "read_layout",
    "read_still",
    "to_array",
]


if not TYPE_CHECKING:  # so that type checkers find names that do not exist

    def __getattr__(name: str) -> Any:
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
