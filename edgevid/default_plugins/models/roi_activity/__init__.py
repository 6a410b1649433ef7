"""The model ``roi_activity``: hands in regions of the image, by intensity and peak detection.

The classical method of naturalistic-driving studies: the mean intensity of a region (radio, gear
lever, wheel) over time, and peaks in it. It works on colour, infrared and depth images alike,
because it only asks whether a region looks different from how it usually looks.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import Field, field_validator

from edgevid.card import Card
from edgevid.default_plugins.models.roi_activity.background import Background
from edgevid.default_plugins.models.roi_activity.excursion import Excursion
from edgevid.default_plugins.models.roi_activity.regions import (
    DEFAULT_REGIONS,
    RegionOptions,
    region_weights,
)
from edgevid.interfaces import Model, ModelContext, StreamState
from edgevid.interfaces import Options as BaseOptions
from edgevid.types import Floats, Frame, Region, Scores

_WIDTH, _HEIGHT = 160, 90


class _Memory:
    """State of one stream."""

    def __init__(self, options: RoiActivity.Options) -> None:
        self.background = Background(
            _WIDTH, _HEIGHT, options.baseline_seconds, options.warmup_seconds
        )
        self.excursions = [
            Excursion(options.history_seconds, options.min_prominence) for _ in options.regions
        ]
        self.last_seconds: float | None = None


class RoiActivity(Model):
    """One score for each region: how surely something is in it that usually is not."""

    class Options(BaseOptions):
        """Options of the model ``roi_activity``."""

        regions: tuple[RegionOptions, ...] = Field(default=DEFAULT_REGIONS, min_length=1)
        measure: Literal["intensity", "difference"] = Field(
            default="difference",
            description="Mean intensity of a region, or mean absolute difference to its "
            "background, which also detects a hand as bright as the background.",
        )
        min_prominence: float = Field(
            default=0.12, gt=0, description="Smallest peak that counts, in log intensity."
        )
        history_seconds: float = Field(
            default=20.0, gt=0, description="Time window in which a peak is compared."
        )
        baseline_seconds: float = Field(
            default=8.0, gt=0, description="Time constant of learning the background."
        )
        max_active_seconds: float = Field(
            default=60.0,
            gt=0,
            description="Time after which a change in a region becomes background.",
        )
        warmup_seconds: float = Field(default=3.0, gt=0)
        rate_hz: float = Field(default=10.0, gt=0, le=60)

        @field_validator("regions")
        @classmethod
        def _names_differ(cls, regions: tuple[RegionOptions, ...]) -> tuple[RegionOptions, ...]:
            names = [region.name for region in regions]
            if len(set(names)) != len(names):
                raise ValueError("regions must have different names")
            return regions

    options: Options

    @classmethod
    def unavailable(cls) -> str | None:
        """Say how to get SciPy where it is missing."""
        if importlib.util.find_spec("scipy") is None:
            return 'SciPy is not installed; pip install "edgevid[regions]"'
        return None

    def __init__(self, options: Options, context: ModelContext | None = None) -> None:
        """Compute the masks of the regions."""
        super().__init__(options, context)
        self._regions = tuple(region.region() for region in options.regions)
        self._weights = region_weights(self._regions, _WIDTH, _HEIGHT)
        self._masks = self._weights > 0
        self._anywhere = self._masks.any(axis=0)
        self.card = Card(
            name="roi_activity",
            version="1",
            class_names=tuple(region.name for region in self._regions),
            temporal_mode="stream",
            input_rate_hz=options.rate_hz,
            warmup_seconds=options.warmup_seconds,
            max_gap_seconds=5.0,
            activation="sigmoid",
            license="Apache-2.0",
            origin="edgevid",
            training_data="none: regions are given, nothing is learnt beforehand",
        )

    def infer(
        self, frames: Sequence[Frame], states: Sequence[StreamState]
    ) -> Sequence[Scores | None]:
        """Scores of each stream's regions."""
        return [self._one(frame, state) for frame, state in zip(frames, states, strict=True)]

    def _one(self, frame: Frame, state: StreamState) -> Scores:
        if state.memory is None:
            state.memory = _Memory(self.options)
        memory: _Memory = state.memory
        now = frame.pts_seconds
        elapsed = 0.0 if memory.last_seconds is None else now - memory.last_seconds
        memory.last_seconds = now
        change = memory.background.difference(frame.image)
        signal = self._signal(change)
        warming = now - (state.started_seconds or 0.0) < self.options.warmup_seconds
        keep = np.zeros(_WIDTH * _HEIGHT, bool)
        scores = np.zeros(len(signal), np.float32)
        for index, excursion in enumerate(memory.excursions):
            if warming:
                continue
            scores[index] = excursion.update(float(signal[index]), now)
            since = excursion.active_since
            # A hand that stays must not become background, except after very long: then it is
            # a bag on the seat, or the light has changed for good.
            if since is not None and now - since < self.options.max_active_seconds:
                keep |= self._masks[index]
        memory.background.learn(elapsed, keep)
        return Scores(scores, self._saliency(change) if self.context.want_saliency else None)

    def _signal(self, change: Floats) -> Floats:
        if self.options.measure == "difference":
            spread: Floats = self._weights @ np.abs(change)
            return spread
        shift: Floats = np.abs(self._weights @ change)
        return shift

    def _saliency(self, change: Floats) -> Floats:
        """Return the difference of the regions from their background, (h, w) in [0, 1]."""
        shown = np.where(self._anywhere, np.abs(change), 0).reshape(_HEIGHT, _WIDTH)
        small: Floats = shown.reshape(_HEIGHT // 5, 5, _WIDTH // 5, 5).mean(axis=(1, 3))
        scaled: Floats = np.minimum(small / (4 * self.options.min_prominence), 1)
        return scaled.astype(np.float32)

    @property
    def regions(self) -> Sequence[Region]:
        """Watched regions."""
        return self._regions

    @property
    def runs_on(self) -> Mapping[str, Any]:
        """NumPy on the CPU."""
        return {"backend": "numpy", "provider": "cpu"}
