"""PyTorch twins of the smallest bundles; not tests themselves."""

import hashlib

import torch
from torch import nn

from edgevid.backends.golden import golden_inputs
from edgevid.backends.torch import TorchBackend
from edgevid.card import Golden
from edgevid.golden import golden_clip


class TinyNetwork(nn.Module):
    """In bundle form: computes what ``tiny_bundles.graph_for`` puts into the graph."""

    def __init__(self, card):
        super().__init__()
        self.card = card
        self.network = nn.Identity()

    def forward(self, *inputs):
        mode = self.card.temporal_mode
        if mode == "multirate":
            slow, fast = (self._colour(frames) for frames in inputs)
            return fast - slow, None
        logits = self._colour(inputs[0])
        if mode != "stream":
            return self._with_cam(logits)
        logits = logits + inputs[1] / 2
        return (*self._with_cam(logits), logits)

    def _with_cam(self, logits):
        return logits, logits[:, :, None, None] if self.card.has_cam else None

    @staticmethod
    def _colour(frames):
        return frames.float().mean(dim=tuple(range(1, frames.ndim - 1))) / 255


def tiny_network(card):
    return TinyNetwork(card).eval().requires_grad_(False).to(torch.float32)


def with_golden(card, *, num_frames=14, reset_at=8, seed=0):
    """The card with what its PyTorch checkpoint gives for the golden clip."""
    clip = golden_clip(num_frames, *card.input_size, seed=seed)
    backend = TorchBackend.around(TorchBackend.Options(), card, tiny_network(card))
    memories, rows = [None], []
    for _, inputs, first in golden_inputs(card, clip, reset_at):
        outputs, memories = backend.run(inputs, [None] if first else memories)
        rows.append(tuple(map(float, outputs["logits"][0])))
    golden = Golden(
        seed=seed,
        num_frames=num_frames,
        sha256=hashlib.sha256(clip.tobytes()).hexdigest(),
        reset_at=reset_at,
        logits=tuple(rows),
    )
    return card.model_copy(update={"golden": golden})
