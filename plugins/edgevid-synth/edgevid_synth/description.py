"""What is asked for: a scene as typed, seeded data."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from edgevid_synth.labels import LABELS

Label = Literal[LABELS]  # type: ignore[valid-type]

RENDERER_VERSION = "1"
"""Raised whenever the same seed gives another picture."""


class SceneDescription(BaseModel):
    """One scene. The same description gives the same pictures, at any time, in any order.

    Each part has a stream of its own: give ``light_seed``, say, to see one scene in other light.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = Field(ge=0, description="Of every part that has no seed of its own.")
    label: Label | None = Field(
        default=None, description="What a clip shows; none for a drive of many behaviours."
    )
    duration_seconds: float = Field(default=3.0, gt=0, le=36000)
    size: int = Field(default=128, ge=32, le=1024, description="Pixels per side.")
    supersampling: float = Field(
        default=1.5, ge=1, le=4, description="Pixels rendered per pixel kept, along each side."
    )
    right_hand_drive: bool | None = Field(
        default=None, description="By chance if not given; a mirrored picture with labels swapped."
    )
    light: Literal["day", "sun", "dusk", "night", "infrared"] | None = None
    mount: Literal["far_pillar", "far_window", "mirror", "centre_dash", "anywhere"] | None = None
    safe_variant: str | None = Field(default=None, description="Of safe_driving, for clips.")
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
