"""Findings of a study."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edgevid.errors import ConfigError
from edgevid_batch.config.telemetry import StudyConfig

NAME = "study.json"

Question = Literal["behaviour_by_speed", "behaviour_and_channel"]
Measure = Literal["share", "per_hour", "point_biserial", "within_driver", "spearman"]

MEASURES: dict[Measure, str] = {
    "share": "Part of the seconds in which the behaviour was active, in [0, 1].",
    "per_hour": "Events that began, by hour.",
    "point_biserial": "Correlation over all seconds: behaviour active or not, and the channel.",
    "within_driver": "The same after each driver's own mean is taken away from both.",
    "spearman": "Rank correlation over drivers: share of the behaviour, and mean of the channel.",
}

ANY = "any_event"
ONE_HANDED = "one_handed"


class Figure(BaseModel):
    """One number, how sure it is, and what it rests on."""

    model_config = ConfigDict(frozen=True)

    question: Question
    behaviour: str = Field(description="any_event, one_handed, or a group of events.")
    channel: str
    unit: str | None = None
    from_value: float | None = Field(default=None, description="Range of the channel, included.")
    to_value: float | None = Field(default=None, description="Excluded; null is open.")
    measure: Measure
    value: float | None = Field(default=None, description="Null if it cannot be computed.")
    low: float | None = Field(
        default=None, description="Bound of the interval; null if there is none."
    )
    high: float | None = None
    num_seconds: int
    num_effective: float | None = Field(
        default=None, description="What the seconds are worth, for each is like the one before."
    )
    num_drives: int
    num_drivers: int
    num_events: int = Field(description="Intervals in which the behaviour was active.")
    warnings: tuple[str, ...] = Field(
        default=(), description="Reasons why the result may not support a claim."
    )


class Study(BaseModel):
    """All figures, and what is to be known about them."""

    settings: StudyConfig
    num_drives: int = Field(description="With telemetry.")
    num_drivers: int
    num_seconds: int = Field(description="With a valid prediction, in those drives.")
    notes: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()


def read_study(folder: Path) -> Study | None:
    """The study of a batch; None if it had no telemetry.

    Raises:
        ConfigError: If it cannot be read.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        return Study.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ConfigError(f"{path}: cannot be read; run edgevid batch again") from error
