"""Facts about models, architectures and bundles, without running them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from edgevid.backends.bundle import frame_inputs, read_card
from edgevid.card import Card, TemporalMode
from edgevid.errors import BundleError, PluginLoadError, one_line
from edgevid.interfaces import Architecture, Counts
from edgevid.plugins import Plugins
from edgevid.registry import Registry
from edgevid.strict import StrictModel

NUM_CLASSES = 400
"""Classes of Kinetics-400, for which papers give their counts."""

_BYTES = {"float32": 4, "float16": 2}

OnStep = Callable[[str, int, int], None]


class ModelFacts(StrictModel):
    """One line of ``edgevid models``; null is what the plugin does not tell."""

    name: str
    kind: Literal["model", "architecture", "bundle"]
    plugin: str | None = None
    about: str = ""
    unavailable: str | None = Field(default=None, description="Why it cannot run or be counted.")
    temporal_mode: TemporalMode | None = None
    num_classes: int | None = None
    input_size: tuple[int, int] | None = Field(default=None, description="(height, width).")
    input_rate_hz: float | None = None
    num_frames: tuple[int, ...] | None = Field(
        default=None,
        description="Frames per forward pass, in each pathway; (1,) for frame and stream.",
    )
    parameters: int | None = Field(
        default=None, description="Without the running statistics of batch-norm."
    )
    macs: int | None = Field(
        default=None,
        description="Multiply-accumulates of convolutions and matrix products, of one frame of a "
        "stream or of one whole clip.",
    )
    memory_frames: int | None = Field(
        default=None,
        description="Receptive field: frames before the newest that a prediction depends on; null "
        "is unlimited, if the mode is known.",
    )
    memory_bytes: int | None = Field(
        default=None,
        description="Memory per stream between predictions: the states, or the resized frames of "
        "the clip window. Weights and activations come on top.",
    )


def list_facts(
    plugins: Plugins,
    names: Sequence[str] = (),
    *,
    num_classes: int = NUM_CLASSES,
    counted: bool = True,
    on_step: OnStep = lambda name, done, total: None,
) -> list[ModelFacts]:
    """Facts of models and architectures.

    Args:
        plugins: Installed plugins.
        names: Registered names, or paths of bundles; all that is registered if there are none.
        num_classes: K of the architectures; a bundle has its own.
        counted: Whether the cards and counts of architectures are asked for, which takes seconds.
        on_step: Told what is counted now: name, steps done, steps in all.

    Raises:
        UnknownPluginError: If nothing has such a name.
        BundleError: If a file is no bundle.
    """
    wanted = list(_wanted(plugins, names))
    found = []
    for number, (kind, name) in enumerate(wanted):
        on_step(name, number, len(wanted))
        found.append(_facts(plugins, kind, name, num_classes, counted))
    return found


def architecture_facts(
    name: str, architecture: type[Architecture], num_classes: int = NUM_CLASSES
) -> ModelFacts:
    """Facts of an architecture at its published size.

    Args:
        name: It is registered under.
        architecture: Its class.
        num_classes: K.
    """
    facts = ModelFacts(name=name, kind="architecture", about=_about(architecture))
    try:
        built = architecture()
        card = built.default_card([str(index) for index in range(num_classes)])
        return _with_card(facts, card, built.counts(card))
    except ImportError as error:
        return facts.model_copy(update={"unavailable": one_line(error)})
    # A stranger's mistake in one architecture must not take the others off the list.
    except Exception as error:
        reason = f"cannot be counted: {type(error).__name__}: {one_line(error)}"
        return facts.model_copy(update={"unavailable": reason})


def _wanted(plugins: Plugins, names: Sequence[str]) -> list[tuple[str, str]]:
    known = [("model", name) for name in plugins.models]
    known += [("architecture", name) for name in plugins.architectures]
    if not names:
        return known
    both: Registry[tuple[str]] = Registry("model or architecture", plugins.architectures.bringers)
    for kind, name in known:
        if name not in both:
            both.add(name, (kind,), origin=kind)
    found = []
    for name in names:
        if name not in both and plugins.model_for_path(name) is not None:
            found.append(("bundle", name))
        elif both[name]:
            found += [pair for pair in known if pair[1] == name]
    return found


def _facts(plugins: Plugins, kind: str, name: str, num_classes: int, counted: bool) -> ModelFacts:
    if kind == "bundle":
        return _of_bundle(plugins, ModelFacts(name=name, kind="bundle"), Path(name), counted)
    if kind == "architecture":
        plugin = plugins.architectures.origin(name)
        try:
            cls = plugins.architectures[name]
        except PluginLoadError as error:
            return ModelFacts(name=name, kind=kind, plugin=plugin, unavailable=one_line(error))
        if not counted:
            return ModelFacts(name=name, kind="architecture", plugin=plugin, about=_about(cls))
        facts = architecture_facts(name, cls, num_classes)
        return facts.model_copy(update={"plugin": plugin})
    model = plugins.models[name]
    facts = ModelFacts(
        name=name,
        kind="model",
        plugin=plugins.models.origin(name),
        about=_about(model),
        unavailable=model.unavailable(),
    )
    try:
        if (path := model.bundle_path()) is not None:
            return _of_bundle(plugins, facts, path, counted)
    except BundleError as error:
        return facts.model_copy(update={"unavailable": str(error)})
    # Others say their card before they are built only where it does not depend on options.
    card = getattr(model, "card", None)
    return _with_card(facts, card, None) if isinstance(card, Card) else facts


def _of_bundle(plugins: Plugins, facts: ModelFacts, path: Path, counted: bool) -> ModelFacts:
    card = read_card(path)
    counts = None
    if counted and card.architecture and card.architecture in plugins.architectures:
        try:
            counts = plugins.architectures[card.architecture]().counts(card)
        # Counts are an extra: the card alone is worth a line.
        except Exception as error:
            reason = f"cannot be counted: {type(error).__name__}: {one_line(error)}"
            facts = facts.model_copy(update={"unavailable": reason})
    return _with_card(facts, card, counts)


def _with_card(facts: ModelFacts, card: Card, counts: Counts | None) -> ModelFacts:
    return facts.model_copy(
        update={
            "temporal_mode": card.temporal_mode,
            "num_classes": len(card.class_names),
            "input_size": card.input_size,
            "input_rate_hz": card.input_rate_hz,
            "num_frames": tuple(
                1 if len(shape) == 3 else shape[0] for shape in frame_inputs(card).values()
            ),
            "parameters": counts.parameters if counts else None,
            "macs": counts.macs if counts else None,
            "memory_frames": memory_frames(card),
            "memory_bytes": memory_bytes(card),
        }
    )


def memory_frames(card: Card) -> int | None:
    """Frames before the newest one that a prediction depends on; None if unknown or without end."""
    return card.memory_frames if card.temporal_mode == "stream" else card.window_frames - 1


def memory_bytes(card: Card) -> int | None:
    """State per stream between predictions, bytes; None if unknown.

    The states, or for clips the resized frames of the window.
    """
    if card.temporal_mode in ("frame", "stream"):
        return sum(_BYTES[state.dtype] * math.prod(state.shape) for state in card.state_tensors)
    if card.input_size is None:
        return None
    height, width = card.input_size
    return card.window_frames * height * width * 3


def _about(item: Any) -> str:
    return (inspect.getdoc(item) or "").partition("\n")[0]
