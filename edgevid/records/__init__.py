"""Records of a run, written and read: events, their columns, and JSONL files.

``EventRecord`` is the one list of an event's fields. JSON lines, the JSON Schema, CSV, SQLite and
Parquet columns are derived from it.
"""

from __future__ import annotations

from edgevid.records.event import (
    CUT_OFF,
    EventRecord,
    EventSummary,
    EvidenceFiles,
    LabelRecord,
    LevelRecord,
    closed_by_force,
    event_record,
    event_summary,
    finite,
    plain,
    utc_at,
)
from edgevid.records.lines import (
    SCHEMA_VERSION,
    EndLine,
    Line,
    ModelLine,
    PolicyLine,
    PredictionLine,
    RunsOnLine,
    SessionLine,
    SourceLine,
    session_line,
)
from edgevid.records.reader import EventFile, EventLines, is_something_else, read_event_file
from edgevid.records.states import AvailabilityRecord, GapRecord
from edgevid.records.table_columns import Column, columns

__all__ = [
    "CUT_OFF",
    "SCHEMA_VERSION",
    "AvailabilityRecord",
    "Column",
    "EndLine",
    "EventFile",
    "EventLines",
    "EventRecord",
    "EventSummary",
    "EvidenceFiles",
    "GapRecord",
    "LabelRecord",
    "LevelRecord",
    "Line",
    "ModelLine",
    "PolicyLine",
    "PredictionLine",
    "RunsOnLine",
    "SessionLine",
    "SourceLine",
    "closed_by_force",
    "columns",
    "event_record",
    "event_summary",
    "finite",
    "is_something_else",
    "plain",
    "read_event_file",
    "session_line",
    "utc_at",
]
