"""Parts of pages. All text is plain: the template escapes it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Picture:
    """A drawing or a photograph that lies in the page itself."""

    kind: Literal["svg+xml", "jpeg"]
    content: bytes
    alt: str
    """Alternative text."""

    @property
    def src(self) -> str:
        """A data URL: nothing in a drawing can run or load from there."""
        return f"data:image/{self.kind};base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True)
class Link:
    """A cell that leads somewhere."""

    text: str
    href: str


@dataclass(frozen=True)
class Table:
    """Rows under a head."""

    head: Sequence[str]
    rows: Sequence[Sequence[str | Link]]
    num_text: int = 1
    """Columns of text at the left; the others are numbers."""
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a page with a heading of its own."""

    anchor: str
    """Letters, digits and ``-``; the same in no two sections."""
    title: str
    paragraphs: Sequence[str] = ()
    warnings: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()
    details: Sequence[tuple[str, str]] = ()
    """Title, and text that is shown as it is when it is asked for."""
