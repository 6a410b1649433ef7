"""The benchmark's file: one row for each architecture, so that a run can be gone on with."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from edgevid import ConfigError
from edgevid.errors import one_line
from edgevid.io import write_atomic
from edgevid.strict import StrictModel

ENOUGH = 0.95
"""Accuracy from which a network counts as using time."""


class Effort(StrictModel):
    """Training effort: the same for all networks."""

    steps: int = Field(default=1500, gt=0, description="At most.")
    batch_size: int = Field(default=16, gt=0, multiple_of=4, description="Clips.")
    learning_rate: float = Field(default=3e-3, gt=0)
    check_every: int = Field(default=25, gt=0, description="Steps.")
    check_clips: int = Field(default=128, gt=0, multiple_of=64)
    test_clips: int = Field(default=512, gt=0, multiple_of=64)
    good_enough: float = Field(
        default=0.99, description="Right in two checks in a row: then it is not trained further."
    )
    given_up_after: int = Field(
        default=750, gt=0, description="Steps, if no check was better than given_up_below by then."
    )
    given_up_below: float = 0.4
    seed: int = Field(default=0, ge=0)


class MotionRow(StrictModel):
    """Result of one architecture."""

    name: str
    temporal_mode: str
    sees_order: bool = Field(description="Claim of the architecture.")
    compares_frames: bool = Field(description="Claim of the architecture.")
    accuracy: float = Field(description="Share of the test clips that are right.")
    direction: float = Field(description="Accuracy of forwards against backwards alone.")
    speed: float = Field(description="Accuracy of slow against fast alone.")
    steps: int = Field(description="Training steps.")
    seconds: float = Field(
        description="Processor time of the training, drawing the clips included, seconds."
    )
    parameters: int = Field(description="Parameters of the narrow variant.")
    curve: tuple[tuple[int, float], ...] = Field(
        description="Clips trained on, and accuracy in a check at that time."
    )

    @property
    def disappoints(self) -> bool:
        """Whether it should see time, and does not."""
        return self.sees_order and self.compares_frames and self.accuracy < ENOUGH


class MotionResults(StrictModel):
    """All rows, by name, and what they have in common."""

    results_version: int = 1
    chance: float
    machine: str
    effort: Effort
    rows: tuple[MotionRow, ...] = ()

    def with_row(self, row: MotionRow) -> MotionResults:
        """The same with this row in place of an earlier one of its name."""
        others = [one for one in self.rows if one.name != row.name]
        rows = tuple(sorted([*others, row], key=lambda one: one.name))
        return self.model_copy(update={"rows": rows})


def read_results(path: Path) -> MotionResults:
    """Read the file.

    Raises:
        ConfigError: If it cannot be read or is none of this benchmark.
    """
    try:
        return MotionResults.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except ValidationError as error:
        raise ConfigError(
            f"{path}: holds no results of edgevid motion ({one_line(error)}); give another --output"
        ) from error


def write_results(results: MotionResults, path: Path) -> None:
    """Write the file.

    Raises:
        ConfigError: If it cannot be written.
    """
    try:
        write_atomic(path, (results.model_dump_json(indent=1) + "\n").encode())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from error
