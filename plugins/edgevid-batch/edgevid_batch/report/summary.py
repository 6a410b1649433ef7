"""The part of a report that is about all drives together."""

from __future__ import annotations

import json
from collections.abc import Sequence

from edgevid import __version__
from edgevid_batch.report.charts import MOST_BARS, draw_available, draw_rates
from edgevid_batch.report.drive_pages import DrivePage
from edgevid_batch.report.fleet import HOUR_SECONDS, LEVELS, EventKind, Fleet, per_hour
from edgevid_batch.report.parts import Link, Picture, Section, Table
from edgevid_batch.report.subject import Subject
from edgevid_batch.report.texts import UNKNOWN, count, duration, number

_MOST_LABELS = 60
_MOST_FAILED = 500


def tiles(fleet: Fleet) -> list[tuple[str, str]]:
    """Headline tiles: a number and its meaning."""
    serious = sum(fleet.counts[2:])
    return [
        (f"{len(fleet.ranked):,}", "drives analysed"),
        (f"{len(fleet.failed):,}", "drives failed"),
        (duration(fleet.exposure_seconds), f"of exposure, of {duration(fleet.duration_seconds)}"),
        (f"{sum(fleet.counts):,}", "events"),
        (number(per_hour(sum(fleet.counts), fleet.exposure_seconds)), "events per hour"),
        (f"{serious:,}", "events of level 2 or 3"),
    ]


def rates(fleet: Fleet) -> Section:
    """Events per hour of exposure by label and level."""
    exposure = fleet.exposure_seconds
    without = sum(not any(drive.counts) for drive in fleet.ranked)
    paragraphs = [
        "Exposure is the time in which the model's predictions were valid. Each event counts once, "
        "at the highest level that it reached.",
        f"{without} of {count(len(fleet.ranked), 'drive')} had no event.",
    ]
    warnings = []
    if 0 < exposure < HOUR_SECONDS:
        warnings.append(
            f"Less than an hour of exposure ({duration(exposure)}): rates are extrapolated."
        )
    if not fleet.kinds:
        return Section("rates", "Events per hour", [*paragraphs, "No events were found."], warnings)
    listed = sorted(fleet.kinds, key=lambda kind: -kind.total)[:_MOST_LABELS]
    shown = [kind for kind in fleet.kinds if kind in listed]
    rows: list[list[str | Link]] = [
        _rate_row(_named(kind), kind.counts, exposure) for kind in shown
    ]
    rows.append(_rate_row("all", fleet.counts, exposure))
    head = ("behaviour", *(f"level {level}" for level in LEVELS), "events", "per hour",
            "level 2 or 3 per hour")  # fmt: skip
    note = ""
    if len(fleet.kinds) > len(shown):
        note = (
            f"The {len(shown)} most frequent of {len(fleet.kinds)} labels; “all” counts every one."
        )
    most = max(fleet.kinds, key=lambda kind: kind.total)
    alt = (
        f"Bar chart of events per hour by behaviour and level; most frequent is {_named(most)} "
        f"with {count(most.total, 'event')}. The table below has the numbers."
    )
    if len(fleet.kinds) > MOST_BARS:
        paragraphs.append(
            f"The chart shows the {MOST_BARS} most frequent of {len(fleet.kinds)} labels."
        )
    picture = Picture("svg+xml", draw_rates(fleet.kinds, exposure), alt)
    return Section(
        "rates", "Events per hour", paragraphs, warnings, [picture], [Table(head, rows, 1, note)]
    )


def _named(kind: EventKind) -> str:
    label, group = kind.label.replace("_", " "), kind.group.replace("_", " ")
    return label if label == group else f"{label} ({group})"


def _rate_row(name: str, counts: Sequence[int], exposure: float) -> list[str | Link]:
    rate = number(per_hour(sum(counts), exposure))
    serious = number(per_hour(sum(counts[2:]), exposure))
    return [name, *(f"{c:,}" for c in counts), f"{sum(counts):,}", rate, serious]


def available(fleet: Fleet) -> Section:
    """Share of the time with valid predictions."""
    total = sum(fleet.available.values())
    if not total:
        return Section("availability", "Availability", ["Nothing was analysed."])
    shares = {state: seconds / total * 100 for state, seconds in fleet.available.items()}
    paragraphs = ", ".join(f"{s.replace('_', ' ')} {share:.1f} %" for s, share in shares.items())
    rows = [
        [state.replace("_", " "), duration(seconds), f"{shares[state]:.1f} %"]
        for state, seconds in fleet.available.items()
    ]
    return Section(
        "availability",
        "Availability",
        ["Events can only be found while the state is “ok” or “degraded”."],
        pictures=[
            Picture(
                "svg+xml", draw_available(fleet.available), f"Share of each state: {paragraphs}."
            )
        ],
        tables=[Table(("state", "time", "share"), rows)],
    )


def worst(fleet: Fleet, pages: Sequence[DrivePage]) -> Section:
    """The drives that are shown, in their order."""
    rows: list[list[str | Link]] = []
    for place, (drive, page) in enumerate(zip(fleet.ranked, pages, strict=False), start=1):
        rate = per_hour(sum(drive.counts), drive.exposure_seconds)
        name = Link(page.name, f"#{page.anchor}")
        counts = [str(count) for count in reversed(drive.counts)]
        rows.append([str(place), name, page.folder, *counts, number(rate),
                     duration(drive.exposure_seconds)])  # fmt: skip
    head = ("place", "drive", "folder", *(f"level {level}" for level in reversed(LEVELS)),
            "per hour", "exposure")  # fmt: skip
    paragraphs = ["Ranked by the number of events of level 3, then of level 2, and so on."]
    if len(fleet.ranked) > len(pages):
        paragraphs.append(
            f"The first {len(pages)} of {len(fleet.ranked):,} drives are shown here and below; "
            f"drives.parquet has all of them."
        )
    return Section(
        "worst", "Drives by their events", paragraphs, tables=[Table(head, rows, num_text=3)]
    )


def failed(fleet: Fleet) -> Section:
    """Drives that could not be analysed, and why."""
    shown = fleet.failed[:_MOST_FAILED]
    rows = [
        [str(row["drive"]), str(row.get("error") or "its scores cannot be read back")]
        for row in shown
    ]
    note = ""
    if len(shown) < len(fleet.failed):
        note = f"The first {len(shown)} of {len(fleet.failed):,}; drives.parquet has all of them."
    paragraphs = f"{count(len(fleet.failed), 'drive')} failed. Numbers above are without them."
    tables = [Table(("drive", "reason"), rows, num_text=2, note=note)] if rows else []
    return Section("failed", "Failed drives", [paragraphs if rows else "None."], tables=tables)


def faulty(fleet: Fleet) -> list[Section]:
    """Recordings that were analysed though something is wrong with them, if there are any."""
    found = [drive.row for drive in fleet.ranked if drive.row.get("warnings")]
    if not found:
        return []
    rows = [[str(row["drive"]), str(row["warnings"])] for row in found[:_MOST_FAILED]]
    note = ""
    if len(rows) < len(found):
        note = f"The first {len(rows)} of {len(found):,}; drives.parquet has all of them."
    paragraphs = (
        f"{count(len(found), 'drive')} analysed, and something is wrong with the recording: "
        f"numbers above are of what is there."
    )
    tables = [Table(("drive", "what is wrong"), rows, num_text=2, note=note)]
    return [Section("faulty", "Faulty recordings", [paragraphs], tables=tables)]


def method(subject: Subject, model_id: str | None) -> Section:
    """Model, policy and backend of the batch."""
    card, policy = subject.card, subject.policy
    rate = f"{card.temporal_mode} at {number(card.input_rate_hz)} Hz"
    rows = [
        ["model", f"{card.name}, version {card.version}"],
        ["model's identity", model_id or UNKNOWN],
        ["weights, sha256", card.sha256 or "unknown"],
        ["kind", rate],
        ["classes", ", ".join(card.class_names)],
        ["event policy", str(policy.get("name") or UNKNOWN)],
        ["policy, sha256", str(policy.get("sha256") or UNKNOWN)],
        ["ran on", ", ".join(f"{key}: {value}" for key, value in subject.runs_on.items())],
        ["edgevid", __version__],
    ]
    paragraphs = [
        "What is given here, and the drives' own sha256 in drives.parquet, is all that events "
        "depend on."
    ]
    rules = json.dumps(dict(policy), indent=1, ensure_ascii=False, default=str, sort_keys=True)
    return Section(
        "method", "Model and policy", paragraphs,
        tables=[Table(("what", "which"), rows, num_text=2)],
        details=[("All parameters of the policy", rules)],
    )  # fmt: skip
