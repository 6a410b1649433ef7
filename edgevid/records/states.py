"""Records of what an event file and ``run.json`` say beside events."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AvailabilityRecord(_Record):
    """A change of availability: whether driver behaviour can be recognised from now on."""

    state: str = Field(description="ok, warming_up, degraded, no_driver or no_signal.")
    start_seconds: float = Field(description="Start; the state lasts until the next change.")
    reason: str = Field(description="Why it changed, for people.")


class GapRecord(_Record):
    """An interval without frames on the source's timeline."""

    start_seconds: float = Field(description="pts of the last frame before the gap.")
    end_seconds: float = Field(description="pts of the first frame after the gap.")
    reason: str = Field(description="Why frames are missing, for people.")
