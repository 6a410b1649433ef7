"""What a convention says of a checkpoint that it recognises by its names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

COUNTERS = "num_batches_tracked"
"""Of batch-norm; nothing reads them, and old files have none."""


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
    maker: str | None = None
    """The architecture that the file says it is of, in words of its own."""
    hint: str = ""
    """What to do if it is something else, for the end of a message."""
    is_image: bool = False
    """Whether they are of pictures, and may lack what a network adds for time."""

    @property
    def states_nothing(self) -> bool:
        """Whether nothing but the network that it is given to says what it was trained with."""
        return self.is_own and not self.traits
