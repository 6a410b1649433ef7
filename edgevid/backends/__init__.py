"""Execution of bundles: reading them, choosing a backend, checking it against a card.

Public names are loaded when first used: importing this loads neither torch nor onnxruntime.
"""

from edgevid import lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__)
