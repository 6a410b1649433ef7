"""``run``: a source to its end, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import overload

from typing_extensions import Unpack

from edgevid.api.options import ModelLike, RunOptions, run_config
from edgevid.config.schema import RunConfig, SourceLike
from edgevid.pipeline import Pipeline, Progress, RunResult
from edgevid.plugins import Plugins, load_plugins

OnProgress = Callable[[Progress], None]


@overload
def run(
    source: RunConfig, *, plugins: Plugins | None = ..., on_progress: OnProgress | None = ...
) -> RunResult: ...


@overload
def run(
    source: SourceLike,
    model: ModelLike = ...,
    *,
    plugins: Plugins | None = ...,
    on_progress: OnProgress | None = ...,
    **options: Unpack[RunOptions],
) -> RunResult: ...


def run(
    source: SourceLike | RunConfig,
    model: ModelLike | None = None,
    *,
    plugins: Plugins | None = None,
    on_progress: OnProgress | None = None,
    **options: Unpack[RunOptions],
) -> RunResult:
    """Run a source to its end.

    Args:
        source: A file, ``camera:0``, ``rtsp://…``, a dict as in YAML, or a whole ``RunConfig``.
        model: A name, a bundle's path, or a model from ``load``; ``driver`` if none is given.
        plugins: Installed plugins; those of the loaded model, or all, if none are given.
        on_progress: Called about twenty times a second, in this thread.
        **options: See ``RunOptions``; not beside a ``RunConfig``.

    Returns:
        Counts, latencies, ``events`` by group, and ``recent_events`` one by one.

    Raises:
        EdgevidError: If something is not accepted, the source is lost or the model fails.

    Examples:
        >>> import edgevid
        >>> summary = edgevid.run("drive.mp4", sinks=["jsonl:events.jsonl"], policy="fleet")
        >>> summary.status, summary.frames.read
        ('finished', 750)
        >>> event = summary.recent_events[0]
        >>> event.label, event.max_level
        ('phone_left', 3)
    """
    if isinstance(source, RunConfig):
        if model is not None or options:
            raise TypeError("a RunConfig is complete; set its fields instead of arguments")
        return Pipeline.from_config(source, plugins, on_progress=on_progress).run()
    plugins = plugins or getattr(model, "plugins", None) or load_plugins()
    config, loaded = run_config(source, "driver" if model is None else model, options, plugins)
    return Pipeline.from_config(
        config,
        plugins,
        model=None if loaded is None else loaded.usable(),
        on_progress=on_progress,
    ).run()
