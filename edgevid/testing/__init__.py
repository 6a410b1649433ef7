"""For plugin authors: fakes that say exactly what happens, and checks that a plugin keeps to.

The checks raise ``AssertionError`` with what was expected and what came; call them from any test::

    def test_conformance():
        check_model(HelloModel(HelloModel.Options()))
"""

from edgevid.testing.check_backend import check_backend
from edgevid.testing.check_events import check_events
from edgevid.testing.check_explainer import check_explainer
from edgevid.testing.check_model import check_model
from edgevid.testing.check_overlay import check_overlay
from edgevid.testing.check_signals import check_signals
from edgevid.testing.check_sink import check_sink
from edgevid.testing.check_source import check_source
from edgevid.testing.fakes import FakeClock, FakeModel, FakeSignals, RecordingSink, SyntheticSource
from edgevid.testing.values import (
    make_card,
    make_event,
    make_frame,
    make_prediction,
    make_run_info,
)

__all__ = [
    "FakeClock",
    "FakeModel",
    "FakeSignals",
    "RecordingSink",
    "SyntheticSource",
    "check_backend",
    "check_events",
    "check_explainer",
    "check_model",
    "check_overlay",
    "check_signals",
    "check_sink",
    "check_source",
    "make_card",
    "make_event",
    "make_frame",
    "make_prediction",
    "make_run_info",
]
