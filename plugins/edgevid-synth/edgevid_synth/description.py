"""Scene descriptions: typed, seeded data."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationError

from edgevid import ConfigError
from edgevid.strict import StrictModel
from edgevid_synth.labels import LABELS

Label = Literal[LABELS]  # type: ignore[valid-type]

RENDERER_VERSION = "1"
"""Raised whenever the same seed gives another image."""


class SceneDescription(StrictModel):
    """One scene. The same description gives the same images, at any time, in any order.

    Each part has its own random stream: set ``light_seed``, say, to relight a scene.
    """

    seed: int = Field(ge=0, description="Seed of every part without a seed of its own.")
    label: Label | None = Field(
        default=None, description="Behaviour of a clip; none gives a drive of many."
    )
    duration_seconds: float = Field(default=3.0, gt=0, le=36000)
    size: int = Field(default=128, ge=32, le=1024, description="Pixels per side.")
    supersampling: float = Field(
        default=1.5, ge=1, le=4, description="Pixels rendered per pixel kept, along each side."
    )
    right_hand_drive: bool | None = Field(
        default=None, description="Mirrors image and labels; drawn at random by default."
    )
    light: Literal["day", "sun", "dusk", "night", "infrared"] | None = None
    mount: Literal["far_pillar", "far_window", "mirror", "centre_dash", "anywhere"] | None = None
    safe_variant: str | None = Field(default=None, description="Variant, for safe_driving.")
    person_seed: int | None = Field(default=None, ge=0)
    clothes_seed: int | None = Field(default=None, ge=0)
    cabin_seed: int | None = Field(default=None, ge=0)
    camera_seed: int | None = Field(default=None, ge=0)
    light_seed: int | None = Field(default=None, ge=0)
    motion_seed: int | None = Field(default=None, ge=0)
    sensor_seed: int | None = Field(default=None, ge=0)

    def seed_of(self, part: str) -> int:
        """The seed of a part."""
        own: int | None = getattr(self, f"{part}_seed")
        return self.seed if own is None else own


def describe(**fields: Any) -> SceneDescription:
    """Make a scene description from user input.

    Raises:
        ConfigError: If values are not accepted; names every one.
    """
    try:
        return SceneDescription(**fields)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"the scene is not valid: {problems}") from error
