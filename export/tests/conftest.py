"""Shared by all tests here."""

from edgevid_export.testing import export_once
from edgevid_zoo.testing import one_thread

__all__ = ["export_once", "one_thread"]
