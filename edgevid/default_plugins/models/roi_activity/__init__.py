"""``roi_activity``: watches regions of the picture for hands entering; needs no weights."""

from edgevid.default_plugins.models.roi_activity.model import RoiActivity

__all__ = ["RoiActivity"]
