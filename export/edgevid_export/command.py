"""The command ``edgevid export``."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from edgevid import (
    Architecture,
    Card,
    ConfigError,
    EdgevidError,
    ExportError,
    load_plugins,
    read_card,
)
from edgevid.cli import progress_bar
from edgevid.pipeline import find_bundle
from edgevid.plugins import Plugins
from edgevid_export.card_options import (
    Precision,
    class_names_of,
    provenance,
    provenance_of,
    size_of,
)
from edgevid_export.dataset import dataset_reader, open_dataset


def export(
    source: Annotated[
        str,
        typer.Argument(
            help="An architecture (tsm_mobilenet_v2), driver, or a bundle with its weights."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The bundle, ending in .onnx.")],
    checkpoint: Annotated[
        str | None,
        typer.Option(
            "--weights",
            "--checkpoint",
            help="A .safetensors or .pth file, also of TSM, PySlowFast, pytorchvideo, ACTION-Net "
            "or torchvision; or a torchvision enum, such as ResNet50_Weights.IMAGENET1K_V2, which "
            "is downloaded.",
        ),
    ] = None,
    random_init: Annotated[
        bool,
        typer.Option(
            "--random-init",
            help="Untrained weights, for benchmarks and tests; with --weights for what they lack.",
        ),
    ] = False,
    class_names: Annotated[
        str | None,
        typer.Option("--class-names", help="a,b,c in the order of training, or a file of lines."),
    ] = None,
    num_classes: Annotated[
        int | None, typer.Option("--num-classes", min=1, help="Names become class_0, class_1, …")
    ] = None,
    background: Annotated[
        str | None, typer.Option("--background", help="Class that is never an event.")
    ] = None,
    input_size: Annotated[
        str | None, typer.Option("--input-size", help="HxW, pixels; mostly 224x224 by default.")
    ] = None,
    rate_hz: Annotated[
        float | None,
        typer.Option("--rate-hz", min=0.1, help="Sampling rate; mostly 10 by default."),
    ] = None,
    width: Annotated[
        float | None, typer.Option("--width", min=0.1, help="Channel multiplier; 1 by default.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The card's name.")] = None,
    license_: Annotated[
        str | None, typer.Option("--license", help="License of the weights, as an SPDX identifier.")
    ] = None,
    origin: Annotated[str | None, typer.Option("--origin", help="Origin of the weights.")] = None,
    training_data: Annotated[
        str | None, typer.Option("--training-data", help="What they were trained on.")
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="Quantise; for OpenVINO on x86 processors.")
    ] = False,
    fp16: Annotated[bool, typer.Option("--fp16", help="Half precision, for GPUs.")] = False,
    saliency: Annotated[
        bool,
        typer.Option("--saliency", help="Write the companion that explains the bundle instead."),
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="Data table for --int8 and --fp16: train calibrates, val checks the labels.",
        ),
    ] = None,
    calibration_frames: Annotated[
        int,
        typer.Option("--calibration-frames", min=1, help="Maximum number of calibration frames."),
    ] = 300,
    allow: Annotated[
        bool, typer.Option("--allow", help="Write int8 or fp16 even if it changes labels.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the bundle.")] = False,
) -> None:
    """Write a bundle from a PyTorch network, if PyTorch and every runtime agree.

    Examples:
        edgevid export tsm_mobilenet_v2 --weights best.safetensors --class-names names.txt
        --license Apache-2.0 --origin "our lab, run 7" --training-data "600 clips" -o my.onnx

        edgevid export my.onnx --int8 --data my_clips/table.csv -o my.int8.onnx

        edgevid export my.onnx --saliency -o my.saliency.onnx
    """
    if output.suffix != ".onnx":
        raise ConfigError(f"--output {output}: a bundle ends in .onnx")
    if output.exists() and not force:
        raise ExportError(f"{output}: exists already; add --force to overwrite it")
    if int8 + fp16 + saliency > 1:
        raise ConfigError("give one of --int8, --fp16 and --saliency")
    if (int8 or fp16) and data is None:
        raise ConfigError("--int8 and --fp16 need --data TABLE: labels must not change on it")
    if int8 or fp16:
        dataset_reader()
    plugins = load_plugins()
    if source.endswith(".onnx") or _names_a_bundle(plugins, source):
        own = (checkpoint, random_init, class_names, num_classes, background, input_size, rate_hz)
        if any(own) or width is not None or name is not None:
            raise ConfigError(
                f"{source}: a bundle brings its own weights, names, size and rate; leave those "
                f"options out, or export its architecture with --weights"
            )
        architecture, card, own_weights = _of_bundle(source, plugins)
        weights: str | Path | None = own_weights
        card = card.model_copy(update=provenance_of(card, license_, origin, training_data))
    else:
        if checkpoint is None and not random_init:
            raise ConfigError("give --weights FILE or --random-init")
        if checkpoint and _is_same(Path(checkpoint), output.with_suffix(".safetensors")):
            raise ConfigError(
                f"--output {output}: its PyTorch weights would overwrite {checkpoint}"
            )
        known = provenance(checkpoint is None, license_, origin, training_data)
        architecture, weights = plugins.architectures[source](), checkpoint
        card = architecture.default_card(
            class_names_of(class_names, num_classes),
            background=background,
            **({"input_size": size_of(input_size)} if input_size else {}),
            **({"input_rate_hz": rate_hz} if rate_hz else {}),
            **({"width": width} if width else {}),
            **known,
            **({"name": name} if name else {}),
        )
    precision: Precision | None = "int8" if int8 else "float16" if fp16 else None
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".fp32-") as folder:
            first = Path(folder) / output.name if precision or saliency else output
            _write_fp32(architecture, card, first, weights, plugins, whole=not random_init)
            if precision and data is not None:
                _write_smaller(first, output, precision, data, plugins, calibration_frames, allow)
            if saliency:
                _write_companion(architecture, first, output, plugins)
    except OSError as error:
        if isinstance(error, EdgevidError):
            raise
        raise ExportError(f"{output}: cannot be written: {error.strerror or error}") from error
    sidecar = "" if saliency else f" with {output.with_suffix('.safetensors').name}"
    typer.echo(f"{output}: written{sidecar}")


def _names_a_bundle(plugins: Plugins, source: str) -> bool:
    """Whether the source is a model that ships a bundle, or is meant to be one."""
    if source in plugins.architectures:
        return False
    return source == "default" or (
        source in plugins.models and plugins.models[source].bundle_path() is not None
    )


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.resolve() == other.resolve()
    # A loop of links, or what cannot be the name of a file: reading it reports the error.
    except (OSError, RuntimeError, ValueError):
        return False


def _write_fp32(
    architecture: Architecture,
    card: Card,
    output: Path,
    weights: str | Path | None,
    plugins: Plugins,
    *,
    whole: bool,
) -> None:
    from edgevid_export.bundle import export_bundle

    parity = export_bundle(
        architecture,
        card,
        output,
        checkpoint=weights,
        whole=whole,
        on_loaded=lambda report: typer.echo(report.table()),
        backends=plugins.backends,
    )
    for what, difference in parity.differences.items():
        typer.echo(f"parity with the clip form, {what}: {difference:.1e} of the spread")
    for what, reason in parity.absent.items():
        typer.echo(f"not compared, {what}: {reason}")


def _write_companion(
    architecture: Architecture, fp32: Path, output: Path, plugins: Plugins
) -> None:
    from edgevid_export.gradient import write_gradient

    weights = fp32.with_suffix(".safetensors")
    parity = write_gradient(architecture, fp32, output, weights=weights, backends=plugins.backends)
    for what, difference in parity.differences.items():
        against = "autograd" if what.endswith("saliency") else "the clip form"
        typer.echo(f"parity with {against}, {what}: {difference:.1e}")


def _write_smaller(
    fp32: Path,
    output: Path,
    precision: Precision,
    data: Path,
    plugins: Plugins,
    num_frames: int,
    allow: bool,
) -> None:
    from edgevid_export.smaller import write_smaller

    dataset = open_dataset(data, read_card(fp32))
    with progress_bar("validation clips") as show:
        smaller = write_smaller(
            fp32,
            output,
            precision,
            dataset,
            backends=plugins.backends,
            num_frames=num_frames,
            allow=allow,
            progress=show,
        )
    found = smaller.agreement
    typer.echo(
        f"{precision}: {found.clips:.1%} of {found.num_clips} clips and {found.frames:.1%} of "
        f"their frames keep their label, top-1 {found.top1_fp32:.3f} to {found.top1:.3f}, golden "
        f"logits differ by {smaller.difference:.1e} of the spread; first convolutions in fp32: "
        f"{smaller.layers_in_float}"
    )


def _of_bundle(source: str, plugins: Plugins) -> tuple[Architecture, Card, Path]:
    """The network of a bundle, from its PyTorch weights."""
    path = find_bundle(plugins, source)
    card = read_card(path)
    if card.architecture is None:
        raise ExportError(f"{path}: its card names no PyTorch architecture to export it from")
    weights = path.with_suffix(".safetensors")
    if not weights.is_file():
        raise ExportError(f"{path}: its PyTorch weights {weights.name} are missing in its folder")
    if card.sha256 != hashlib.sha256(weights.read_bytes()).hexdigest():
        raise ExportError(
            f"{weights}: holds other weights than {path.name}: its sha256 is not the one in the "
            f"card; export it with --weights {weights}"
        )
    architecture = plugins.architectures[card.architecture]()
    # It is written anew, in fp32 at first; what was measured on a smaller form goes.
    metrics = {k: v for k, v in card.metrics.items() if not k.endswith("_fp32")}
    card = card.model_copy(update={"precision": "float32", "metrics": metrics})
    return architecture, card, weights
