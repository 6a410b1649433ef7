"""The network of a recipe, its card and its teacher."""

from __future__ import annotations

from typing import Any

import torch
from pydantic import ValidationError

from edgevid import Architecture, Card, ConfigError, EdgevidError, load_plugins
from edgevid.config import explain
from edgevid.errors import one_line
from edgevid_train.training.recipe import Recipe

_WINDOW = 16
"""Frames of a training clip where neither network nor recipe says how many."""


def draft_card(architecture: Architecture, recipe: Recipe) -> Card:
    """The card of what the recipe trains, without numbers yet.

    A network of clips gets clips of the recipe's length, if it says one: what it sees in training
    is what it sees later.

    Raises:
        ConfigError: If the architecture does not take the recipe's size, length or options.
    """
    card, num_frames = _card(architecture, recipe), recipe.data.num_frames
    if not is_clip_model(card) or num_frames in (None, card.num_frames):
        return card
    if "num_frames" in recipe.network.options:
        raise ConfigError(
            f"network.options.num_frames is {card.num_frames}, data.num_frames {num_frames}: "
            f"{card.architecture} is trained on clips of its own length; leave one of them out"
        )
    return _card(architecture, recipe, num_frames=num_frames)


def is_clip_model(card: Card) -> bool:
    """Whether it gives one set of scores for all frames of a clip, not one for each."""
    return card.temporal_mode in ("clip", "multirate")


def training_frames(card: Card, recipe: Recipe) -> int:
    """Return the number of frames of a training clip."""
    return card.num_frames if is_clip_model(card) else recipe.data.num_frames or _WINDOW


def _card(architecture: Architecture, recipe: Recipe, **more: Any) -> Card:
    fields = {
        "input_size": recipe.network.input_size,
        "input_rate_hz": recipe.network.input_rate_hz,
        "name": recipe.name,
        "background": recipe.data.background,
        "license": recipe.license,
        "origin": "edgevid train",
        "training_data": recipe.training_data,
    }
    twice = sorted(fields.keys() & recipe.network.options.keys())
    if twice:
        raise ConfigError(f"network.options: {', '.join(twice)} belongs elsewhere in the recipe")
    try:
        return architecture.default_card(
            recipe.data.class_names, **fields, **recipe.network.options, **more
        )
    except ValidationError as error:
        problems = "; ".join(explain(item) for item in error.errors())
        raise ConfigError(f"network.options: {problems}") from error
    except (TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise _refused(error, "network") from error


def build_network(architecture: Architecture, card: Card, where: str = "network") -> Any:
    """The network in bundle form.

    Args:
        architecture: Builds it.
        card: With the options.
        where: The part of the recipe, for messages.

    Raises:
        ConfigError: If the options are not accepted.
    """
    try:
        return architecture.build(card)
    except (TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise _refused(error, where) from error


def build_teacher(recipe: Recipe, card: Card) -> Any:
    """The teacher in bundle form with its weights; None without distillation.

    Raises:
        ConfigError: If its options are not accepted.
        WeightsError: If its weights do not fit.
    """
    if recipe.teacher is None:
        return None
    from edgevid_zoo.weights.checkpoints import load_checkpoint

    architecture = load_plugins().architectures[recipe.teacher.architecture]()
    judged = card.model_copy(update={"temporal_mode": _mode(architecture, card)})
    if is_clip_model(judged) != is_clip_model(card):
        raise ConfigError(
            f"teacher: one of {recipe.teacher.architecture} and {card.architecture} judges single "
            f"frames and the other one whole clips; take a teacher of the same kind"
        )
    options = {**card.architecture_options, **recipe.teacher.options}
    module = build_network(
        architecture, card.model_copy(update={"architecture_options": options}), "teacher"
    )
    load_checkpoint(module.network, recipe.teacher.checkpoint)
    return module


def check_sizes(architecture: Architecture, card: Card, recipe: Recipe) -> None:
    """Check without computing that the network takes the smaller images of the first epochs.

    Raises:
        ConfigError: If it has layers of one size only.
    """
    for _, size in recipe.optimiser.early_sizes:
        try:
            with torch.device("meta"):
                clip = torch.zeros(2, training_frames(card, recipe), *size, 3)
                architecture.build(card).forward_clip(clip)
        except (RuntimeError, ValueError) as error:
            raise ConfigError(
                f"optimiser.early_sizes: {card.architecture} of {card.input_size} does not take "
                f"pictures of {size}: {one_line(error)}; leave them out"
            ) from error


def _mode(architecture: Architecture, card: Card) -> str:
    """Mode of an architecture that may not say it before it has a card."""
    return str(getattr(architecture, "temporal_mode", card.temporal_mode))


def _refused(error: Exception, where: str) -> EdgevidError:
    if isinstance(error, ConfigError):
        return ConfigError(f"{where}: {error}")
    if isinstance(error, EdgevidError):
        return error
    return ConfigError(f"{where}.options are not accepted: {one_line(error)}")
