"""Weights: files of them, and what their makers call them."""

from edgevid_zoo.weights.loading import load_weights
from edgevid_zoo.weights.report import MatchReport

__all__ = ["MatchReport", "load_weights"]
