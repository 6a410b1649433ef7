"""edgevid: driver-behaviour recognition as a streaming runtime.

Public names stand in ``__init__.pyi`` and are loaded when first used, so that ``import edgevid``
is quick and loads neither numpy nor OpenCV nor an inference engine.
"""

from edgevid import lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__)
