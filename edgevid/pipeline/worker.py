"""A thread with a stop signal and a bounded join."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

from edgevid.errors import EdgevidError


class Worker(ABC):
    """Base of the capture and inference threads."""

    def __init__(self, name: str) -> None:
        """Prepare the thread; ``start`` starts it."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"edgevid-{name}", daemon=True)
        self.error: EdgevidError | None = None
        """The failure that ended it, if one did."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end after the frame in hand."""
        self._stop.set()

    def is_stopping(self) -> bool:
        """Whether ``stop`` was called."""
        return self._stop.is_set()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the end; False if a call into a source or model outlasts the timeout."""
        if self._thread.ident is not None:
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    @property
    def is_alive(self) -> bool:
        """Whether the thread still runs, and so may still be inside a source or model."""
        return self._thread.is_alive()

    @abstractmethod
    def _work(self) -> None:
        """Run in the thread, until the end or ``stop``."""
