"""Begins a training with the weights of another, also with other classes."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from edgevid import WeightsError, read_safetensors


def load_start(network: nn.Module, path: Path) -> list[str]:
    """Load all weights but those whose shape depends on the classes.

    Args:
        network: Not in bundle form.
        path: A ``.safetensors`` file of the same architecture and width.

    Returns:
        Keys that were left as they are: the classifier's, if its classes are other ones.

    Raises:
        WeightsError: If anything else does not fit.
    """
    if not path.is_file():
        raise WeightsError(f"{path}: no such weights")
    found, wanted = read_safetensors(path), network.state_dict()
    different = {key for key in wanted if key not in found or found[key].shape != wanted[key].shape}
    unknown = sorted(set(found) - set(wanted))
    if unknown or any(not key.startswith("classifier.") for key in different):
        odd = (unknown + sorted(different))[0]
        raise WeightsError(
            f"{path}: does not fit: {odd}; give weights of the same architecture and width"
        )
    network.load_state_dict({**wanted, **{k: v for k, v in found.items() if k not in different}})
    return sorted(different)
