"""The bundle that a user's model name or path stands for."""

from __future__ import annotations

from pathlib import Path

from edgevid.errors import ConfigError
from edgevid.plugins import Plugins


def find_bundle(plugins: Plugins, model: str) -> Path:
    """Find a bundle by name or path, without opening it.

    Args:
        plugins: Installed plugins.
        model: A registered model that ships a bundle, such as ``driver``, or a ``.onnx`` file.

    Raises:
        UnknownPluginError: If it is neither a file nor a registered model.
        ConfigError: If the model runs no bundle.
        BundleError: If the bundle is missing from this installation.
    """
    if model not in plugins.models and is_bundle_path(model):
        return Path(model)
    bundle = plugins.models[model].bundle_path()
    if bundle is None:
        raise ConfigError(
            f"the model {model!r} ships no bundle; give a .onnx file, or a model that has one: "
            f"{', '.join(bundled_models(plugins))}"
        )
    return bundle


def is_bundle_path(model: str) -> bool:
    """Whether a user's text for a model is a path rather than a name."""
    return model.lower().endswith(".onnx") or "/" in model or Path(model).is_file()


def bundled_models(plugins: Plugins) -> list[str]:
    """Names of registered models that ship a bundle."""
    return [name for name, cls in plugins.models.items() if cls.bundle_path() is not None]
