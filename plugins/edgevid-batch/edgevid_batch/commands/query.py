"""``edgevid query``: SQL over the tables of batches."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.table import Table
from rich.text import Text

from edgevid.cli import err, out
from edgevid.errors import ConfigError
from edgevid.io import atomic_path

if TYPE_CHECKING:
    from edgevid_batch.query import Answer, Query

Format = Literal["table", "csv", "json", "parquet"]

_MOST_ROWS = 200
_NUMBERS = ("int", "uint", "float", "double", "decimal")
_SUFFIXES: dict[str, Format] = {".csv": "csv", ".json": "json", ".parquet": "parquet"}


def query(
    given: Annotated[
        list[str],
        typer.Argument(
            metavar="OUT... [SQL]", help="Output directories of edgevid batch, then a SELECT."
        ),
    ],
    format_: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="Default: table on a terminal, else csv, or by the extension of --output.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write here: .csv, .json or .parquet.")
    ] = None,
) -> None:
    """Query the tables of batches in SQL; without a query, list tables and columns.

    DuckDB answers: https://duckdb.org/docs/sql/introduction. A query reads these tables and no
    other file, and changes nothing.

    Examples:
        edgevid query results

        edgevid query results "select label, count(*) from events group by 1 order by 2 desc"

        edgevid query may june "select batch, sum(exposure_seconds) / 3600 from drives group by 1"
    """
    from edgevid_batch.query import Query

    folders, sql = _split(given)
    chosen = _format(format_, output)
    with Query(folders) as tables:
        if output is not None and output.resolve() in {path.resolve() for path in tables.paths}:
            raise ConfigError(f"--output {output}: is a table of the batch; give another name")
        if sql is None:
            _list(tables, chosen, output)
        else:
            _write_answer(tables.run_query(sql), chosen, output)


def _split(given: list[str]) -> tuple[list[Path], str | None]:
    """The last one is the query if it is no folder and has more than one word."""
    last = given[-1]
    if len(last.split()) > 1 and not _is_folder(last):
        if len(given) == 1:
            raise ConfigError(
                'no folder given; for example: edgevid query results "select * from drives"'
            )
        return [Path(one) for one in given[:-1]], last
    return [Path(one) for one in given], None


def _is_folder(text: str) -> bool:
    try:
        return Path(text).is_dir()
    except (OSError, ValueError):
        return False


def _format(format_: Format | None, output: Path | None) -> Format:
    if output is None:
        if format_ == "parquet":
            raise ConfigError("--format parquet needs a file: --output FILE.parquet")
        return format_ or ("table" if sys.stdout.isatty() else "csv")
    if format_ == "table":
        raise ConfigError("--format table is for a terminal; with --output: csv, json, parquet")
    found = format_ or _SUFFIXES.get(output.suffix.lower())
    if found is None:
        raise ConfigError(
            f"--output {output}: the suffix selects the format: {', '.join(_SUFFIXES)}; or --format"
        )
    return found


def _list(tables: Query, format_: Format, output: Path | None) -> None:
    """Tables and columns."""
    rows = [
        (name, column.name, column.type, column.about)
        for name, columns in tables.tables.items()
        for column in columns
    ]
    import pyarrow as pa

    from edgevid_batch.query import Answer

    names = ("table", "column", "type", "about")
    if format_ != "table":
        columns = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
        batch = pa.record_batch(columns, names=list(names))
        _write_answer(Answer(batch.schema, iter([batch])), format_, output)
        return
    shown = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in names:
        shown.add_column(name)
    before = ""
    for name, *rest in rows:
        shown.add_row(*(Text(text) for text in ("" if name == before else name, *rest)))
        before = name
    out().print(shown)


def _write_answer(answer: Answer, format_: Format, output: Path | None) -> None:
    names = list(answer.schema.names)
    if format_ in ("json", "parquet"):
        twice = [name for name, number in Counter(names).items() if number > 1]
        if twice:
            raise ConfigError(
                f"query: two columns are called {twice[0]!r}; give one another name by AS"
            )
    if format_ == "table":
        _show(answer)
    elif output is None:
        # The encoding of the terminal may not know all characters of file names.
        file = io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="", write_through=True)
        try:
            _WRITE[format_](answer, file)
        finally:
            file.detach()
    else:
        _to_file(answer, format_, output)


def _to_file(answer: Answer, format_: Format, output: Path) -> None:
    """Write a whole file or none."""
    try:
        with atomic_path(output) as partial:
            if format_ == "parquet":
                with partial.open("wb") as binary:
                    _write_parquet(answer, binary)
            else:
                with partial.open("w", encoding="utf-8", newline="") as text:
                    _WRITE[format_](answer, text)
    except OSError as error:
        raise ConfigError(f"--output {output}: cannot be written: {error.strerror}") from error


def _rows(answer: Answer) -> Iterator[list[Any]]:
    for batch in answer.batches:
        columns = [column.to_pylist() for column in batch.columns]
        yield from (list(row) for row in zip(*columns, strict=True))


def _write_csv(answer: Answer, file: IO[str]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(answer.schema.names)
    for row in _rows(answer):
        writer.writerow([_cell(value) for value in row])


def _write_json(answer: Answer, file: IO[str]) -> None:
    names = answer.schema.names
    before = "[\n"
    for row in _rows(answer):
        record = dict(zip(names, map(_plain, row), strict=True))
        file.write(before + json.dumps(record, ensure_ascii=False, default=str))
        before = ",\n"
    file.write("[]\n" if before == "[\n" else "\n]\n")


_WRITE = {"csv": _write_csv, "json": _write_json}


def _write_parquet(answer: Answer, file: IO[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    # DuckDB sums whole numbers in 128 bits, which other readers know as objects only.
    wide = pa.decimal128(38, 0)
    schema = pa.schema([f.with_type(pa.float64()) if f.type == wide else f for f in answer.schema])
    with pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in answer.batches:
            writer.write_table(pa.Table.from_batches([batch]).cast(schema))


def _show(answer: Answer) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for field in answer.schema:
        justify: Literal["left", "right"] = (
            "right" if str(field.type).startswith(_NUMBERS) else "left"
        )
        table.add_column(Text(_visible(field.name)), justify=justify)
    more = 0
    for number, row in enumerate(_rows(answer)):
        if number < _MOST_ROWS:
            table.add_row(*(Text(_visible(_cell(value))) for value in row))
        else:
            more += 1
    out().print(table)
    if more:
        err().print(f"and {more} more rows; --output FILE.csv writes all of them")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(_plain(value), ensure_ascii=False, default=str)
    return str(value)


def _plain(value: Any) -> Any:
    """Convert a value to one that JSON can hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value


def _visible(text: str) -> str:
    """Names of files may hold what moves a terminal's cursor."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
