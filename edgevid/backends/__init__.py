"""What executes bundles: reading them, choosing a backend, comparing it with a card, and backends.

Public names are loaded when first used: importing this loads neither torch nor onnxruntime.
"""

from edgevid import lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__)
