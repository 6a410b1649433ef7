"""Report of an evaluation: numbers only, so that it can be stored, compared and drawn later."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edgevid.strict import StrictModel


class Estimate(StrictModel):
    """A share in [0, 1] with its 95 % interval."""

    value: float
    low: float
    high: float


class ClassResult(StrictModel):
    """Metrics of one class, over clips."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int = Field(description="Clips that truly show it.")


class DriverResult(StrictModel):
    """Metrics of one driver."""

    driver: str
    clips: int
    top1: float


class ConditionResult(StrictModel):
    """Metrics of all clips under one condition."""

    condition: str
    group: str
    top1: Estimate
    macro_f1: float
    drop: float = Field(description="Clean top-1 minus this one; positive is worse.")


class EarlyResult(StrictModel):
    """Accuracy when only the first part of the behaviour was seen."""

    part: float = Field(description="Fraction of the hold phase.")
    top1: float
    clips: int


class ReliabilityBin(StrictModel):
    """Frames whose top class has about the same probability."""

    frames: int
    confidence: float
    accuracy: float


class EvaluationReport(StrictModel):
    """Result of evaluating one bundle on labelled clips."""

    report_version: Literal[1] = 1
    model: str = Field(description="Name of the card.")
    model_version: str
    sha256: str = Field(description="SHA-256 of the bundle file, hexadecimal.")
    runs_on: dict[str, str | int | float | bool | None] = Field(
        description="Backend that executed the model."
    )
    input_rate_hz: float
    class_names: tuple[str, ...]
    num_clips: int
    num_drivers: int
    num_short_clips: int = Field(
        description="Clips that end before the warm-up does; their last third was scored."
    )
    top1: Estimate = Field(description="Share of clips whose highest mean probability is right.")
    interval_over: Literal["drivers", "clips"] = Field(
        description="Unit of the bootstrap: whole drivers if there are at least five."
    )
    macro_f1: float = Field(description="Mean F1 over the classes that occur.")
    chance: float = Field(description="Top-1 of guessing among the model's classes.")
    majority: float = Field(description="Top-1 of always naming the most frequent label.")
    card_temperature: float
    temperature: float = Field(description="Fitted on all counting frames: the card's next one.")
    ece_before: float = Field(
        description="Expected calibration error of single frames, with the card's temperature."
    )
    ece_after: float = Field(
        description="Expected calibration error of single frames, with cross-fitted temperatures."
    )
    num_frames: int = Field(description="Frames that the calibration rests on.")
    per_class: tuple[ClassResult, ...]
    per_driver: tuple[DriverResult, ...]
    confusion: tuple[tuple[int, ...], ...] = Field(description="Rows are true, columns predicted.")
    reliability_before: tuple[ReliabilityBin, ...] = Field(description="Bins of equal width.")
    reliability_after: tuple[ReliabilityBin, ...]
    robustness: tuple[ConditionResult, ...] = Field(description="Empty with --no-robustness.")
    early: tuple[EarlyResult, ...] = Field(description="Empty if no clip states its hold phase.")
