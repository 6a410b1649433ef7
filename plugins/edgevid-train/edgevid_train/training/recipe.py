"""A training recipe: one YAML file with all settings of a run, so that it can be repeated."""

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
    """The network to train."""

    architecture: str = Field(default="tsm_mobilenet_v2", description="A registered architecture.")
    options: dict[str, Any] = Field(
        default_factory=dict, description="Options of the architecture, such as `width: 0.5`."
    )
    input_size: tuple[Side, Side] = Field(
        default=(112, 112), description="(height, width) in pixels."
    )
    input_rate_hz: float = Field(
        default=8.0, gt=0, le=60, description="Sampling rate of the frames."
    )


class DataRecipe(_Part):
    """The dataset, and how clips are drawn from it."""

    class_names: tuple[str, ...] = Field(default=LABELS, min_length=2)
    background: str | None = BACKGROUND
    num_frames: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="Frames per training clip. Default: the architecture's clip length, or 16 for "
        "streaming models.",
    )
    speed: tuple[float, float] = Field(
        default=(0.7, 1.4),
        description="Range of the random playback speed: slowest and fastest factor.",
    )
    augmentation: Augmentation = Augmentation()
    clips_per_epoch: int | None = Field(
        default=None, gt=0, description="Clips drawn per epoch. Default: each segment once."
    )
    balanced: bool = Field(default=True, description="Sample all classes equally often.")
    workers: int = Field(default=1, ge=0, description="Number of processes that decode.")

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
    """The optimiser, its schedule and the losses."""

    epochs: int = Field(default=30, gt=0)
    batch_size: int = Field(default=16, gt=0, description="Clips per step.")
    learning_rate: float = Field(default=2e-3, gt=0)
    classifier_factor: float = Field(
        default=3.0,
        gt=0,
        description="Learning rate of the classifier, relative to that of the backbone.",
    )
    standardised_head: bool = Field(
        default=False,
        description="Standardise features before the classifier, for training from scratch; folded "
        "into its weights at the end.",
    )
    rate_at_end: Share = Field(
        default=1e-3, description="Final learning rate, as a share of `learning_rate`."
    )
    weight_decay: float = Field(default=0.02, ge=0)
    warmup_epochs: float = Field(
        default=1.0, ge=0, description="Epochs of linear warm-up before the cosine decay."
    )
    label_smoothing: Share = 0.1
    mixup: float = Field(
        default=0.2, ge=0, description="Alpha of the Beta distribution of mixup; 0 disables it."
    )
    ema_decay: float = Field(
        default=0.998,
        ge=0,
        lt=1,
        description="Decay of the exponential moving average of the weights; 0 disables it.",
    )
    precise_bn_batches: int = Field(
        default=20,
        ge=0,
        description="Batches that batch-norm statistics are recomputed from; 0 disables it.",
    )
    loss_after_frames: int | None = Field(
        default=None,
        ge=0,
        description="Frames at the start of a clip that are excluded from the loss. Default: the "
        "network's memory. Ignored by clip models, which have one loss per clip.",
    )
    auxiliary: float = Field(
        default=0.3,
        ge=0,
        description="Weight of the auxiliary loss that locates face, hands and prop, where known.",
    )
    auxiliary_at_end: float | None = Field(
        default=None,
        ge=0,
        description="Value that `auxiliary` reaches, linearly, in the last epoch.",
    )
    gradient_clip: float = Field(default=5.0, ge=0)
    early_sizes: tuple[tuple[Share, tuple[Side, Side]], ...] = Field(
        default=(), description="(share of the epochs, (height, width)): frame size until then."
    )


class TeacherRecipe(_Part):
    """Distillation from a larger network (Hinton et al. 2015, https://arxiv.org/abs/1503.02531)."""

    checkpoint: Path
    architecture: str = "tsm_mobilenet_v2"
    options: dict[str, Any] = Field(default_factory=dict)
    weight: Share = 0.5
    temperature: float = Field(default=2.0, gt=0)


class TrainerRecipe(_Part):
    """Hardware, as Lightning's Trainer takes it."""

    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    devices: int | Literal["auto"] = "auto"
    num_nodes: int = Field(default=1, gt=0)
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = "32-true"
    strategy: str = "auto"
    threads: int | None = Field(default=None, gt=0, description="CPU threads of PyTorch.")
    compile: bool = Field(
        default=False, description="Use torch.compile: a slower start, then faster steps."
    )


class Recipe(_Part):
    """All settings of a training run but the dataset's location."""

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
