"""Gradients averaged over noisy copies of the frame: the same evidence with less speckle."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from edgevid.default_plugins.explainers.gradient import GradientExplainer
from edgevid.types import Floats, Image

_FULL = 255


class SmoothGradExplainer(GradientExplainer):
    """Mean gradient over noisy copies of the frame; the noise is the same in every replay.

    Reference:
        Smilkov et al., "SmoothGrad: removing noise by adding noise", 2017,
        https://arxiv.org/abs/1706.03825.
    """

    class Options(GradientExplainer.Options):
        """Options of the ``smoothgrad`` explainer."""

        samples: int = Field(default=8, ge=2, le=256, description="Noisy copies, run as one batch.")
        noise: float = Field(
            default=0.1, gt=0, le=1, description="Standard deviation, in parts of the range."
        )

    options: Options

    def _frames(self, image: Image, index: int) -> Image:
        random = np.random.default_rng(index)
        shape = (self.options.samples, *image.shape)
        noise = random.standard_normal(shape, np.float32) * (self.options.noise * _FULL)
        noisy: Image = (image[None] + noise).clip(0, _FULL).astype(np.uint8)
        return noisy

    def _map(self, outputs: dict[str, npt.NDArray[Any]]) -> Floats:
        found: Floats = np.abs(outputs["gradient"].mean(axis=0)).max(axis=2)
        return found
