"""Columns of the result tables: kind and meaning of each. Units are in the names."""

from __future__ import annotations

from typing import Literal

from edgevid.records import EventRecord, columns

ColumnKind = Literal["text", "number", "whole", "flag", "list", "score"]
Columns = dict[str, tuple[ColumnKind, str]]

# What belongs to the whole run is in ``drives``; events here are closed, and raise no alert.
EVENT = columns(
    EventRecord,
    without=(
        "schema_version", "trip_id", "source_id", "phase", "notify", "model", "backend",
        "provider", "policy", "evidence",
    ),
)  # fmt: skip

COLUMNS: dict[str, Columns] = {
    "drives": {
        "drive": ("text", "Path or URL, without passwords."),
        "state": ("text", "done or failed."),
        "error": ("text", "Why it failed."),
        "warnings": ("text", "Defects of a recording that was analysed; null if none."),
        "size_bytes": ("whole", ""),
        "sha256": ("text", "SHA-256 of the content, hexadecimal."),
        "started_utc": ("text", "Wall clock at 0 s, ISO 8601, if it is known."),
        "duration_seconds": ("number", "From 0 s to the last frame that was scored."),
        "exposure_seconds": ("number", "Time in which a prediction was valid."),
        "width": ("whole", "Pixels, upright."),
        "height": ("whole", "Pixels, upright."),
        "rate_hz": ("number", "Frames per second, from the header."),
        "codec": ("text", ""),
        "frames_scored": ("whole", "Frames that the model processed."),
        "events": ("whole", ""),
        "max_level": ("whole", "Highest level of its events; null without any."),
        "model": ("text", "Name in the card."),
        "model_id": ("text", "Identity of the model: weights, card, options and backend."),
        "policy": ("text", "Name of the event policy."),
        "policy_sha256": ("text", "SHA-256 of all parameters of the policy."),
        "telemetry": ("text", "none, ok, or the error in a sidecar file."),
    },
    "events": {
        "drive": ("text", "Path or URL, without passwords."),
        **{name: (column.kind, column.description) for name, column in EVENT.items()},
    },
    "availability": {
        "drive": ("text", "Path or URL, without passwords."),
        "state": ("text", "ok, warming_up, degraded, no_driver or no_signal."),
        "start_seconds": ("number", ""),
        "end_seconds": ("number", ""),
        "reason": ("text", ""),
    },
    "scores": {
        "drive": ("text", "Path or URL, without passwords."),
        "second": ("whole", "From second to second + 1 of the drive's timeline."),
        "predictions": ("whole", "Valid ones in that second."),
    },
    "telemetry": {
        "drive": ("text", "Path or URL, without passwords."),
        "second": ("whole", "From second to second + 1 of the drive's timeline."),
        "channel": ("text", "speed_kmh, or a name of the configuration."),
        "unit": ("text", "Unit as configured, or from a DBC."),
        "mean": ("number", "Mean of the values in that second."),
        "min": ("number", ""),
        "max": ("number", ""),
        "n": ("whole", "Values in that second."),
    },
    "study": {
        "question": ("text", "behaviour_by_speed or behaviour_and_channel."),
        "behaviour": ("text", "any_event, one_handed, or a group of events."),
        "channel": ("text", "As in telemetry."),
        "unit": ("text", "Unit of the channel."),
        "from_value": ("number", "Range of the channel, included."),
        "to_value": ("number", "Excluded; null is open."),
        "measure": ("text", "share, per_hour, point_biserial, within_driver or spearman."),
        "value": ("number", "Null if it cannot be computed."),
        "low": ("number", "Bound of the interval; null if there is none."),
        "high": ("number", "Bound of the interval; null if there is none."),
        "num_seconds": ("whole", "Seconds in which both are known."),
        "num_effective": ("number", "Effective number of seconds, given their autocorrelation."),
        "num_drives": ("whole", ""),
        "num_drivers": ("whole", "Drivers that the intervals are resampled over."),
        "num_events": ("whole", "Intervals in which the behaviour was active."),
        "warnings": ("text", "Reasons why the result may not support a claim."),
    },
}
"""Table → column → kind and meaning."""

SCORE: tuple[ColumnKind, str] = ("score", "Mean score of the class, in [0, 1].")
"""Column of each class, in ``scores``."""
