"""Base class of the zoo's architectures: a new one states its facts and names its network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import torch
from pydantic import Field
from torch import nn

from edgevid import Architecture, Card, ConfigError, Counts, Pathway, StateTensor
from edgevid import Options as BaseOptions
from edgevid.config import validate_options
from edgevid_zoo.bundle_module import BundleModule, ClipBundleModule, MultirateBundleModule
from edgevid_zoo.counting import count_network
from edgevid_zoo.parts.resnet import ShiftedBasicBlock

Size = tuple[int, int]
Count = Annotated[int, Field(gt=0, le=64)]


class WidthOptions(BaseOptions):
    """Width of a network."""

    width: float = Field(default=1.0, gt=0, le=4, description="Multiplier of the channel counts.")


class StagesOptions(WidthOptions):
    """Width and depth of a residual network of four stages."""

    blocks: tuple[Count, Count, Count, Count] = Field(
        default=(3, 4, 6, 3), description="Residual blocks of the four stages, each at least 1."
    )


class EighteenOptions(WidthOptions):
    """Width and depth of a residual network of eighteen layers, in basic blocks."""

    blocks: tuple[Count, Count, Count, Count] = Field(
        default=(2, 2, 2, 2), description="Residual blocks of the four stages, each at least 1."
    )


SMALL_STAGES: dict[str, Any] = {"width": 0.25, "input_size": (32, 32), "blocks": (1, 1, 1, 1)}


class ZooArchitecture(Architecture):
    """A card made of class attributes, and the network of that card in bundle form.

    The network is ``module(num_classes=..., **module_arguments)`` with the fields of ``Options``
    and what ``module_sizes`` lists as further arguments.

    The network of a ``frame`` or ``stream`` architecture takes (N, 3, H, W) and its states, that of
    a ``clip`` architecture (N, T, 3, H, W), that of a ``multirate`` one as much for each pathway;
    all are normalised RGB, and all give logits (N, K), class activation maps (N, K, h, w) or None,
    then the next states. A ``stream`` network has ``state_shapes(height, width)`` and
    ``memory_frames``.

    Input: in bundle form, uint8 BGR frames (N, H, W, 3) or clips (N, T, H, W, 3), as the card says.
    """

    module: ClassVar[type[nn.Module]]
    """Class of the network."""
    module_arguments: ClassVar[dict[str, Any]] = {}
    """Arguments of ``module`` that are the same whatever the options."""
    module_sizes: ClassVar[tuple[str, ...]] = ()
    """Sizes among ``num_frames`` and ``input_size`` that ``module`` is built for."""
    paper: ClassVar[str]
    temporal_mode: ClassVar[Any]
    why_clips: ClassVar[str | None] = None
    """Reason why a ``clip`` or ``multirate`` network is no stream, for its card."""
    Options: ClassVar[type[BaseOptions]] = WidthOptions
    num_frames: ClassVar[int] = 1
    """Length of a clip, or of a buffer over time."""
    frames_multiple: ClassVar[int] = 1
    input_size: ClassVar[Size] = (224, 224)
    side_multiple: ClassVar[int] = 16
    """Divisor of height and width: the image then fills at least half of the last map."""
    input_rate_hz: ClassVar[float] = 10.0
    has_cam: ClassVar[bool] = True
    class_weights: ClassVar[tuple[str, ...]] = ("classifier.weight", "classifier.bias")
    """The weights whose shapes the number of classes changes."""
    endless_memory: ClassVar[bool] = False
    """Whether a ``stream`` never quite forgets a frame. The warm-up is then as long as the clips of
    ``num_frames`` that it is trained on, and its network needs no ``memory_frames``."""
    sees_order: ClassVar[bool] = True
    """Whether the same frames in another order, for example backwards, may give other scores."""
    compares_frames: ClassVar[bool] = True
    """Whether features of different frames meet before the scores. If order is seen but frames are
    not compared, the scores are a sum over single frames, which detects movement badly."""
    traits: ClassVar[dict[str, str]] = {}
    """Conventions that its weights must have been trained with, see ``weights.traits``."""
    preprocessing: ClassVar[dict[str, tuple[float, float, float]]] = {}
    """``mean`` and ``std`` where they are not ImageNet's."""

    baseline: ClassVar[str | None] = "tsn_resnet50"
    """TSN of the same backbone, or of ResNet-50 if there is none."""
    small: ClassVar[dict[str, Any]] = {"width": 0.25, "input_size": (32, 32)}

    def network(
        self, num_classes: int, num_frames: int, input_size: Size, options: Any
    ) -> nn.Module:
        """Build the network with random weights; ``options`` are ``Options``."""
        sizes = {"num_frames": num_frames, "input_size": input_size}
        return self.module(
            num_classes=num_classes,
            **self.module_arguments,
            **{name: sizes[name] for name in self.module_sizes},
            **options.model_dump(),
        )

    def default_card(
        self,
        class_names: Sequence[str],
        *,
        input_size: Size | None = None,
        input_rate_hz: float | None = None,
        num_frames: int | None = None,
        **fields: Any,
    ) -> Card:
        """The card of a fresh network.

        Args:
            class_names: K names.
            input_size: (height, width).
            input_rate_hz: Frames per second that the model wants.
            num_frames: Of a clip.
            fields: Options of the network, and further fields of the card.

        Raises:
            ConfigError: If the size, the length or an option is not one that the network takes.
        """
        size, rate = input_size or self.input_size, input_rate_hz or self.input_rate_hz
        length = num_frames or self.num_frames
        self._check(size, length)
        options = self._options(
            {n: fields.pop(n) for n in self.Options.model_fields if n in fields}
        )
        whole: dict[str, Any] = {
            "name": self.name,
            "class_names": tuple(class_names),
            "temporal_mode": self.temporal_mode,
            "input_rate_hz": rate,
            "num_frames": length,
            "pathways": self.pathways(length, rate, options),
            "why_clips": self.why_clips,
            "input_size": size,
            "has_cam": self.has_cam,
            "architecture": self.name,
            "architecture_options": options.model_dump(),
            "paper": self.paper,
            **self.preprocessing,
        }
        if self.temporal_mode in ("clip", "multirate"):
            # Half a clip is the usual overlap, and halves the cost of every further one.
            whole["stride_frames"] = max(1, length // 2)
        if self.temporal_mode == "stream":
            whole |= self._memory(len(class_names), length, size, rate, options)
        return Card(**(whole | fields))

    def build(self, card: Card) -> BundleModule:
        """Build the network of the card, in bundle form and eval mode."""
        options = self._options(card.architecture_options)
        size = card.input_size or self.input_size
        network = self.network(len(card.class_names), card.num_frames, size, options)
        if self.temporal_mode == "multirate":
            window = window_places(card), card.window_frames
            module: BundleModule = MultirateBundleModule(network, card.mean, card.std, *window)
        elif self.temporal_mode == "clip":
            module = ClipBundleModule(network, card.mean, card.std)
        else:
            module = BundleModule(network, card.mean, card.std)
        module.eval()
        return module

    def pathways(self, length: int, rate_hz: float, options: Any) -> tuple[Pathway, ...]:
        """Inputs of a ``multirate`` network: their frames of a window of ``length`` frames."""
        return ()

    def counts(self, card: Card) -> Counts:
        """Count parameters and multiply-accumulates on shapes alone, without allocating."""
        with torch.device("meta"):
            network = self.build(card).network
        return count_network(network, card, card.input_size or self.input_size)

    def _memory(
        self, num_classes: int, length: int, size: Size, rate: float, options: BaseOptions
    ) -> dict[str, Any]:
        # Shapes only: nothing is allocated.
        with torch.device("meta"):
            network = self.network(num_classes, length, size, options)
        memory = None if self.endless_memory else network.memory_frames
        return {
            "warmup_seconds": (length - 1 if memory is None else memory) / rate,
            "memory_frames": memory,
            "state_tensors": tuple(
                StateTensor(name=f"s{index}", shape=shape)
                for index, shape in enumerate(network.state_shapes(*size))
            ),
        }

    def _options(self, given: dict[str, Any]) -> Any:
        return validate_options(self.Options, given, f"{self.name}: options are not accepted")

    def _check(self, size: Size, length: int) -> None:
        if any(side % self.side_multiple or side <= 0 for side in size):
            raise ConfigError(
                f"input size {size[0]}x{size[1]}: {self.name} takes multiples of "
                f"{self.side_multiple}, for example {self.input_size[0]}x{self.input_size[1]}"
            )
        if length % self.frames_multiple or length <= 0:
            raise ConfigError(
                f"clips of {length} frames: {self.name} takes multiples of "
                f"{self.frames_multiple}, for example {self.num_frames}"
            )


def window_places(card: Card) -> list[list[int]]:
    """Indices of each pathway's frames in a window that ends with the newest frame."""
    newest, rate = card.window_frames - 1, card.input_rate_hz
    return [[newest - round(age * rate) for age in path.seconds_back] for path in card.pathways]


class ResNet50Architecture(ZooArchitecture):
    """A ResNet of bottlenecks, whose width and depth can be chosen.

    Paper: ResNet, https://arxiv.org/abs/1512.03385.
    Input: uint8 BGR frames (N, H, W, 3) or clips (N, T, H, W, 3), as the card says.
    """

    Options: ClassVar[Any] = StagesOptions
    small: ClassVar[dict[str, Any]] = SMALL_STAGES


class ResNet18Architecture(ZooArchitecture):
    """A ResNet of basic blocks, whose width and depth can be chosen.

    Paper: ResNet, https://arxiv.org/abs/1512.03385.
    Input: uint8 BGR frames (N, H, W, 3) or clips (N, T, H, W, 3), as the card says.
    """

    module_arguments: ClassVar[dict[str, Any]] = {"block": ShiftedBasicBlock}
    baseline: ClassVar[str | None] = "single_frame_resnet18"
    Options: ClassVar[Any] = EighteenOptions
    small: ClassVar[dict[str, Any]] = SMALL_STAGES
