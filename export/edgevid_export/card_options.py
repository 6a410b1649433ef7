"""Options of the command that go into a card: provenance, class names, size, precision."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from edgevid import Card, ConfigError

UNKNOWN = "unknown"
"""Value of a provenance field that was never filled in."""

_PROVENANCE = ("license", "origin", "training_data")

Precision = Literal["float16", "int8"]
"""Precision of a smaller bundle."""


def provenance(random_init: bool, *options: str | None) -> dict[str, str]:
    """License, origin and training data: a bundle without them is refused.

    Args:
        random_init: Random weights have a provenance of their own.
        options: Values of the three, in that order; None where an option was left out.

    Raises:
        ConfigError: Naming what is missing.
    """
    if random_init:
        defaults = ("Apache-2.0", "edgevid export --random-init", "none: random weights")
        return {n: g or d for n, g, d in zip(_PROVENANCE, options, defaults, strict=True)}
    return _complete(dict(zip(_PROVENANCE, options, strict=True)))


def provenance_of(card: Card, *options: str | None) -> dict[str, str]:
    """License, origin and training data of a bundle that is exported again.

    Options win over its card.

    Raises:
        ConfigError: Naming the fields that neither fills in.
    """
    known = {name: getattr(card, name) for name in _PROVENANCE}
    return _complete(
        {
            name: new or (None if known[name] == UNKNOWN else known[name])
            for name, new in zip(_PROVENANCE, options, strict=True)
        }
    )


def _complete(found: dict[str, str | None]) -> dict[str, str]:
    missing = [f"--{name.replace('_', '-')}" for name, text in found.items() if not text]
    if missing:
        raise ConfigError(
            f"{', '.join(missing)} missing: a bundle records the license, origin "
            f"and training data of its weights"
        )
    return {name: text for name, text in found.items() if text}


def class_names_of(text: str | None, count: int | None) -> list[str]:
    """Class names from a comma-separated list, a file of lines, or their number.

    Raises:
        ConfigError: If neither or both are given, or the names are not different.
    """
    if (text is None) == (count is None):
        raise ConfigError("give either --class-names or --num-classes")
    if text is None:
        return [f"class_{index}" for index in range(count or 0)]
    file = Path(text)
    if "," not in text and file.is_file():
        names = file.read_text(encoding="utf-8").splitlines()
    else:
        names = text.split(",")
    names = [item.strip() for item in names if item.strip()]
    if not names or len(set(names)) != len(names):
        raise ConfigError(f"--class-names {text}: names must be there and differ from each other")
    return names


def size_of(text: str) -> tuple[int, int]:
    """(height, width) from ``HEIGHTxWIDTH``, pixels.

    Raises:
        ConfigError: If it is written otherwise.
    """
    height, _, width = text.lower().partition("x")
    if not (height.isdigit() and width.isdigit()):
        raise ConfigError(f"--input-size {text}: write HEIGHTxWIDTH, for example 224x224")
    return int(height), int(width)
