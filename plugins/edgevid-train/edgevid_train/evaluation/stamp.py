"""Writes measured numbers into a bundle's card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgevid import CARD_KEY, Card
from edgevid.io import atomic_path
from edgevid_train.evaluation.schema import EvaluationReport

_DIGITS = 4


def card_metrics(report: EvaluationReport, split: str) -> dict[str, float]:
    """Return a report's numbers for a card, with the split in their names."""
    found = {
        "clips": report.num_clips,
        "top1": report.top1.value,
        "macro_f1": report.macro_f1,
        "ece": report.ece_before,
        "chance": report.chance,
        **{f"top1_{row.condition}": row.top1.value for row in report.robustness},
    }
    return {f"{split}_{name}": round(value, _DIGITS) for name, value in found.items()}


def stamp_card(bundle: Path, fields: dict[str, Any]) -> Card:
    """Change fields of the card inside a bundle, atomically; weights stay as they are.

    Args:
        bundle: The ``.onnx``.
        fields: Fields of the card; ``metrics`` are added to those that are there.

    Returns:
        The new card.

    Raises:
        BundleError: If a value is not accepted.
    """
    import onnx

    model = onnx.load(bundle)
    texts = {prop.key: prop.value for prop in model.metadata_props}
    old = Card.from_json(texts[CARD_KEY], where=str(bundle))
    if "metrics" in fields:
        fields = {**fields, "metrics": {**old.metrics, **fields["metrics"]}}
    changed = old.model_copy(update=fields).model_dump_json()
    card = Card.from_json(changed, where=str(bundle))
    onnx.helper.set_model_props(model, {**texts, CARD_KEY: card.model_dump_json()})
    with atomic_path(bundle) as temporary:
        onnx.save(model, temporary)
    return card
