"""Loads weights of any origin into a network of the zoo, and reports on each tensor.

A checkpoint is recognised by its names. Where its network did what ours does not, as a shift in the
other order, its tensors would fit and its scores be wrong: it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import WeightsEnum

from edgevid import Architecture, Card, WeightsError, fit_weights
from edgevid.backends import Maker, read_maker
from edgevid_zoo.weights import action_net, i3d, pyslowfast, torchvision, tsm
from edgevid_zoo.weights.advice import WHERE, siblings, unstated_traits
from edgevid_zoo.weights.checkpoints import check_kinds, is_file, read_checkpoint
from edgevid_zoo.weights.inflation import Over
from edgevid_zoo.weights.recognised import COUNTERS, Recognised
from edgevid_zoo.weights.report import MatchReport
from edgevid_zoo.weights.shapes import in_shapes_of
from edgevid_zoo.weights.traits import differences, traits_of, traits_of_maker

_CONVENTIONS = (
    action_net.recognise,
    tsm.recognise,
    pyslowfast.recognise,
    i3d.recognise,
    torchvision.recognise,
)
"""The first that recognises a checkpoint has it: ACTION-Net's names are TSM's and more."""
_OWN_NAMES = "names of the network itself"
_CLASS_WEIGHTS = ("classifier.weight", "classifier.bias")


def load_weights(
    network: nn.Module,
    architecture: Architecture,
    weights: Any,
    *,
    card: Card | None = None,
    whole: bool = False,
    relearn: bool = False,
) -> MatchReport:
    """Load weights, by the names of their makers or by our own.

    Args:
        network: Not in bundle form.
        architecture: That built it.
        weights: A file, ``.safetensors`` or ``.pth``; or a torchvision enum, or how it is written,
            such as ``ResNet50_Weights.IMAGENET1K_V2``, which is downloaded if torch has not yet.
        card: Of the network, if it was built with options.
        whole: Refuse what leaves anything to a training: a classifier of other classes; and
            weights of images, where frames meet.
        relearn: Take weights of a network that shifts or pads otherwise, to begin a training with.

    Returns:
        What was loaded and what not.

    Raises:
        WeightsError: If they cannot be read, or do not fit.
    """
    source, tensors, maker = _read(weights)
    wanted = network.state_dict()
    found = _recognised(source, tensors, wanted, maker)
    ours = _renamed(source, tensors, found)
    if found.maker is not None and not _same_names(ours, wanted):
        # What they were trained with does not matter then.
        _fit(network, ours, source, found)
    check_kinds(wanted, ours, source)
    options = _options(architecture, card)
    traits = traits_of(architecture, options, card.num_frames if card else None)
    unlike = differences(found.traits, traits)
    # Of images it is known that they are a beginning, unless it is meant to be all.
    if unlike and not relearn and (whole or not found.is_image):
        theirs, here = unlike[0]
        raise WeightsError(
            f"{source}: {found.what}, trained with {theirs}, but {architecture.name} has {here}; "
            f"{siblings(options, found, ours)}, or begin a training with it{found.hint}"
        )
    over: Over = "last" if traits["padding"] == "past" else "mean"
    ours = in_shapes_of(wanted, ours, are_image=found.is_image, over=over)
    class_weights = getattr(architecture, "class_weights", _CLASS_WEIGHTS)
    fresh = _fresh(ours, wanted, found, class_weights)
    if fresh and whole:
        name, reason = next(iter(fresh.items()))
        classes = "give as many class names as it has, or " if name in class_weights else ""
        raise WeightsError(
            f"{source}: {found.what}, which leaves {name} random: {reason}; {classes}begin a "
            f"training with it"
        )
    loaded = {name: tensor for name, tensor in ours.items() if name not in fresh}
    _check_finite(source, loaded, wanted)
    _fit(network, {name: wanted[name] for name in fresh} | loaded, source, found)
    return MatchReport(
        source=source,
        what=found.what,
        loaded=tuple(loaded),
        renamed={k: v for k, v in found.names.items() if k != v and v in loaded},
        inflated=tuple(n for k, n in found.names.items() if ours[n].numel() > tensors[k].numel()),
        fresh=fresh,
        relearned=tuple(f"{here}, instead of {theirs}" for theirs, here in unlike),
        unstated=unstated_traits(architecture, options, traits, ours)
        if found.states_nothing
        else "",
    )


def _fit(network: nn.Module, tensors: Mapping[str, Tensor], source: str, found: Recognised) -> None:
    wanted = network.state_dict()
    counters = {n: t for n, t in wanted.items() if n.endswith(COUNTERS)}
    try:
        fit_weights(network, counters | dict(tensors), source)
    except WeightsError as error:
        if found.maker is not None:
            raise WeightsError(f"{error}; these are {found.what}") from error
        if found.is_own:
            raise
        raise WeightsError(f"{error}; it is {found.what}: {WHERE}") from error


def _check_finite(source: str, tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        # A few bytes may claim any shape: what is not wanted is not looked at.
        fits = name in wanted and wanted[name].shape == tensor.shape
        if fits and tensor.is_floating_point() and not bool(tensor.float().isfinite().all()):
            raise WeightsError(f"{source}: {name} holds numbers that are not finite")


def _read(weights: Any) -> tuple[str, dict[str, Tensor], Maker | None]:
    if isinstance(weights, WeightsEnum) or (
        isinstance(weights, str) and torchvision.is_enum(weights) and not is_file(Path(weights))
    ):
        return str(weights), torchvision.fetch(weights), None
    path = Path(weights)
    tensors = read_checkpoint(path)
    return str(weights), tensors, read_maker(path) if path.suffix == ".safetensors" else None


def _recognised(
    source: str, tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor], maker: Maker | None
) -> Recognised:
    own = Recognised(
        _OWN_NAMES if maker is None else f"weights of {maker.architecture}",
        {key: key for key in tensors},
        traits_of_maker(maker) if maker else {},
        is_own=True,
        maker=maker.architecture if maker else None,
    )
    if maker is not None:
        return own
    # Our own .safetensors may have lost its metadata; other files never had any.
    demo = None if source.endswith(".safetensors") else tsm.recognise_demo(tensors)
    if demo is not None or wanted.keys() >= tensors.keys():
        return demo or own
    try:
        return next(filter(None, (convention(tensors) for convention in _CONVENTIONS)), own)
    except WeightsError as error:
        raise WeightsError(f"{source}: {error}") from error


def _same_names(ours: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> bool:
    return all(name.endswith(COUNTERS) for name in ours.keys() ^ wanted.keys())


def _renamed(source: str, tensors: Mapping[str, Tensor], found: Recognised) -> dict[str, Tensor]:
    ours = {found.names[key]: tensor for key, tensor in tensors.items()}
    if len(ours) < len(tensors):
        raise WeightsError(f"{source}: {found.what}, but holds one tensor under two names")
    return ours


def _fresh(
    ours: Mapping[str, Tensor],
    wanted: Mapping[str, Tensor],
    found: Recognised,
    class_weights: Sequence[str],
) -> dict[str, str]:
    """Return the tensors that keep their initial values, and why."""
    fresh: dict[str, str] = {}
    for name, tensor in wanted.items():
        if name in class_weights:
            why = _other_classes(ours[name].shape, tensor.shape) if name in ours else "not in there"
            fresh |= {name: why} if why else {}
        elif found.is_image and name not in ours and not name.endswith(COUNTERS):
            fresh[name] = "not in weights of image models"
    return fresh


def _other_classes(theirs: torch.Size, here: torch.Size) -> str | None:
    if theirs == here:
        return None
    if theirs[1:] == here[1:]:
        return f"{theirs[0]} classes there, {here[0]} here"
    return f"{tuple(theirs)} there, {tuple(here)} here"


def _options(architecture: Architecture, card: Card | None) -> Mapping[str, Any]:
    if card is not None:
        return card.architecture_options
    options = getattr(architecture, "Options", None)
    return options().model_dump() if options else {}
