"""docs/batch.md: what a batch writes, with the columns from the code that writes them."""

from __future__ import annotations

import json
from pathlib import Path

from edgevid_batch.columns import COLUMNS, EVENT, SCORE, ColumnKind

_TYPES: dict[ColumnKind, str] = {
    "text": "text",
    "number": "float64",
    "whole": "int64",
    "flag": "boolean",
    "score": "float32",
}

_ABOUT = {
    "drives": "One row for each drive, failed ones too.",
    "events": "One row for each event, by drive and start. [What events are](events.md).",
    "availability": "When the runtime could say what the driver does, and when it could not. Each "
    "row lasts until the next.",
    "scores": "One row for each second with a valid prediction; written by `--scores`.",
    "telemetry": "One row for each channel and second with a value. [Where they come "
    "from](telemetry.md).",
    "study": "One row for each figure; `study.json` holds them too, with notes and settings. [What "
    "they mean](telemetry.md).",
}

_BEFORE = """# Recorded drives

{note}```
pip install "edgevid[cpu,batch]"
edgevid batch archive/ --out results
```

Drives are files, folders (searched deeply, linked ones too), globs, `@LIST` with one of these in
each line, and URLs that fsspec knows: `s3://bucket/2026/*.mp4`, `zip://*.mp4::archive.zip`,
`sftp://…`. A file with several names is taken once, under the first of them. Each protocol needs
its own package (`pip install s3fs`) and takes its credentials from where that package looks for
them; passwords in URLs are written nowhere. In `http://…` a `?` begins the query.

Recordings that a source plays are named as for `edgevid run`: `images:DIR?fps=10`, and `SCHEME:…`
of any plugin whose source says `recorded = True`. They are read from start to end, and known again
by `content_sha256()`, or else by all their frames. Models and event engines of plugins work as ours
do: drives are cut into parts only for a model that says `bounded_memory = True`, and workers resize
only for one whose `take_resized()` accepts that.

A drive that lies elsewhere is copied to `results/cache` first; `cache_gb` says how much room that
folder may take. Such a drive is taken for unchanged while its storage gives the same size, date and
checksum of it, as far as it gives them. If it changes during a run it fails, and the next run
scores it anew.

Events are those of `edgevid run` on the same file with the same model and policy, bit for bit: long
drives are cut into parts that several processes score at once, and the parts overlap by the model's
memory.

## What is in the folder

| | |
|---|---|
| `drives.parquet`, `events.parquet`, … | the tables below |
| `report.html` | [the report](#report) |
| `manifest.jsonl` | a line for each part and drive when it is over, with what it depends on |
| `work/` | scores, by content of the drive and model; with it, another policy takes seconds |
| `cache/` | copies of drives that lie elsewhere |
| `.lock` | held while a run works here; a second one is refused |

Each table appears whole when the run is over, and equal work gives equal bytes, however often it
was stopped in between; a run that is stopped among its tables leaves some of the run before, which
the next one replaces. `work/` and `cache/` may be deleted: what is missing is done again. The
folder itself is not searched for drives: it may lie in the archive.

A path is called in the tables as it is. A URL is without its passwords and tokens; if two of one
run differ in nothing else, `#` and a part of their checksum tell them apart.

## Again

The same command goes on where the last one was stopped, by Ctrl-C, a crash, a full disk or a power
cut; at most the parts that were being scored are lost. Of a finished folder it does only what is
new, changed or failed before:

| changed | what is done |
|---|---|
| a drive is new, or its content is another | it is scored |
| a drive was moved, renamed or copied | nothing: scores go by content |
| the policy (`--profile`, `events.options`) | events are made again from the scores |
| the model, its weights, card or options | all is scored again; old scores stay in `work/` |
| the backend, provider or precision | the same: others round differently |
| threads, or a library's version | nothing |
| scores that cannot be read back | that drive is scored again |
| a drive is not named any more | it is not in the tables |
| `--scores` or `--telemetry` is left out | their tables go, for they would be of other drives |
| `--no-report` is given | so does the report |
| a file [beside a drive](telemetry.md) is new or changed | events and tables are made again |

## Bad drives

A drive that is missing, empty, no video, damaged, not permitted or vanishes while it is read is in
`drives` with `state` failed and the reason in `error`; the others go on. So is a folder that cannot
be listed. A recording that is cut off, or whose header gives no frame rate, is analysed as it is:
`warnings` says what is wrong, and the report lists it. Of drives of the same content, the next is
read when one has gone.

The exit code is the number of drives that failed, at most 100; 0 if all are done. Options that are
refused give 2 before anything is read, and so does a folder that cannot be written to any more;
`--json` prints a result only if drives were analysed, which tells the two apart.

{tried}## Report

![A report of the two drives of examples/](batch/report.png)

`report.html` is one file that opens in any browser without a network, runs no scripts, prints, and
is of the same bytes when the results are. `--no-report` leaves it out.

It sums up all drives: events per hour of exposure by label and level, exposure, availability,
drives that failed and why, model and policy. The 50 drives with the most serious events have a
timeline each, their 40 most serious events in a table, and up to 6 with a picture of the moment of
the highest score, 120 in all. Where the model's head gives a map (`has_cam` in its card), that
moment is scored once more for a heat-map. A drive that is gone or was changed in the meantime has
the reason in the picture's place. Pictures are decoded anew each time: a drive that can be cut is
entered near the event, others (AVI, GIF) are read up to it.

Each event links to its drive, by `file://` and the time, and to its clip if there is one in
`results/evidence`, as `edgevid run DRIVE --sink evidence:results/evidence` with the same model and
policy writes it. Names of drives and labels are shown as text, whatever is in them.

The file holds pictures of drivers and names of files: pass it on as carefully as the drives.

## Questions

```
edgevid query results
edgevid query results "select label, count(*) from events group by 1 order by 2 desc"
edgevid query may june "select batch, sum(exposure_seconds) / 3600 as hours from drives group by 1"
```

[DuckDB](https://duckdb.org/docs/sql/introduction) answers. Without a query the tables are listed
with their columns. Of several folders every table begins with a column `batch`. `group` is a word
of SQL: write `"group"`. A query reads these tables and nothing else: no other file, no network, no
variable, and it writes nothing; `--output FILE.csv`, `.json` or `.parquet` keeps the answer.

Events per hour and level, of the drives with the most:

```
edgevid query results "
  select drive, count(*) filter (e.max_level >= 2) as serious,
         round(count(e.id) * 3600 / any_value(d.exposure_seconds), 1) as per_hour
  from drives d left join events e using (drive)
  where d.state = 'done' group by drive order by serious desc, drive limit 10"
```

pandas:

```python
import pandas as pd

events = pd.read_parquet("results/events.parquet")
drives = pd.read_parquet("results/drives.parquet")
hours = drives["exposure_seconds"].sum() / 3600
print(events.groupby(["label", "max_level"]).size() / hours)
```

DuckDB:

```python
import duckdb

hours = "(select sum(exposure_seconds) / 3600 from 'results/drives.parquet')"
print(
    duckdb.sql(
        f"select label, max_level, count(*) / {hours} as per_hour "
        "from 'results/events.parquet' group by all order by all"
    )
)
```

Polars:

```python
import polars as pl

hours = pl.read_parquet("results/drives.parquet")["exposure_seconds"].sum() / 3600
events = pl.scan_parquet("results/events.parquet")
print(events.group_by("label", "max_level").agg(pl.len() / hours).sort("label").collect())
```

## Tables

Units are in the names; times are seconds on the drive's own timeline. What is not known is null.
The descriptions are in the metadata of the columns too.
"""


_TRIED = """## Tried out

`python tools/batch_trial.py` renders {whole} drives of {seconds} s, adds {broken} files that no one
can read, and analyses them in parts of {chunk} s. The second run was killed (SIGKILL) {kills} times
and started again each time; the third was `--engine ray`. {verdict}

| run | | parts and drives done |
|---|---|---|
"""


def batch_page(folder: Path, note: str, keys: list[str]) -> str:
    """The page.

    Args:
        folder: Holds ``trial.json``, if it was tried out.
        note: Says that the page is generated.
        keys: Table of the configuration.
    """
    text = _BEFORE.replace("{note}", note).replace("{tried}", _tried(folder))
    for table, columns in COLUMNS.items():
        text += f"\n### {table}\n\n{_ABOUT[table]}\n\n| column | type | |\n|---|---|---|\n"
        shown = {**columns, "*each class*": SCORE} if table == "scores" else columns
        for name, (kind, about) in shown.items():
            column = name if name.startswith("*") else f"`{name}`"
            shown_type = _TYPES.get(kind) or f"list of ({', '.join(EVENT[name].items)})"
            text += f"| {column} | {shown_type} | {about} |\n"
    rows = "\n".join(keys)
    return (
        f"{text}\n## Configuration\n\nKeys of `edgevid batch --config FILE`; `--set KEY=VALUE` "
        f"sets each of them too.\n\n{rows}\n"
    )


def _tried(folder: Path) -> str:
    """The section on the trial."""
    file = folder / "trial.json"
    if not file.exists():
        return ""
    trial = json.loads(file.read_text(encoding="utf-8"))
    kills, failed = trial["killed"]["kills"], trial["failed"]
    differs = [*trial["killed"]["differs"], *trial["ray"]["differs"]]
    text = _TRIED.format(
        whole=trial["done"], seconds=trial["seconds_each"], broken=len(failed),
        chunk=trial["chunk_seconds"], kills=len(kills),
        verdict=f"Not equal: {', '.join(differs)}." if differs else
        "All tables and reports are equal, byte by byte.",
    )  # fmt: skip
    text += f"| undisturbed | {trial['undisturbed_seconds']:.0f} s | all |\n"
    for kill in kills:
        when = f"{kill['after_seconds']:.1f} s, {kill['during']}"
        text += f"| killed after | {when} | {kill['done']} |\n"
    text += f"| Ray | {trial['ray']['seconds']:.0f} s | all |\n"
    text += "\n| drive | | |\n|---|---|---|\n"
    for name, about in trial["drives"].items():
        text += f"| `{name}` | {about} | {failed.get(name, 'done')} |\n"
    return (
        f"{text}\nThe machine: {trial['machine']}, {trial['cores']} cores.\n\n"
        f"![The report of the trial]({folder.name}/fleet.png)\n\n"
    )
