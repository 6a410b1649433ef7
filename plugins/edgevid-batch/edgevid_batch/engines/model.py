"""The model of a batch, opened alike wherever it scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from edgevid.card import Card
from edgevid.interfaces import Model
from edgevid.pipeline import build_model
from edgevid.plugins import Plugins
from edgevid_batch.batch_size import best_batch_size
from edgevid_batch.config.batch import BatchConfig


@dataclass(frozen=True)
class Facts:
    """Facts about a model that the rest of a batch needs."""

    card: Card
    runs_on: Mapping[str, Any]
    prepare: bool
    """Whether workers resize the images."""
    may_cut: bool
    """Whether drives may be cut and scored in parts."""
    batch_size: int
    """Streams that are scored together."""


@contextmanager
def opened_model(config: BatchConfig, plugins: Plugins) -> Iterator[tuple[Model, Facts]]:
    """A model that is closed at the end.

    Raises:
        ConfigError: If an option is not accepted.
        ModelError: If it cannot be built.
    """
    built = build_model(plugins, config.model, config.backend, want_saliency=False)
    with built.model as model:
        card = model.card
        prepare = model.take_resized()
        size = config.batch_size or best_batch_size(model)
        yield model, Facts(card, dict(model.runs_on), prepare, model.bounded_memory, size)
