"""``local``: decoding in processes of this machine, ahead of one model that scores in batches."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing.connection import wait

from edgevid.errors import BatchError
from edgevid.interfaces import Model
from edgevid_batch.engines.decoder import Decoder
from edgevid_batch.engines.engine import Engine, Listener
from edgevid_batch.scoring import FrameBlock, Scorer
from edgevid_batch.tasks import DecodeTask, Failed, Survey, SurveyTask
from edgevid_batch.timings import Work

_logger = logging.getLogger(__name__)

_MOST_BYTES = 512 << 20
"""Decoded images that may wait: beyond it the decoders pause."""
_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 1.0
"""Longest wait for a batch to become full, seconds."""


class LocalEngine(Engine):
    """Decoders are as many as asked; scoring is in this process."""

    def __init__(self, model: Model, *, batch_size: int, num_workers: int) -> None:
        """Start the decoders.

        Args:
            model: Open; closed by the caller.
            batch_size: Streams that are scored together.
            num_workers: Decoding processes.
        """
        self._scorer = Scorer(model, batch_size)
        self._batch_size = batch_size
        self._idle = [Decoder() for _ in range(num_workers)]
        self._busy: list[Decoder] = []
        self._decodes: deque[DecodeTask] = deque()
        self._surveys: Iterator[SurveyTask] = iter(())
        self._survey: SurveyTask | None = None
        """The next one."""
        self._scoring: dict[str, DecodeTask] = {}
        self._received_at = time.monotonic()

    @property
    def work(self) -> Work:
        """Work done so far."""
        return self._scorer.work

    def run(self, surveys: Iterable[SurveyTask], listener: Listener) -> None:
        """Work until nothing is left to do."""
        self._surveys = iter(surveys)
        self._survey = next(self._surveys, None)
        while True:
            self._submit()
            if not self._busy and not self._scorer.num_ready:
                return
            self._receive(listener)
            if self._can_score:
                for stream, rows in self._scorer.step().items():
                    self._decodes.extend(listener.scored(self._scoring.pop(stream), rows))

    @property
    def _can_score(self) -> bool:
        """Whether a batch is full, or waiting would make it no fuller."""
        ready = self._scorer.num_ready
        if ready >= self._batch_size:
            return True
        impatient = time.monotonic() - self._received_at > _PATIENCE_SECONDS
        return bool(ready) and (self._is_full or not self._busy or impatient or self._are_all)

    @property
    def _are_all(self) -> bool:
        """Whether every stream that is left is ready."""
        to_come = self._decodes or self._survey is not None
        looking = any(isinstance(decoder.task, SurveyTask) for decoder in self._busy)
        return not to_come and not looking and self._scorer.num_ready == len(self._scoring)

    @property
    def _is_full(self) -> bool:
        return self._scorer.num_bytes > _MOST_BYTES

    def _submit(self) -> None:
        while self._idle:
            task: SurveyTask | DecodeTask
            # Decoding first: what was surveyed can be finished, and finished work is kept.
            if self._decodes:
                task = self._decodes.popleft()
            elif self._survey is not None:
                task, self._survey = self._survey, next(self._surveys, None)
            else:
                return
            self._busy.append(_begun(self._idle.pop(), task))
            if isinstance(task, DecodeTask):
                self._scoring[task.stream] = task

    def _receive(self, listener: Listener) -> None:
        if self._is_full or not self._busy:
            return
        can_score = self._can_score
        sources = {decoder.connection: decoder for decoder in self._busy}
        for connection in wait(list(sources), 0 if can_score else _POLL_SECONDS):
            decoder = sources[connection]  # type: ignore[index]
            try:
                answer = decoder.connection.recv()
            except (EOFError, OSError):
                self._died(decoder, listener)
                continue
            self._handle(decoder, answer, listener)

    def _handle(self, decoder: Decoder, answer: object, listener: Listener) -> None:
        task = decoder.task
        self._received_at = time.monotonic()
        if isinstance(answer, FrameBlock):
            self._scorer.add(answer)
            if answer.is_last:
                self._free(decoder)
            return
        self._free(decoder)
        if isinstance(answer, Survey):
            self.work.survey_core_seconds += answer.core_seconds
            self._decodes.extend(listener.surveyed(answer))
        elif isinstance(answer, Failed):
            self._failed(task, answer, listener)

    def _failed(self, task: object, failed: Failed, listener: Listener) -> None:
        following: Sequence[DecodeTask] = ()
        if isinstance(task, SurveyTask):
            following = listener.not_surveyed(task, failed.kind, failed.reason)
        elif isinstance(task, DecodeTask):
            self._scorer.discard(task.stream)
            self._scoring.pop(task.stream, None)
            following = listener.not_scored(task, failed.kind, failed.reason)
        self._decodes.extend(following)

    def _died(self, decoder: Decoder, listener: Listener) -> None:
        """Replace a decoder that a file has brought down."""
        self._busy.remove(decoder)
        reason = f"decoder process {decoder.fate} while reading this file"
        decoder.close()
        self._idle.append(Decoder())
        _logger.warning("%s", reason)
        self._failed(decoder.task, Failed("unreadable", reason), listener)

    def _free(self, decoder: Decoder) -> None:
        decoder.task = None
        self._busy.remove(decoder)
        self._idle.append(decoder)

    def close(self) -> None:
        """End the decoders."""
        for decoder in (*self._idle, *self._busy):
            decoder.close()
        self._idle, self._busy = [], []


def _begun(decoder: Decoder, task: SurveyTask | DecodeTask) -> Decoder:
    """Return that decoder, or a new one: a system short of memory ends idle processes too."""
    try:
        decoder.begin(task)
        return decoder
    except OSError:
        _logger.warning("an idle decoder process %s", decoder.fate)
        decoder.close()
    decoder = Decoder()
    try:
        decoder.begin(task)
    except OSError as error:
        decoder.close()
        raise BatchError(
            f"decoder processes end as soon as they are started: one {decoder.fate}; finished work "
            f"is kept: see what ends them, and run the same again"
        ) from error
    return decoder
