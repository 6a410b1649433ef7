"""Batched streaming state: two sets of buffers that swap, and which row belongs to which stream.

Device buffers hold the states of a whole batch. As long as the same streams come back in the same
order, nothing is copied: what one call wrote is what the next call reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


class StateGroup:
    """The states of the streams that were run together last."""

    def __init__(self, current: dict[str, Any], following: dict[str, Any], num_rows: int) -> None:
        """Take two sets of equal buffers: name → device tensor with ``num_rows`` rows."""
        self.current = current
        self.next = following
        self.num_rows = num_rows
        self.version = 0

    def advance(self) -> list[StateRow]:
        """Swap the sets after a run; returns the memory of each stream."""
        self.current, self.next = self.next, self.current
        self.version += 1
        return self.rows()

    def rows(self) -> list[StateRow]:
        """The memory of each stream, as it is now."""
        return [StateRow(self, index, self.version) for index in range(self.num_rows)]


@dataclass(frozen=True, slots=True)
class StateRow:
    """One stream's memory: a row of a group, as it was after one run."""

    group: StateGroup
    index: int
    version: int

    def check(self) -> None:
        """Refuse a memory that later runs have overwritten."""
        if self.version != self.group.version:
            raise ValueError(
                "this memory was used before and its buffers hold a later state; pass the memory "
                "that the last run returned"
            )


def stack_rows(
    rows: Sequence[StateRow | None],
    shapes: Mapping[str, tuple[tuple[int, ...], Any]],
    fetch: Callable[[Any], Any],
    *,
    before: bool = False,
) -> dict[str, Any]:
    """States of some streams, on the host: zeros, or rows of their groups.

    Args:
        rows: N memories.
        shapes: Name → shape without the batch axis, and dtype.
        fetch: Device tensor to a host array.
        before: What the last run read, which stands in the other set, instead of what it wrote.
    """
    stacked = {}
    for name, (shape, dtype) in shapes.items():
        batch = np.zeros((len(rows), *shape), dtype)
        for index, row in enumerate(rows):
            if row is not None:
                row.check()
                buffers = row.group.next if before else row.group.current
                batch[index] = fetch(buffers[name])[row.index]
        stacked[name] = batch
    return stacked


def gather_rows(
    memories: Sequence[StateRow | None],
    make_group: Callable[[Sequence[StateRow | None]], StateGroup],
) -> StateGroup:
    """Find the group that holds exactly these streams in this order, or make it."""
    for row in memories:
        if row is not None:
            row.check()
    first = memories[0] if memories else None
    if (
        first is not None
        and len(memories) == first.group.num_rows
        and all(
            row is not None and row.group is first.group and row.index == index
            for index, row in enumerate(memories)
        )
    ):
        return first.group
    return make_group(memories)
