"""Windows over recordings as tensors, the same for the same seed, epoch and index."""

from __future__ import annotations

import difflib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TypedDict

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from edgevid import Card, resize
from edgevid.types import Image
from edgevid_train.data.augment import Augmentation, augment_scene
from edgevid_train.data.decode import duration_seconds, frames_at
from edgevid_train.data.errors import DataError
from edgevid_train.data.frame_cache import FrameCache
from edgevid_train.data.frame_labels import frame_labels
from edgevid_train.data.known_points import MIRRORED, known_points
from edgevid_train.data.media import name_list
from edgevid_train.data.table import Segment
from edgevid_train.data.windows import window_times

_duration = lru_cache(maxsize=200_000)(duration_seconds)


class Item(TypedDict):
    """One window."""

    frames: Tensor
    """uint8 BGR, (T, H, W, 3)."""
    labels: Tensor
    """int64, (T,): the class of each frame, or ``IGNORED``."""
    points: Tensor
    """float32, (T, W, 2): where the ``WATCHED`` are, in parts of the image; NaN if not known."""
    still: bool
    """Whether the frames are one image repeated."""


class WindowDataset(Dataset[Item]):
    """One window per segment: in training at random and changed at random, else the middle.

    A window may reach over its segment's ends: frames of neighbouring segments carry those' labels,
    and frames between segments (transitions) teach nothing.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        card: Card,
        *,
        num_frames: int,
        train: bool,
        speed: tuple[float, float] = (0.7, 1.4),
        augmentation: Augmentation | None = None,
        seed: int = 0,
        cache: Path | None = None,
    ) -> None:
        """Check everything that can be checked without decoding.

        Args:
            segments: Of one split, at least one; their files exist.
            card: Of the model: class names, rate, input size and resize rule.
            num_frames: T.
            train: Whether place, speed and looks of a window are drawn at random.
            speed: Slowest and fastest; without meaning unless ``train``.
            augmentation: The default one if None; without meaning unless ``train``.
            seed: Of everything drawn.
            cache: Folder that keeps decoded frames; no frames are cached without it.

        Raises:
            DataError: If a label is not known, a file is missing, or an argument is out of range.
        """
        self.segments = list(segments)
        self.seed = seed
        self._places = _places(self.segments, card.class_names)
        _check_files(self.segments)
        self._size = _checked_size(card, num_frames, speed)
        self._rate_hz, self._num_frames, self._speed = card.input_rate_hz, num_frames, speed
        self._train = train
        self._augmentation = augmentation or Augmentation()
        # Crops are cut out of a larger image, so that none of them needs to be enlarged.
        scale = min(self._augmentation.scales) if train and self._augmentation.crop else 1.0
        self._shrink = _shrink(card, self._size, scale)
        self._rule = f"{card.resize.model_dump_json()} {self._size} {scale:g}"
        self._cache = None if cache is None else FrameCache(cache)
        self._by_file: dict[Path, list[Segment]] = defaultdict(list)
        for segment in self.segments:
            self._by_file[segment.file].append(segment)
        # Shared memory reaches workers that live for more than one epoch.
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def __len__(self) -> int:
        return len(self.segments)

    @property
    def epoch(self) -> int:
        """Current epoch."""
        return int(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Draw anew: windows of another epoch differ, those of the same one are the same again."""
        self._epoch.fill_(epoch)

    def __getitem__(self, index: int) -> Item:
        segment = self.segments[index]
        draws = (self.seed, self.epoch, range(len(self))[index])
        rng = np.random.default_rng(draws) if self._train else None
        is_still = segment.kind == "still"
        seconds = 0.0 if is_still else _duration(segment.file)
        times = np.zeros(self._num_frames) if is_still else self._times(segment, seconds, rng)
        images = torch.from_numpy(self._images(segment.file, times))
        frames = images.permute(0, 3, 1, 2)
        labels = torch.from_numpy(frame_labels(self._by_file[segment.file], times, self._places))
        points = torch.from_numpy(known_points(segment.file, times, seconds))
        if rng is not None:
            frames, labels, points = augment_scene(
                frames,
                labels,
                points,
                tuple(self._places),
                self._augmentation,
                self._size,
                rng,
                pairs=MIRRORED,
            )
        bgr = frames.flip(1).permute(0, 2, 3, 1).contiguous()
        return Item(frames=bgr, labels=labels, points=points, still=is_still)

    def _images(self, file: Path, times: npt.NDArray[np.float64]) -> Image:
        if self._cache is None:
            return frames_at(file, times, each=self._shrink)
        return self._cache.frames_at(file, times, each=self._shrink, rule=self._rule)

    def _times(
        self, segment: Segment, seconds: float, rng: np.random.Generator | None
    ) -> npt.NDArray[np.float64]:
        if seconds <= segment.start_seconds:
            raise DataError(
                f"{segment.file}: a segment starts at {segment.start_seconds:g} s, but the file "
                f"ends at {seconds:g} s"
            )
        end = seconds if segment.end_seconds is None else min(segment.end_seconds, seconds)
        return window_times(
            (segment.start_seconds, end),
            seconds,
            rate_hz=self._rate_hz,
            num_frames=self._num_frames,
            speed=self._speed,
            rng=rng,
        )


def balanced_weights(segments: Sequence[Segment]) -> list[float]:
    """Weights that give every class the same say: one per segment, with mean 1."""
    counts = Counter(segment.label for segment in segments)
    return [len(segments) / (len(counts) * counts[segment.label]) for segment in segments]


def _places(segments: Sequence[Segment], class_names: tuple[str, ...]) -> dict[str, int]:
    if not segments:
        raise DataError("a dataset needs at least one segment; its table or its split is empty")
    places = {name: place for place, name in enumerate(class_names)}
    for segment in segments:
        if segment.label not in places:
            near = difflib.get_close_matches(segment.label, class_names, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise DataError(
                f"{segment.file}: label {segment.label!r} is not known; {hint}known are "
                f"{', '.join(class_names)}"
            )
    return places


def _check_files(segments: Sequence[Segment]) -> None:
    missing = [str(file) for file in sorted({s.file for s in segments}) if not file.is_file()]
    if missing:
        raise DataError(
            f"{len(missing)} files of the dataset are missing: {name_list(missing, 3)}; copy "
            f"them there or build the table again"
        )


def _checked_size(card: Card, num_frames: int, speed: tuple[float, float]) -> tuple[int, int]:
    if card.input_size is None:
        raise DataError(f"the card of {card.name} has no input size; windows need one")
    if num_frames < 1:
        raise DataError(f"a window of {num_frames} frames; accepted are 1 or more")
    if not 0 < speed[0] <= speed[1] < math.inf:
        raise DataError(f"speed is {speed}; accepted are two positive numbers, the slower first")
    return card.input_size


def _shrink(card: Card, size: tuple[int, int], scale: float) -> Callable[[Image], Image]:
    height, width = round(size[0] / scale), round(size[1] / scale)
    # The short side is that of the input size, and grows with it.
    short = card.resize.short_side and round(card.resize.short_side / scale)
    rule = card.resize.model_copy(update={"short_side": short})
    larger = card.model_copy(update={"input_size": (height, width), "resize": rule})
    # Enlarging adds nothing to what a crop is then made smaller from.
    may_stay = scale < 1 and rule.mode == "stretch"
    return partial(_resized, card=larger, larger_than=(height, width) if may_stay else (0, 0))


def _resized(image: Image, card: Card, larger_than: tuple[int, int]) -> Image:
    """By the function that running uses too, so that both see the same pixels."""
    if image.shape[0] <= larger_than[0] and image.shape[1] <= larger_than[1]:
        return image
    return resize(image, card)
