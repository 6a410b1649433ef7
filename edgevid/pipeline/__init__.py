"""One pipeline for cameras and files: capture, resample, infer, dispatch.

Public names are loaded when first used.
"""

from edgevid import lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__)
