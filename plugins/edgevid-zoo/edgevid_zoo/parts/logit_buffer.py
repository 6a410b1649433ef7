"""Segment consensus on a stream: the logits of the last frames are kept, and their mean is given.

Reference:
    Wang et al., "Temporal Segment Networks", ECCV 2016, https://arxiv.org/abs/1608.00859.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from edgevid_zoo.parts.consensus import class_maps, frame_logits


class MeanOfLastFrames(nn.Module):
    """The mean of the last frames' logits: exact as a stream, for it is linear.

    To be inherited beside a network of single frames, which brings what is not written here.

    Paper: TSN, https://arxiv.org/abs/1608.00859.
    Input: RGB, normalised, (N, 3, H, W).
    """

    num_frames: int
    """T, how many frames the mean is over."""
    body: Callable[[Tensor], Tensor]
    """Last features (N, C, h, w) of frames (N, 3, H, W)."""
    classifier: nn.Linear
    dropout: nn.Module

    @property
    def memory_frames(self) -> int:
        """How many frames back it sees."""
        return self.num_frames - 1

    def state_shapes(self, height: int, width: int) -> list[tuple[int, int]]:
        """One state, the logits of the frames before, (T - 1, K); none if T is 1."""
        return [(self.memory_frames, self.classifier.out_features)] if self.memory_frames else []

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One frame.

        Args:
            x: (N, 3, H, W).
            states: Logits of the frames before, (N, T - 1, K), oldest first; zeros at the start.

        Returns:
            Logits (N, K), class activation maps (N, K, h, w) of this frame, the next states.
        """
        features = self.body(x)
        logits = self.classifier(self.dropout(features.mean(dim=(2, 3))))
        window = torch.cat([*states, logits[:, None]], dim=1)
        following = [window[:, 1:]] if states else []
        return (window.mean(dim=1), class_maps(features, self.classifier), *following)

    def forward_clip(self, clip: Tensor) -> Tensor:
        """Logits (N, T', K) of every frame of clips (N, T', 3, H, W): those that a stream gives."""
        length = clip.shape[1]
        features = self.body(clip.flatten(0, 1)).unflatten(0, (-1, length))
        logits = frame_logits(features, self.classifier, self.dropout)
        padded = torch.nn.functional.pad(logits, (0, 0, self.memory_frames, 0))
        return padded.unfold(1, self.num_frames, 1).mean(dim=-1)
