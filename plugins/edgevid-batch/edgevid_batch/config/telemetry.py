"""Sidecar files with telemetry, and the study of behaviour against it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator
from typing_extensions import Self

from edgevid.strict import StrictModel

SPEED = "speed_kmh"
"""The channel that the signals' plugin reads."""
FIELDS = ("drive.parent", "drive.stem", "drive.name")

_SHIPPED = ("csv", "can", "gpx")
_BRACES = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def filled(pattern: str, fields: dict[str, str]) -> str:
    """A pattern with the fields of a drive; nothing else in it has a meaning."""
    return _BRACES.sub(lambda found: fields[found[1]], pattern)


def _known_fields(pattern: str) -> str:
    unknown = [name for name in _BRACES.findall(pattern) if name not in FIELDS]
    if unknown or set("{}") & set(_BRACES.sub("", pattern)):
        wrong = f"{{{unknown[0]}}}" if unknown else "a single brace"
        accepted = ", ".join(f"{{{name}}}" for name in FIELDS)
        raise ValueError(f"{wrong} is no placeholder; accepted: {accepted}")
    return pattern


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_known_fields)]


class ChannelConfig(StrictModel):
    """One telemetry channel. A bare text is the column."""

    column: str | None = Field(
        default=None, description="csv: column name; gpx: element name, such as ele or hr."
    )
    message: str | None = Field(default=None, description="can: message name in the DBC.")
    signal: str | None = Field(default=None, description="can: signal name in that message.")
    unit: str | None = Field(
        default=None, description="Unit, written to the tables; null takes it from the DBC."
    )

    @model_validator(mode="before")
    @classmethod
    def _bare_column(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        of_bus = self.message is not None and self.signal is not None
        if (self.column is not None) == of_bus or (self.message is None) != (self.signal is None):
            raise ValueError("give column (csv, gpx), or message and signal (can)")
        return self


class TelemetryConfig(StrictModel):
    """A sidecar file of each drive. A bare text is its name."""

    file: Pattern = Field(
        default="{drive.parent}/{drive.stem}.csv",
        description="Path or URL; {drive.parent}, {drive.stem} and {drive.name} stand for the "
        "drive's folder, its file name without extension, and its file name.",
    )
    name: str | None = Field(
        default=None, description="Signals plugin that reads it; null chooses by file extension."
    )
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="Options of that plugin: offset_seconds, align, dbc, column names, …",
    )
    speed: bool = Field(
        default=True,
        description="Use its speed and standstill for the events; at most one file can.",
    )
    channels: dict[str, ChannelConfig] = Field(
        default_factory=dict, description="Further channels to read: name → place in the file."
    )

    @model_validator(mode="before")
    @classmethod
    def _bare_file(cls, value: Any) -> Any:
        return {"file": value} if isinstance(value, str) else value

    @field_validator("channels")
    @classmethod
    def _plain_names(cls, value: dict[str, ChannelConfig]) -> dict[str, ChannelConfig]:
        wrong = [name for name in value if not _NAME.fullmatch(name) or name == SPEED]
        if wrong:
            raise ValueError(
                f"{wrong[0]!r}: a name is of letters, digits and _, and {SPEED} is what `speed` "
                f"reads"
            )
        return value

    @model_validator(mode="after")
    def _something_to_read(self) -> Self:
        of_bus = self.reader == "can"
        for name, channel in self.channels.items():
            if self.reader in _SHIPPED and (channel.message is not None) != of_bus:
                wanted = "message and signal" if of_bus else "column"
                raise ValueError(f"channels.{name}: {self.reader} needs {wanted}")
        if not self.speed and not self.channels:
            raise ValueError("nothing is read from it: give channels, or speed: true")
        return self

    @property
    def reader(self) -> str:
        """Signals plugin."""
        if self.name is not None:
            return self.name
        ending = self.file.rpartition(".")[2].lower()
        if ending == "gpx":
            return "gpx"
        return "can" if ending in ("blf", "asc", "log", "trc") else "csv"


class StudyConfig(StrictModel):
    """Settings of the study of behaviour against telemetry."""

    driver: Pattern | None = Field(
        default=None,
        description="Pattern that identifies the driver, for example {drive.parent}; null counts "
        "every drive as its own driver.",
    )
    one_handed: tuple[str, ...] = Field(
        default=(
            "texting_left", "texting_right", "phone_left", "phone_right", "operating_radio",
            "drinking", "reaching_behind", "hair_makeup", "smoking",
        ),
        description="Classes with one hand off the wheel.",
    )  # fmt: skip
    two_handed: tuple[str, ...] = Field(
        default=("safe_driving",),
        description="Classes with both hands on the wheel; classes in neither list are ignored.",
    )
    speed_bins_kmh: tuple[float, ...] = Field(
        default=(0.0, 1.0, 30.0, 50.0, 80.0, 120.0),
        min_length=1,
        max_length=50,
        description="Lower bounds of the speed bins; the last bin is open.",
    )
    confidence: float = Field(
        default=0.95, gt=0.5, lt=1, description="Confidence level of the intervals."
    )
    resamples: int = Field(
        default=2000, ge=100, le=100_000, description="Number of bootstrap resamples."
    )
    seed: int = Field(default=0, ge=0, description="Random seed of the bootstrap.")
    min_drivers: int = Field(
        default=10, ge=2, description="Figures from fewer drivers carry a warning."
    )

    @field_validator("speed_bins_kmh")
    @classmethod
    def _rising(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if any(not low < high for low, high in pairwise((-1e-9, *value, 1e6))):
            raise ValueError("must rise, from 0 km/h on")
        return value

    @model_validator(mode="after")
    def _either(self) -> Self:
        if both := sorted(set(self.one_handed) & set(self.two_handed)):
            raise ValueError(f"{both[0]!r} is in one_handed and in two_handed")
        return self
