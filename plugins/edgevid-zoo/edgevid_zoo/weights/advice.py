"""Advice for a checkpoint that does not fit, or could be of several networks: which take it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor

from edgevid import Architecture
from edgevid_zoo.families import architectures
from edgevid_zoo.weights.recognised import Recognised
from edgevid_zoo.weights.shapes import without_ones
from edgevid_zoo.weights.traits import NOUNS, differences, traits_of, unlike

WHERE = "docs/zoo.md lists the networks that take it"
_MOST_CLASSES = 100_000
"""A few bytes may claim any number of them."""


def siblings(options: Mapping[str, Any], found: Recognised, ours: Mapping[str, Tensor]) -> str:
    """Name the networks to take instead, for a message.

    Args:
        options: Options of the network that does not take it.
        found: The checkpoint.
        ours: Tensors under our names.
    """
    frames = found.traits.get("num_frames", "any")
    count = int(frames) if frames.isdecimal() else None

    def agrees(stated: Mapping[str, str]) -> bool:
        return not differences(found.traits, stated)

    names = [architecture.name for architecture, _ in _fitting(options, ours, agrees, count)]
    if names:
        more = f" and {frames} frames" if count else ""
        return f"take {' or '.join(names)} with {_num_classes(ours)} classes{more}"
    return f"take {found.maker}" if found.maker else WHERE


def unstated_traits(
    architecture: Architecture,
    options: Mapping[str, Any],
    traits: Mapping[str, str],
    ours: Mapping[str, Tensor],
) -> str:
    """Traits that the weights do not state and that are therefore assumed.

    Args:
        architecture: Takes them.
        options: Options of its network.
        traits: Traits of its network.
        ours: Tensors under our names.

    Returns:
        Empty if no other architecture of the zoo would take them for something else.
    """
    about = {"num_frames"} if traits["num_frames"] != "any" else set()

    def is_new(stated: Mapping[str, str]) -> bool:
        return not about.issuperset(unlike(stated, traits))

    for _, stated in _fitting(options, ours, is_new):
        about.update(unlike(stated, traits))
    nouns = " and ".join(noun for name, noun in NOUNS.items() if name in about)
    taken = f"taken for {architecture.name}'s"
    return f"which {nouns} it was trained with: {taken}" if nouns else ""


def _fitting(
    options: Mapping[str, Any],
    ours: Mapping[str, Tensor],
    accepts: Callable[[Mapping[str, str]], bool],
    num_frames: int | None = None,
) -> Iterator[tuple[Architecture, dict[str, str]]]:
    """Architectures of the zoo that take tensors of these shapes, and whose traits are accepted."""
    classes, shapes = _num_classes(ours), _shapes(ours)
    if not 1 <= classes <= _MOST_CLASSES:
        return
    for other in architectures().values():
        known = other.Options.model_fields
        try:
            chosen = other.Options(**{n: value for n, value in options.items() if n in known})
        except ValidationError:
            # The same word for something else, as the blocks of another trunk.
            continue
        stated = traits_of(other, chosen.model_dump(), num_frames)
        if not accepts(stated):
            continue
        if _network_shapes(other.name, classes, chosen.model_dump_json()) == shapes:
            yield other, stated


@lru_cache(maxsize=256)
def _network_shapes(name: str, num_classes: int, options: str) -> dict[str, torch.Size]:
    other = architectures()[name]
    chosen = other.Options.model_validate_json(options)
    # Shapes only: nothing is allocated.
    with torch.device("meta"):
        network = other.network(num_classes, other.num_frames, other.input_size, chosen)
    return _shapes(network.state_dict())


def _num_classes(ours: Mapping[str, Tensor]) -> int:
    head = ours.get("classifier.weight")
    return len(head) if head is not None and head.ndim else 1


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    """Shapes of all but the counters of batch-norm, which may be missing."""
    return {n: without_ones(t.shape) for n, t in tensors.items() if t.ndim}
