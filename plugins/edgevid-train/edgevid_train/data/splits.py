"""Train, val and test never share a driver: a leak makes every later number worthless."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from edgevid_train.data.errors import DataError
from edgevid_train.data.media import name_list
from edgevid_train.data.table import SPLITS, Segment

FRACTIONS: Mapping[str, float] = MappingProxyType({"train": 0.7, "val": 0.15, "test": 0.15})


def check_splits(segments: Sequence[Segment]) -> None:
    """Refuse drivers that occur in more than one split.

    Where no driver is known (it is empty), each file counts as a driver of its own.

    Raises:
        DataError: With the drivers and their splits.
    """
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for segment in segments:
        found[driver_key(segment)].add(segment.split)
    leaks = [
        f"{kind} {name!r} ({', '.join(s for s in SPLITS if s in splits)})"
        for (kind, name), splits in sorted(found.items())
        if len(splits) > 1
    ]
    if leaks:
        raise DataError(
            f"the splits leak: {name_list(leaks)} occur in more than one split; give all "
            f"segments of a driver the same split"
        )


def assign_splits(
    segments: Sequence[Segment], fractions: Mapping[str, float] = FRACTIONS, seed: int = 0
) -> list[Segment]:
    """Give each driver, with all of its segments, to one split.

    Where no driver is known (it is empty), each file counts as a driver of its own.

    Args:
        segments: Their splits are replaced; their order is kept and does not matter.
        fractions: Of the drivers, for each of ``train``, ``val`` and ``test``; the sum is 1. Every
            split with a fraction above 0 gets at least one driver.
        seed: Another one gives another assignment; the same one always the same.

    Raises:
        DataError: If the fractions are not valid, or there are fewer drivers than splits.
    """
    wanted = _checked(fractions)
    drivers = sorted({driver_key(segment) for segment in segments})
    if len(drivers) < len(wanted):
        raise DataError(
            f"{len(drivers)} drivers ({name_list([name for _, name in drivers])}) cannot fill "
            f"{len(wanted)} splits ({', '.join(wanted)}) without sharing one; add drivers or give "
            f"fractions for fewer splits"
        )
    drivers.sort(key=lambda driver: _rank(seed, driver))
    split_of: dict[tuple[str, str], str] = {}
    start = 0
    for split, count in _counts(wanted, len(drivers)).items():
        split_of.update(dict.fromkeys(drivers[start : start + count], split))
        start += count
    return [replace(segment, split=split_of[driver_key(segment)]) for segment in segments]


def driver_key(segment: Segment) -> tuple[str, str]:
    """Return the unit of a split: ``("driver", name)``, or ``("file", path)`` if none is known."""
    return ("driver", segment.driver) if segment.driver else ("file", segment.file.as_posix())


def _checked(fractions: Mapping[str, float]) -> dict[str, float]:
    total = math.fsum(fractions.values())
    unknown = [name for name in fractions if name not in SPLITS]
    is_valid = all(math.isfinite(value) and value >= 0 for value in fractions.values())
    if unknown or not is_valid or abs(total - 1) > 1e-6:
        raise DataError(
            f"fractions are {dict(fractions)}; accepted are numbers from 0 to 1 for "
            f"{', '.join(SPLITS)} whose sum is 1"
        )
    return {split: fractions[split] for split in SPLITS if fractions.get(split, 0) > 0}


def _counts(fractions: Mapping[str, float], drivers: int) -> dict[str, int]:
    """Drivers per split: one each, the others to the split that lacks most."""
    counts = dict.fromkeys(fractions, 1)
    for _ in range(drivers - len(counts)):
        counts[max(counts, key=lambda s: fractions[s] * drivers - counts[s])] += 1
    return counts


def _rank(seed: int, driver: tuple[str, str]) -> str:
    # A hash instead of a shuffle: it does not depend on what else is in the list.
    return hashlib.sha256("\0".join((str(seed), *driver)).encode()).hexdigest()
