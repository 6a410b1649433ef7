"""Loads checkpoints of a network: ``.safetensors``, or ``.pth`` without executing anything."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from edgevid import WeightsError, fit_weights, read_safetensors
from edgevid.errors import one_line

_NAME = re.compile(r"[\w.-]{1,200}", re.ASCII)
_WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model")
_MOST_BYTES = 2 << 30
"""Six times the largest network, which is enough for its optimiser too."""
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_PICKLES = {".pkl": "Caffe2", ".pdparams": "Paddle"}


def load_checkpoint(network: nn.Module, path: str | Path) -> None:
    """Load weights strictly.

    Raises:
        WeightsError: If the file cannot be read, or a key is missing, unknown or of another shape.
    """
    tensors = read_checkpoint(Path(path))
    check_kinds(network.state_dict(), tensors, str(path))
    fit_weights(network, tensors, str(path))


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Tensors of a file, on the CPU, under the names that they have in there.

    Raises:
        WeightsError: If it is not there, is too large, is a pickle of objects or holds no weights.
    """
    if not is_file(path):
        raise WeightsError(f"{path}: no such checkpoint")
    _check_size(path)
    if path.suffix == ".safetensors":
        return tensors_of(read_safetensors(path), str(path))
    if path.suffix in _PICKLES:
        raise WeightsError(
            f"{path}: a pickle of {_PICKLES[path.suffix]}, which could run anything when it is "
            f"read; convert it where it comes from, to .safetensors or a .pth of plain tensors"
        )
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise WeightsError(
            f"{path}: cannot be read: {error.strerror or one_line(error)}"
        ) from error
    # The unpickler raises what a malformed file happens to lead to.
    except Exception as error:
        raise WeightsError(
            f"{path}: not a checkpoint of plain tensors: {one_line(error, 200)}; save its "
            f"state_dict alone"
        ) from error
    return tensors_of(found, str(path))


def is_file(path: Path) -> bool:
    """Whether there is such a file.

    Raises:
        WeightsError: If it cannot be determined, as for a name that is too long.
    """
    try:
        return path.is_file()
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read: {error.strerror}") from error


def check_kinds(wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], where: str) -> None:
    """Refuse quantised weights and the like, whose scale is elsewhere.

    Args:
        wanted: ``state_dict`` of the network.
        found: Tensors under its names.
        where: What they come from, for messages.

    Raises:
        WeightsError: If numbers are not of a usual kind of floating-point ones, and are to be.
    """
    for name, tensor in found.items():
        if name in wanted and wanted[name].is_floating_point() and tensor.dtype not in _FLOATS:
            kind = str(tensor.dtype).removeprefix("torch.")
            raise WeightsError(
                f"{where}: {name} is {kind}, not float16, bfloat16, float32 or float64; convert "
                f"the weights to one of them"
            )


def tensors_of(found: Any, where: str) -> dict[str, Tensor]:
    """The ``state_dict`` of what a file holds, without the names of wrappers.

    Raises:
        WeightsError: If there is none, or a tensor in it is not one of plain finite numbers.
    """
    for wrapper in _WRAPPERS:
        if isinstance(found, dict) and isinstance(found.get(wrapper), dict):
            found = found[wrapper]
    if not isinstance(found, dict) or not all(
        isinstance(key, str) and _NAME.fullmatch(key) and isinstance(tensor, Tensor)
        for key, tensor in found.items()
    ):
        raise WeightsError(f"{where}: holds no state_dict")
    for key, tensor in found.items():
        plain = tensor.layout == torch.strided and tensor.device.type == "cpu"
        if not plain or tensor.is_quantized or tensor.is_complex():
            raise WeightsError(f"{where}: {key} is no dense tensor of real numbers")
    # Data-parallel training puts this before every key.
    tensors = {key.removeprefix("module."): tensor for key, tensor in found.items()}
    if len(tensors) < len(found):
        raise WeightsError(f"{where}: some names are in it with module. before them and without")
    return tensors


def _check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                size = max(size, sum(entry.file_size for entry in archive.infolist()))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise WeightsError(f"{path}: not a readable checkpoint: {one_line(error)}") from error
    if size > _MOST_BYTES:
        raise WeightsError(
            f"{path}: holds {size / 1e9:.1f} GB, more than weights and optimiser of any network "
            f"here; save its state_dict alone"
        )
