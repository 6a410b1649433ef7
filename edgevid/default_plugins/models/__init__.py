"""The models of the core: any bundle, the one that ships here, and one without weights."""

from __future__ import annotations

from edgevid.default_plugins.models.bundle import BundleModel
from edgevid.default_plugins.models.driver import DriverModel
from edgevid.default_plugins.models.roi_activity import RoiActivity
from edgevid.hookspecs import Register, hookimpl


@hookimpl
def register_models(register: Register) -> None:
    """Register the core's models."""
    register("bundle", BundleModel)
    register("driver", DriverModel)
    register("roi_activity", RoiActivity)
