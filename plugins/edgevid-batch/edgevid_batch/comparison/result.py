"""The difference between two sets of runs, for machines."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edgevid.strict import StrictModel

Change = Literal["kept", "only_in_a", "only_in_b", "level_raised", "level_lowered", "moved"]


class OneEvent(StrictModel):
    """An event as it was in the end."""

    id: str
    label: str
    start_seconds: float
    end_seconds: float
    max_level: int


class Pair(StrictModel):
    """An event of A and the one of B that it is; null where there is none."""

    group: str
    a: OneEvent | None
    b: OneEvent | None
    iou: float | None = Field(description="Shared part of the time that either has.")
    changes: tuple[Change, ...] = Field(
        description="One at least; a pair can be moved and have another level."
    )


class Counts(StrictModel):
    """Numbers of events."""

    a: int = 0
    b: int = 0
    kept: int = 0
    only_in_a: int = 0
    only_in_b: int = 0
    level_raised: int = 0
    level_lowered: int = 0
    moved: int = 0
    alerts_a: int = 0
    alerts_b: int = 0


class LevelCounts(StrictModel):
    """Events by the highest level they reached."""

    a: int = 0
    b: int = 0


class Run(StrictModel):
    """One side of one drive."""

    path: str
    drive_id: str
    model: str
    policy: str
    runs_on: str
    seconds: float = Field(description="How far it was analysed.")
    warnings: tuple[str, ...]


class DriveDifference(StrictModel):
    """One drive under A and B."""

    a: Run
    b: Run
    differs: tuple[str, ...] = Field(
        description="Fields that differ: drive, model, policy, runs_on."
    )
    pairs: tuple[Pair, ...] = Field(description="In the order of time.")


class Difference(StrictModel):
    """All drives."""

    schema_version: Literal[1] = 1
    equal: bool = Field(description="Nothing but kept, and as many alerts in every group.")
    min_iou: float
    moved_seconds: float
    drives: tuple[DriveDifference, ...]
    groups: dict[str, Counts]
    levels: dict[int, LevelCounts]
    hours_a: float
    hours_b: float
    alerts_per_hour_a: float | None = Field(description="Null if nothing was analysed.")
    alerts_per_hour_b: float | None
    missing_in_a: tuple[str, ...] = Field(description="Names that only the other folder has.")
    missing_in_b: tuple[str, ...]
