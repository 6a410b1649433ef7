"""Fills the template. Everything in it is escaped: names of files and labels are not trusted."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from edgevid_batch.report.drive_pages import DrivePage
from edgevid_batch.report.fleet import LEVELS
from edgevid_batch.report.parts import Link, Section


def render(
    *,
    tiles: Sequence[tuple[str, str]],
    subtitle: str,
    sections: Sequence[Section],
    drives: Section,
    pages: Sequence[DrivePage],
    after: Sequence[Section],
) -> str:
    """The whole file.

    Args:
        tiles: Numbers that are seen first, and what they are.
        subtitle: Under the heading.
        sections: About all drives.
        drives: What stands above the drives.
        pages: The drives, one by one.
        after: What stands below them.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["link"] = lambda cell: isinstance(cell, Link)
    return environment.get_template("report.html.j2").render(
        css=_template("report.css"),
        tiles=tiles,
        subtitle=subtitle,
        sections=sections,
        drives=drives,
        pages=pages,
        after=after,
        levels=LEVELS,
    )


def _template(name: str) -> str:
    return (files("edgevid_batch.report") / "templates" / name).read_text("utf-8")
