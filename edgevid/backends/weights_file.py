"""Files of weights: ``.safetensors``, which say what network they are of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from edgevid.card import Card
from edgevid.errors import WeightsError

_KEY = "edgevid"


class Maker(BaseModel):
    """The network that weights are of."""

    architecture: str
    options: dict[str, Any] = {}


def read_safetensors(path: Path) -> dict[str, Any]:
    """Tensors of a ``.safetensors`` file, on the CPU.

    Raises:
        WeightsError: If it cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(path))
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: not a readable safetensors file: {error}") from error


def read_maker(path: Path) -> Maker | None:
    """What a ``.safetensors`` file says that it is of; None if it does not say.

    Raises:
        WeightsError: If it cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            said = (file.metadata() or {}).get(_KEY, "")
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: not a readable safetensors file: {error}") from error
    try:
        return Maker.model_validate_json(said)
    except ValidationError:
        return None


def write_safetensors(tensors: Mapping[str, Any], path: Path, card: Card) -> None:
    """Write weights of the network of a card.

    Raises:
        OSError: If they cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    maker = Maker(architecture=card.architecture or "", options=card.architecture_options)
    plain = {name: tensor.contiguous().cpu() for name, tensor in tensors.items()}
    try:
        # One key alone: several come in any order, and the bytes would differ from run to run.
        save_file(plain, path, metadata={_KEY: json.dumps(maker.model_dump(), sort_keys=True)})
    except SafetensorError as error:
        raise OSError(str(error)) from error
    # safetensors makes files that only their owner may read, whatever the umask says.
    path.chmod(0o644)
