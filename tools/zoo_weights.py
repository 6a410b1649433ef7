"""The section of docs/zoo.md that says which weights fit which network."""

from __future__ import annotations

WEIGHTS = """
## Weights

```
edgevid export tsm_resnet50_offline --weights tsm.pth --class-names kinetics.txt \\
  --license MIT --origin mit-han-lab --training-data Kinetics-400 -o m.onnx
edgevid train my_clips/table.csv --from MobileNet_V2_Weights.IMAGENET1K_V1 \\
  --set network.options.width=1 -o run
```

`--weights` of `edgevid export` and `--from` of `edgevid train` take a file, `.safetensors` or
`.pth`, with our names or those below; or a torchvision enum, which alone is downloaded. Nothing in
a file is executed: a pickle of objects, as Caffe2's `.pkl`, has to be converted where it comes
from. What was loaded, renamed, inflated to clips or left fresh is printed. In Python:
`edgevid_zoo.weights.load_weights(network, architecture, weights)`.

| weights | networks | what has to agree |
|---|---|---|
| torchvision, ImageNet: ResNet-18, ResNet-50, MobileNetV2 | all with that trunk, as the beginning \
of a training; `single_frame_*` and `tsn_resnet50` as they are | an export takes them where frames \
never meet; in a training 3-D trunks get them inflated, and added parts stay fresh |
| torchvision, Kinetics: R3D, MC3, R(2+1)D | `r3d_18`, `mc3_18`, `r2plus1d_18` | padding |
| mit-han-lab TSM | `tsm_resnet50_offline`, `tsm_resnet50_nl`, `tsm_mobilenet_v2_offline` | shift \
from both sides, first channels from the future: `pptsm_resnet50` has the reverse, and streams \
shift from the past alone; non-local blocks that pool after their convolutions |
| mit-han-lab TSM, online demo | `tsm_mobilenet_v2` | shift from the past alone. Its names are \
ours: a `.pth` with the names of our `tsm_mobilenet_v2` is taken for it, so save your own of \
`single_frame_mobilenet_v2` or `tsm_mobilenet_v2_offline` as `.safetensors` |
| mit-han-lab TSN | `tsn_resnet50`, `single_frame_resnet50`, `tsn_bninception` | no shift; of \
BN-Inception the file does not tell |
| PySlowFast, pytorchvideo | `slow_8x8_resnet50`, `c2d_resnet50`, `i3d_resnet50`, the same with \
`_nl`, `slowfast_4x16_resnet50`, `slowfast_8x8_resnet50` | padding at both ends of the clip; \
non-local blocks that pool first; slow frames by `linspace`. Slow 4x16 and 8x8 have the same \
weights: the file does not tell |
| ACTION-Net | `action_resnet50`, `action_mobilenet_v2` | padding |
| pytorch-i3d | `i3d_inception` | padding |
| our own, `.safetensors` | the network that they are of, and those that treat time alike | shift, \
padding, order of pools, choice of slow frames, whether frames meet; and of `pptsm_*` and \
`late_fusion_*` the number of frames |
| our own names, of which nothing else is known | those with these names and shapes | nobody can \
tell: they are taken for those of the network that they are given to, and the report says so |

Weights that would fit by name and shape, but were trained with another shift, padding or choice of
frames, give wrong scores: `edgevid export` refuses them and says what the network does instead.
Weights of pictures in a network where frames meet are such too: nothing of it was ever trained on
more than one frame. Our own files say in their metadata which network they are of, with which
options and of how many frames; where one does not, the card of the bundle beside it does, if it is
that bundle's twin.
A training may begin with them, and says what is to be learnt anew. A classifier of other classes
stays random in a training; in an export only with `--random-init`, for benchmarks.
"""
