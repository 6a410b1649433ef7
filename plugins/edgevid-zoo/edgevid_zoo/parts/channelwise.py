"""Channel-wise convolution: a short kernel that slides over the channels of every place.

Reference:
    Gao et al., "ChannelNets: Compact and Efficient Convolutional Neural Networks via Channel-Wise
    Convolutions", NeurIPS 2018, https://arxiv.org/abs/1809.01330.
"""

from __future__ import annotations

from torch import Tensor, nn

from edgevid_zoo.parts.same_padding import pad_same


class ChannelwiseConv(nn.Module):
    """One kernel, or one for each group, over all channels; the same at every place.

    Paper: ChannelNets, https://arxiv.org/abs/1809.01330.
    Input: features, (N, C, H, W).
    """

    def __init__(self, kernel: int, groups: int = 1) -> None:
        """Create it.

        Args:
            kernel: Channels under the kernel.
            groups: How many kernels there are; each steps by as many channels, so that all of them
                together give as many channels as there were.
        """
        super().__init__()
        # Of two dimensions, channels and places: not every runtime is quick with three.
        self.conv = nn.Conv2d(1, groups, (kernel, 1), (groups, 1), bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W), unchanged in shape: the C / groups outputs of one kernel after another."""
        kernel, step = self.conv.kernel_size[0], self.conv.stride[0]
        padded = pad_same(x.flatten(2)[:, None], (kernel, 1), (step, 1))
        return self.conv(padded).flatten(1, 2).unflatten(2, x.shape[2:])


class ChannelwiseClassifier(nn.Conv1d):
    """The convolutional classification layer: one kernel over channels and all places.

    Class k sees the channels from k on: of C channels the kernel covers C - K + 1, and the weights
    are as many times the places, whatever K is. Its weights are (places, 1, C - K + 1).

    Paper: ChannelNets, https://arxiv.org/abs/1809.01330.
    Input: features, (N, C, h, w) with h * w places.
    """

    def __init__(self, channels: int, num_classes: int, places: int) -> None:
        """Create it.

        Args:
            channels: C.
            num_classes: K, at most C.
            places: h * w of the features.
        """
        # Every place has its own part of the kernel: that is a group for each.
        super().__init__(places, places, channels - num_classes + 1, groups=places, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, C, h, w) to class activation maps (N, K, h, w): their mean is the logits."""
        places = features.flatten(2).transpose(1, 2)
        # The layer is a sum over places.
        scores = super().forward(places) * self.groups
        return scores.transpose(1, 2).unflatten(2, features.shape[2:])
