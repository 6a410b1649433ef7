"""The table of events has every field of the event record."""

from edgevid_batch.columns import COLUMNS
from edgevid_batch.tables import schemas

from edgevid.records import EventRecord

IN_DRIVES = {
    "schema_version", "trip_id", "source_id", "model", "backend", "provider", "policy",
}  # fmt: skip
"""The same for all events of a drive."""
OF_OPEN_EVENTS = {"phase", "notify"}
FILES = {"evidence"}


def test_the_table_of_events_has_every_field():
    expected = set(EventRecord.model_fields) - IN_DRIVES - OF_OPEN_EVENTS - FILES | {"drive"}
    assert set(COLUMNS["events"]) == expected
    assert set(schemas(())["events"].names) == expected
    assert all(about for _, about in COLUMNS["events"].values())
