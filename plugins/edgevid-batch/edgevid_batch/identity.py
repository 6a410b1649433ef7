"""Inputs of a score besides the drive."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from edgevid.card import Card
from edgevid_batch.config.batch import BatchConfig

_DIGITS = 16
_NOT_THE_NUMBERS = frozenset({"version", "threads", "spin", "arena", "cuda_graph"})
"""Backend facts that leave scores alone: speed, and versions, whose change needs no rescoring."""


def model_id(card: Card, config: BatchConfig, runs_on: Mapping[str, Any]) -> str:
    """Identity of scores: the model, its weights, card and options, and the backend.

    Args:
        card: Of the model, which names its weights.
        config: Name and options of model and backend.
        runs_on: Backend and provider that were really opened.
    """
    parts = [
        config.model.name,
        card.model_dump(mode="json"),
        dict(config.model.options),
        _numbers(config.backend.options),
        _numbers(runs_on),
    ]
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _numbers(reported: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in reported.items() if key not in _NOT_THE_NUMBERS}
