"""A bounded hand-over of results from the inference thread to the consumer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from edgevid.api.result import Result

_POLL_SECONDS = 0.1


class Handoff:
    """A few results wait here; then the inference thread waits, as it does for a slow model."""

    def __init__(self, size: int = 2) -> None:
        """Hold at most ``size`` results; more only while the run is stopping."""
        self._size = size
        self._items: deque[Result] = deque()
        self._changed = threading.Condition()
        self._is_left = False
        self._has_ended = False
        self._error: BaseException | None = None
        self.on_change: Callable[[], None] = lambda: None
        """Called in another thread when ``poll`` may have something new."""

    def put(self, item: Result, should_stop: Callable[[], bool]) -> None:
        """Hand over a result; waits for room."""
        with self._changed:
            while len(self._items) >= self._size and not self._is_left and not should_stop():
                self._changed.wait(_POLL_SECONDS)
            if not self._is_left:
                self._items.append(item)
            self._changed.notify_all()
        self.on_change()

    def end(self, error: BaseException | None) -> None:
        """Nothing more comes; ``error`` is raised after what waits."""
        with self._changed:
            self._has_ended, self._error = True, error
            self._changed.notify_all()
        self.on_change()

    def leave(self) -> None:
        """Nobody takes results any more: drop what waits and never wait for room again."""
        with self._changed:
            self._is_left = self._has_ended = True
            self._error = None
            self._items.clear()
            self._changed.notify_all()

    def get(self) -> Result | None:
        """The next result, waiting for it; None at the end, or the error that ended it."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._has_ended)
            return self._next()

    def poll(self) -> tuple[Result | None, bool]:
        """The next result if there is one, and whether the end was reached."""
        with self._changed:
            item = self._next() if self._items or self._has_ended else None
            return item, item is None and self._has_ended

    def _next(self) -> Result | None:
        if self._items:
            item = self._items.popleft()
            self._changed.notify_all()
            return item
        error, self._error = self._error, None
        if error is not None:
            raise error
        return None
