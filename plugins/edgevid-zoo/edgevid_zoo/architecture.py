"""What the zoo's architectures share: a new one states its facts and builds its network."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from edgevid import Architecture, Card, ConfigError, Counts, Pathway, StateTensor
from edgevid import Options as BaseOptions
from edgevid.config.options import validate_options

Size = tuple[int, int]
Count = Annotated[int, Field(gt=0, le=64)]


class WidthOptions(BaseOptions):
    """How wide a network is."""

    width: float = Field(default=1.0, gt=0, le=4, description="Multiplier of the channel counts.")


class StagesOptions(WidthOptions):
    """How wide and deep a residual network of four stages is."""

    blocks: tuple[Count, Count, Count, Count] = Field(
        default=(3, 4, 6, 3), description="Residual blocks of the four stages, each at least 1."
    )


class EighteenOptions(WidthOptions):
    """The same for basic blocks, eighteen layers of them."""

    blocks: tuple[Count, Count, Count, Count] = Field(
        default=(2, 2, 2, 2), description="Residual blocks of the four stages, each at least 1."
    )


SMALL_STAGES: dict[str, Any] = {"width": 0.25, "input_size": (32, 32), "blocks": (1, 1, 1, 1)}


class ZooArchitecture(Architecture):
    """A card made of class attributes, and the network of that card in bundle form.

    The network of a ``frame`` or ``stream`` architecture takes (N, 3, H, W) and its states, that of
    a ``clip`` architecture (N, T, 3, H, W), that of a ``multirate`` one as much for each pathway;
    all are normalised RGB, and all give logits (N, K), class activation maps (N, K, h, w) or None,
    then the next states. A ``stream`` network has ``state_shapes(height, width)`` and
    ``memory_frames``.

    Input: in bundle form, uint8 BGR frames (N, H, W, 3) or clips (N, T, H, W, 3), as the card says.
    """

    paper: ClassVar[str]
    temporal_mode: ClassVar[Any]
    why_clips: ClassVar[str | None] = None
    """Of ``clip`` and ``multirate``: what keeps it from being a stream, for its card."""
    Options: ClassVar[type[BaseOptions]] = WidthOptions
    num_frames: ClassVar[int] = 1
    """Of a clip, or of a buffer over time."""
    frames_multiple: ClassVar[int] = 1
    input_size: ClassVar[Size] = (224, 224)
    side_multiple: ClassVar[int] = 16
    """Of the sides: the last map is then at least half filled by the picture."""
    input_rate_hz: ClassVar[float] = 10.0
    has_cam: ClassVar[bool] = True
    class_weights: ClassVar[tuple[str, ...]] = ("classifier.weight", "classifier.bias")
    """The weights whose shapes the number of classes changes."""
    endless_memory: ClassVar[bool] = False
    """Of ``stream``: whether no frame is ever quite forgotten. The warm-up is then as long as the
    clips of ``num_frames`` that it is trained on, and its network needs no ``memory_frames``."""
    sees_order: ClassVar[bool] = True
    """Whether the same frames in another order may give other scores: they run backwards, say."""
    compares_frames: ClassVar[bool] = True
    """Of those that see order: whether features of different frames meet before the scores. Else
    the scores are a sum of what single frames say, which tells movement badly."""
    traits: ClassVar[dict[str, str]] = {}
    """What its weights must have been trained with, in the words of ``weights.traits``."""
    preprocessing: ClassVar[dict[str, tuple[float, float, float]]] = {}
    """``mean`` and ``std`` where they are not ImageNet's."""

    baseline: ClassVar[str | None] = "tsn_resnet50"
    """TSN of the same backbone, or of ResNet-50 if there is none."""
    small: ClassVar[dict[str, Any]] = {"width": 0.25, "input_size": (32, 32)}

    @abstractmethod
    def network(self, num_classes: int, num_frames: int, input_size: Size, options: Any) -> Any:
        """Build the ``torch.nn.Module`` with random weights; ``options`` are ``Options``."""

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

    def build(self, card: Card) -> Any:
        """Build the network of the card, in bundle form and eval mode."""
        from edgevid_zoo import bundle_module as forms

        options = self._options(card.architecture_options)
        size = card.input_size or self.input_size
        network = self.network(len(card.class_names), card.num_frames, size, options)
        if self.temporal_mode == "multirate":
            window = window_places(card), card.window_frames
            return forms.MultirateBundleModule(network, card.mean, card.std, *window).eval()
        form = forms.ClipBundleModule if self.temporal_mode == "clip" else forms.BundleModule
        return form(network, card.mean, card.std).eval()

    def pathways(self, length: int, rate_hz: float, options: Any) -> tuple[Pathway, ...]:
        """What each input of a ``multirate`` network sees of a window of ``length`` frames."""
        return ()

    def counts(self, card: Card) -> Counts:
        """Count on shapes alone."""
        from edgevid_zoo.counting import count

        return count(self, card)

    def _memory(
        self, num_classes: int, length: int, size: Size, rate: float, options: BaseOptions
    ) -> dict[str, Any]:
        import torch

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
    """Which frames of a window at the card's rate each pathway sees; the window has the newest."""
    newest, rate = card.window_frames - 1, card.input_rate_hz
    return [[newest - round(age * rate) for age in path.seconds_back] for path in card.pathways]


class ResNet50Architecture(ZooArchitecture):
    """What the ResNets of bottlenecks share: how wide and deep they are can be chosen.

    Paper: ResNet, https://arxiv.org/abs/1512.03385.
    Input: uint8 BGR frames (N, H, W, 3) or clips (N, T, H, W, 3), as the card says.
    """

    Options: ClassVar[Any] = StagesOptions
    small: ClassVar[dict[str, Any]] = SMALL_STAGES

    @property
    def block(self) -> Any:
        """What the stages are made of."""
        from edgevid_zoo.parts.resnet import ShiftedBottleneck

        return ShiftedBottleneck


class ResNet18Architecture(ZooArchitecture):
    """The same for ResNets of basic blocks.

    Paper: ResNet, https://arxiv.org/abs/1512.03385.
    Input: uint8 BGR frames (N, H, W, 3) or clips (N, T, H, W, 3), as the card says.
    """

    baseline: ClassVar[str | None] = "single_frame_resnet18"
    Options: ClassVar[Any] = EighteenOptions
    small: ClassVar[dict[str, Any]] = SMALL_STAGES

    @property
    def block(self) -> Any:
        """What the stages are made of."""
        from edgevid_zoo.parts.resnet import ShiftedBasicBlock

        return ShiftedBasicBlock
