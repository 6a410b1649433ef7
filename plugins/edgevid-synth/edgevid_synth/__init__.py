"""Rendered drivers: scenes, clips and drives with labels. Importing this loads no numba.

The names of ``__all__`` are public; each is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from edgevid import hookimpl

if TYPE_CHECKING:
    from edgevid_synth.dataset.clip_table import write_clip_table as write_clip_table
    from edgevid_synth.dataset.clips import POINTS as POINTS
    from edgevid_synth.dataset.clips import VISIBLE_AREA as VISIBLE_AREA
    from edgevid_synth.dataset.clips import ClipSettings as ClipSettings
    from edgevid_synth.dataset.clips import clip_renderer as clip_renderer
    from edgevid_synth.dataset.clips import write_clips as write_clips
    from edgevid_synth.dataset.drive_sets import DriveSettings as DriveSettings
    from edgevid_synth.dataset.drive_sets import write_drive_table as write_drive_table
    from edgevid_synth.dataset.drive_sets import write_drives as write_drives
    from edgevid_synth.dataset.drives import write_drive as write_drive
    from edgevid_synth.dataset.parallel import for_each as for_each
    from edgevid_synth.dataset.video import write_video as write_video
    from edgevid_synth.description import SceneDescription as SceneDescription
    from edgevid_synth.labels import BACKGROUND as BACKGROUND
    from edgevid_synth.labels import LABELS as LABELS
    from edgevid_synth.labels import mirrored as mirrored
    from edgevid_synth.parts import PROPS as PROPS
    from edgevid_synth.parts import Part as Part
    from edgevid_synth.renderer import RenderedFrame as RenderedFrame
    from edgevid_synth.renderer import Renderer as Renderer
    from edgevid_synth.source import SyntheticDriveSource as SyntheticDriveSource

_PUBLIC = {
    "BACKGROUND": "labels",
    "ClipSettings": "dataset.clips",
    "DriveSettings": "dataset.drive_sets",
    "LABELS": "labels",
    "POINTS": "dataset.clips",
    "PROPS": "parts",
    "Part": "parts",
    "RenderedFrame": "renderer",
    "Renderer": "renderer",
    "SceneDescription": "description",
    "SyntheticDriveSource": "source",
    "VISIBLE_AREA": "dataset.clips",
    "clip_renderer": "dataset.clips",
    "for_each": "dataset.parallel",
    "mirrored": "labels",
    "write_clip_table": "dataset.clip_table",
    "write_clips": "dataset.clips",
    "write_drive": "dataset.drives",
    "write_drive_table": "dataset.drive_sets",
    "write_drives": "dataset.drive_sets",
    "write_video": "dataset.video",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"edgevid_synth.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@hookimpl
def register_sources(register: Callable[[str, Any], None]) -> None:
    """Register the source that renders while it is watched."""
    from edgevid_synth.source import SyntheticDriveSource

    register("synthetic", SyntheticDriveSource)


@hookimpl
def register_commands(register: Callable[[str, Any], None]) -> None:
    """Register ``edgevid synth``."""
    from edgevid_synth.command import app

    register("synth", app)
