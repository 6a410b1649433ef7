"""``stream``: a loop over the results of a source."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from typing_extensions import Self, Unpack

from edgevid.api.handoff import Handoff
from edgevid.api.options import ModelLike, RunOptions, run_config
from edgevid.api.result import Result
from edgevid.api.results import ResultBuilder
from edgevid.closing import Closing
from edgevid.config.schema import SourceLike
from edgevid.pipeline import Pipeline, RunResult
from edgevid.pipeline.output import Output
from edgevid.plugins import Plugins, load_plugins
from edgevid.types import Frame

_THREADS = "edgevid-"


def stream(
    source: SourceLike,
    model: ModelLike = "driver",
    *,
    plugins: Plugins | None = None,
    **options: Unpack[RunOptions],
) -> Stream:
    """Loop over the results of a source, at the model's rate.

    The whole pipeline runs behind it. A file waits for a slow loop and loses nothing; a camera
    never lags: what a slow loop cannot take is dropped and counted. Leaving the loop, by ``break``,
    an exception or the end of the cell, stops the threads and closes the source. A model that is
    given loaded stays loaded.

    Events that the end of the source closes come in one last result with ``final`` set.

    Args:
        source: A file, ``camera:0``, ``rtsp://…``, or a dict as in YAML.
        model: A name, a bundle's path, or a model from ``load``.
        plugins: Installed plugins; those of the loaded model, or all, if none are given.
        **options: See ``RunOptions``.

    Returns:
        An iterator of results, also a context manager.

    Raises:
        EdgevidError: If a name, an option or the model is not accepted. From the loop: if the
            source cannot be opened or is lost, or the model fails.

    Examples:
        >>> import edgevid
        >>> model = edgevid.load("driver")
        >>> for result in edgevid.stream("drive.mp4", model):
        ...     for event in result.events:
        ...         print(f"{result.seconds:.1f} {event.state} {event.label}")
        ...     if result.seconds > 14:
        ...         break
        11.1 opened phone_left
        13.3 updated phone_left
    """
    return Stream(source, model, options, plugins)


class Stream(Closing, Iterator[Result]):
    """The iterator that ``stream`` returns; closing it, or losing it, ends the run.

    Examples:
        >>> import edgevid
        >>> with edgevid.stream("drive.mp4", duration_seconds=2) as results:
        ...     labels = [result.label for result in results]
        >>> len(labels), results.summary.frames.read
        (16, 20)
    """

    def __init__(
        self,
        source: SourceLike,
        model: ModelLike,
        options: Mapping[str, Any],
        plugins: Plugins | None = None,
    ) -> None:
        """Build everything; nothing runs before the first ``next``."""
        self._run = _Run(source, model, options, plugins)
        # At the end of the program too: threads must not outlive it inside a source.
        self._finalize = weakref.finalize(self, self._run.shutdown)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Result:
        self._run.start()
        result = self._run.handoff.get()
        if result is None:
            raise StopIteration
        return result

    @property
    def summary(self) -> RunResult | None:
        """The run's result, as ``run`` gives it; None while it goes on and after a failure."""
        return self._run.summary

    def close(self) -> None:
        """Stop the threads and close the source; may be called more than once."""
        self._finalize()

    def listen(self, on_change: Callable[[], None]) -> None:
        """Start, and call ``on_change`` from another thread when ``poll`` may have something."""
        self._run.handoff.on_change = on_change
        self._run.start()

    def poll(self) -> tuple[Result | None, bool]:
        """The next result if there is one now, and whether the end was reached."""
        return self._run.handoff.poll()


class _Run:
    """The pipeline in a thread of its own; holds no reference to its ``Stream``."""

    def __init__(
        self,
        source: SourceLike,
        model: ModelLike,
        options: Mapping[str, Any],
        plugins: Plugins | None,
    ) -> None:
        plugins = plugins or getattr(model, "plugins", None) or load_plugins()
        config, loaded = run_config(source, model, options, plugins)
        self.handoff = Handoff()
        self.summary: RunResult | None = None
        self._pipeline = Pipeline.from_config(
            config,
            plugins,
            model=None if loaded is None else loaded.usable(),
            consumer=self._consume,
        )
        self._results = ResultBuilder(self._pipeline.model, plugins, config.source.uri)
        self._thread = threading.Thread(target=self._work, name=f"{_THREADS}run", daemon=True)
        self._lock = threading.Lock()
        self._state = "new"

    def start(self) -> None:
        """Start the thread, once."""
        with self._lock:
            if self._state == "new":
                self._state = "running"
                self._thread.start()

    def shutdown(self) -> None:
        """End the run and wait for its threads, unless it is one of them that collects garbage."""
        with self._lock:
            was, self._state = self._state, "closed"
        self.handoff.leave()
        if was == "new":
            self._pipeline.close()
        elif was == "running":
            self._pipeline.stop("the loop over the results was left")
            if not threading.current_thread().name.startswith(_THREADS):
                self._thread.join()

    def _consume(
        self, output: Output, frame: Frame | None, should_stop: Callable[[], bool]
    ) -> None:
        result = self._results.add(output, frame)
        if result is not None:
            self.handoff.put(result, should_stop)

    def _work(self) -> None:
        error: BaseException | None = None
        try:
            self.summary = self._pipeline.run()
        except BaseException as raised:
            error = raised
        final = self._results.final()
        if final is not None:
            self.handoff.put(final, lambda: False)
        self.handoff.end(error)
