"""Errors of training data, one name with the runtime's."""

from edgevid import DataError

__all__ = ["DataError"]
