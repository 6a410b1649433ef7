"""The backends of the core."""

from __future__ import annotations

from edgevid.backends.onnxruntime import OnnxRuntimeBackend
from edgevid.backends.openvino import OpenVinoBackend
from edgevid.backends.torch import TorchBackend
from edgevid.hookspecs import Register, hookimpl


@hookimpl
def register_backends(register: Register) -> None:
    """Register what executes bundles; no library is imported before it is used."""
    register("onnxruntime", OnnxRuntimeBackend)
    register("openvino", OpenVinoBackend)
    register("torch", TorchBackend)
