"""Results as Parquet: what pandas, DuckDB and Polars read. Units are in the names and the schema.

Rows are in the order of drives and of time, and nothing in them depends on when or in how many runs
they came about: equal work gives equal bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from edgevid.errors import ConfigError
from edgevid.io import write_atomic
from edgevid_batch.columns import COLUMNS, EVENT, SCORE

Row = Mapping[str, Any]


def arrow() -> ModuleType:
    """PyArrow.

    Raises:
        ConfigError: If it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ConfigError(
            'a batch writes Parquet, which needs pyarrow: pip install "edgevid[batch]"'
        ) from error
    found: ModuleType = pyarrow
    return found


def schemas(class_names: Sequence[str]) -> dict[str, Any]:
    """Table → its Arrow schema; descriptions are in the metadata of each field."""
    pa = arrow()
    kinds: dict[str, Any] = {
        "text": pa.string(),
        "number": pa.float64(),
        "whole": pa.int64(),
        "flag": pa.bool_(),
        "score": pa.float32(),
    }

    def arrow_type(name: str, kind: str) -> Any:
        if kind != "list":
            return kinds[kind]
        items = EVENT[name].items
        return pa.list_(pa.struct([(item, kinds[c.kind]) for item, c in items.items()]))

    with_scores = {**COLUMNS["scores"], **dict.fromkeys(class_names, SCORE)}
    return {
        table: pa.schema(
            [
                pa.field(
                    name,
                    arrow_type(name, kind),
                    metadata={"description": about} if about else None,
                )
                for name, (kind, about) in columns.items()
            ]
        )
        for table, columns in {**COLUMNS, "scores": with_scores}.items()
    }


def table_of(schema: Any, rows: Iterable[Row]) -> Any:
    """Rows as an Arrow table, which takes a tenth of their memory."""
    return arrow().Table.from_pylist([dict(row) for row in rows], schema=schema)


def write_table(path: Path, schema: Any, parts: Sequence[Any]) -> None:
    """Write a Parquet file, whole or not at all.

    Args:
        path: Of the file.
        schema: Of the table.
        parts: Arrow tables of that schema, one after the other.

    Raises:
        OSError: If it cannot be written.
    """
    pa = arrow()
    content = io.BytesIO()
    table = pa.concat_tables([schema.empty_table(), *parts])
    pa.parquet.write_table(table, content, compression="zstd")
    write_atomic(path, content.getvalue())
