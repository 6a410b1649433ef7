"""Adapts a model to a camera without labels: batch-norm statistics from its own images.

Reference:
    Li et al., "Revisiting batch normalization for practical domain adaptation" (AdaBN), 2016,
    https://arxiv.org/abs/1603.04779.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from edgevid import Architecture, Card, ConfigError, load_plugins, read_card, resize
from edgevid.backends import write_safetensors
from edgevid_train.data.decode import duration_seconds, frames_at

_CLIP_SECONDS = 4.0
_BATCH_CLIPS = 4


def adapt_bundle(
    bundle: Path,
    files: Sequence[Path],
    output: Path,
    *,
    share: float = 0.7,
    clips_per_file: int = 20,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Write a bundle whose batch-norm statistics are partly those of unlabelled recordings.

    Weights stay as they are. It helps if the camera's images are unlike those of training and
    the recordings show all that usually happens; it hurts if they show one thing only.

    Args:
        bundle: With its PyTorch weights, a ``.safetensors`` of the same name.
        files: Recordings or images of the target camera.
        output: The new bundle.
        share: Of the new statistics; 0 keeps the old ones.
        clips_per_file: Spread evenly over each recording.
        progress: Called with clips read and clips in all.

    Raises:
        ConfigError: If the weights are missing, or the share is out of range.
        DataError: If a file cannot be read.
    """
    from edgevid_export.bundle import export_bundle
    from edgevid_zoo.weights.checkpoints import load_checkpoint

    card, weights_file = read_card(bundle), bundle.with_suffix(".safetensors")
    if not weights_file.is_file():
        raise ConfigError(
            f"{bundle}: adapting needs its PyTorch weights {weights_file.name} in its folder"
        )
    if not 0 < share <= 1:
        raise ConfigError(f"the share is {share}; give a number above 0, at most 1")
    architecture: Architecture = load_plugins().architectures[card.architecture or ""]()
    module = architecture.build(card)
    load_checkpoint(module.network, weights_file)
    adapt_statistics(module, _batches(card, files, clips_per_file, progress), share)
    output.parent.mkdir(parents=True, exist_ok=True)
    weights = output.with_name(f".{output.stem}.weights.safetensors")
    names = ", ".join(file.name for file in files[:3])
    changes = {"origin": f"{card.origin}; batch-norm adapted on {len(files)} files ({names})"}
    try:
        write_safetensors(module.network.state_dict(), weights, card)
        export_bundle(architecture, card.model_copy(update=changes), output, checkpoint=weights)
    finally:
        weights.unlink(missing_ok=True)
    return output


def adapt_statistics(module: nn.Module, batches: Iterator[Tensor], share: float) -> None:
    """Move batch-norm statistics towards those of some clips, in place.

    Args:
        module: In bundle form; ends in eval mode.
        batches: uint8 BGR clips, (N, T, H, W, 3).
        share: Of the new statistics, above 0, at most 1.
    """
    old = _statistics(module)
    _estimate(module, batches)
    for norm, (mean, variance) in zip(_norms(module), old, strict=True):
        for now, before in ((norm.running_mean, mean), (norm.running_var, variance)):
            if now is not None:
                now.lerp_(before, 1 - share)


def _norms(module: nn.Module) -> list[nn.BatchNorm2d | nn.BatchNorm3d]:
    return [m for m in module.modules() if isinstance(m, nn.BatchNorm2d | nn.BatchNorm3d)]


def _statistics(module: nn.Module) -> list[tuple[Tensor, Tensor]]:
    found = []
    for norm in _norms(module):
        if norm.running_mean is None or norm.running_var is None:
            raise ConfigError("a batch-norm of this network keeps no statistics")
        found.append((norm.running_mean.clone(), norm.running_var.clone()))
    return found


@torch.no_grad()
def _estimate(module: Any, batches: Iterator[Tensor]) -> None:
    norms = _norms(module)
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over batches
    module.train()
    for clips in batches:
        module.forward_clip(clips)
    module.eval()


def _batches(
    card: Card,
    files: Sequence[Path],
    clips_per_file: int,
    progress: Callable[[int, int], None],
) -> Iterator[Tensor]:
    waiting: list[np.ndarray] = []
    done, total = 0, len(files) * clips_per_file
    for file in files:
        for clip in _clips(card, file, clips_per_file):
            waiting.append(clip)
            done += 1
            progress(done, total)
            if len(waiting) == _BATCH_CLIPS:
                yield torch.from_numpy(np.stack(waiting))
                waiting = []
    if waiting:
        yield torch.from_numpy(np.stack(waiting))


def _clips(card: Card, file: Path, count: int) -> Iterator[np.ndarray]:
    """Clips of one length, spread over a file, uint8 BGR (T, H, W, 3)."""
    length = max(2, round(_CLIP_SECONDS * card.input_rate_hz))
    if card.temporal_mode in ("clip", "multirate"):
        length = card.num_frames
    steps = np.arange(length) / card.input_rate_hz
    room = max(0.0, duration_seconds(file) - float(steps[-1]))
    for start in np.linspace(0, room, count if room > 0 else 1):
        rgb = frames_at(file, start + steps, each=lambda image: resize(image, card))
        yield np.ascontiguousarray(rgb[..., ::-1])
