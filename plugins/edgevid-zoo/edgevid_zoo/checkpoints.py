"""Loads checkpoints of a network: ``.safetensors``, or ``.pth`` without executing anything."""

from __future__ import annotations

import pickle
from pathlib import Path

from torch import Tensor, nn

from edgevid import WeightsError

_WRAPPERS = ("state_dict", "model_state_dict", "model")


def load_checkpoint(network: nn.Module, path: str | Path) -> None:
    """Load weights strictly.

    Raises:
        WeightsError: If the file cannot be read, or a key is missing, unknown or of another shape.
    """
    found = _read(Path(path))
    expected = network.state_dict()
    problems = [f"missing {key}" for key in expected if key not in found]
    problems += [f"unknown {key}" for key in found if key not in expected]
    problems += [
        f"{key} is {tuple(found[key].shape)}, not {tuple(tensor.shape)}"
        for key, tensor in expected.items()
        if key in found and found[key].shape != tensor.shape
    ]
    if problems:
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise WeightsError(f"{path}: does not fit the network: {'; '.join(problems[:5])}{more}")
    network.load_state_dict(found)


def _read(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise WeightsError(f"{path}: no such checkpoint")
    if path.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return load_file(path)
        except (SafetensorError, OSError) as error:
            raise WeightsError(f"{path}: not a readable safetensors file: {error}") from error
    import torch

    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        line = " ".join(str(error).split())[:200]
        raise WeightsError(f"{path}: not a checkpoint of plain tensors: {line}") from error
    for wrapper in _WRAPPERS:
        if isinstance(found, dict) and isinstance(found.get(wrapper), dict):
            found = found[wrapper]
    if not isinstance(found, dict) or not all(isinstance(t, Tensor) for t in found.values()):
        raise WeightsError(f"{path}: holds no state_dict")
    # Data-parallel training puts this before every key.
    return {key.removeprefix("module."): tensor for key, tensor in found.items()}
