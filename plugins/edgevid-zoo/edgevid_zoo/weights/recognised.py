"""Facts about a checkpoint that a naming convention recognises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

COUNTERS = "num_batches_tracked"
"""Counters of batch-norm; nothing reads them, and old files have none."""


@dataclass(frozen=True)
class Recognised:
    """A checkpoint: what it is, and which names its tensors have here."""

    what: str
    """For messages."""
    names: Mapping[str, str]
    """Name of every tensor, theirs → ours."""
    traits: Mapping[str, str] = field(default_factory=dict)
    """Traits that the network must share with the weights' training, see ``traits``."""
    is_own: bool = False
    """Whether the names are those of the network itself."""
    maker: str | None = None
    """The architecture that the file says it is of, in words of its own."""
    hint: str = ""
    """Advice for the end of a message if the guess is wrong."""
    is_image: bool = False
    """Whether they are of images, and may lack what a network adds for time."""

    @property
    def states_nothing(self) -> bool:
        """Whether nothing but the network that it is given to says what it was trained with."""
        return self.is_own and not self.traits
