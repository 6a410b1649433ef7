"""``astream``: the same loop for asyncio; the threads are inside and the event loop never waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from typing_extensions import Unpack

from edgevid.api.options import ModelLike, RunOptions
from edgevid.api.result import Result
from edgevid.api.streaming import Stream
from edgevid.config.schema import SourceLike
from edgevid.plugins import Plugins


async def astream(
    source: SourceLike,
    model: ModelLike = "driver",
    *,
    plugins: Plugins | None = None,
    **options: Unpack[RunOptions],
) -> AsyncGenerator[Result, None]:
    """Loop over the results of a source in asyncio.

    Cancelling the task stops everything at once, and so does leaving the loop (with
    ``contextlib.aclosing``, before the next statement; without, when the event loop gets to it).

    Args:
        source: As for ``stream``.
        model: As for ``stream``.
        plugins: As for ``stream``.
        **options: See ``RunOptions``.

    Yields:
        Results, the last of which may be ``final``.

    Raises:
        EdgevidError: From the loop, as ``stream`` does.

    Examples:
        >>> import asyncio, edgevid
        >>> async def main():
        ...     async for result in edgevid.astream("drive.mp4", duration_seconds=12):
        ...         for event in result.events:
        ...             print(event.state, event.label)
        >>> asyncio.run(main())
        opened phone_left
        closed phone_left
    """
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def wake() -> None:
        # The event loop may have ended before the threads do.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(changed.set)

    opening = asyncio.ensure_future(
        asyncio.to_thread(Stream, source, model, dict(options), plugins)
    )
    try:
        inner = await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(Exception):
            await asyncio.to_thread((await opening).close)
        raise
    try:
        inner.listen(wake)
        while True:
            changed.clear()
            result, ended = inner.poll()
            if ended:
                return
            if result is None:
                await changed.wait()
            else:
                yield result
    finally:
        await asyncio.shield(asyncio.to_thread(inner.close))
