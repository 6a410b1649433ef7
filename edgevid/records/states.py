"""Records of what an event file and ``run.json`` say beside events."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from edgevid.records.event import plain

_Text = Annotated[str, BeforeValidator(plain)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class AvailabilityRecord(_Record):
    """A change of availability: whether driver behaviour can be recognised from now on."""

    state: _Text = Field(description="ok, warming_up, degraded, no_driver or no_signal.")
    start_seconds: float = Field(description="Start; the state lasts until the next change.")
    reason: _Text = Field(description="Why it changed, for people.")


class GapRecord(_Record):
    """An interval without frames on the source's timeline."""

    start_seconds: float = Field(description="pts of the last frame before the gap.")
    end_seconds: float = Field(description="pts of the first frame after the gap.")
    reason: _Text = Field(description="Why frames are missing, for people.")
