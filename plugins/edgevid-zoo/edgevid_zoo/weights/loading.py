"""Loads weights into a network of the zoo, whoever made them, and says what became of each tensor.

A checkpoint is recognised by its names. Where its network did what ours does not, as a shift in the
other order, its tensors would fit and its scores be wrong: it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torchvision.models import WeightsEnum

from edgevid import Architecture, WeightsError, fit_weights
from edgevid_zoo.parts.inflation import Over, inflate
from edgevid_zoo.weights import torchvision, tsm
from edgevid_zoo.weights.advice import fitting
from edgevid_zoo.weights.checkpoints import read_checkpoint
from edgevid_zoo.weights.recognised import Recognised
from edgevid_zoo.weights.report import MatchReport
from edgevid_zoo.weights.traits import differences, trait

_CONVENTIONS = (tsm.recognise, torchvision.recognise)
_HEAD = "classifier."
_COUNTERS = "num_batches_tracked"
"""Of batch-norm; nothing reads them, and old files have none."""


def load_weights(
    network: nn.Module,
    architecture: Architecture,
    weights: Any,
    *,
    whole: bool = False,
    relearn: bool = False,
) -> MatchReport:
    """Load weights, by the names of their makers or by our own.

    Args:
        network: Not in bundle form.
        architecture: That built it.
        weights: A file, ``.safetensors`` or ``.pth``; or a torchvision enum, or how it is written,
            such as ``ResNet50_Weights.IMAGENET1K_V2``, which is downloaded if torch has not yet.
        whole: Refuse what leaves anything fresh: a classifier of other classes, or what weights of
            pictures lack.
        relearn: Take weights of a network that shifts or pads otherwise, to begin a training with.

    Returns:
        What was loaded and what not.

    Raises:
        WeightsError: If they cannot be read, or do not fit.
    """
    source, tensors = _read(weights)
    wanted = network.state_dict()
    found = _recognised(source, tensors, wanted)
    ours = _renamed(source, tensors, found)
    traits = getattr(architecture, "traits", {})
    unlike = differences(found.traits, traits)
    if unlike and not relearn:
        theirs, here = unlike[0]
        raise WeightsError(
            f"{source}: {found.what}, trained with {theirs}, but {architecture.name} has {here}; "
            f"{fitting(found, ours)}, or begin a training with it"
        )
    fresh = _fresh(ours, wanted, found)
    if fresh and whole:
        name, reason = next(iter(fresh.items()))
        raise WeightsError(
            f"{source}: {found.what}, which leaves {name} random: {reason}; give as many class "
            f"names as it has, or begin a training with it"
        )
    kept = {name: tensor for name, tensor in ours.items() if name not in fresh}
    counters = {name for name in wanted if name.endswith(_COUNTERS) and name not in kept}
    shaped = _inflated(kept, wanted, traits) if found.is_image else kept
    try:
        fit_weights(network, {n: wanted[n] for n in counters.union(fresh)} | shaped, source)
    except WeightsError as error:
        raise WeightsError(f"{error}; it is {found.what}: {fitting(found, ours)}") from error
    return MatchReport(
        source=source,
        what=found.what,
        loaded=tuple(kept),
        renamed={k: v for k, v in found.names.items() if k != v and v in kept},
        inflated=tuple(name for name in kept if shaped[name].shape != kept[name].shape),
        fresh=fresh,
        relearned=tuple(f"{here}, instead of {theirs}" for theirs, here in unlike),
    )


def _read(weights: Any) -> tuple[str, dict[str, Tensor]]:
    if isinstance(weights, WeightsEnum) or (
        isinstance(weights, str) and torchvision.is_enum(weights) and not Path(weights).exists()
    ):
        return str(weights), torchvision.fetch(weights)
    return str(weights), read_checkpoint(Path(weights))


def _recognised(
    source: str, tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]
) -> Recognised:
    own = Recognised("a checkpoint with our own names", {key: key for key in tensors})
    if wanted.keys() >= tensors.keys():
        return own
    try:
        return next(filter(None, (convention(tensors) for convention in _CONVENTIONS)), own)
    except WeightsError as error:
        raise WeightsError(f"{source}: {error}") from error


def _renamed(source: str, tensors: Mapping[str, Tensor], found: Recognised) -> dict[str, Tensor]:
    ours = {found.names[key]: tensor for key, tensor in tensors.items()}
    if len(ours) < len(tensors):
        raise WeightsError(f"{source}: {found.what}, but holds one tensor under two names")
    for name, tensor in ours.items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise WeightsError(f"{source}: {name} holds numbers that are not finite")
    return ours


def _fresh(
    ours: Mapping[str, Tensor], wanted: Mapping[str, Tensor], found: Recognised
) -> dict[str, str]:
    """What stays as the initialiser left it, and why."""
    fresh = {}
    for name, tensor in wanted.items():
        if name.startswith(_HEAD):
            shape = ours[name].shape if name in ours else ()
            if not shape:
                fresh[name] = "no classifier there"
            elif len(shape) == tensor.ndim and shape[0] != tensor.shape[0]:
                fresh[name] = f"{shape[0]} classes there, {tensor.shape[0]} here"
        elif found.is_image and name not in ours and not name.endswith(_COUNTERS):
            fresh[name] = "not in weights of pictures"
    return fresh


def _inflated(
    ours: Mapping[str, Tensor], wanted: Mapping[str, Tensor], traits: Mapping[str, str]
) -> dict[str, Tensor]:
    """Those whose shapes lack time alone get it; others stay, to be refused by shape."""
    flat = {
        name: tensor
        for name, tensor in ours.items()
        if name in wanted and wanted[name].ndim == tensor.ndim + 1 == 5
    }
    over: Over = "last" if trait(traits, "padding") == "past" else "mean"
    return {**ours, **inflate(flat, wanted, over)}
