"""Report of ``edgevid bench models``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from edgevid.card import TemporalMode
from edgevid.errors import ConfigError
from edgevid.strict import StrictModel
from edgevid_bench.report import MachineReport, Row

CLIP_FRAMES = 8
"""Frames that count as one clip of a network that was not made for clips: TSN's segments."""

BackendName = Literal["onnxruntime", "torch"]


class ModelRow(StrictModel):
    """One network."""

    name: str
    temporal_mode: TemporalMode
    input_size: tuple[int, int] = Field(description="(height, width).")
    clip_frames: int = Field(
        description=f"Time of one clip; {CLIP_FRAMES} where single frames are all there is."
    )
    time: Row = Field(description="Per frame of a clip.")
    ms_per_clip: float
    ms_per_new_frame: float = Field(
        description="On a live stream at the card's rate, which runs a clip at every stride."
    )
    giga_macs_per_clip: float | None = None
    baseline: str | None = Field(default=None, description="It was run in turns with.")
    ratio_per_frame: float | None = Field(
        default=None, description="Its time over the baseline's, median of rounds."
    )
    ratio_per_clip: float | None = None
    macs_ratio_per_clip: float | None = None


class ModelsReport(MachineReport):
    """Result of ``edgevid bench models``."""

    backend: BackendName
    threads: int
    num_classes: int
    small: bool = Field(description="Whether the networks are the narrow ones of the tests.")
    rounds: int
    rows: list[ModelRow] = Field(default_factory=list)
    absent: dict[str, str] = Field(
        default_factory=dict, description="What could not be measured, and why."
    )

    @classmethod
    def read(cls, path: Path) -> ModelsReport:
        """Read a report.

        Raises:
            ConfigError: If the file is none.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
        except ValidationError as error:
            raise ConfigError(
                f"{path}: not a report of `edgevid bench models` ({error.error_count()} "
                f"problems); give another --output"
            ) from error

    def with_row(self, name: str, row: ModelRow | None, reason: str) -> ModelsReport:
        """The report with one network measured anew, or the reason why it could not be."""
        rows = [other for other in self.rows if other.name != name] + ([row] if row else [])
        absent = {n: why for n, why in self.absent.items() if n != name}
        return self.model_copy(
            update={
                "rows": sorted(rows, key=lambda each: each.name),
                "absent": absent | ({} if row else {name: reason}),
            }
        )


def check_same(known: ModelsReport, now: ModelsReport) -> None:
    """Refuse to put times of different machines or settings into one table.

    Raises:
        ConfigError: Naming what differs.
    """
    rest = {"rows", "absent"}
    before, after = known.model_dump(exclude=rest), now.model_dump(exclude=rest)
    if other := [
        f"{key} {before[key]}, now {after[key]}" for key in before if before[key] != after[key]
    ]:
        raise ConfigError(
            f"the report to go on with was measured otherwise ({'; '.join(other)}): times of "
            f"different settings do not belong into one table; give another --output, or remove it"
        )
