"""What goes wrong with data."""

from __future__ import annotations

from edgevid import EdgevidError


class DataError(EdgevidError):
    """A table, an annotation, a video or a picture is not usable; the message says which."""
