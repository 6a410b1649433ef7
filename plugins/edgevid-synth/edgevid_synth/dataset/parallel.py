"""Work on all cores that ends when it is told to, and leaves no process behind."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")
_AHEAD = 4
"""Tasks waiting per worker: enough to keep it busy, few enough to stop soon."""


def for_each(work: Callable[[S], T], items: Iterable[S], *, workers: int) -> Iterator[T]:
    """The same as ``in_parallel``; one worker is this process."""
    return map(work, items) if workers == 1 else in_parallel(work, items, workers=workers)


def in_parallel(work: Callable[[S], T], items: Iterable[S], *, workers: int) -> Iterator[T]:
    """Results as they come, in any order.

    Args:
        work: A function that can be pickled.
        items: What to call it with, one by one; they can be pickled too.
        workers: Processes.

    Raises:
        Exception: The first that the work raised; what was not begun is left out.
    """
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_prepare
    ) as pool:
        waiting: set[Future[T]] = set()
        try:
            for item in items:
                waiting.add(pool.submit(work, item))
                if len(waiting) >= workers * _AHEAD:
                    finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in finished)
            while waiting:
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in finished)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _prepare() -> None:
    """In each worker: leave Ctrl-C to the parent, and go when the parent is gone."""
    import cv2

    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(parent_process(),), daemon=True).start()


def _follow(parent: Any) -> None:
    if parent is not None:
        parent.join()
        os._exit(1)
