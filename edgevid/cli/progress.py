"""Display of a running session: a progress bar for files, a status line for cameras."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from edgevid.cli.session import err
from edgevid.closing import Closing
from edgevid.pipeline import Progress as Standing

_RATE_SECONDS = 3.0


@contextmanager
def steps() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for work in named steps: call it with a name, the steps done and those in all."""
    console = err()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda name, done, total: bar.update(
            task, description=name, completed=done, total=total
        )


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar for long work of one kind, with its rate: call it with (done, total).

    Drawn on standard error, and only if that is a terminal.
    """
    console = err()
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with progress:
        task = progress.add_task(what, total=None, rate="")

        def show(done: int, total: int) -> None:
            speed = progress.tasks[0].speed
            rate = f"{speed:.1f}/s" if speed else ""
            progress.update(task, completed=done, total=total, rate=rate)

        yield show


class RunProgress(Closing):
    """Draws on standard error, and only if that is a terminal."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        """Prepare; nothing is drawn before the first call."""
        self._console = console
        self._quiet = quiet or not console.is_terminal
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._recent: deque[tuple[float, int]] = deque()

    def __call__(self, standing: Standing) -> None:
        """Show where the run stands."""
        if self._quiet:
            return
        if self._bar is None or self._task is None:
            self._start(standing)
        if self._bar is None or self._task is None:
            return
        self._bar.update(
            self._task,
            completed=standing.frames_read,
            total=standing.total_frames,
            text=self._text(standing),
        )

    def _start(self, standing: Standing) -> None:
        columns = (
            (SpinnerColumn(), TextColumn("{task.fields[text]}"))
            if standing.live or not standing.total_frames
            else (BarColumn(), TextColumn("{task.fields[text]}"), TimeRemainingColumn())
        )
        self._bar = Progress(*columns, console=self._console, transient=True)
        self._task = self._bar.add_task("run", total=standing.total_frames, text="")
        self._bar.start()

    def _text(self, standing: Standing) -> str:
        now = time.monotonic()
        self._recent.append((now, standing.frames_read))
        while now - self._recent[0][0] > _RATE_SECONDS:
            self._recent.popleft()
        elapsed = now - self._recent[0][0]
        rate = (standing.frames_read - self._recent[0][1]) / elapsed if elapsed > 0 else 0.0
        parts = [f"{standing.pts_seconds:.1f} s", f"{rate:.0f} frames/s"]
        if standing.live and standing.latency_seconds is not None:
            parts.append(f"{standing.latency_seconds * 1e3:.0f} ms")
        if standing.frames_dropped:
            parts.append(f"{standing.frames_dropped} dropped")
        if standing.label is not None:
            parts.append(f"{standing.label} {standing.score or 0:.2f}")
        return " · ".join(parts)

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._bar is not None:
            self._bar.stop()
