"""Makes the report of a batch: chooses what is shown, looks for images, writes one file."""

from __future__ import annotations

import importlib.util
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

from edgevid.errors import EdgevidError, SourceOpenError, one_line
from edgevid.interfaces import Source
from edgevid.io import write_atomic
from edgevid_batch.report import summary
from edgevid_batch.report.drive_pages import DrivePage, drive_page, most_serious
from edgevid_batch.report.event_pictures import EventPicture, Mapper, take_pictures
from edgevid_batch.report.fleet import Fleet, Ranked, fleet_of, level_of
from edgevid_batch.report.page import render
from edgevid_batch.report.parts import Section
from edgevid_batch.report.peaks import peak_of
from edgevid_batch.report.subject import Subject
from edgevid_batch.report.texts import UNKNOWN
from edgevid_batch.scored import Scored

_logger = logging.getLogger(__name__)

NAME = "report.html"
MOST_DRIVES = 50
"""Drives with a timeline."""
MOST_PICTURES = 120
MOST_PICTURES_OF_A_DRIVE = 6

Row = Mapping[str, Any]
EventPictures = dict[str, EventPicture | str]


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
    pages, paragraphs = _pages(subject, fleet)
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
        drives=Section("drives", "Timelines", paragraphs),
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
        mapper, why_not = _open_mapper(subject, opened) if pictured else (None, "")
        for place, drive in enumerate(shown, start=1):
            scored = subject.store.whole(str(drive.row["sha256"]))
            wanted = [event for event in events[drive.name] if _key(event) in pictured]
            pictures = _event_pictures(subject, drive, wanted, scored, mapper)
            found = events[drive.name]
            pages.append(drive_page(subject, place, drive, found, scored, pictures))
    return pages, _notes(shown, pictured, sum(len(events[d.name]) for d in shown), why_not)


def _notes(
    shown: Sequence[Ranked], pictured: set[tuple[str, str]], num_events: int, why_not: str
) -> list[str]:
    paragraphs = [
        "A bar is as high as the event's level was at that time. Links to a drive play it from two "
        "seconds before the event, while it lies where it was analysed."
    ]
    if num_events > len(pictured):
        paragraphs.append(
            f"Pictures are of {len(pictured)} of the {num_events} events of these {len(shown)} "
            f"drives: the most serious first, {MOST_PICTURES_OF_A_DRIVE} for each drive and "
            f"{MOST_PICTURES} in all at most."
        )
    if pictured:
        paragraphs.append(
            why_not
            or "The second image shows where the model's evidence for its top class was at that "
            "moment: yellow some, red most."
        )
    return paragraphs


def _key(event: Row) -> tuple[str, str]:
    return event["drive"], event["id"]


def _pictured(events: Sequence[Sequence[Row]]) -> set[tuple[str, str]]:
    """Events that get an image: the most serious of each drive, then the most serious of all."""
    wanted = [most_serious(of_drive)[:MOST_PICTURES_OF_A_DRIVE] for of_drive in events]
    found = sorted(chain.from_iterable(wanted), key=lambda event: -level_of(event))
    return {_key(event) for event in found[:MOST_PICTURES]}


def _open_mapper(subject: Subject, opened: ExitStack) -> tuple[Mapper | None, str]:
    if not subject.card.has_cam:
        return None, f"The model {subject.card.name} gives no heat-maps."
    try:
        model = opened.enter_context(subject.open_model())
        return Mapper(model, subject.open_heatmap), ""
    except EdgevidError as error:
        _logger.warning("the report has no heat-maps: %s", error)
        return None, f"There are no heat-maps: {one_line(error)}"


def _event_pictures(
    subject: Subject,
    drive: Ranked,
    events: Sequence[Row],
    scored: Scored | None,
    mapper: Mapper | None,
) -> EventPictures:
    """Event → its images, or why there are none."""
    if not events:
        return {}
    reason = "The scores of this drive cannot be read back."
    if scored is not None:
        found = [(event, peak_of(event, scored, subject.card)) for event in events]
        peaks = [(event["id"], peak) for event, peak in found if peak is not None]
        try:
            path, open_source = _drive(subject, drive)
            pictures = take_pictures(path, open_source, [peak for _, peak in peaks], mapper)
            return {event: picture for (event, _), picture in zip(peaks, pictures, strict=True)}
        # Whatever is wrong with one drive by now must not take the others' report away.
        except Exception as error:
            _logger.warning("%s: no images for the report: %s", drive.name, one_line(error))
            reason = f"No image: {one_line(error)}"
    return {event["id"]: reason for event in events}


def _drive(subject: Subject, drive: Ranked) -> tuple[Path | None, Callable[[], Source]]:
    """The file of a drive, if it is one, and its source."""
    uri = subject.uris.get(drive.name, drive.name)
    if subject.sources.plays(uri):
        return None, lambda: subject.sources.source(uri)
    path = subject.copies.local(uri, subject.versions.get(drive.name))
    if not path.is_file():
        raise SourceOpenError("the drive is not there any more")
    if path.stat().st_size != drive.row["size_bytes"]:
        raise SourceOpenError("the drive has changed since it was analysed")
    return path, lambda: subject.sources.file(path)
