"""One pipeline for cameras and files: capture, resample, infer, dispatch.

Public names are loaded when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "build_events": "edgevid.pipeline.build",
    "build_explainer": "edgevid.pipeline.build",
    "build_model": "edgevid.pipeline.build",
    "build_source": "edgevid.pipeline.build",
    "BuiltModel": "edgevid.pipeline.build",
    "find_bundle": "edgevid.pipeline.bundles",
    "is_bundle_path": "edgevid.pipeline.bundles",
    "build_overlays": "edgevid.pipeline.build",
    "build_signals": "edgevid.pipeline.build",
    "drive_id": "edgevid.pipeline.pipeline",
    "Pipeline": "edgevid.pipeline.pipeline",
    "Progress": "edgevid.pipeline.pipeline",
    "Resampler": "edgevid.pipeline.resampler",
    "run": "edgevid.pipeline.pipeline",
    "RunResult": "edgevid.pipeline.result",
}

__all__ = sorted(_PUBLIC)

if TYPE_CHECKING:
    from edgevid.pipeline.build import BuiltModel as BuiltModel
    from edgevid.pipeline.build import build_events as build_events
    from edgevid.pipeline.build import build_explainer as build_explainer
    from edgevid.pipeline.build import build_model as build_model
    from edgevid.pipeline.build import build_overlays as build_overlays
    from edgevid.pipeline.build import build_signals as build_signals
    from edgevid.pipeline.build import build_source as build_source
    from edgevid.pipeline.bundles import find_bundle as find_bundle
    from edgevid.pipeline.bundles import is_bundle_path as is_bundle_path
    from edgevid.pipeline.pipeline import Pipeline as Pipeline
    from edgevid.pipeline.pipeline import Progress as Progress
    from edgevid.pipeline.pipeline import drive_id as drive_id
    from edgevid.pipeline.pipeline import run as run
    from edgevid.pipeline.resampler import Resampler as Resampler
    from edgevid.pipeline.result import RunResult as RunResult


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
