"""Single stages of the pipeline, each alone: seconds per frame."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from edgevid import resize
from edgevid.card import Card
from edgevid.config import SinkConfig, SourceConfig
from edgevid.interfaces import Grabbed, Model, RunInfo
from edgevid.pipeline import NamedOverlay, build_sinks, build_source
from edgevid.plugins import Plugins
from edgevid.types import Frame, Image, Prediction


def read_frames(plugins: Plugins, uri: str, limit: int) -> list[Frame]:
    """The first frames of a source, decoded and kept."""
    frames: list[Frame] = []
    source = build_source(plugins, SourceConfig(uri=uri))
    with source:
        info = source.open()
        while len(frames) < limit and (grabbed := source.grab()) is not None:
            if isinstance(grabbed, Grabbed) and (image := source.retrieve()) is not None:
                frames.append(
                    Frame(image, grabbed.index, grabbed.pts_seconds, grabbed.captured_at, info.uri)
                )
    return frames


def decode(plugins: Plugins, uri: str) -> float:
    """Grab and retrieve every frame into one buffer."""
    image: Image | None = None
    count = 0
    with build_source(plugins, SourceConfig(uri=uri)) as source:
        source.open()
        started = time.perf_counter()
        while source.grab() is not None:
            image = source.retrieve(image)
            count += 1
        return (time.perf_counter() - started) / max(count, 1)


def sequential(plugins: Plugins, uri: str, model: Model) -> float:
    """The plain loop that most code has: read, resize, run, one after the other in one thread."""
    image: Image | None = None
    state = model.open()
    count = 0
    with build_source(plugins, SourceConfig(uri=uri)) as source:
        info = source.open()
        started = time.perf_counter()
        while (grabbed := source.grab()) is not None:
            image = source.retrieve(image)
            if isinstance(grabbed, Grabbed) and image is not None:
                frame = Frame(image, grabbed.index, grabbed.pts_seconds, 0.0, info.uri)
                model.step([frame], [state])
                count += 1
        return (time.perf_counter() - started) / max(count, 1)


def shrink(frames: Sequence[Frame], card: Card) -> float:
    """Bring frames to the model's size, as the host does."""
    started = time.perf_counter()
    for frame in frames:
        resize(frame.image, card)
    return (time.perf_counter() - started) / len(frames)


def overlay(
    overlays: Sequence[NamedOverlay],
    frames: Sequence[Frame],
    predictions: Sequence[Prediction | None],
    session: RunInfo,
) -> float:
    """Draw all overlays on every frame, each with a new prediction."""
    for named in overlays:
        named.overlay.open(session)
    pictures = [frame.image.copy() for frame in frames]
    started = time.perf_counter()
    for picture, frame, prediction in zip(pictures, frames, predictions, strict=True):
        for named in overlays:
            if prediction is not None:
                named.overlay.observe(prediction, ())
            named.overlay.draw(picture, frame)
    return (time.perf_counter() - started) / len(frames)


def predicted(model: Model, frames: Sequence[Frame]) -> list[Prediction | None]:
    """Yield the prediction of each frame."""
    state = model.open()
    return [model.step([frame], [state])[0] for frame in frames]


def inference(model: Model, frames: Sequence[Frame]) -> float:
    """Resize, run and score frames that are in memory."""
    state = model.open()
    started = time.perf_counter()
    for frame in frames:
        model.step([frame], [state])
    return (time.perf_counter() - started) / len(frames)


def encode(plugins: Plugins, frames: Sequence[Frame], session: RunInfo, folder: Path) -> float:
    """Write frames that are in memory as the annotated video is written."""
    target = folder / "encode.mp4"
    [named] = build_sinks(plugins, [SinkConfig(name="video", target=str(target))])
    named.sink.open(session)
    started = time.perf_counter()
    for frame in frames:
        named.sink.picture(frame.image, frame)
    named.sink.close()
    seconds = (time.perf_counter() - started) / len(frames)
    target.unlink()
    return seconds
