from __future__ import annotations

import pytest

from edgevid.default_plugins.signals import register_signals
from edgevid.types import SourceInfo


def source_info(*, live=False, started_utc=None):
    return SourceInfo("drive.mp4", "file", live, 64, 48, started_utc=started_utc)


@pytest.fixture
def make():
    """Build signals by their registered name."""
    classes = {}
    register_signals(classes.__setitem__)

    def build(name, target=None, **options):
        cls = classes[name]
        return cls(cls.Options(**options), None if target is None else str(target))

    return build
