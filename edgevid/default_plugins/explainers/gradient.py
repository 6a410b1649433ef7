"""Pixels that a score depends on: gradients, computed by a saliency bundle without PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from edgevid.backends.bundle import read_card
from edgevid.card import Card
from edgevid.errors import BackendUnavailableError, BundleError, ConfigError
from edgevid.interfaces import Backend, Explainer, Model, ModelContext, StreamState
from edgevid.interfaces import Options as BaseOptions
from edgevid.types import Floats, Frame, Image, Prediction

_FULL_SHARE = 0.995
"""The pixel at this quantile is as bright as can be: a few single pixels are always far above."""


class GradientExplainer(Explainer):
    """|d score / d pixel| of the top class, through the streamed state; needs a companion bundle.

    Reference:
        Simonyan et al., "Deep Inside Convolutional Networks: Visualising Image Classification
        Models and Saliency Maps", 2013, https://arxiv.org/abs/1312.6034.
    """

    class Options(BaseOptions):
        """Options of the ``gradient`` explainer."""

        bundle: str | None = Field(
            default=None,
            description="Saliency bundle of `edgevid export --saliency`. Default: "
            "NAME.saliency.onnx beside the model's bundle.",
        )
        at: Literal["always", "events"] = Field(
            default="always",
            description="When to explain: always, or only where an event starts "
            "or reaches a new peak.",
        )
        every_seconds: float = Field(
            default=1.0,
            ge=0,
            description="always: shortest interval between two maps, in source time.",
        )

    options: Options
    costs = True

    def __init__(self, options: Options, context: ModelContext | None = None) -> None:
        super().__init__(options, context)
        self.at, self.every_seconds = options.at, options.every_seconds
        self._model: Model | None = None
        self._backend: Backend | None = None
        self._open_backend: Callable[[Backend | None], Backend] | None = None

    def open(self, model: Model) -> None:
        """Open the companion of the model's bundle.

        Raises:
            ConfigError: If the model has no bundle.
            BundleError: If there is no companion, or it is another network's.
            BackendUnavailableError: If nothing here can run it.
        """
        self._model = model
        card, path = self._companion(model)
        if self.context.open_backend is None:
            raise BackendUnavailableError("the explainer needs a context with open_backend")
        self._open_backend = partial(self.context.open_backend, path, card)
        self._backend = self._open_backend(None)
        # Once now: some runtimes compile a graph when they first see a batch of its size.
        height, width = card.input_size or (1, 1)
        blank = np.zeros((height, width, 3), np.uint8)
        empty = {
            state.name: np.zeros((1, *state.shape), state.dtype) for state in card.state_tensors
        }
        self._run(blank, empty, 0, 0)

    def recover(self) -> None:
        """Open the companion on the next backend: the device it was on is lost."""
        lost = self._backend
        if self._open_backend is not None:
            self._backend = self._open_backend(lost)
        if lost is not None:
            with suppress(Exception):
                lost.close()

    def _companion(self, model: Model) -> tuple[Card, Path]:
        bundle = model.bundle
        if bundle is None:
            raise ConfigError(
                f"gradients need a bundle, which {model.card.name} is not; use explainer cam"
            )
        bundle_option = self.options.bundle
        path = Path(bundle_option) if bundle_option else bundle.with_suffix(".saliency.onnx")
        if not path.is_file():
            raise BundleError(
                f"{path}: the explainer needs this companion of {bundle.name}; make it with "
                f"`edgevid export {bundle} --saliency -o {path}`, or use explainer cam"
            )
        card = read_card(path)
        if not card.has_gradient:
            raise BundleError(f"{path}: no companion for explaining: it gives no gradient")
        alike = ("sha256", "class_names", "input_size", "state_tensors")
        other = [name for name in alike if getattr(card, name) != getattr(model.card, name)]
        if other or card.sha256 is None:
            what = "weights" if card.sha256 is None or "sha256" in other else ", ".join(other)
            raise BundleError(f"{path}: is the companion of other {what} than {bundle.name} has")
        return card, path

    def explain(self, frame: Frame, prediction: Prediction, state: StreamState) -> Floats | None:
        """The map of the prediction's top class."""
        model = self._model
        if model is None:
            raise RuntimeError("open the explainer before it explains")
        image, states = model.last_inputs(frame, state)
        return _normalised(self._run(image, states, prediction.top, frame.index))

    def _run(
        self, image: Image, states: Mapping[str, npt.NDArray[Any]], top: int, index: int
    ) -> Floats:
        frames = self._frames(image, index)
        repeated = {name: np.repeat(value, len(frames), axis=0) for name, value in states.items()}
        target = np.full(len(frames), top, np.int64)
        backend = self._backend
        if backend is None:
            raise RuntimeError("open the explainer before it explains")
        memories = backend.remember(repeated) if repeated else [None] * len(frames)
        outputs, _ = backend.run({"frames": frames, "target": target}, memories)
        return self._map(outputs)

    def _frames(self, image: Image, index: int) -> Image:
        return image[None]

    def _map(self, outputs: dict[str, npt.NDArray[Any]]) -> Floats:
        found: Floats = outputs["saliency"][0]
        return found

    def close(self) -> None:
        """Close the companion."""
        if self._backend is not None:
            self._backend.close()


def _normalised(found: Floats) -> Floats:
    """To [0, 1]."""
    full = float(np.quantile(found, _FULL_SHARE))
    if not np.isfinite(full) or full <= 0:
        return np.zeros_like(found, np.float32)
    shares: Floats = np.clip(found / full, 0, 1).astype(np.float32)
    return shares
