"""Colours that people with any colour vision tell apart, the same in every image."""

from __future__ import annotations

import zlib

INK, FAINT, GRID = "#22303c", "#7d8a96", "#e3e8ec"
GAP, HATCH = "#f6f7f9", "#b9c3cc"

_KNOWN = {
    "phone": "#0072b2",
    "smoking": "#d55e00",
    "drinking": "#56b4e9",
    "reaching_behind": "#cc79a7",
    "hair_makeup": "#e69f00",
    "operating_radio": "#009e73",
    "talking_to_passenger": "#d8c823",
}
"""Okabe and Ito's palette for the groups of the policies that ship; also their order."""

_OTHERS = ("#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#cc6677", "#882255", "#aa4499")
"""Tol's muted palette."""

AVAILABILITY = {
    "ok": ("#dbe9e4", ""),
    "warming_up": ("#f4e3ad", ""),
    "degraded": ("#f0a860", "\\\\\\"),
    "no_driver": ("#9aa5b1", "..."),
    "no_signal": ("#4b5560", "xxx"),
}
"""Fill and hatch of each state, so that grey prints can be read too."""


def colour_of(group: str) -> str:
    """Depends on the name alone."""
    known = _KNOWN.get(group)
    return known or _OTHERS[zlib.crc32(group.encode("utf-8", "replace")) % len(_OTHERS)]


def order_of(group: str) -> tuple[int, str]:
    """Sorts lanes alike in every image: known groups first, the others by name."""
    known = list(_KNOWN)
    return (known.index(group) if group in known else len(known), group)
