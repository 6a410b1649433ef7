"""Explainers of the core."""

from __future__ import annotations

from edgevid.default_plugins.explainers.cam import CamExplainer
from edgevid.default_plugins.explainers.gradient import GradientExplainer
from edgevid.default_plugins.explainers.smoothgrad import SmoothGradExplainer
from edgevid.hookspecs import Register, hookimpl


@hookimpl
def register_explainers(register: Register) -> None:
    """Register them by name."""
    register("cam", CamExplainer)
    register("gradient", GradientExplainer)
    register("smoothgrad", SmoothGradExplainer)
