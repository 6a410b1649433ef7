"""The network of a recipe, its card and its teacher."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from edgevid import Architecture, Card, ConfigError, EdgevidError, load_plugins
from edgevid.config.options import explain
from edgevid.errors import one_line
from edgevid_train.training.recipe import Recipe


def draft_card(architecture: Architecture, recipe: Recipe) -> Card:
    """The card of what the recipe trains, without numbers yet.

    Raises:
        ConfigError: If the architecture does not take the recipe's size or options.
    """
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
            recipe.data.class_names, **fields, **recipe.network.options
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
    options = {**card.architecture_options, **recipe.teacher.options}
    module = build_network(
        architecture, card.model_copy(update={"architecture_options": options}), "teacher"
    )
    load_checkpoint(module.network, recipe.teacher.checkpoint)
    return module


def _refused(error: Exception, where: str) -> EdgevidError:
    if isinstance(error, ConfigError):
        return ConfigError(f"{where}: {error}")
    if isinstance(error, EdgevidError):
        return error
    return ConfigError(f"{where}.options are not accepted: {one_line(error)}")
