"""The default model: the driver network that ships inside this package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from pydantic import BaseModel

from edgevid.backends.bundle import read_card
from edgevid.backends.model import BackendModel, opener
from edgevid.errors import BundleError
from edgevid.interfaces import ModelContext


def default_bundle() -> Path:
    """The bundle that ships with the package; its PyTorch checkpoint is in the same folder.

    Raises:
        BundleError: If it is not there.
    """
    path = Path(str(resources.files("edgevid") / "default_model" / "driver.onnx"))
    if not path.is_file():
        raise BundleError(
            f"{path}: the default model is missing from this installation; "
            f"pip install --force-reinstall edgevid, or name another one: --model model.onnx"
        )
    return path


class DriverModel(BackendModel):
    """Driver behaviour in 11 classes; the default model, trained on synthetic drivers only."""

    @classmethod
    def bundle_path(cls) -> Path:
        """The bundle that ships with the package."""
        return default_bundle()

    def __init__(self, options: BaseModel, context: ModelContext | None = None) -> None:
        """Read the card and open a backend.

        Raises:
            BundleError: If the bundle is not there.
            BackendUnavailableError: If no backend that may be used runs here.
        """
        path = self.bundle_path()
        card = read_card(path)
        super().__init__(options, context, card, opener("driver", path, card, context), bundle=path)
