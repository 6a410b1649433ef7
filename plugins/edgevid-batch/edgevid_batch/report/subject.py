"""Subject of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from edgevid.card import Card
from edgevid.interfaces import Model, Overlay
from edgevid_batch.copies import Copies
from edgevid_batch.report.links import evidence_clips
from edgevid_batch.report.parts import Section
from edgevid_batch.sources import Sources
from edgevid_batch.store import Store

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """A batch that is over."""

    out: Path
    """Folder of results."""
    drives: Sequence[Row]
    """Rows of the tables, as they were written."""
    events: Sequence[Row]
    availability: Sequence[Row]
    uris: Mapping[str, str]
    """Name in the tables → where the drive is; passwords, if there are any, are in it."""
    copies: Copies
    """Local copies of remote drives."""
    card: Card
    policy: Mapping[str, Any]
    runs_on: Mapping[str, Any]
    store: Store
    sources: Sources
    """Sources of drives that are not files."""
    open_model: Callable[[], Model]
    """A model that gives heat-maps, if its head allows."""
    open_heatmap: Callable[[], Overlay]
    """Draws a heat-map."""
    sections: Sequence[Section] = field(default=())
    """More to show, after the summary of the fleet."""
    versions: Mapping[str, str | None] = field(default_factory=dict)
    """Name in the tables → of the drive, as it was analysed; what is not there is asked for."""

    @cached_property
    def evidence(self) -> Mapping[tuple[str, str], str]:
        """Event → clip in the folder of evidence, as it is now."""
        return evidence_clips(self.out)
