"""From a run folder to a bundle."""

from __future__ import annotations

from pathlib import Path

from edgevid import Card, ConfigError, load_plugins
from edgevid_train.training.folder import CARD, WEIGHTS


def export_run(folder: Path, output: Path | None = None) -> Path:
    """Export the weights of a run with its card, through the parity gate.

    Args:
        folder: Of the run.
        output: The bundle; ``model.onnx`` in the folder by default.

    Raises:
        ConfigError: If the folder holds no finished run.
        ExportError: If the network cannot be exported.
        ParityError: If PyTorch and ONNX Runtime disagree.
    """
    from edgevid_export.bundle import export_bundle

    weights, card_file = folder / WEIGHTS, folder / CARD
    if not (weights.is_file() and card_file.is_file()):
        raise ConfigError(
            f"{folder}: holds no finished run; train it first, or go on with --resume"
        )
    card = Card.from_json(card_file.read_bytes(), where=str(card_file))
    architecture = load_plugins().architectures[card.architecture or ""]()
    bundle = output or folder / "model.onnx"
    export_bundle(architecture, card, bundle, checkpoint=weights)
    return bundle
