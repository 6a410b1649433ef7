"""Events of the Python API as a pandas data frame, with the columns of a batch's tables."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from edgevid.errors import ConfigError
from edgevid.records import EventRecord, plain
from edgevid.types import Event
from edgevid_batch.tables import schemas, table_of

if TYPE_CHECKING:
    import pandas


def events_to_pandas(
    events: Iterable[Event | EventRecord], *, drive: str | None = None
) -> pandas.DataFrame:
    """Build a data frame with one row for each event, in the order given.

    Columns and types are those of ``events.parquet``; a value that an event does not carry is null.

    Args:
        events: As ``Result.events``, ``Session.close`` and ``read_event_file`` give them.
        drive: Name of the recording, for the column ``drive``.

    Raises:
        ConfigError: If pandas is not installed.

    Examples:
        >>> import edgevid, edgevid_batch
        >>> results = edgevid.stream("drive.mp4", duration_seconds=12)
        >>> events = [e for r in results for e in r.events if e.state == "closed"]
        >>> edgevid_batch.events_to_pandas(events, drive="drive.mp4")[["drive", "label"]]
               drive       label
        0  drive.mp4  phone_left
    """
    if importlib.util.find_spec("pandas") is None:
        raise ConfigError("a data frame of events needs pandas: pip install pandas")
    rows = []
    for event in events:
        if isinstance(event, EventRecord):
            row = event.model_dump(mode="json")
        else:
            row = plain(asdict(event)) | {
                "group": plain(event.name),
                "duration_seconds": event.duration_seconds,
            }
        rows.append({**row, "drive": drive})
    return table_of(schemas(())["events"], rows).to_pandas()
