"""Report on weights that were loaded: which tensors came from them, and which did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_SHOWN = 3


@dataclass(frozen=True)
class MatchReport:
    """Tensors that a network got from weights, and those it keeps from its initialiser."""

    source: str
    """File or enum."""
    what: str
    """The convention of its names."""
    loaded: tuple[str, ...]
    """Our names."""
    renamed: Mapping[str, str]
    """Names that differ among the loaded tensors, theirs → ours."""
    inflated: tuple[str, ...]
    """Our names of those loaded that got an axis of time."""
    fresh: Mapping[str, str]
    """Our names of those that were not loaded → why."""
    relearned: tuple[str, ...]
    """Conventions in which the weights were trained otherwise, which the network has to relearn."""
    unstated: str = ""
    """Traits that the file does not state, which were taken for the network's."""

    def table(self) -> str:
        """A few lines for people."""
        total = len(self.loaded) + len(self.fresh)
        lines = [f"weights {self.source}: {self.what}"]
        details = [
            f"{len(found)} {how}"
            for how, found in (("renamed", self.renamed), ("inflated", self.inflated))
            if found
        ]
        more = f" ({', '.join(details)})" if details else ""
        lines.append(f"  loaded       {len(self.loaded)} of {total} tensors{more}")
        for reason in dict.fromkeys(self.fresh.values()):
            names = [name for name, why in self.fresh.items() if why == reason]
            shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
            lines.append(f"  left fresh   {len(names)}: {shown}: {reason}")
        lines += [f"  to learn     {text}" for text in self.relearned]
        lines += [f"  not stated   {self.unstated}"] if self.unstated else []
        return "\n".join(lines)
