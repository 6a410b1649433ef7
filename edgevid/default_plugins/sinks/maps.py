"""The sink ``maps``: saliency maps as arrays and images."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from pydantic import Field

from edgevid.default_plugins.sinks.stills import safe_name
from edgevid.errors import SinkError
from edgevid.interfaces import Options as BaseOptions
from edgevid.interfaces import RunInfo, Sink
from edgevid.io import directory_target, write_target
from edgevid.types import Floats, Prediction


class MapsSink(Sink):
    """Every saliency map, as ``00012.400s_drinking.npy`` (float32, (h, w), in [0, 1]) and ``.png``.

    Maps are written as often as the explainer computes them, or every ``every_seconds``. Files
    appear whole or not at all.
    """

    wants_saliency = True

    class Options(BaseOptions):
        """Options of the ``maps`` sink."""

        every_seconds: float = Field(
            default=0.0, ge=0, description="Shortest interval between two maps, in source time."
        )
        images: bool = Field(default=True, description="Also write a coloured image.")
        width: int = Field(default=448, ge=16, le=4096, description="Width of the image, pixels.")

    options: Options

    def __init__(self, options: Options, target: str | None = None) -> None:
        super().__init__(options, target)
        self._directory: Path | None = None
        self._last_seconds: float | None = None
        self._labels: tuple[str, ...] = ()

    def open(self, session: RunInfo) -> None:
        """Create the directory.

        Raises:
            SinkError: If it cannot be written.
        """
        self._directory = directory_target("maps", self.target)
        self._labels = session.card.class_names

    def prediction(self, prediction: Prediction) -> None:
        """Write its map, if it has one."""
        saliency = prediction.saliency
        if saliency is None or self._directory is None or not prediction.valid:
            return
        last = self._last_seconds
        if last is not None and 0 <= prediction.end_seconds - last < self.options.every_seconds:
            return
        self._last_seconds = prediction.end_seconds
        label = safe_name(self._labels[prediction.top])
        name = f"{prediction.end_seconds:09.3f}s_{label}"
        numbers = io.BytesIO()
        np.save(numbers, saliency.astype(np.float32), allow_pickle=False)
        write_target("maps", self._directory / f"{name}.npy", numbers.getvalue())
        if self.options.images:
            write_target("maps", self._directory / f"{name}.png", self._picture(saliency))

    def _picture(self, saliency: Floats) -> bytes:
        height, width = saliency.shape
        size = (self.options.width, max(1, round(self.options.width * height / width)))
        level = np.clip(np.nan_to_num(saliency) * 255, 0, 255).astype(np.uint8)
        large = cv2.resize(level, size, interpolation=cv2.INTER_NEAREST)
        encoded, content = cv2.imencode(".png", cv2.applyColorMap(large, cv2.COLORMAP_INFERNO))
        if not encoded:
            raise SinkError(f"sink maps: a map of shape {saliency.shape} cannot be encoded as PNG")
        return content.tobytes()
