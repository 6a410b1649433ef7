"""Tables of a batch that was never run; not tests themselves."""

from edgevid_batch.tables import schemas, table_of, write_table

CLASSES = ("safe_driving", "phone_left")


def write_tables(folder, drives=3, scores=False):
    """Drives of an hour with two events each, the last one failed."""
    folder.mkdir(parents=True)
    names = [f"{folder.name}/{number}.mp4" for number in range(drives)]
    rows = {
        "drives": [
            {"drive": name, "state": "done", "exposure_seconds": 3600.0, "events": 2}
            for name in names
        ] + [{"drive": f"{folder.name}/bad\x1b[31m\n.mp4", "state": "failed", "error": "is empty"}],
        "events": [
            {
                "drive": name, "id": f"{name}:{number}", "group": "phone", "label": label,
                "start_seconds": 10.0 * number, "end_seconds": 10.0 * number + 4.5,
                "duration_seconds": 4.5, "max_level": number, "trip_flagged": False,
                "levels": [{"at_seconds": 1.5, "level": 1, "reason": "continuous 1.5 s"}],
                "labels": [], "speed_max_kmh": None,
            }
            for name in names for number, label in enumerate(("phone_left", "texting_right"), 1)
        ],
        "availability": [
            {"drive": name, "state": "ok", "start_seconds": 0.0, "end_seconds": 3600.0}
            for name in names
        ],
    }  # fmt: skip
    if scores:
        rows["scores"] = [{"drive": name, "second": 1, "phone_left": 0.25} for name in names]
    for name, schema in schemas(CLASSES).items():
        if name in rows:
            write_table(folder / f"{name}.parquet", schema, [table_of(schema, rows[name])])
    return folder
