"""Table columns, derived from the fields of a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

Kind = Literal["text", "number", "whole", "flag", "list"]
_KINDS: dict[type, Kind] = {str: "text", float: "number", int: "whole", bool: "flag"}


@dataclass(frozen=True, slots=True)
class Column:
    """Kind and meaning of one column."""

    kind: Kind
    is_nullable: bool = False
    description: str = ""
    choices: tuple[Any, ...] = ()
    """All accepted values; empty if any value of the kind is accepted."""
    items: dict[str, Column] = field(default_factory=dict)
    """Columns of a list's items."""


def columns(record: type[BaseModel], *, without: tuple[str, ...] = ()) -> dict[str, Column]:
    """Columns of a record by name, in the order of its fields.

    Args:
        record: Its fields are texts, numbers, flags, or tuples of records of those.
        without: Fields to leave out.

    Raises:
        TypeError: If a field cannot be a column, or one in ``without`` does not exist.
    """
    fields = record.model_fields
    if unknown := set(without) - set(fields):
        raise TypeError(f"{record.__name__} has no fields {sorted(unknown)}")
    return {
        name: _column(f"{record.__name__}.{name}", info.annotation, info.description or "")
        for name, info in fields.items()
        if name not in without
    }


def _column(where: str, annotation: Any, description: str) -> Column:
    parts = [part for part in get_args(annotation) if part is not NoneType]
    is_nullable = NoneType in get_args(annotation)
    if is_nullable and len(parts) == 1:
        annotation = parts[0]
    if annotation in _KINDS:
        return Column(_KINDS[annotation], is_nullable, description)
    if get_origin(annotation) is Literal:
        choices = get_args(annotation)
        return Column(_KINDS[type(choices[0])], is_nullable, description, choices)
    if get_origin(annotation) is tuple and issubclass(get_args(annotation)[0], BaseModel):
        items = columns(get_args(annotation)[0])
        return Column("list", is_nullable, description, items=items)
    raise TypeError(f"{where}: {annotation} cannot be a column; leave it out or use a flat type")
