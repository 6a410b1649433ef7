"""The configuration of ``edgevid batch``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from edgevid.config import BackendConfig, EventsConfig, ModelConfig, Seconds
from edgevid.strict import StrictModel
from edgevid_batch.config.telemetry import StudyConfig, TelemetryConfig


class RayConfig(StrictModel):
    """Ray cluster that a batch runs on, and how work is distributed over it."""

    address: str | None = Field(
        default=None,
        min_length=1,
        description="HOST:PORT of the head node, or auto; null starts Ray on this machine.",
    )
    scorers: int | None = Field(
        default=None,
        gt=0,
        le=4096,
        description="Number of models; null starts as many as the GPUs hold, or one per node.",
    )
    gpus_per_scorer: float = Field(
        default=0.0,
        ge=0,
        le=64,
        allow_inf_nan=False,
        description="GPUs per model: 0.25 lets four models share one; 0 runs on CPUs.",
    )
    retries: int = Field(
        default=3,
        ge=0,
        le=1000,
        description="Maximum retries for a task whose worker process or node died.",
    )

    @field_validator("gpus_per_scorer")
    @classmethod
    def _part_or_whole(cls, value: float) -> float:
        if value > 1 and value != int(value):
            raise ValueError("a part of one GPU, or whole GPUs: 0.25, 1, 2")
        return value


class BatchConfig(StrictModel):
    """A batch: many recorded drives, one model, one event policy, one output directory."""

    drives: tuple[str, ...] = Field(
        min_length=1,
        description="Files, folders, globs, @LIST (one per line), URLs known to fsspec, or "
        "recordings that a source plugin plays (SCHEME:…).",
    )
    out: str = Field(min_length=1, description="Output directory. Existing results are reused.")
    model: ModelConfig = ModelConfig()
    backend: BackendConfig = BackendConfig()
    events: EventsConfig = EventsConfig()
    engine: Literal["local", "ray"] = Field(
        default="local", description="local: processes on this machine; ray: a Ray cluster."
    )
    ray: RayConfig = RayConfig()
    workers: int | None = Field(
        default=None,
        gt=0,
        le=1024,
        description="Number of decoder processes; null starts one per core.",
    )
    batch_size: int | None = Field(
        default=None,
        gt=0,
        le=256,
        description="Streams per inference step; null measures the fastest size.",
    )
    chunk_seconds: Seconds | None = Field(
        default=60.0,
        description="Approximate length of the chunks a drive is split into; null never splits.",
    )
    cache_gb: float = Field(
        default=20.0,
        gt=0,
        allow_inf_nan=False,
        description="Size limit of the cache of remote drives; the least recently used copies are "
        "deleted first.",
    )
    scores: bool = Field(
        default=False, description="Also write scores.parquet: the mean scores of every second."
    )
    report: bool = Field(default=True, description="Write report.html.")
    telemetry: tuple[TelemetryConfig, ...] = Field(
        default=(),
        description="Sidecar files of each drive: speed for the events, and other channels.",
    )
    study: StudyConfig = StudyConfig()

    @field_validator("drives", mode="before")
    @classmethod
    def _one_drive(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("telemetry", mode="before")
    @classmethod
    def _one_file(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str | dict) else value

    @field_validator("telemetry")
    @classmethod
    def _unique_channels(cls, value: tuple[TelemetryConfig, ...]) -> tuple[TelemetryConfig, ...]:
        if sum(one.speed for one in value) > 1:
            raise ValueError("the speed comes from one file: give the others speed: false")
        names = [name for one in value for name in one.channels]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two files have a channel {twice[0]!r}; give one another name")
        return value

    @model_validator(mode="after")
    def _one_engine(self) -> Self:
        if self.engine != "ray" and self.ray.address is not None:
            raise ValueError("ray.address is given, but the engine is local; add --engine ray")
        if self.ray.address is not None and self.workers is not None:
            raise ValueError(
                "workers is for this machine; on a cluster `ray start --num-cpus` sets how many "
                "processes decode on each node"
            )
        return self
