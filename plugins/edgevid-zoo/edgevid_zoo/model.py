"""The zoo's networks as models: streamed in PyTorch, without a bundle."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edgevid import Backend, BackendModel, BackendUnavailableError, ModelContext, TorchBackend
from edgevid import Options as BaseOptions


class TsmMobileNetV2Model(BackendModel):
    """Online TSM MobileNetV2 from a checkpoint, run by PyTorch."""

    class Options(BaseOptions):
        """Options of the model ``tsm_mobilenet_v2``."""

        checkpoint: str = Field(
            min_length=1,
            description="A .safetensors or .pth file; TSM's online demo too.",
        )
        class_names: tuple[str, ...] = Field(min_length=1, description="In the order of training.")
        background: str | None = Field(default=None, description="Class that is never an event.")
        input_size: tuple[int, int] = Field(default=(224, 224), description="Height, width.")
        rate_hz: float = Field(default=10.0, gt=0)
        width: float = Field(default=1.0, gt=0, le=4)
        device: Literal["cpu", "cuda"] = "cpu"
        threads: int | None = Field(default=None, gt=0)

    @classmethod
    def unavailable(cls) -> str | None:
        """Say how to get PyTorch where it is missing."""
        return TorchBackend.unavailable()

    def __init__(self, options: Options, context: ModelContext | None = None) -> None:
        """Build the network and load the checkpoint.

        Raises:
            WeightsError: If the checkpoint does not fit.
            BackendUnavailableError: If the device is not there.
        """
        from edgevid_zoo.families.tsm import TsmMobileNetV2
        from edgevid_zoo.weights import load_weights

        architecture = TsmMobileNetV2()
        card = architecture.default_card(
            options.class_names,
            input_size=options.input_size,
            input_rate_hz=options.rate_hz,
            width=options.width,
            background=options.background,
        )
        module = architecture.build(card)
        load_weights(module.network, architecture, options.checkpoint, card=card, whole=True)
        backend = TorchBackend.Options(device=options.device, threads=options.threads)

        def open_torch(failed: Backend | None) -> Backend:
            if failed is not None:
                raise BackendUnavailableError(f"{architecture.name} runs in PyTorch only")
            return TorchBackend.around(backend, card, module)

        super().__init__(options, context, card, open_torch)
