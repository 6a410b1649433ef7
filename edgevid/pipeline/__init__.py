"""One pipeline for cameras and files: capture, resample, infer, dispatch."""

from edgevid.pipeline.pipeline import Pipeline, Progress
from edgevid.pipeline.result import RunResult

__all__ = ["Pipeline", "Progress", "RunResult"]
