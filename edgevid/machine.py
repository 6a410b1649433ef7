"""Facts about the machine that differ between operating systems."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Number of cores that this process may use.

    Linux counts the process's affinity, which containers and ``taskset`` narrow; elsewhere all
    cores count.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
