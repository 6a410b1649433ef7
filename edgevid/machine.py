"""Facts about the machine: processor and usable cores."""

from __future__ import annotations

import os
import platform
from pathlib import Path

__all__ = ["machine_name", "usable_cores"]


def machine_name() -> str:
    """Processor and kernel, one line for reports."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [x for x in info.read_text(encoding="utf-8").splitlines() if "model name" in x]
        cpu = names[0].partition(":")[2].strip() if names else cpu
    return f"{cpu}, {platform.system()} {platform.release()}"


def usable_cores() -> int:
    """Cores this process may use; all of them where the system has no affinity."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
