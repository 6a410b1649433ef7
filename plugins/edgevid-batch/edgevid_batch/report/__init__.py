"""The report of a batch: one HTML file that opens anywhere, offline, and prints."""

from edgevid_batch.report.subject import Subject
from edgevid_batch.report.write import NAME, missing_library, write_report

__all__ = ["NAME", "Subject", "missing_library", "write_report"]
