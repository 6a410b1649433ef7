"""The configuration of ``edgevid batch``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from edgevid.config.schema import BackendConfig, EventsConfig, ModelConfig, Seconds, Section


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
    engine: Literal["local"] = Field(
        default="local", description="local: processes of this machine."
    )
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
    scores: bool = Field(default=False, description="Write the mean score of every second too.")

    @field_validator("drives", mode="before")
    @classmethod
    def _one_drive(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value
