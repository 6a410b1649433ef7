"""The command ``edgevid export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgevid import Card, ConfigError, ExportError, load_plugins


def export(
    architecture: Annotated[str, typer.Argument(help="For example tsm_mobilenet_v2.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The bundle, ending in .onnx.")],
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help=".safetensors, or .pth of plain tensors.")
    ] = None,
    random_init: Annotated[
        bool, typer.Option("--random-init", help="Untrained weights, for benchmarks and tests.")
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
    input_size: Annotated[str, typer.Option("--input-size", help="HxW, pixels.")] = "224x224",
    rate_hz: Annotated[float, typer.Option("--rate-hz", min=0.1, help="Sampling rate.")] = 10.0,
    width: Annotated[float, typer.Option("--width", min=0.1, help="Channel multiplier.")] = 1.0,
    name: Annotated[str | None, typer.Option("--name", help="The card's name.")] = None,
    license_: Annotated[
        str | None, typer.Option("--license", help="Of the weights, as an SPDX identifier.")
    ] = None,
    origin: Annotated[
        str | None, typer.Option("--origin", help="Where the weights come from.")
    ] = None,
    training_data: Annotated[
        str | None, typer.Option("--training-data", help="What they were trained on.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the bundle.")] = False,
) -> None:
    """Write a bundle from a PyTorch network, if PyTorch and ONNX Runtime agree.

    Example: edgevid export tsm_mobilenet_v2 --checkpoint best.safetensors
    --class-names safe,phone,drink --license Apache-2.0 --origin "our lab, run 7"
    --training-data "600 clips of 12 drivers" -o driver.onnx
    """
    if (checkpoint is None) == (not random_init):
        raise ConfigError("give either --checkpoint FILE or --random-init")
    if output.suffix != ".onnx":
        raise ConfigError(f"--output {output}: a bundle ends in .onnx")
    if output.exists() and not force:
        raise ExportError(f"{output}: exists already; add --force to overwrite it")
    provenance = _provenance(random_init, license_, origin, training_data)
    plugins = load_plugins()
    built = plugins.architectures[architecture]()
    card: Card = built.default_card(
        _names(class_names, num_classes),
        input_size=_size(input_size),
        input_rate_hz=rate_hz,
        width=width,
        background=background,
        **provenance,
        **({"name": name} if name else {}),
    )
    from edgevid_export.bundle import export_bundle

    parity = export_bundle(built, card, output, checkpoint=checkpoint, backends=plugins.backends)
    typer.echo(f"{output}: written with {output.with_suffix('.safetensors').name}")
    for what, difference in parity.differences.items():
        typer.echo(f"parity with the clip form, {what}: {difference:.1e} of the spread")
    for what, reason in parity.absent.items():
        typer.echo(f"not compared, {what}: {reason}")


def _provenance(random_init: bool, *given: str | None) -> dict[str, str]:
    """Nobody may run weights of which nobody knows whose they are."""
    names = ("license", "origin", "training_data")
    if random_init:
        defaults = ("Apache-2.0", "edgevid export --random-init", "none: random weights")
        return {n: g or d for n, g, d in zip(names, given, defaults, strict=True)}
    missing = [f"--{n.replace('_', '-')}" for n, g in zip(names, given, strict=True) if not g]
    if missing:
        raise ConfigError(
            f"{', '.join(missing)} missing: a bundle says whose weights it holds, where they come "
            f"from and what they were trained on"
        )
    return {n: g for n, g in zip(names, given, strict=True) if g}


def _names(text: str | None, count: int | None) -> list[str]:
    if (text is None) == (count is None):
        raise ConfigError("give either --class-names or --num-classes")
    if text is None:
        return [f"class_{index}" for index in range(count or 0)]
    file = Path(text)
    if "," not in text and file.is_file():
        names = file.read_text(encoding="utf-8").splitlines()
    else:
        names = text.split(",")
    names = [item.strip() for item in names if item.strip()]
    if not names or len(set(names)) != len(names):
        raise ConfigError(f"--class-names {text}: names must be there and differ from each other")
    return names


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.lower().partition("x")
    if not (height.isdigit() and width.isdigit()):
        raise ConfigError(f"--input-size {text}: write HEIGHTxWIDTH, for example 224x224")
    return int(height), int(width)
