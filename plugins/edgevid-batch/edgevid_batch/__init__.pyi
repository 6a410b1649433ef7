from collections.abc import Callable
from typing import Any

from edgevid_batch.config import BatchConfig as BatchConfig
from edgevid_batch.config import RayConfig as RayConfig
from edgevid_batch.config import StudyConfig as StudyConfig
from edgevid_batch.config import TelemetryConfig as TelemetryConfig
from edgevid_batch.query import Query as Query
from edgevid_batch.runner import BatchResult as BatchResult
from edgevid_batch.runner import run_batch as run_batch
from edgevid_batch.study import study_charts as study_charts
from edgevid_batch.to_pandas import events_to_pandas as events_to_pandas

def register_commands(register: Callable[[str, Any], None]) -> None: ...
