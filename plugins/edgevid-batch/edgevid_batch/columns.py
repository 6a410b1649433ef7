"""Columns of the result tables: kind and meaning of each. Units are in the names."""

from __future__ import annotations

from typing import Literal

from edgevid.records import EventRecord, columns

ColumnKind = Literal["text", "number", "whole", "flag", "list", "score"]
Columns = dict[str, tuple[ColumnKind, str]]

# What belongs to the whole run is in ``drives``; events here are closed, and nobody is alerted.
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
        "warnings": ("text", "What is wrong with a recording that is done; null if nothing is."),
        "size_bytes": ("whole", ""),
        "sha256": ("text", "Of the content, hexadecimal."),
        "started_utc": ("text", "Wall clock at 0 s, ISO 8601, if it is known."),
        "duration_seconds": ("number", "From 0 s to the last frame that was scored."),
        "exposure_seconds": ("number", "Time in which a prediction was valid."),
        "width": ("whole", "Pixels, upright."),
        "height": ("whole", "Pixels, upright."),
        "rate_hz": ("number", "Frames per second, as the header says."),
        "codec": ("text", ""),
        "frames_scored": ("whole", "Frames that the model was given."),
        "events": ("whole", ""),
        "max_level": ("whole", "Highest level of its events; null without any."),
        "model": ("text", "Name in the card."),
        "model_id": ("text", "Of the model, its weights, card and options, and its backend."),
        "policy": ("text", "Name of the event policy."),
        "policy_sha256": ("text", "Of all its parameters."),
        "telemetry": ("text", "none, ok, or what is wrong with a file beside the drive."),
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
        "unit": ("text", "As configured, or as a DBC says."),
        "mean": ("number", "Of the values in that second."),
        "min": ("number", ""),
        "max": ("number", ""),
        "n": ("whole", "Values in that second."),
    },
    "study": {
        "question": ("text", "behaviour_by_speed or behaviour_and_channel."),
        "behaviour": ("text", "any_event, one_handed, or a group of events."),
        "channel": ("text", "As in telemetry."),
        "unit": ("text", "Of the channel."),
        "from_value": ("number", "Range of the channel, included."),
        "to_value": ("number", "Excluded; null is open."),
        "measure": ("text", "share, per_hour, point_biserial, within_driver or spearman."),
        "value": ("number", "Null if it cannot be computed."),
        "low": ("number", "Of the interval; null if there is none."),
        "high": ("number", "Of the interval; null if there is none."),
        "num_seconds": ("whole", "In which both are known."),
        "num_effective": ("number", "What they are worth: each is like the one before."),
        "num_drives": ("whole", ""),
        "num_drivers": ("whole", "What the intervals are drawn over."),
        "num_events": ("whole", "Intervals in which the behaviour was active."),
        "warnings": ("text", "Why it may not carry a claim."),
    },
}
"""Table → column → kind and meaning."""

SCORE: tuple[ColumnKind, str] = ("score", "Mean score of the class, in [0, 1].")
"""Column of each class, in ``scores``."""
