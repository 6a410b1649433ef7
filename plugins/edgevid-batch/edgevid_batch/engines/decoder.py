"""A process that surveys and decodes, one task after the other."""

from __future__ import annotations

import ctypes
import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from edgevid_batch.tasks import DecodeTask, SurveyTask, answers

_JOIN_SECONDS = 2.0
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1
_LARGEST_PICTURE = 32 << 20
"""Bytes; glibc takes no larger threshold."""


class Decoder:
    """The near end of a decoding process."""

    def __init__(self) -> None:
        """Start it."""
        # A fork would inherit the locks of the model's threads.
        context: Any = get_context("spawn")
        self.connection: Connection
        self.connection, far = context.Pipe()
        self._process = context.Process(
            target=_work, args=(far,), name="edgevid-decoder", daemon=True
        )
        self._process.start()
        far.close()
        self.task: SurveyTask | DecodeTask | None = None
        """Task in progress."""

    def begin(self, task: SurveyTask | DecodeTask) -> None:
        """Give it a task; it must have none.

        Raises:
            OSError: If it has died.
        """
        self.task = task
        self.connection.send(task)

    @property
    def fate(self) -> str:
        """End of the process: "crashed (signal 9)", "exited with code 1"."""
        self._process.join(_JOIN_SECONDS)
        code: int | None = self._process.exitcode
        if code is None:
            return "stopped answering"
        return f"crashed (signal {-code})" if code < 0 else f"exited with code {code}"

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.join(_JOIN_SECONDS)
        self.connection.close()


def _keep_memory() -> None:
    """Use the memory of one image for the next: getting it anew is half of converting it."""
    allocator = ctypes.CDLL(None)
    # glibc alone gives it back to the system each time.
    if hasattr(allocator, "mallopt"):
        allocator.mallopt(_MMAP_THRESHOLD, _LARGEST_PICTURE)
        allocator.mallopt(_TRIM_THRESHOLD, 8 * _LARGEST_PICTURE)


def _work(connection: Connection) -> None:
    # Ctrl-C is for the parent, which then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _keep_memory()
    while True:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            return
        try:
            for answer in answers(task):
                connection.send(answer)
        except BrokenPipeError:
            return
