"""Runs a bundle over clips as streams, exactly as the runtime does, and keeps the logits."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgevid import Backend, ConfigError, Frame, ModelContext, StreamState
from edgevid.backends import open_backend
from edgevid.card import Card
from edgevid.config import BackendConfig, validate_options
from edgevid.errors import InferenceError
from edgevid.plugins import load_plugins
from edgevid.types import Image
from edgevid_train.evaluation.clips import LabelledClip, Times, stream_times
from edgevid_train.evaluation.logit_tap import LogitTap
from edgevid_train.evaluation.metrics import Array, softmax


@dataclass(frozen=True, slots=True, eq=False)
class ClipScores:
    """Outputs of a model for one clip, frame by frame."""

    times: Times
    """Times of the frames with a prediction, seconds on the stream's timeline, (F,)."""
    logits: Array
    """Before any temperature, float32, (F, K)."""
    valid: Array
    """False during the model's warm-up, bool, (F,)."""
    held: Array | None = None
    """True while the behaviour is held, bool, (F,); None if that is the whole clip."""

    @property
    def used(self) -> Array:
        """Frames that count for the clip, bool, (F,).

        These are the valid ones in which the behaviour is held; where the warm-up outlasts the
        hold, the last third of the hold.
        """
        held = self.held
        if held is None or not held.any():
            held = np.ones(len(self.valid), bool)
        counted: Array = self.valid & held
        if counted.any():
            return counted
        places = np.flatnonzero(held)
        chosen = np.zeros(len(self.valid), bool)
        chosen[places[-math.ceil(len(places) / 3) :]] = True
        return chosen

    def score(self, temperature: float) -> Array:
        """Mean of ``softmax(logits / temperature)`` over the frames that count: (K,)."""
        mean: Array = softmax(self.logits[self.used], temperature).mean(axis=0)
        return mean


class StreamScorer(AbstractContextManager["StreamScorer"]):
    """A bundle, opened for scoring; closes as a context manager."""

    def __init__(
        self, path: str | os.PathLike[str], *, backend: BackendConfig | None = None
    ) -> None:
        """Open a bundle.

        Args:
            path: The bundle, one .onnx file.
            backend: What executes it; ONNX Runtime on CUDA or else on the CPU if None.

        Raises:
            BundleError: If the file is no bundle.
            BackendUnavailableError: If the backend cannot run here.
            ConfigError: If classes of the model may co-occur: one label per clip says too little.
        """
        choice = backend or BackendConfig(name="onnxruntime")
        plugins = load_plugins(discover=False)
        taps: list[LogitTap] = []

        def open_tapped(where: Path, card: Card, failed: Backend | None) -> LogitTap:
            chosen = open_backend(where, card, choice, plugins.backends, failed=failed)
            taps.append(LogitTap(chosen.backend))
            return taps[-1]

        context = ModelContext(open_backend=open_tapped, want_saliency=False)
        model = plugins.models["bundle"]
        options = validate_options(model.Options, {"path": str(path)}, "model bundle")
        self._model = model(options, context)
        self._tap = taps[-1]
        if self.card.activation != "softmax":
            self.close()
            raise ConfigError(
                f"{path}: activation is {self.card.activation!r}; clips with one label each can "
                f"evaluate models with softmax only"
            )

    @property
    def card(self) -> Card:
        """The model's card."""
        return self._model.card

    @property
    def runs_on(self) -> dict[str, Any]:
        """Return the backend, provider and settings that execute the model."""
        return dict(self._model.runs_on) | {"backend": self._tap.inner_name}

    def score_clip(self, clip: LabelledClip) -> ClipScores:
        """Feed a clip at the model's rate from its start, the state fresh."""
        times = stream_times(clip.duration_seconds, self.card.input_rate_hz)
        images = clip.read(times)
        return self.score_streams(clip.name, times, ([image] for image in images))[0]

    def score_streams(
        self, name: str, times: Times, frames: Iterable[Sequence[Image]]
    ) -> list[ClipScores]:
        """Feed several streams side by side, as one batch.

        Args:
            name: Of the clip, for messages.
            times: When each frame is due, ascending seconds, (F,).
            frames: For each time one uint8 BGR image (H, W, 3) of each of S streams.

        Returns:
            One result for each of the S streams.

        Raises:
            ConfigError: If the model never gave a prediction because the clip is too short.
            InferenceError: If the model gave logits that are not finite.
        """
        states: list[StreamState] = []
        found: list[tuple[list[float], list[Array], list[bool]]] = []
        for index, (time, images) in enumerate(zip(times, frames, strict=True)):
            if not states:
                states = [self._model.open() for _ in images]
                found = [([], [], []) for _ in images]
            batch = [Frame(image, index, float(time), 0.0, name) for image in images]
            # Infinite logits are refused below, with the clip's name.
            with np.errstate(invalid="ignore"):
                predictions = self._model.step(batch, states)
            rows = iter(self._tap.logits)
            for prediction, (at, logits, valid) in zip(predictions, found, strict=True):
                if prediction is not None:
                    at.append(float(time))
                    logits.append(next(rows))
                    valid.append(prediction.valid)
        return [self._gather(name, times, *parts) for parts in found]

    def _gather(
        self, name: str, times: Times, at: list[float], logits: list[Array], valid: list[bool]
    ) -> ClipScores:
        if not logits:
            raise ConfigError(
                f"clip {name!r}: {len(times)} frames are fewer than one window of "
                f"{self.card.name} ({self.card.window_seconds:g} s at "
                f"{self.card.input_rate_hz:g} Hz); give longer clips"
            )
        values = np.stack(logits).astype(np.float32)
        if not np.isfinite(values).all():
            raise InferenceError(f"{self.card.name}: logits of clip {name!r} are not finite")
        return ClipScores(np.array(at), values, np.array(valid, bool))

    def close(self) -> None:
        """Close the backend."""
        self._model.close()

    def __exit__(self, *raised: object) -> None:
        self.close()
