"""Code on the nodes of a Ray cluster: tasks that survey and decode, actors that score."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from edgevid import __version__
from edgevid.errors import one_line
from edgevid.plugins import load_plugins
from edgevid_batch.batch_size import fingerprint
from edgevid_batch.config.batch import BatchConfig
from edgevid_batch.engines.model import Facts, opened_model
from edgevid_batch.scored import Scored
from edgevid_batch.scoring import FrameBlock, Scorer
from edgevid_batch.tasks import DecodeTask, Failed, Survey, SurveyTask, answers
from edgevid_batch.urls import is_remote

_MOST_BYTES = 512 << 20
"""Decoded images that may wait before one model: beyond it no more are fetched."""
_PATIENCE_SECONDS = 1.0
"""Longest wait for a batch to become full, seconds."""
_AHEAD = 2
"""Blocks of one chunk that may wait in the object store: beyond it Ray pauses its decoder."""


@dataclass(frozen=True)
class Unseen(Failed):
    """A task that came to nothing because its file is not there for this node."""

    node: str


@dataclass(frozen=True)
class Opened:
    """Description of a scorer whose model is open."""

    facts: Facts
    node: str
    version: str
    bits: str
    """Fingerprint of its scores."""


def can_read(uri: str) -> bool:
    """Whether this process can read a drive that has a path."""
    return is_remote(uri) or os.access(uri.removeprefix("file://"), os.R_OK)


def look(task: SurveyTask, folder: str) -> Survey | Failed:
    """Look at one drive."""
    return next(_answers(task, folder))  # type: ignore[return-value]


def decoded(task: DecodeTask, folder: str) -> Iterator[FrameBlock | Failed]:
    """Decode a chunk, or a whole drive."""
    yield from _answers(task, folder)  # type: ignore[misc]


def _answers(task: SurveyTask | DecodeTask, folder: str) -> Iterator[Survey | FrameBlock | Failed]:
    _enter_folder(folder)
    for answer in answers(task):
        if isinstance(answer, Failed) and not can_read(task.uri):
            answer = Unseen(answer.kind, answer.reason, _node())
        yield answer


def _enter_folder(folder: str) -> None:
    """Relative paths are relative to where the batch was started, if a node has that folder."""
    with suppress(OSError):
        os.chdir(folder)


def _node() -> str:
    import ray

    return str(ray.util.get_node_ip_address())


class RayScorer:
    """An actor that holds one model, and scores what it lets be decoded."""

    def __init__(self, config: BatchConfig, folder: str) -> None:
        """Take the configuration; ``open`` builds the model."""
        import ray

        self._config = config
        self._folder = folder
        self._closing = ExitStack()
        self._opened: Opened | None = None
        self._scorer: Scorer
        self._batch_size = 1
        self._waiting: dict[str, asyncio.Future[Scored]] = {}
        self._changed = asyncio.Condition()
        self._stepping: asyncio.Task[None] | None = None
        self._tries = 0
        self._decode = ray.remote(
            num_cpus=1,
            max_retries=config.ray.retries,
            num_returns="streaming",
            _generator_backpressure_num_objects=_AHEAD,
        )(decoded)

    async def open(self) -> Opened:
        """Build the model, once."""
        if self._opened is None:
            _enter_folder(self._folder)
            model, facts = self._closing.enter_context(opened_model(self._config, load_plugins()))
            self._scorer = Scorer(model, facts.batch_size)
            self._batch_size = facts.batch_size
            bits = fingerprint(model, facts.batch_size)
            self._opened = Opened(facts, _node(), __version__, bits)
        return self._opened

    async def score(self, task: DecodeTask) -> Scored | Failed | None:
        """Score a chunk, or a whole drive.

        Returns:
            None if this actor was started anew and is not open yet.
        """
        if self._opened is None:
            return None
        if self._stepping is None or self._stepping.done():
            self._stepping = asyncio.create_task(self._step_on())
        # A task that is given a second time must not meet the remains of the first.
        self._tries += 1
        task = replace(task, stream=f"{task.stream}:{self._tries}")
        scored: asyncio.Future[Scored] = asyncio.get_running_loop().create_future()
        self._waiting[task.stream] = scored
        try:
            async for answer in self._blocks(task):
                if isinstance(answer, Failed):
                    return answer
                if not await self._add(answer, scored):
                    break
            return await scored
        finally:
            async with self._changed:
                self._scorer.discard(task.stream)
                self._waiting.pop(task.stream, None)
                self._changed.notify_all()

    async def _blocks(self, task: DecodeTask) -> AsyncIterator[FrameBlock | Failed]:
        from ray.exceptions import RayError, RayTaskError

        try:
            async for answer in self._decode.remote(task, self._folder):
                yield _own(await answer)
        except RayTaskError:
            raise
        except RayError as error:
            times = self._config.ray.retries + 1
            reason = f"decoding this file crashed its process {times} times: {one_line(error)}"
            yield Failed("unreadable", reason)

    async def _add(self, block: FrameBlock, scored: asyncio.Future[Scored]) -> bool:
        """Whether it was wanted: not where the model has failed meanwhile."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._is_full or scored.done())
            if scored.done():
                return False
            self._scorer.add(block)
            self._changed.notify_all()
            return True

    @property
    def _is_full(self) -> bool:
        return self._scorer.num_bytes > _MOST_BYTES

    @property
    def _is_due(self) -> bool:
        ready = self._scorer.num_ready
        enough = min(self._batch_size, len(self._waiting))
        return bool(ready) and (ready >= enough or self._is_full)

    async def _step_on(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                async with self._changed:
                    with suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(
                            self._changed.wait_for(lambda: self._is_due), _PATIENCE_SECONDS
                        )
                    # Nobody adds a block in the middle of a step: the lock is held.
                    done = await loop.run_in_executor(None, self._scorer.step)
                    for stream, rows in done.items():
                        self._waiting[stream].set_result(rows)
                    self._changed.notify_all()
                await asyncio.sleep(0)
        except Exception as error:
            async with self._changed:
                for scored in self._waiting.values():
                    if not scored.done():
                        scored.set_exception(error)
                self._changed.notify_all()


def _own(answer: Any) -> Any:
    """Images of our own: those in the object store would fill it up while they wait."""
    if isinstance(answer, FrameBlock) and isinstance(answer.images, np.ndarray):
        return replace(answer, images=answer.images.copy())
    return answer
