"""The part of a report that is about one drive: its timeline, and its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgevid.timeline import EventBar, StateBar, clock, draw_timeline
from edgevid.timeline import Row as Lane
from edgevid.types import Gap, LevelChange
from edgevid_batch.drawing import steady_svg
from edgevid_batch.report.event_pictures import EventPicture
from edgevid_batch.report.fleet import Ranked, group_of, level_of, per_hour
from edgevid_batch.report.links import drive_link, evidence_link
from edgevid_batch.report.parts import Link, Picture, Table
from edgevid_batch.report.subject import Subject
from edgevid_batch.report.texts import count, duration, interval, number
from edgevid_batch.scored import Scored

MOST_LISTED = 40
"""Events of one drive that are listed."""
_MOST_DRAWN = 5000
"""Things of a kind on one timeline."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class DriveCard:
    """An event with its image."""

    label: str
    level: int
    when: str
    about: Sequence[str]
    plain: Picture | None
    heat: Picture | None
    missing: str
    """Reason for a missing image."""
    links: Sequence[Link]


@dataclass(frozen=True)
class DrivePage:
    """One drive."""

    anchor: str
    name: str
    folder: str
    facts: str
    timeline: Picture
    cards: Sequence[DriveCard]
    table: Table | None
    note: str


def drive_page(
    subject: Subject,
    place: int,
    drive: Ranked,
    events: Sequence[Row],
    scored: Scored | None,
    pictures: Mapping[str, EventPicture | str],
) -> DrivePage:
    """Show a drive.

    Args:
        subject: The whole batch.
        place: Among the drives that are shown, from 1.
        drive: Which one.
        events: All of its events, by start.
        scored: What the model listed_events of it.
        pictures: Event → its images, or why there are none.
    """
    folder, _, name = drive.name.rpartition("/")
    uri: str | None = subject.uris.get(drive.name, drive.name)
    if subject.sources.plays(str(uri)):
        # No browser plays what only a plugin can read.
        uri = None
    listed = most_serious(events)[:MOST_LISTED]
    kept = {event["id"] for event in listed}
    listed = [event for event in events if event["id"] in kept]
    note = ""
    if len(events) > len(listed):
        note = f"The {len(listed)} most serious of {len(events)} events; all are in events.parquet."
    return DrivePage(
        anchor=f"drive-{place}",
        name=name or drive.name,
        folder=folder,
        facts=_facts(drive),
        timeline=_timeline(subject, drive, name or drive.name, events, scored),
        cards=[
            _card(subject, uri, event, pictures[event["id"]])
            for event in events
            if event["id"] in pictures
        ],
        table=_table(uri, listed) if listed else None,
        note=note,
    )


def most_serious(events: Sequence[Row]) -> list[Row]:
    """The highest level first, among equals the highest score."""
    return sorted(events, key=lambda e: (-level_of(e), -(e["peak_score"] or 0.0), e["id"]))


def _facts(drive: Ranked) -> str:
    row = drive.row
    rate = per_hour(sum(drive.counts), drive.exposure_seconds)
    parts = [
        count(sum(drive.counts), "event"),
        f"{number(rate)} per hour of exposure",
        f"{duration(row.get('duration_seconds'))} long",
        f"{duration(drive.exposure_seconds)} of exposure",
        f"{row.get('width')} by {row.get('height')} pixels" if row.get("width") else "",
        str(row.get("codec") or ""),
        f"begins {row['started_utc']}" if row.get("started_utc") else "",
        f"sha256 {str(row.get('sha256'))[:16]}…",
    ]
    return " · ".join(part for part in parts if part)


def _timeline(
    subject: Subject, drive: Ranked, name: str, events: Sequence[Row], scored: Scored | None
) -> Picture:
    states = [row for row in subject.availability if row["drive"] == drive.name][:_MOST_DRAWN]
    end = float(drive.row.get("duration_seconds") or 0.0)
    lane = Lane(
        name="",
        bars=[_segment(event) for event in events[:_MOST_DRAWN]],
        states=[StateBar(s["state"], s["start_seconds"], s["end_seconds"]) for s in states],
        gaps=_gaps(scored, subject.card.max_gap_seconds)[:_MOST_DRAWN],
        end_seconds=end,
    )
    with steady_svg():
        content = draw_timeline([lane], title=name, format="svg")
    listed_events = [
        f"{group_of(e)} {interval(e)}, level {level_of(e)}" for e in most_serious(events)[:10]
    ]
    listed = "; ".join(listed_events) if listed_events else "no events"
    more = f"; and {len(events) - 10} more" if len(events) > 10 else ""
    return Picture("svg+xml", content, f"Timeline of {name}, {clock(end)} long: {listed}{more}.")


def _segment(event: Row) -> EventBar:
    return EventBar(
        group_of(event),
        event["start_seconds"],
        event["end_seconds"],
        event["label"],
        tuple(
            LevelChange(change["at_seconds"], change["level"], change["reason"])
            for change in event["levels"] or ()
        ),
    )


def _gaps(scored: Scored | None, max_gap_seconds: float) -> list[Gap]:
    if scored is None:
        return []
    rows = np.flatnonzero(np.diff(scored.seconds) > max_gap_seconds)
    jumps = [Gap(float(scored.seconds[r]), float(scored.seconds[r + 1]), "") for r in rows]
    return [*jumps, *(gap for _, gap in scored.gaps)]


def _card(subject: Subject, uri: str | None, event: Row, picture: EventPicture | str) -> DriveCard:
    label = str(event["label"]).replace("_", " ")
    plain = heat = None
    missing = picture if isinstance(picture, str) else "The image could not be decoded."
    if not isinstance(picture, str) and picture.plain is not None:
        at = clock(picture.peak.at_seconds)
        plain = Picture("jpeg", picture.plain, f"Driver at {at}, at the peak of {label}")
        if picture.heat is not None:
            top = str(picture.top).replace("_", " ")
            about = f"The same image with a heat-map of the evidence for {top} is"
            heat = Picture("jpeg", picture.heat, about)
    links = []
    evidence, play = evidence_link(subject.evidence, event), _link_to(uri, event)
    if evidence is not None:
        links.append(Link("evidence clip", evidence))
    if play is not None:
        links.append(Link("drive at this time", play))
    reasons = [f"level {c['level']} at {clock(c['at_seconds'])}: {c['reason']}"
               for c in event["levels"] or ()]  # fmt: skip
    return DriveCard(
        label=label,
        level=level_of(event),
        when=interval(event),
        about=[f"peak score {event['peak_score']:.2f}", *reasons],
        plain=plain,
        heat=heat,
        missing=missing,
        links=links,
    )


def _link_to(uri: str | None, event: Row) -> str | None:
    return None if uri is None else drive_link(uri, event["start_seconds"])


def _table(uri: str | None, events: Sequence[Row]) -> Table:
    rows: list[list[str | Link]] = []
    for event in events:
        play = _link_to(uri, event)
        when = interval(event)
        rows.append(
            [
                str(event["label"]).replace("_", " "),
                Link(when, play) if play else when,
                str(level_of(event)),
                number(event["duration_seconds"]),
                f"{event['peak_score']:.2f}",
                f"{event['mean_score']:.2f}",
            ]
        )
    head = ("behaviour", "time", "level", "seconds", "peak score", "mean score")
    return Table(head, rows, num_text=2)
