"""Comparison of two runs, models or policies over the same drives."""

from edgevid_batch.comparison.compare import compare
from edgevid_batch.comparison.pairing import event_files
from edgevid_batch.comparison.result import Difference, DriveDifference

__all__ = ["Difference", "DriveDifference", "compare", "event_files"]
