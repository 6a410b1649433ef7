"""Public names; see ``edgevid.lazy``."""

from edgevid.pipeline.build import BuiltModel as BuiltModel
from edgevid.pipeline.build import build_events as build_events
from edgevid.pipeline.build import build_explainer as build_explainer
from edgevid.pipeline.build import build_model as build_model
from edgevid.pipeline.build import build_overlays as build_overlays
from edgevid.pipeline.build import build_signals as build_signals
from edgevid.pipeline.build import build_sinks as build_sinks
from edgevid.pipeline.build import build_source as build_source
from edgevid.pipeline.bundles import find_bundle as find_bundle
from edgevid.pipeline.bundles import is_bundle_path as is_bundle_path
from edgevid.pipeline.dispatch import NamedOverlay as NamedOverlay
from edgevid.pipeline.identity import drive_id as drive_id
from edgevid.pipeline.pipeline import Pipeline as Pipeline
from edgevid.pipeline.progress import Progress as Progress
from edgevid.pipeline.resampler import Resampler as Resampler
from edgevid.pipeline.result import RunResult as RunResult
from edgevid.pipeline.result import library_versions as library_versions
from edgevid.pipeline.statistics import LatencyHistogram as LatencyHistogram
from edgevid.pipeline.statistics import StageLatency as StageLatency
