"""One pipeline for cameras and files: capture, resample, infer, dispatch."""

from edgevid.pipeline.build import (
    BuiltModel,
    build_events,
    build_explainer,
    build_model,
    build_overlays,
    build_signals,
    build_sinks,
    build_source,
)
from edgevid.pipeline.identity import drive_id
from edgevid.pipeline.pipeline import Pipeline
from edgevid.pipeline.progress import Progress
from edgevid.pipeline.resampler import Resampler
from edgevid.pipeline.result import RunResult, library_versions
from edgevid.pipeline.statistics import LatencyHistogram, StageLatency

__all__ = [
    "BuiltModel",
    "LatencyHistogram",
    "Pipeline",
    "Progress",
    "Resampler",
    "RunResult",
    "StageLatency",
    "build_events",
    "build_explainer",
    "build_model",
    "build_overlays",
    "build_signals",
    "build_sinks",
    "build_source",
    "drive_id",
    "library_versions",
]
