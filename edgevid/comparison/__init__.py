"""What another model or policy would have said of the same drives."""

from edgevid.comparison.compare import compare
from edgevid.comparison.pairing import event_files
from edgevid.comparison.result import Difference, DriveDifference

__all__ = ["Difference", "DriveDifference", "compare", "event_files"]
