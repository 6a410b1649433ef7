"""From predictions to events: evidence, filter, segments, timers, levels, availability.

Everything here is driven by the times of predictions: no wall clock, no frame counts, nothing
random, so that the same predictions give the same events. Public names are loaded when first used.
"""

from edgevid import lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__)
