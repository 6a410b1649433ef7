"""Shared by all tests here."""

from edgevid_zoo.testing import one_thread

__all__ = ["one_thread"]
