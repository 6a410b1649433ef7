"""Video and images: opening, times, rotation, exact decoding of a span, encoding.

Names are loaded when first used: neither OpenCV nor PyAV is imported before it is needed.
"""

from edgevid import lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__)
