"""Overlays that come with the core; by default they draw in the order in which they stand here."""

from __future__ import annotations

from edgevid.default_plugins.overlays.heatmap import HeatmapOverlay
from edgevid.default_plugins.overlays.label import LabelOverlay
from edgevid.default_plugins.overlays.regions import RegionsOverlay
from edgevid.default_plugins.overlays.strip import StripOverlay
from edgevid.hookspecs import Register, hookimpl


@hookimpl
def register_overlays(register: Register) -> None:
    """Register them by name."""
    register("heatmap", HeatmapOverlay)
    register("regions", RegionsOverlay)
    register("strip", StripOverlay)
    register("label", LabelOverlay)
