"""Markdown tables of reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; names come from files and must not break it."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    lines = [[cell(text) for text in head], rule, *([cell(x) for x in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(text: str) -> str:
    """Text for one cell."""
    return " ".join(text.split()).replace("|", "\\|")
