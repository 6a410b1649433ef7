"""The threads of one run: started together, ended together, whatever happened."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from edgevid.errors import EdgevidError
from edgevid.pipeline.capture import Capture
from edgevid.pipeline.dispatch import Dispatcher
from edgevid.pipeline.inference import Inference
from edgevid.pipeline.recorder import Recorder
from edgevid.pipeline.ring_buffer import RingBuffer
from edgevid.types import SourceInfo

_logger = logging.getLogger(__name__)

_JOIN_SECONDS = 5.0
_DELIVER_SECONDS = 30.0
"""Longest wait for sinks to write their queues at the end, seconds."""
FIRST_STEP_SECONDS = 120.0
"""Longest wait at the end for a model's first step, which may build an engine, seconds."""


@dataclass(frozen=True)
class Threads:
    """Capture, inference and dispatch of one stream, and the ring between them."""

    info: SourceInfo
    ring: RingBuffer
    capture: Capture
    inference: Inference
    dispatcher: Dispatcher
    recorder: Recorder | None = None
    join_seconds: float = _JOIN_SECONDS
    first_step_seconds: float = FIRST_STEP_SECONDS

    def start(self) -> None:
        """Start from the end, so that each thread finds the next one running."""
        self.dispatcher.start()
        if self.recorder is not None:
            self.recorder.start(self.inference.is_stopping, self.inference.stages)
        self.inference.start()
        self.capture.start()

    def end(self) -> list[str]:
        """Stop and join all of them; returns what did not end as it should.

        A thread that does not return is left behind: what it holds must not be closed.
        """
        problems = []
        self.capture.stop()
        self.inference.stop()
        if not self._join_inference():
            problems.append("the model did not return; its thread was left behind")
        late = self.ring.abort()
        if not self.capture.join(self.join_seconds):
            problems.append("the source did not return; its thread was left behind")
        late += self.ring.abort()
        if self.recorder is not None and not self.recorder.finish(late, _DELIVER_SECONDS):
            problems.append("the disk did not return; the end of the recording is missing")
        if not self.dispatcher.finish(_DELIVER_SECONDS):
            problems.append("a sink did not return; its last results may be missing")
        if self.dispatcher.died is not None:
            problems.append(f"dispatch failed: {self.dispatcher.died}")
        return problems

    def _join_inference(self) -> bool:
        if self.inference.join(self.join_seconds):
            return True
        if not self.inference.is_in_first_step:
            return False
        _logger.warning(
            "the model is still in its first step, which may build an engine; waiting up to %g s",
            self.first_step_seconds,
        )
        return self.inference.join(self.first_step_seconds)

    @property
    def error(self) -> EdgevidError | None:
        """The failure that ended the run, if one did."""
        return self.capture.error or self.inference.error
