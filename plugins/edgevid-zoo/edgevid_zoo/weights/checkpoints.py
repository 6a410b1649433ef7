"""Loads checkpoints of a network: ``.safetensors``, or ``.pth`` without executing anything."""

from __future__ import annotations

import pickle
from pathlib import Path

from torch import Tensor, nn

from edgevid import WeightsError, fit_weights, read_safetensors
from edgevid.errors import one_line

_WRAPPERS = ("state_dict", "model_state_dict", "model")


def load_checkpoint(network: nn.Module, path: str | Path) -> None:
    """Load weights strictly.

    Raises:
        WeightsError: If the file cannot be read, or a key is missing, unknown or of another shape.
    """
    fit_weights(network, _read(Path(path)), str(path))


def _read(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise WeightsError(f"{path}: no such checkpoint")
    if path.suffix == ".safetensors":
        return read_safetensors(path)
    import torch

    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise WeightsError(
            f"{path}: not a checkpoint of plain tensors: {one_line(error)}"
        ) from error
    for wrapper in _WRAPPERS:
        if isinstance(found, dict) and isinstance(found.get(wrapper), dict):
            found = found[wrapper]
    if not isinstance(found, dict) or not all(isinstance(t, Tensor) for t in found.values()):
        raise WeightsError(f"{path}: holds no state_dict")
    # Data-parallel training puts this before every key.
    return {key.removeprefix("module."): tensor for key, tensor in found.items()}
