"""What a convention says of a checkpoint that it recognises by its names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Recognised:
    """A checkpoint: what it is, and which names its tensors have here."""

    what: str
    """For messages."""
    names: Mapping[str, str]
    """Theirs → ours, of every tensor."""
    traits: Mapping[str, str] = field(default_factory=dict)
    """What the weights were trained with and a network must do too, see ``traits``."""
    is_own: bool = False
    """Whether the names are those of the network itself."""
    is_image: bool = False
    """Whether they are of pictures, and may lack what a network adds for time."""
