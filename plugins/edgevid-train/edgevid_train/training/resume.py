"""Goes on with a run only if it is the same run."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

from edgevid import ConfigError, WeightsError, load_plugins
from edgevid.errors import one_line
from edgevid_train.training.draft import draft_card, is_clip_model
from edgevid_train.training.folder import CHECKPOINT, RECIPE
from edgevid_train.training.recipe import Recipe, read_recipe

_BROKEN = (
    OSError,
    RuntimeError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    pickle.UnpicklingError,
)


def check_resumable(folder: Path, recipe: Recipe) -> int:
    """Check a run folder before anything is written to it.

    Args:
        folder: Of the run.
        recipe: What the resumed run shall do; its network and classes are those of the run.

    Returns:
        How many epochs the run has finished.

    Raises:
        ConfigError: If there is nothing to go on with, or the recipe is of another network.
        WeightsError: If the checkpoint cannot be read.
    """
    checkpoint = folder / CHECKPOINT
    if not checkpoint.is_file():
        raise ConfigError(
            f"{folder}: holds no {CHECKPOINT} to go on with, no epoch was finished; empty the "
            f"folder and leave out --resume"
        )
    if (folder / RECIPE).is_file():
        before = _shapes(read_recipe(folder / RECIPE))
        changed = [key for key, value in _shapes(recipe).items() if value != before[key]]
        if changed:
            raise ConfigError(
                f"{folder}: {', '.join(changed)} must stay as they were in {RECIPE}; start another "
                f"run for another network"
            )
    try:
        found = torch.load(checkpoint, map_location="cpu", weights_only=True)
        return int(found["epoch"]) + 1
    except _BROKEN as error:
        raise _unreadable(checkpoint, error) from error


def _shapes(recipe: Recipe) -> dict[str, Any]:
    return {
        "network": recipe.network,
        "data.class_names": recipe.data.class_names,
        "data.num_frames (of clips)": _clip_length(recipe),
        "teacher": recipe.teacher,
        "optimiser.auxiliary (0 or not)": recipe.optimiser.auxiliary > 0,
        "optimiser.standardised_head": recipe.optimiser.standardised_head,
        "optimiser.ema_decay (0 or not)": recipe.optimiser.ema_decay > 0,
    }


def _clip_length(recipe: Recipe) -> int | None:
    """On which the weights of some networks of clips depend; streams may go on with another."""
    card = draft_card(load_plugins().architectures[recipe.network.architecture](), recipe)
    return card.num_frames if is_clip_model(card) else None


def _unreadable(checkpoint: Path, error: Exception) -> WeightsError:
    return WeightsError(f"{checkpoint}: cannot be read: {one_line(error)}; start the run anew")
