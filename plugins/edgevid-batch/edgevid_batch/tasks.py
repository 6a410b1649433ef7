"""Tasks of a worker on any engine: survey a drive, decode a part of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from edgevid import resize
from edgevid.card import Card
from edgevid.errors import one_line
from edgevid.interfaces import Source
from edgevid.media import missing_from, read_layout
from edgevid.pipeline import Resampler
from edgevid.types import Gap, Image, SourceInfo
from edgevid_batch.chunks import Chunk, cut, even_cuts, sample
from edgevid_batch.copies import Copies, CopiesFullError
from edgevid_batch.decoding import NotExactError, decode
from edgevid_batch.memory import memory_of
from edgevid_batch.scoring import FrameBlock
from edgevid_batch.sources import Sources, content_sha256, refuse_live

_BLOCK_FRAMES = 64
_READ_BYTES = 1 << 20

Failure = Literal["unreadable", "not_exact", "no_room"]
"""The last is of the folder of copies, and no drive's fault."""


@dataclass(frozen=True)
class SurveyTask:
    """Look at a drive: whether it can be read, what is in it, where it can be cut."""

    uri: str
    copies: Copies
    sources: Sources
    card: Card
    chunk_seconds: float | None
    """About how long chunks are; None leaves the drive whole."""
    version: str | None = None
    """Version of the drive, if known, see ``version_of``."""
    sha256: str | None = None
    """SHA-256 of the content, if known already."""


@dataclass(frozen=True, eq=False)
class Survey:
    """Contents of a drive."""

    uri: str
    size_bytes: int | None
    """Size of its file, if it is one."""
    sha256: str
    info: SourceInfo
    chunks: tuple[Chunk, ...] | None
    """Parts that can be scored alone; None if it must be read through."""
    key_ticks: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    """Defects of the recording that are visible without decoding it."""
    core_seconds: float = 0.0
    """Processor time that it took."""


@dataclass(frozen=True, eq=False)
class DecodeTask:
    """Decode a chunk, or a whole drive."""

    stream: str
    uri: str
    copies: Copies
    sources: Sources
    card: Card
    prepare: bool
    """Resize the images to the card's size at once."""
    chunk: Chunk | None = None
    key_ticks: tuple[int, ...] = ()
    version: str | None = None


@dataclass(frozen=True)
class Failed:
    """A task that came to nothing."""

    kind: Failure
    reason: str


def answers(task: SurveyTask | DecodeTask) -> Iterator[Survey | FrameBlock | Failed]:
    """Do a task. Whatever is wrong with one drive is an answer too, and stops no other."""
    began = time.process_time()
    try:
        for answer in (survey(task),) if isinstance(task, SurveyTask) else blocks(task):
            now = time.process_time()
            yield replace(answer, core_seconds=now - began)
            # Sending one block away counts to the next.
            began = now
    except NotExactError as error:
        yield Failed("not_exact", one_line(error))
    except CopiesFullError as error:
        yield Failed("no_room", one_line(error))
    except Exception as error:
        yield Failed("unreadable", one_line(error))


def survey(task: SurveyTask) -> Survey:
    """Look at a drive.

    Raises:
        SourceOpenError: If not a single frame can be read.
    """
    if task.sources.plays(task.uri):
        return _survey_recording(task)
    path = task.copies.local(task.uri, task.version)
    with task.sources.file(path) as source:
        info = source.open()
    sha256 = task.sha256 or _sha256(path)
    memory = memory_of(task.card)
    layout = read_layout(path) if memory and task.chunk_seconds else None
    chunks: tuple[Chunk, ...] | None = None
    keys: tuple[int, ...] = ()
    if layout is not None and memory is not None and task.chunk_seconds is not None:
        samples = sample(layout, task.card.input_rate_hz, task.card.max_gap_seconds)
        chunks = tuple(cut(layout, samples, memory, even_cuts(samples, task.chunk_seconds)))
        keys = tuple(layout.key_ticks.tolist())
    missing = missing_from(path, layout, info.duration_seconds) if layout is not None else None
    warnings = (missing,) if missing else ()
    return Survey(task.uri, path.stat().st_size, sha256, info, chunks, keys, warnings)


def _survey_recording(task: SurveyTask) -> Survey:
    """A recording that a plugin plays is read from its start to its end."""
    with task.sources.source(task.uri) as source:
        info = source.open()
        refuse_live(source, live=info.live)
        return Survey(task.uri, None, task.sha256 or content_sha256(source), info, None)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def blocks(task: DecodeTask) -> Iterator[FrameBlock]:
    """Decode, in blocks that need not wait for each other.

    Raises:
        SourceError: If the drive cannot be read.
        NotExactError: If it does not decode alike from its middle and from its start.
    """
    if task.sources.plays(task.uri):
        yield from _whole_blocks(task.sources.source(task.uri), task)
        return
    path = task.copies.local(task.uri, task.version)
    if task.chunk is not None:
        yield from _chunk_blocks(path, task, task.chunk)
    else:
        yield from _whole_blocks(task.sources.file(path), task)


def _prepared(task: DecodeTask, image: Image) -> Image:
    return resize(image, task.card) if task.prepare else image


def _chunk_blocks(path: Path, task: DecodeTask, chunk: Chunk) -> Iterator[FrameBlock]:
    first = int(chunk.ticks[0])
    keys = [tick for tick in task.key_ticks if tick <= first]
    pictures: list[Image] = []
    done = 0
    for image in decode(path, chunk, keys):
        pictures.append(_prepared(task, image))
        if len(pictures) == _BLOCK_FRAMES and done + len(pictures) < len(chunk.frames):
            yield _block_of(task, chunk, pictures, done)
            done += len(pictures)
            pictures = []
    yield _block_of(task, chunk, pictures, done)


def _block_of(task: DecodeTask, chunk: Chunk, pictures: list[Image], done: int) -> FrameBlock:
    end = done + len(pictures)
    return FrameBlock(
        stream=task.stream,
        images=_stacked(pictures),
        frames=chunk.frames[done:end],
        seconds=chunk.seconds[done:end],
        starts=frozenset(int(place) - done for place in chunk.starts if done <= place < end),
        started_seconds=None if done else chunk.started_seconds,
        is_last=end == len(chunk.frames),
    )


def _whole_blocks(source: Source, task: DecodeTask) -> Iterator[FrameBlock]:
    """A drive from its start to its end, as a run of the pipeline sees it."""
    resampler = Resampler(task.card.input_rate_hz)
    block = _BlockBuilder(task)
    last: float | None = None
    with source:
        source.open()
        while (grabbed := source.grab()) is not None:
            if isinstance(grabbed, Gap):
                resampler.reset()
                block.gap(grabbed)
                last = grabbed.end_seconds
                continue
            pts = grabbed.pts_seconds
            image = source.retrieve() if resampler.due(pts) else None
            if image is None:
                resampler.skip(pts)
                continue
            resampler.pick(pts)
            if last is not None and pts - last > task.card.max_gap_seconds:
                block.start()
            last = pts
            block.add(_prepared(task, image), grabbed.index, pts)
            if block.is_full:
                yield block.block(is_last=False)
                block = _BlockBuilder(task)
        # Scores are kept by content: they do not say where the file lies.
        warnings = tuple(line.removeprefix(f"{source.uri}: ") for line in source.warnings)
    yield replace(block.block(is_last=True), warnings=warnings)


class _BlockBuilder:
    """A block that is being filled."""

    def __init__(self, task: DecodeTask) -> None:
        self._task = task
        self._pictures: list[Image] = []
        self._frames: list[int] = []
        self._seconds: list[float] = []
        self._starts: set[int] = set()
        self._gaps: dict[int, Gap] = {}

    @property
    def is_full(self) -> bool:
        return len(self._pictures) >= _BLOCK_FRAMES

    def start(self) -> None:
        self._starts.add(len(self._pictures))

    def gap(self, gap: Gap) -> None:
        place = len(self._pictures)
        self._gaps[place] = gap
        if gap.duration_seconds > self._task.card.max_gap_seconds:
            self.start()

    def add(self, image: Image, index: int, pts: float) -> None:
        self._pictures.append(image)
        self._frames.append(index)
        self._seconds.append(pts)

    def block(self, *, is_last: bool) -> FrameBlock:
        return FrameBlock(
            stream=self._task.stream,
            images=_stacked(self._pictures),
            frames=np.array(self._frames, np.int64),
            seconds=np.array(self._seconds, np.float64),
            starts=frozenset(self._starts),
            gaps=self._gaps,
            is_last=is_last,
        )


def _stacked(pictures: list[Image]) -> Image | list[Image]:
    """One array where all are of one size: it travels faster between processes."""
    same = len({picture.shape for picture in pictures}) == 1
    return np.stack(pictures) if same else pictures
