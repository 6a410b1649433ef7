"""The threads of one run: started together, ended together, whatever happened."""

from __future__ import annotations

from dataclasses import dataclass

from edgevid.errors import EdgevidError
from edgevid.pipeline.capture import Capture
from edgevid.pipeline.dispatch import Dispatcher
from edgevid.pipeline.inference import Inference
from edgevid.pipeline.recorder import Recorder
from edgevid.pipeline.ring_buffer import RingBuffer
from edgevid.types import SourceInfo

_JOIN_SECONDS = 5.0
_DELIVER_SECONDS = 30.0
"""How long sinks may take to write what is queued once everything else has ended."""


@dataclass(frozen=True)
class Threads:
    """Capture, inference and dispatch of one stream, and the ring between them."""

    info: SourceInfo
    ring: RingBuffer
    capture: Capture
    inference: Inference
    dispatcher: Dispatcher
    recorder: Recorder | None = None

    def start(self) -> None:
        """Start from the end, so that nobody waits for somebody who is not there."""
        self.dispatcher.start()
        if self.recorder is not None:
            self.recorder.start(self.inference.is_stopping, self.inference.stages)
        self.inference.start()
        self.capture.start()

    def end(self) -> list[str]:
        """Stop and join all of them; returns what did not end as it should."""
        problems = []
        self.capture.stop()
        self.inference.stop()
        if not self.inference.join(_JOIN_SECONDS):
            problems.append("the model did not return; its thread was left behind")
        late = self.ring.abort()
        if not self.capture.join(_JOIN_SECONDS):
            problems.append("the source did not return; its thread was left behind")
        late += self.ring.abort()
        if self.recorder is not None and not self.recorder.finish(late, _DELIVER_SECONDS):
            problems.append("the disk did not return; the end of the recording is missing")
        if not self.dispatcher.finish(_DELIVER_SECONDS):
            problems.append("a sink did not return; its last results may be missing")
        if self.dispatcher.died is not None:
            problems.append(f"dispatch failed: {self.dispatcher.died}")
        return problems

    @property
    def error(self) -> EdgevidError | None:
        """The failure that ended the run, if one did."""
        return self.capture.error or self.inference.error
