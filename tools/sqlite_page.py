"""docs/sqlite.md: its tables of columns, from the records that the database is made of."""

from __future__ import annotations

import re

from edgevid.default_plugins.sinks.sqlite.schema import COLUMNS, sql_name
from edgevid.records import Column

_TYPES = {"text": "text", "number": "real", "whole": "integer", "flag": "0 or 1"}


def sqlite_page(page: str) -> str:
    """Replace the table of columns in each table's section.

    Args:
        page: The page as it is, with a section ``## TABLE`` for each table.
    """
    for table, columns in COLUMNS.items():
        rows = [_row(name, c) for name, c in columns.items() if c.kind != "list"]
        text = "\n".join(["| column | type | |", "|---|---|---|", *rows])
        page = re.sub(
            rf"(\n## {table}\n(?:(?!\n## ).)*?)\| column \|.*?(?=\n\n)",
            lambda match, text=text: match[1] + text,  # type: ignore[misc]
            page,
            count=1,
            flags=re.DOTALL,
        )
    return page


def _row(name: str, column: Column) -> str:
    kind = _TYPES[column.kind] + (" or null" if column.is_nullable else "")
    choices = ", ".join(f"`{choice}`" for choice in column.choices)
    about = f"{choices}. {column.description}" if choices else column.description
    return f"| `{sql_name(name)}` | {kind} | {about} |"
