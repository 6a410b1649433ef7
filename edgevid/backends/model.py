"""The base of models whose arithmetic a backend does: resizing, clips, scores, in every mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from edgevid.backends.bundle import clip_inputs
from edgevid.card import Card, ResizeRule
from edgevid.clip_window import ClipWindow
from edgevid.errors import BackendUnavailableError, BundleError
from edgevid.interfaces import Backend, Model, ModelContext, StreamState
from edgevid.preprocess import resize
from edgevid.types import Floats, Frame, Image, Scores

OpenBackend = Callable[[Backend | None], Backend]
"""Opens the backend, given the one that failed in the middle of a run; None at first."""


class BackendModel(Model):
    """A model whose arithmetic is done by a backend: resizing, clips and scores are here."""

    bounded_memory = True

    def __init__(
        self,
        options: BaseModel,
        context: ModelContext | None,
        card: Card,
        open_backend: OpenBackend,
        *,
        bundle: Path | None = None,
    ) -> None:
        super().__init__(options, context)
        if card.has_gradient:
            raise BundleError(
                f"{bundle}: is the companion that explains a bundle, and no model itself; run the "
                f"bundle with --explainer gradient"
            )
        self.card = card
        self.bundle = bundle
        self._open_backend = open_backend
        self._backend = open_backend(None)
        self._single = card.temporal_mode in ("frame", "stream")

    def infer(
        self, frames: Sequence[Frame], states: Sequence[StreamState]
    ) -> Sequence[Scores | None]:
        """Run the streams that are due as one batch."""
        scores: list[Scores | None] = [None] * len(frames)
        if self._single:
            inputs = {"frames": np.stack([resize(f.image, self.card) for f in frames])}
            outputs, memories = self._backend.run(inputs, [s.memory for s in states])
            for state, memory in zip(states, memories, strict=True):
                state.memory = memory
            due = list(range(len(frames)))
        else:
            due = [
                i for i, (f, s) in enumerate(zip(frames, states, strict=True)) if self._push(f, s)
            ]
            if not due:
                return scores
            clips = clip_inputs(self.card, [states[i].memory for i in due])
            outputs, _ = self._backend.run(clips, [None] * len(due))
        for row, index in enumerate(due):
            scores[index] = self._scores(outputs, row)
        return scores

    def _push(self, frame: Frame, state: StreamState) -> bool:
        if state.memory is None:
            state.memory = ClipWindow(
                self.card.window_seconds, self.card.input_rate_hz, self.card.stride_frames
            )
        image = resize(frame.image, self.card)
        # Without a resize this is the ring buffer's own memory, which the next frame overwrites.
        image_copy = image.copy() if image is frame.image else image
        window: ClipWindow = state.memory
        return window.push(image_copy, frame.pts_seconds)

    def _scores(self, outputs: Mapping[str, npt.NDArray[Any]], row: int) -> Scores:
        logits = outputs["logits"][row].astype(np.float32) / np.float32(self.card.temperature)
        values = activate(logits, self.card.activation)
        cam = outputs.get("cam") if self.context.want_saliency else None
        return Scores(values, None if cam is None else saliency_of(cam[row], int(values.argmax())))

    @property
    def runs_on(self) -> Mapping[str, Any]:
        """Backend, provider and its settings."""
        return {
            "backend": self._backend.name,
            "provider": self._backend.provider,
            **self._backend.report,
        }

    def last_inputs(
        self, frame: Frame, state: StreamState
    ) -> tuple[Image, Mapping[str, npt.NDArray[Any]]]:
        """The resized image and the states that the last step read."""
        if not self._single:
            raise BackendUnavailableError(f"{self.card.name} takes clips, not single frames")
        states = self._backend.states([state.memory], before=True) if state.memory else {}
        return resize(frame.image, self.card), states

    def take_resized(self) -> bool:
        """Expect frames of the card's size; only a card that fixes one can."""
        if self.card.input_size is None:
            return False
        self.card = self.card.model_copy(update={"resize": ResizeRule()})
        return True

    def recover(self) -> None:
        """Open the next backend that may be used."""
        failed = self._backend
        self._backend = self._open_backend(failed)
        # What has failed may fail again when it is closed; the run goes on without it.
        with suppress(Exception):
            failed.close()

    def close(self) -> None:
        """Close the backend."""
        self._backend.close()


def opener(name: str, path: Path, card: Card, context: ModelContext | None) -> OpenBackend:
    """Return the function that opens the backend of a bundle.

    Args:
        name: The model's name, for the message.
        path: The bundle.
        card: Its card.
        context: Chooses the backend.

    Raises:
        BackendUnavailableError: If the context cannot open one.
    """
    open_backend = context.open_backend if context else None
    if open_backend is None:
        raise BackendUnavailableError(
            f"the model {name!r} needs a context with open_backend; build it by "
            f"edgevid.pipeline.build_model or Pipeline.from_config"
        )
    return lambda failed: open_backend(path, card, failed)


def activate(logits: Floats, activation: str) -> Floats:
    """Turn logits (K,) into scores (K,) by the card's activation, without overflow."""
    if activation == "sigmoid":
        scores: Floats = (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)
        return scores
    shifted = np.exp(logits - logits.max())
    normalised: Floats = (shifted / shifted.sum()).astype(np.float32)
    return normalised


def saliency_of(cam: npt.NDArray[Any], top: int) -> Floats:
    """Evidence for one class from a class activation map.

    Args:
        cam: Class activation maps, (K, h, w).
        top: The class.

    Returns:
        float32, (h, w), in [0, 1]: evidence for the class; evidence against it counts as none.

    Reference:
        Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR 2016,
        https://arxiv.org/abs/1512.04150.
    """
    evidence: Floats = np.maximum(cam[top].astype(np.float32), 0)
    peak = float(evidence.max())
    return evidence / peak if peak > 0 else evidence
