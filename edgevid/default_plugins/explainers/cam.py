"""The class activation map that the model itself computes."""

from __future__ import annotations

from edgevid.interfaces import Explainer, StreamState
from edgevid.types import Floats, Frame, Prediction


class CamExplainer(Explainer):
    """Costs nothing: the map is a by-product of inference where the model's head allows it."""

    def explain(self, frame: Frame, prediction: Prediction, state: StreamState) -> Floats | None:
        """The model's own map, or None if it has none."""
        return prediction.saliency
