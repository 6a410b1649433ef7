"""SQL over the tables of batches. DuckDB is given the tables and no way to anything else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from typing_extensions import Self

from edgevid.errors import ConfigError, one_line
from edgevid_batch.columns import COLUMNS
from edgevid_batch.tables import arrow

_CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
}
_WRITTEN_BY = {"scores": "--scores", "telemetry": "--telemetry", "study": "--telemetry"}
_ROWS_AT_ONCE = 100_000


@dataclass(frozen=True)
class Answer:
    """Rows that a query gave, not read yet."""

    schema: Any
    """Arrow schema."""
    batches: Iterator[Any]
    """Arrow record batches; reading them raises ``ConfigError`` as the query itself does."""


@dataclass(frozen=True)
class ColumnInfo:
    """A column of a table."""

    name: str
    type: str
    """In SQL."""
    about: str


class Query:
    """The tables of some batches as views."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Open the tables.

        Args:
            folders: Of batches; with more than one, every table begins with a column ``batch``.

        Raises:
            ConfigError: If a folder holds no tables, one of them cannot be read, or DuckDB is not
                installed.
        """
        self._duckdb = _duckdb()
        # A folder that is named twice would count twice.
        different = {folder.resolve(): folder for folder in folders}.values()
        self._paths = {folder: _tables(folder) for folder in different}
        self._connection = self._duckdb.connect(":memory:", config=_CONFIG)
        try:
            self.tables: dict[str, tuple[ColumnInfo, ...]] = {
                name: tuple(self._view(name)) for name in _names(self._paths.values())
            }
            for setting in ("errors_as_json=true", "enable_external_access=false",
                            "lock_configuration=true"):  # fmt: skip
                self._connection.execute(f"SET {setting}")
        except BaseException:
            self._connection.close()
            raise

    @property
    def paths(self) -> set[Path]:
        """Files that are read."""
        return {path for found in self._paths.values() for path in found.values()}

    def run_query(self, sql: str) -> Answer:
        """Run one query.

        Raises:
            ConfigError: If it is not one statement that only reads, or DuckDB refuses it.
        """
        kinds = self._duckdb.StatementType
        try:
            statements = self._connection.extract_statements(sql)
            # PIVOT is several statements inside.
            reading = (kinds.SELECT, kinds.EXPLAIN, kinds.MULTI)
            if len(statements) != 1 or statements[0].type not in reading:
                raise ConfigError("query: give one SELECT; nothing can be written or changed")
            reader = _reader(self._connection.sql(sql))
        except self._duckdb.Error as error:
            raise ConfigError(self._message(self._with_position(error, sql), sql)) from error
        return Answer(reader.schema, self._batches(reader, sql))

    def _with_position(self, error: Exception, sql: str) -> Exception:
        """The same error from the other way to run a query: ``sql`` leaves out where it is."""
        try:
            if "{" not in str(error):
                self._connection.execute(sql)
        except self._duckdb.Error as same:
            found: Exception = same
            return found
        return error

    def _batches(self, reader: Any, sql: str) -> Iterator[Any]:
        try:
            yield from reader
        # Arrow hands on what DuckDB says, and what its own reader finds in a damaged file.
        except (self._duckdb.Error, OSError, ValueError) as error:
            raise ConfigError(self._message(error, sql)) from error

    def _view(self, name: str) -> Iterator[ColumnInfo]:
        """Make a view; gives its columns."""
        about: dict[str, str] = {}
        parts = []
        for number, (folder, found) in enumerate(self._paths.items()):
            if name not in found:
                continue
            part = name if len(self._paths) == 1 else f"part {number} of {name}"
            dataset = _dataset(found[name])
            self._connection.register(part, dataset)
            for field in dataset.schema:
                text = (field.metadata or {}).get(b"description", b"").decode("utf-8", "replace")
                about.setdefault(field.name, text)
            parts.append(f"SELECT {_literal(str(folder))} AS batch, * FROM {_name(part)}")
        if len(self._paths) > 1:
            about["batch"] = "Folder of results."
            self._connection.execute(
                f"CREATE VIEW {_name(name)} AS {' UNION ALL BY NAME '.join(parts)}"
            )
        for column, kind, *_ in self._connection.execute(f"DESCRIBE {_name(name)}").fetchall():
            yield ColumnInfo(column, kind, about.get(column, ""))

    def _message(self, error: BaseException, sql: str) -> str:
        """One line, with the position."""
        _, _, text = str(error).partition("{")
        try:
            reported = json.loads("{" + text)
            what = str(reported["exception_message"])
        except (ValueError, KeyError, TypeError):
            return f"query: {one_line(error)}"
        if reported.get("error_subtype") == "MISSING_ENTRY" and reported.get("type") == "Table":
            what = f"no table {reported.get('name')!r}; there are {', '.join(self.tables)}"
            option = _WRITTEN_BY.get(str(reported.get("name")))
            what += f"; it is written by edgevid batch {option}" if option else ""
        where = _position(sql, reported.get("position"))
        return f"query: {where}{' '.join(what.split())}"

    def close(self) -> None:
        """Let the files go."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()


def _duckdb() -> ModuleType:
    try:
        import duckdb
    except ImportError as error:
        raise ConfigError('queries need DuckDB: pip install "edgevid[batch]"') from error
    found: ModuleType = duckdb
    return found


def _reader(answer: Any) -> Any:
    """Record batches; DuckDB 2 gave the method another name."""
    read = getattr(answer, "to_arrow_reader", None) or answer.fetch_record_batch
    return read(_ROWS_AT_ONCE)


def _tables(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise ConfigError(f"{folder}: no such folder; give the --out of edgevid batch")
    found = {name: folder / f"{name}.parquet" for name in COLUMNS}
    found = {name: path for name, path in found.items() if path.is_file()}
    if not found:
        raise ConfigError(
            f"{folder}: holds no tables of a batch ({', '.join(f'{n}.parquet' for n in COLUMNS)}); "
            f"edgevid batch writes them when it is over"
        )
    return found


def _names(found: Iterable[dict[str, Path]]) -> list[str]:
    there = {name for tables in found for name in tables}
    return [name for name in COLUMNS if name in there]


def _dataset(path: Path) -> Any:
    """Read lazily, and by Arrow: DuckDB itself may open no file."""
    pa = arrow()
    import pyarrow.dataset

    try:
        return pyarrow.dataset.dataset(str(path), format="parquet")
    except (OSError, pa.ArrowException) as error:
        raise ConfigError(f"{path}: cannot be read: {one_line(error, 200)}") from error


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _position(sql: str, at_byte: Any) -> str:
    if not str(at_byte or "").isdigit():
        return ""
    before = sql.encode()[: int(at_byte)].decode("utf-8", "replace")
    line = before.count("\n") + 1
    return f"line {line}, column {len(before) - (before.rfind(chr(10)) + 1) + 1}: "
