"""Scene descriptions from what a user typed."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from edgevid import ConfigError
from edgevid_synth.description import SceneDescription


def describe(**fields: Any) -> SceneDescription:
    """A scene description.

    Raises:
        ConfigError: If a value is not accepted, with every one that is not.
    """
    try:
        return SceneDescription(**fields)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"the scene is not valid: {problems}") from error
