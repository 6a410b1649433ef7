"""The configuration of ``edgevid batch``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from edgevid.config import BackendConfig, EventsConfig, ModelConfig, Seconds, Section
from edgevid_batch.config.telemetry import StudyConfig, TelemetryConfig


class RayConfig(Section):
    """Where a batch computes with Ray, and how it is shared out."""

    address: str | None = Field(
        default=None,
        min_length=1,
        description="HOST:PORT of a cluster's head, or auto; null is Ray on this machine alone.",
    )
    scorers: int | None = Field(
        default=None,
        gt=0,
        le=4096,
        description="Models at once; as many as fit on the GPUs, or one for each node, if null.",
    )
    gpus_per_scorer: float = Field(
        default=0.0,
        ge=0,
        le=64,
        allow_inf_nan=False,
        description="0.25: four models share a GPU; 0 scores on processors.",
    )
    retries: int = Field(
        default=3,
        ge=0,
        le=1000,
        description="So often a task is done again of which the process or the node has died.",
    )

    @field_validator("gpus_per_scorer")
    @classmethod
    def _part_or_whole(cls, value: float) -> float:
        if value > 1 and value != int(value):
            raise ValueError("a part of one GPU, or whole GPUs: 0.25, 1, 2")
        return value


class BatchConfig(Section):
    """Many recorded drives: one model, one policy, one folder of results."""

    drives: tuple[str, ...] = Field(
        min_length=1,
        description="Files, folders, globs, @LIST with one in each line, URLs that fsspec knows.",
    )
    out: str = Field(min_length=1, description="Folder of results; what is there is not redone.")
    model: ModelConfig = ModelConfig()
    backend: BackendConfig = BackendConfig()
    events: EventsConfig = EventsConfig()
    engine: Literal["local", "ray"] = Field(
        default="local", description="local: processes of this machine; ray: a Ray cluster."
    )
    ray: RayConfig = RayConfig()
    workers: int | None = Field(
        default=None, gt=0, le=1024, description="Decoding processes; one for each core if null."
    )
    batch_size: int | None = Field(
        default=None, gt=0, le=256, description="Streams scored together; measured if null."
    )
    chunk_seconds: Seconds | None = Field(
        default=60.0,
        description="About how long the parts are that a drive is cut into; null never cuts.",
    )
    cache_gb: float = Field(
        default=20.0,
        gt=0,
        allow_inf_nan=False,
        description="Room for copies of drives that lie elsewhere; those go that were not used "
        "for longest.",
    )
    scores: bool = Field(default=False, description="Write the mean score of every second too.")
    report: bool = Field(default=True, description="Write report.html.")
    telemetry: tuple[TelemetryConfig, ...] = Field(
        default=(), description="Files beside each drive: speed for the events, other numbers."
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
    def _told_apart(cls, value: tuple[TelemetryConfig, ...]) -> tuple[TelemetryConfig, ...]:
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
                "workers is for this machine; on a cluster `ray start --num-cpus` says how many "
                "processes decode on each node"
            )
        return self
