"""The generic model: runs any bundle, through a backend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from edgevid.backends.bundle import read_card
from edgevid.backends.model import BackendModel, opener
from edgevid.interfaces import ModelContext
from edgevid.interfaces import Options as BaseOptions


class BundleModel(BackendModel):
    """Runs a bundle: ``--model path/to/model.onnx``."""

    class Options(BaseOptions):
        """Options of the model ``bundle``."""

        path: str = Field(min_length=1, description="The bundle, one .onnx file with its card.")

    @classmethod
    def options_for_path(cls, path: str) -> Mapping[str, Any] | None:
        """Any ``.onnx`` file."""
        return {"path": path} if path.lower().endswith(".onnx") else None

    def __init__(self, options: Options, context: ModelContext | None = None) -> None:
        """Read the card and open a backend.

        Raises:
            BundleError: If the file is no bundle.
            BackendUnavailableError: If no backend that may be used runs here.
        """
        path = Path(options.path)
        card = read_card(path)
        super().__init__(options, context, card, opener("bundle", path, card, context), bundle=path)
