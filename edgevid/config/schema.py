"""Sections of a configuration. Plugins' own options are checked by the plugins."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from edgevid.strict import StrictModel

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class PluginConfig(StrictModel):
    """A plugin by name, with its own options. A bare name means no options."""

    name: str = Field(min_length=1)
    options: dict[str, Any] = Field(default_factory=dict, description="Checked by the plugin.")

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        return {"name": _text(value)} if isinstance(value, str | os.PathLike) else value


class SourceConfig(StrictModel):
    """Origin of frames."""

    uri: str = Field(
        min_length=1,
        description="A file, camera:0, /dev/video0, images:DIR?fps=10, rtsp://…, test:, …",
    )
    options: dict[str, Any] = Field(default_factory=dict, description="Checked by the source.")

    @model_validator(mode="before")
    @classmethod
    def _bare_uri(cls, value: Any) -> Any:
        return {"uri": _text(value)} if isinstance(value, str | os.PathLike) else value


class ModelConfig(PluginConfig):
    """The model: a registered name, or the path of a bundle (`model.onnx`)."""

    name: str = Field(
        default="driver",
        min_length=1,
        description="driver is the network that ships with edgevid; roi_activity has no weights.",
    )


class EventsConfig(PluginConfig):
    """Event engine: turns predictions into events. A bare name is the engine."""

    name: str = Field(
        default="policy", min_length=1, description="policy judges by a profile in seconds."
    )


class BackendConfig(StrictModel):
    """Backend: executes a bundle. A bare name is the backend."""

    name: str = Field(
        default="auto",
        description="onnxruntime, openvino, torch, …; auto tries onnxruntime on cuda, then on "
        "cpu, then openvino, then torch, and records why each was rejected; for int8, "
        "openvino comes before onnxruntime on cpu.",
    )
    require: Literal["cpu", "cuda", "tensorrt"] | None = Field(
        default=None, description="Fail with the reason rather than run on anything else."
    )
    on_failure: Literal["stop", "next"] = Field(
        default="stop",
        description="When it fails in the middle of a run: stop, or go on once with the next "
        "candidate after a gap.",
    )
    options: dict[str, Any] = Field(default_factory=dict, description="Checked by the backend.")

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class SinkConfig(StrictModel):
    """Where results go. A bare `name:target` as on the command line works too."""

    name: str = Field(min_length=1)
    target: str | None = Field(default=None, description="A path or URL, as the sink needs.")
    options: dict[str, Any] = Field(default_factory=dict, description="Checked by the sink.")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = {"name": value}
        if not isinstance(value, dict) or value.get("target") is not None:
            return value
        # Also where a bare one was given options.
        name, colon, target = str(value.get("name", "")).partition(":")
        return {**value, "name": name, "target": target or None} if colon else value


class SignalsConfig(SinkConfig):
    """Where speed and standstill come from. A bare `name:target` works too."""

    name: str = Field(min_length=1, description="csv, can, …")
    target: str | None = Field(default=None, description="A path or channel, as the plugin needs.")
    options: dict[str, Any] = Field(default_factory=dict, description="Checked by the plugin.")


class RecordConfig(StrictModel):
    """Recording for `edgevid replay`. A bare text is the folder."""

    directory: str = Field(min_length=1, description="New folder; frames are stored bit for bit.")
    frames: Literal["all", "analysed"] = Field(
        default="all",
        description="Frames to store: all, or only the analysed ones, which is smaller, but a "
        "replay with a model of another rate finds fewer frames.",
    )

    @model_validator(mode="before")
    @classmethod
    def _bare_directory(cls, value: Any) -> Any:
        return {"directory": _text(value)} if isinstance(value, str | os.PathLike) else value


class BufferConfig(StrictModel):
    """Between capture and inference."""

    policy: Literal["auto", "every", "freshest"] = Field(
        default="auto",
        description="every blocks and never drops; freshest drops rather than lag; auto is every "
        "for files and freshest for live sources.",
    )
    capacity: int = Field(default=8, ge=2, le=256, description="Capacity in frames.")
    max_age_seconds: Seconds = Field(
        default=0.5, description="freshest: an older frame is dropped instead of analysed."
    )


PathLike: TypeAlias = str | os.PathLike[str]
SourceLike: TypeAlias = "PathLike | Mapping[str, Any] | SourceConfig"
"""A URI or path, a dict as in YAML, or a ``SourceConfig``."""
PluginLike: TypeAlias = "str | Mapping[str, Any] | PluginConfig"
"""A name, a dict as in YAML, or a ``PluginConfig``."""
SinkLike: TypeAlias = "str | Mapping[str, Any] | SinkConfig"
"""``name:target``, a dict as in YAML, or a ``SinkConfig``."""
BackendLike: TypeAlias = "str | Mapping[str, Any] | BackendConfig"
"""A name, a dict as in YAML, or a ``BackendConfig``."""


class RunConfig(StrictModel):
    """One run: a source, a model, an event engine, and where results go.

    Strings and dicts are accepted wherever the YAML accepts them.

    Examples:
        >>> from edgevid import RunConfig
        >>> config = RunConfig(source="drive.mp4", sinks=["jsonl:events.jsonl"])
        >>> config.model.name, config.sinks[0].target
        ('driver', 'events.jsonl')
    """

    if TYPE_CHECKING:
        # For type checkers: what validation turns into sections.
        def __init__(
            self,
            *,
            source: SourceLike,
            model: PathLike | Mapping[str, Any] | ModelConfig = ...,
            backend: BackendLike = ...,
            verify: bool = ...,
            events: PluginLike = ...,
            signals: SinkLike | None = ...,
            explainer: PluginLike | None = ...,
            overlays: Sequence[PluginLike] = ...,
            sinks: Sequence[SinkLike] = ...,
            buffer: Mapping[str, Any] | BufferConfig = ...,
            record: PathLike | Mapping[str, Any] | RecordConfig | None = ...,
            duration_seconds: float | None = ...,
            run_json: PathLike | None = ...,
        ) -> None: ...

    source: SourceConfig
    model: ModelConfig = ModelConfig()
    backend: BackendConfig = BackendConfig()
    verify: bool = Field(
        default=False,
        description="Before the run, repeat the bundle's parity check on the backend that runs.",
    )
    events: EventsConfig = EventsConfig()
    signals: SignalsConfig | None = Field(
        default=None, description="Speed and standstill of the vehicle; without, they are unknown."
    )
    explainer: PluginConfig | None = Field(
        default=PluginConfig(name="cam"), description="Saliency for images; null turns it off."
    )
    overlays: tuple[PluginConfig, ...] = Field(
        default=(
            PluginConfig(name="heatmap"),
            PluginConfig(name="regions"),
            PluginConfig(name="strip"),
            PluginConfig(name="label"),
        ),
        description="Overlays in drawing order; drawn only for sinks that use images.",
    )
    sinks: tuple[SinkConfig, ...] = Field(
        default=(SinkConfig(name="console"),), description="Destinations of results."
    )
    buffer: BufferConfig = BufferConfig()
    record: RecordConfig | None = Field(
        default=None, description="Record the input, for `edgevid replay`."
    )
    duration_seconds: Seconds | None = Field(
        default=None, description="Stop after this much source time, seconds."
    )
    run_json: str | None = Field(
        default=None, description="Write the run's result here (schema in docs/run.schema.json)."
    )

    @field_validator("run_json", mode="before")
    @classmethod
    def _path(cls, value: Any) -> Any:
        return _text(value)


def _text(value: Any) -> Any:
    return os.fspath(value) if isinstance(value, os.PathLike) else value
