"""A training recipe: one YAML file that says everything, so that a run can be repeated."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from edgevid_synth import BACKGROUND, LABELS
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from typing_extensions import Self

from edgevid import ConfigError
from edgevid.config import explain
from edgevid.errors import one_line
from edgevid_train.data.augment import Augmentation

Share = Annotated[float, Field(ge=0, le=1)]
Side = Annotated[int, Field(gt=0, le=8192)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class NetworkRecipe(_Part):
    """What is trained."""

    architecture: str = Field(default="tsm_mobilenet_v2", description="A registered architecture.")
    options: dict[str, Any] = Field(default_factory=dict, description="Such as `width: 0.5`.")
    input_size: tuple[Side, Side] = Field(default=(112, 112), description="(height, width).")
    input_rate_hz: float = Field(default=8.0, gt=0, le=60)


class DataRecipe(_Part):
    """What it is trained on."""

    class_names: tuple[str, ...] = Field(default=LABELS, min_length=2)
    background: str | None = BACKGROUND
    num_frames: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="Of a training clip, and so of the clips of a network of clips; if not given, "
        "as many as such a network usually sees, and 16 for others.",
    )
    speed: tuple[float, float] = Field(
        default=(0.7, 1.4), description="Slowest and fastest time factor of the jitter."
    )
    augmentation: Augmentation = Augmentation()
    clips_per_epoch: int | None = Field(
        default=None, gt=0, description="Drawn anew each epoch; all segments once if not given."
    )
    balanced: bool = Field(default=True, description="Draw classes equally often.")
    workers: int = Field(default=1, ge=0, description="Processes that decode.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(set(self.class_names)) != len(self.class_names):
            raise ValueError("class_names must be different from each other")
        if self.background is not None and self.background not in self.class_names:
            raise ValueError(
                f"background {self.background!r} is not one of class_names; give one of "
                f"{', '.join(self.class_names)}, or null"
            )
        if not 0 < self.speed[0] <= self.speed[1] < math.inf:
            raise ValueError(f"speed is {self.speed}; give two positive numbers, the slower first")
        return self


class OptimiserRecipe(_Part):
    """How it is trained."""

    epochs: int = Field(default=30, gt=0)
    batch_size: int = Field(default=16, gt=0, description="Clips.")
    learning_rate: float = Field(default=2e-3, gt=0)
    classifier_factor: float = Field(default=3.0, gt=0, description="Of its learning rate.")
    standardised_head: bool = Field(
        default=False, description="For training from scratch; folded away at the end."
    )
    rate_at_end: Share = Field(
        default=1e-3, description="Of the learning rate; more where another stage follows."
    )
    weight_decay: float = Field(default=0.02, ge=0)
    warmup_epochs: float = Field(default=1.0, ge=0, description="Linear, before the cosine.")
    label_smoothing: Share = 0.1
    mixup: float = Field(default=0.2, ge=0, description="Alpha of the Beta law; 0 turns it off.")
    ema_decay: float = Field(default=0.998, ge=0, lt=1, description="0 turns the average off.")
    precise_bn_batches: int = Field(default=20, ge=0, description="0 turns it off.")
    loss_after_frames: int | None = Field(
        default=None,
        ge=0,
        description="Frames without loss; the network's memory if not given. Without meaning for "
        "networks of clips, which have one loss for all frames.",
    )
    auxiliary: float = Field(
        default=0.3, ge=0, description="Weight of where face, hands and prop are, where known."
    )
    auxiliary_at_end: float | None = Field(
        default=None, ge=0, description="What `auxiliary` has become, linearly, in the last epoch."
    )
    gradient_clip: float = Field(default=5.0, ge=0)
    early_sizes: tuple[tuple[Share, tuple[Side, Side]], ...] = Field(
        default=(), description="(share of the epochs, size): smaller pictures until then."
    )


class TeacherRecipe(_Part):
    """Distillation from a larger network (Hinton et al. 2015, https://arxiv.org/abs/1503.02531)."""

    checkpoint: Path
    architecture: str = "tsm_mobilenet_v2"
    options: dict[str, Any] = Field(default_factory=dict)
    weight: Share = 0.5
    temperature: float = Field(default=2.0, gt=0)


class TrainerRecipe(_Part):
    """Where it is trained: what Lightning's Trainer takes."""

    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    devices: int | Literal["auto"] = "auto"
    num_nodes: int = Field(default=1, gt=0)
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = "32-true"
    strategy: str = "auto"
    threads: int | None = Field(default=None, gt=0, description="Of PyTorch on the CPU.")
    compile: bool = Field(default=False, description="torch.compile; a minute first, then faster.")


class Recipe(_Part):
    """Everything of a training run but the data's place."""

    name: str = Field(default="driver", min_length=1)
    seed: int = Field(default=0, ge=0, lt=2**32)
    network: NetworkRecipe = NetworkRecipe()
    data: DataRecipe = DataRecipe()
    optimiser: OptimiserRecipe = OptimiserRecipe()
    teacher: TeacherRecipe | None = None
    trainer: TrainerRecipe = TrainerRecipe()
    license: str = "unknown"
    training_data: str = "unknown"


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        ConfigError: If the file cannot be read or a key is not accepted, with every offending key.
    """
    return parse_recipe(read_plain(path), str(path))


def read_plain(path: Any) -> dict[str, Any]:
    """The keys of a recipe, not checked yet.

    Args:
        path: A ``Path``, or a file among a package's resources.

    Raises:
        ConfigError: If the file cannot be read or holds no mapping.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{path}: not a YAML file: {one_line(error)}") from error
    if found is not None and not isinstance(found, dict):
        raise ConfigError(f"{path}: a recipe is a mapping of keys, not {type(found).__name__}")
    return found or {}


def parse_recipe(found: Any, where: str) -> Recipe:
    """A recipe from plain data.

    Raises:
        ConfigError: If a key is not accepted, with every offending key.
    """
    try:
        return Recipe.model_validate(found)
    except ValidationError as error:
        problems = "; ".join(explain(item, Recipe) for item in error.errors())
        raise ConfigError(f"{where}: the recipe is not valid: {problems}") from error
