"""Which frames the features of 3-D networks see, at full depth: one frame is changed at a time.

In double precision: through twenty convolutions a far frame changes less than float32 rounds away.
"""

import pytest
import torch
from edgevid_zoo.families import architectures
from edgevid_zoo.parts.non_local import NonLocal

ZOO = architectures()
NON_LOCAL = [name for name in ZOO if name.endswith("_nl")]
SIDE = 16

pytestmark = pytest.mark.slow

FIELDS = {
    # A kernel of 3 reaches one step to each side, of as many frames as the strides before it make.
    # Table 1 of Tran et al.: the stem and four convolutions in steps of 1; then in each of three
    # stages one convolution that halves, in the old step, and three in the new one:
    # 1 + 4 + (1 + 3 * 2) + (2 + 3 * 4) + (4 + 3 * 8) = 54.
    "r3d_18": (8, 54, 54),
    "r2plus1d_18": (8, 54, 54),
    # The stem and the four convolutions of the first stage alone.
    "mc3_18": (1, 5, 5),
    # Back from the last pool: [p, p] is pooled from [2p, 2p + 1], which two convolutions see as
    # [2p - 2, 2p + 3]; in the same way [4p - 6, 4p + 9], [8p - 14, 8p + 21]; the second convolution
    # after a pool, [16p - 29, 16p + 44]; the first pool is of places alone, then the first
    # convolution.
    "c3d": (16, 30, 45),
    # Back from the mean of two, [p, p + 1]: two blocks [p - 2, p + 3]; pool of two
    # [2p - 4, 2p + 7]; five blocks [2p - 9, 2p + 12]; pool of three that starts where it stands,
    # for TensorFlow puts the odd zero behind, [4p - 18, 4p + 26]; two blocks and a convolution
    # [4p - 21, 4p + 29]; kernel of seven in steps of two, two zeros before and three behind.
    # Without the mean it is the paper's 99 frames.
    "i3d_inception": (8, 44, 62),
}
"""Place p of the features sees frames step * p - before to step * p + after."""


def awake(network):
    """Blocks that start as their shortcut, or as the identity, do something."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm3d):
            torch.nn.init.ones_(module.weight)
        if isinstance(module, NonLocal):
            for convolution in (module.theta, module.phi, module.g, module.out):
                convolution.reset_parameters()
    return network.double().eval()


def clips(length, changed):
    """A clip, and after it one for each frame in ``changed`` that has another picture there."""
    one = torch.randn(length, 3, SIDE, SIDE, dtype=torch.double)
    batch = one.repeat(1 + len(changed), 1, 1, 1, 1)
    for row, frame in enumerate(changed, start=1):
        batch[row, frame] = 3 * torch.randn(3, SIDE, SIDE, dtype=torch.double)
    return batch


def moved(features):
    """Of each changed clip, which places of (N, T, C, h, w) differ from the first clip's."""
    return [(one != features[0]).flatten(1).any(dim=1).tolist() for one in features[1:]]


def around(first, last):
    """Frames at both ends of what is seen, and the next ones, which are not."""
    return (first - 1, first, last, last + 1), [False, True, True, False]


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize(("name", "field"), FIELDS.items())
@torch.inference_mode()
def test_a_place_of_the_features_sees_as_far_as_kernels_and_strides_of_the_paper(name, field):
    step, before, after = field
    place = -(-(before + 1) // step)
    length = -(-(step * place + after + 2) // 16) * 16
    options = ZOO[name].Options(width=0.125)
    network = awake(ZOO[name].network(3, length, (SIDE, SIDE), options))
    frames, seen = around(step * place - before, step * place + after)
    clip = clips(length, frames)
    if name == "c3d":
        features = network.features(clip.transpose(1, 2)).transpose(1, 2)
    else:
        features = network.features_of(clip)

    assert [places[place] for places in moved(features)] == seen


@pytest.mark.parametrize(("name", "through"), [
    # The longest way from the fast pathway to the slow one is over the lateral before the third
    # stage: stem 2, seven blocks 7, lateral 2 or 3; then nine slow blocks of a slow frame each.
    ("slowfast_4x16_resnet50", 2 + 7 + 2 + 9 * 8),
    ("slowfast_8x8_resnet50", 2 + 7 + 3 + 9 * 4),
])  # fmt: skip
@torch.inference_mode()
def test_slowfast_sees_37_fast_frames_and_19_slow_ones_and_fast_ones_from_its_slow_pathway(
    name, through
):
    """Fast: 2 for a stem of five frames, and 16 blocks of three. Slow: nine blocks of three."""
    made, alpha = ZOO[name], ZOO[name].module_arguments["alpha"]
    network = awake(made.network(3, 32, (SIDE, SIDE), made.Options(width=0.125)))
    place = -(-(through + 1) // alpha)
    length = alpha * (2 * place + 1)
    of_slow, seen = around(place - 9, place + 9)
    of_fast, _ = around(alpha * place - 18, alpha * place + 18)
    across, _ = around(alpha * place - through, alpha * place + through)
    slow, fast = clips(length // alpha, of_slow), clips(length, [*of_fast, *across])
    still = len(fast) - 1
    whole = torch.cat([slow, slow[:1].expand(still, -1, -1, -1, -1)])
    others = torch.cat([fast[:1].expand(len(slow), -1, -1, -1, -1), fast[1:]])
    slow_moved, fast_moved = (
        moved(features.transpose(1, 2)) for features in network.features_of(whole, others)
    )

    assert [places[place] for places in slow_moved[:4]] == seen
    assert not any(any(places) for places in fast_moved[:4])
    assert [places[alpha * place] for places in fast_moved[4:8]] == seen
    assert [places[place] for places in slow_moved[8:]] == seen


@pytest.mark.parametrize("name", NON_LOCAL)
@torch.inference_mode()
def test_with_non_local_blocks_every_place_sees_every_frame_once_they_are_awake(name):
    """Fresh ones are the identity: then the ends of a clip are out of the middle frame's reach."""
    made = ZOO[name]
    length, options = 32, made.Options(width=0.25, blocks=(1, 2, 2, 1))
    network = awake(made.network(3, length, (32, 32), options))
    clip = torch.nn.functional.interpolate(clips(length, [16]).flatten(0, 1), scale_factor=2)
    clip = clip.unflatten(0, (2, length))
    [awoken] = moved(network.features_of(clip))
    for block in network.non_local.values():
        torch.nn.init.zeros_(block.norm.weight)
    [fresh] = moved(network.features_of(clip))

    assert len(network.non_local) >= 2
    assert all(awoken)
    assert not fresh[0]
    assert not fresh[-1]
