"""Files of weights: ``.safetensors``, which say what network they are of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from edgevid.backends.bundle import read_card
from edgevid.card import Card
from edgevid.errors import BundleError, WeightsError, one_line

_KEY = "edgevid"


class Maker(BaseModel):
    """The network that weights are of."""

    # It is shown to people, and a file may say anything.
    architecture: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")
    options: dict[str, Any] = {}
    num_frames: int | None = Field(default=None, gt=0, lt=2**31)
    """Frames of a clip or of a buffer over time; None in files of older versions."""


def read_safetensors(path: Path) -> dict[str, Any]:
    """Tensors of a ``.safetensors`` file, on the CPU.

    Raises:
        WeightsError: If it cannot be read, or has a name in it that cannot be shown.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = dict(load_file(path))
    except (SafetensorError, OSError) as error:
        raise _unreadable(path, error) from error
    if not all(name.isprintable() for name in tensors):
        raise WeightsError(f"{path}: has names of tensors that are not plain text")
    return tensors


def read_maker(path: Path) -> Maker | None:
    """Network of a ``.safetensors`` file, from its metadata or its bundle's card.

    Returns:
        None if neither says.

    Raises:
        WeightsError: If it cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            metadata = (file.metadata() or {}).get(_KEY, "")
    except (SafetensorError, OSError) as error:
        raise _unreadable(path, error) from error
    try:
        return Maker.model_validate_json(metadata)
    except ValidationError:
        return _maker_of_checkpoint(path)


def _maker_of_checkpoint(path: Path) -> Maker | None:
    """Network in the card of the bundle beside weights, if the weights are those of the bundle."""
    try:
        card = read_card(path.with_suffix(".onnx"))
        is_its_checkpoint = card.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    # No bundle, or another file of that name: it says nothing of these weights.
    except (BundleError, OSError):
        return None
    return _maker_of(card) if is_its_checkpoint else None


def _maker_of(card: Card) -> Maker | None:
    """The network of a card; None if it has none, or one whose name is not to be shown."""
    if card.architecture is None:
        return None
    try:
        return Maker(
            architecture=card.architecture,
            options=card.architecture_options,
            num_frames=card.num_frames,
        )
    except ValidationError:
        return None


def _unreadable(path: Path, error: Exception) -> WeightsError:
    return WeightsError(f"{path}: not a readable safetensors file: {one_line(error)}")


def write_safetensors(tensors: Mapping[str, Any], path: Path, card: Card) -> None:
    """Write weights of the network of a card.

    Raises:
        OSError: If they cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    maker = _maker_of(card)
    # One key alone: several come in any order, and the bytes would differ from run to run.
    metadata = {_KEY: json.dumps(maker.model_dump(), sort_keys=True)} if maker else None
    plain = {name: tensor.contiguous().cpu() for name, tensor in tensors.items()}
    try:
        save_file(plain, path, metadata=metadata)
    except SafetensorError as error:
        raise OSError(str(error)) from error
    # safetensors makes files that only their owner may read, whatever the umask says.
    path.chmod(0o644)
