"""Files of a run folder, and how they are written."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from edgevid import ConfigError
from edgevid_train.training.recipe import Recipe

RECIPE = "recipe.yaml"
CHECKPOINT = "last.ckpt"
"""Everything that is needed to go on after the last whole epoch."""
BEST = "best.ckpt"
WEIGHTS = "model.safetensors"
CARD = "card.json"
CURVES = "curves.csv"


def write_recipe(recipe: Recipe, table: Path, folder: Path) -> None:
    """Write the whole recipe, so that the run can be repeated; the folder is made.

    Raises:
        ConfigError: If the folder cannot be written.
    """
    plain = json.loads(recipe.model_dump_json())
    # A name with a line break must not leave the comment.
    title = f"# edgevid train {' '.join(str(table).split())}\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = title + yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
        (folder / RECIPE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{folder}: cannot be written: {error.strerror or error}; give another run folder"
        ) from error
