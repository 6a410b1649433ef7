"""``edgevid adapt``: a bundle for another camera, from recordings without labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgevid import load_plugins
from edgevid.cli import progress_bar


def adapt(
    model: Annotated[
        str, typer.Argument(help="driver, or a bundle with its .safetensors sidecar.")
    ],
    files: Annotated[list[Path], typer.Argument(help="Recordings or images of your camera.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The new bundle, a .onnx.")],
    share: Annotated[
        float, typer.Option("--share", help="Weight of the new statistics, above 0, at most 1.")
    ] = 0.7,
) -> None:
    """Adapt a model to a camera without labels: batch-norm statistics from its own images.

    Example: edgevid adapt driver monday.mp4 tuesday.mp4 -o mine.onnx
    """
    from edgevid.pipeline import find_bundle
    from edgevid_train.training.adapt import adapt_bundle

    bundle = find_bundle(load_plugins(), model)
    with progress_bar("clips") as show:
        adapt_bundle(bundle, files, output, share=share, progress=show)
    typer.echo(f"{output}: run it with edgevid run SOURCE --model {output}")
