"""What was measured beside each drive, and what is asked of it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator
from typing_extensions import Self

from edgevid.config import Section

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
        raise ValueError(f"{wrong} stands for nothing; accepted: {accepted}")
    return pattern


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_known_fields)]


class ChannelConfig(Section):
    """One number over time. A bare text is the column."""

    column: str | None = Field(
        default=None, description="csv: a column; gpx: an element, such as ele or hr."
    )
    message: str | None = Field(default=None, description="can: a message of the DBC.")
    signal: str | None = Field(default=None, description="can: a signal of that message.")
    unit: str | None = Field(
        default=None, description="Written beside the values; null is what a DBC says."
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


class TelemetryConfig(Section):
    """A file beside each drive. A bare text is its name."""

    file: Pattern = Field(
        default="{drive.parent}/{drive.stem}.csv",
        description="Its path or URL; {drive.parent}, {drive.stem} and {drive.name} are the "
        "drive's folder, its name without the ending, and its name.",
    )
    name: str | None = Field(
        default=None, description="Signals plugin that reads it; by the file's ending if null."
    )
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="As of `signals`: offset_seconds, align, dbc, names of columns, …",
    )
    speed: bool = Field(
        default=True, description="Events take speed and standstill from it: from one file at most."
    )
    channels: dict[str, ChannelConfig] = Field(
        default_factory=dict, description="More numbers in it: any name, and where it is."
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


class StudyConfig(Section):
    """What is asked of behaviour and telemetry together."""

    driver: Pattern | None = Field(
        default=None,
        description="Drives of one driver share this, for example {drive.parent}; if null, every "
        "drive counts as a driver of its own.",
    )
    one_handed: tuple[str, ...] = Field(
        default=(
            "texting_left", "texting_right", "phone_left", "phone_right", "operating_radio",
            "drinking", "reaching_behind", "hair_makeup", "smoking",
        ),
        description="Classes in which one hand is off the wheel.",
    )  # fmt: skip
    two_handed: tuple[str, ...] = Field(
        default=("safe_driving",),
        description="Classes in which both are on it; what is in neither list is left out.",
    )
    speed_bins_kmh: tuple[float, ...] = Field(
        default=(0.0, 1.0, 30.0, 50.0, 80.0, 120.0),
        min_length=1,
        max_length=50,
        description="Where each range of speeds begins; the last one is open.",
    )
    confidence: float = Field(default=0.95, gt=0.5, lt=1, description="Of the intervals.")
    resamples: int = Field(default=2000, ge=100, le=100_000, description="Of the bootstrap.")
    seed: int = Field(default=0, ge=0, description="Of the bootstrap.")
    min_drivers: int = Field(default=10, ge=2, description="With fewer, figures carry a warning.")

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
