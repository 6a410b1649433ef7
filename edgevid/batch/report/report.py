"""Makes the report of a batch: chooses what is shown, looks for pictures, writes one file."""

from __future__ import annotations

import importlib.util
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

from edgevid.batch.report import summary
from edgevid.batch.report.drive_pages import DrivePage, drive_page, most_serious
from edgevid.batch.report.fleet import Fleet, Ranked, fleet_of, level_of
from edgevid.batch.report.moments import moment_of
from edgevid.batch.report.page import render
from edgevid.batch.report.parts import Section
from edgevid.batch.report.shots import Shot, take_shots
from edgevid.batch.report.subject import Subject
from edgevid.batch.report.texts import UNKNOWN
from edgevid.batch.scored import Scored
from edgevid.errors import EdgevidError, SourceOpenError, one_line
from edgevid.interfaces import Model
from edgevid.io import write_atomic

_logger = logging.getLogger(__name__)

NAME = "report.html"
MOST_DRIVES = 50
"""Drives with a timeline."""
MOST_PICTURES = 120
MOST_PICTURES_OF_A_DRIVE = 6

Row = Mapping[str, Any]
Shots = dict[str, Shot | str]


def missing_library() -> str | None:
    """Say how to get what a report needs, or None if it is there."""
    missing = [n for n in ("jinja2", "matplotlib") if importlib.util.find_spec(n) is None]
    if not missing:
        return None
    return (
        f'a report needs {" and ".join(missing)}: pip install "edgevid[batch]", or leave it out '
        f"by --no-report"
    )


def write_report(subject: Subject) -> Path:
    """Write ``report.html``, whole or not at all. Equal results give equal bytes.

    Raises:
        OSError: If it cannot be written.
    """
    fleet = fleet_of(subject.drives, subject.events, subject.availability)
    pages, said = _pages(subject, fleet)
    model_id = next((str(drive.row["model_id"]) for drive in fleet.ranked), None)
    sections = [
        summary.rates(fleet),
        summary.available(fleet),
        *subject.sections,
        summary.worst(fleet, pages),
    ]
    after = [*summary.faulty(fleet), summary.failed(fleet), summary.method(subject, model_id)]
    policy = subject.policy.get("name") or UNKNOWN
    text = render(
        tiles=summary.tiles(fleet),
        subtitle=f"model {subject.card.name}, policy {policy}",
        sections=sections,
        drives=Section("drives", "Timelines", said),
        pages=pages,
        after=after,
    )
    path = subject.out / NAME
    write_atomic(path, text.encode("utf-8", "backslashreplace"))
    return path


def _pages(subject: Subject, fleet: Fleet) -> tuple[list[DrivePage], list[str]]:
    shown = fleet.ranked[:MOST_DRIVES]
    events: dict[str, list[Row]] = defaultdict(list)
    for event in subject.events:
        events[event["drive"]].append(event)
    pictured = _pictured([events[drive.name] for drive in shown])
    pages = []
    with ExitStack() as opened:
        model, why_not = _open_model(subject, opened) if pictured else (None, "")
        for place, drive in enumerate(shown, start=1):
            scored = subject.store.whole(str(drive.row["sha256"]))
            wanted = [event for event in events[drive.name] if _key(event) in pictured]
            shots = _shots(subject, drive, wanted, scored, model)
            found = events[drive.name]
            pages.append(drive_page(subject, place, drive, found, scored, shots))
    return pages, _said(shown, pictured, sum(len(events[d.name]) for d in shown), why_not)


def _said(
    shown: Sequence[Ranked], pictured: set[tuple[str, str]], num_events: int, why_not: str
) -> list[str]:
    said = [
        "A bar is as high as the event's level was at that time. Links to a drive play it from two "
        "seconds before the event, while it lies where it was analysed."
    ]
    if num_events > len(pictured):
        said.append(
            f"Pictures are of {len(pictured)} of the {num_events} events of these {len(shown)} "
            f"drives: the most serious first, {MOST_PICTURES_OF_A_DRIVE} for each drive and "
            f"{MOST_PICTURES} in all at most."
        )
    if pictured:
        said.append(
            why_not
            or "The second picture shows where the model's evidence for its top class was at that "
            "moment: yellow some, red most."
        )
    return said


def _key(event: Row) -> tuple[str, str]:
    return event["drive"], event["id"]


def _pictured(events: Sequence[Sequence[Row]]) -> set[tuple[str, str]]:
    """Events that get a picture: the most serious of each drive, then the most serious of all."""
    wanted = [most_serious(of_drive)[:MOST_PICTURES_OF_A_DRIVE] for of_drive in events]
    found = sorted(chain.from_iterable(wanted), key=lambda event: -level_of(event))
    return {_key(event) for event in found[:MOST_PICTURES]}


def _open_model(subject: Subject, opened: ExitStack) -> tuple[Model | None, str]:
    if not subject.card.has_cam:
        return None, f"The model {subject.card.name} gives no heat-maps."
    try:
        return opened.enter_context(subject.open_model()), ""
    except EdgevidError as error:
        _logger.warning("the report has no heat-maps: %s", error)
        return None, f"There are no heat-maps: {one_line(error)}"


def _shots(
    subject: Subject,
    drive: Ranked,
    events: Sequence[Row],
    scored: Scored | None,
    model: Model | None,
) -> Shots:
    """Event → its pictures, or why there are none."""
    if not events:
        return {}
    reason = "The scores of this drive cannot be read back."
    if scored is not None:
        found = [(event, moment_of(event, scored, subject.card)) for event in events]
        moments = [(event["id"], moment) for event, moment in found if moment is not None]
        try:
            path = _path(subject, drive)
            shots = take_shots(path, [moment for _, moment in moments], model)
            return {event: shot for (event, _), shot in zip(moments, shots, strict=True)}
        # Whatever is wrong with one drive by now must not take the others' report away.
        except Exception as error:
            _logger.warning("%s: no pictures for the report: %s", drive.name, one_line(error))
            reason = f"No picture: {one_line(error)}"
    return {event["id"]: reason for event in events}


def _path(subject: Subject, drive: Ranked) -> Path:
    path = subject.copies.local(
        subject.uris.get(drive.name, drive.name), subject.versions.get(drive.name)
    )
    if not path.is_file():
        raise SourceOpenError("the drive is not there any more")
    if path.stat().st_size != drive.row["size_bytes"]:
        raise SourceOpenError("the drive has changed since it was analysed")
    return path
