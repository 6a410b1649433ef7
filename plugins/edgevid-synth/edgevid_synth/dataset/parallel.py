"""Work in several processes that stops on a signal and leaves no process behind."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")
_AHEAD = 4
"""Tasks waiting per worker: enough to keep it busy, few enough to stop soon."""


def for_each(work: Callable[[S], T], items: Iterable[S], *, workers: int) -> Iterator[T]:
    """Like ``in_parallel``, but one worker is this process."""
    return map(work, items) if workers == 1 else in_parallel(work, items, workers=workers)


def in_parallel(work: Callable[[S], T], items: Iterable[S], *, workers: int) -> Iterator[T]:
    """Yield results as they come, in any order.

    SIGTERM and Ctrl-C end the workers at once; SIGTERM then exits with code 143.

    Args:
        work: A picklable function.
        items: Its arguments, one by one; picklable too.
        workers: Number of processes.

    Raises:
        Exception: The first that the work raised; items not begun by then are skipped.
    """
    others = set(active_children())
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_prepare)
    with _exit_on_sigterm(), pool:
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
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            for worker in set(active_children()) - others:
                worker.terminate()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _exit_on_sigterm() -> Iterator[None]:
    """Turn SIGTERM into ``SystemExit``, so that the pool is closed and its semaphores freed."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread may set handlers.
        return

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _prepare() -> None:
    """Prepare a worker: leave Ctrl-C to the parent, and exit when the parent is gone."""
    import cv2

    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(parent_process(),), daemon=True).start()


def _follow(parent: Any) -> None:
    if parent is not None:
        parent.join()
        os._exit(1)
