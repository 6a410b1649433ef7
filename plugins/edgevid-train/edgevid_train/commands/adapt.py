"""``edgevid adapt``: a bundle for another camera, from recordings without labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgevid.cli import progress_bar
from edgevid.default_plugins.models.driver import default_bundle


def adapt(
    model: Annotated[str, typer.Argument(help="A bundle with its twin, or: default.")],
    files: Annotated[list[Path], typer.Argument(help="Recordings or pictures of your camera.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The new bundle, a .onnx.")],
    share: Annotated[
        float, typer.Option("--share", help="Of the new statistics, above 0, at most 1.")
    ] = 0.7,
) -> None:
    """Adapt a model to a camera without labels: batch-norm statistics from its own pictures.

    Example: edgevid adapt default monday.mp4 tuesday.mp4 -o mine.onnx
    """
    from edgevid_train.training.adapt import adapt_bundle

    bundle = default_bundle() if model == "default" else Path(model)
    with progress_bar("clips") as show:
        adapt_bundle(bundle, files, output, share=share, progress=show)
    typer.echo(f"{output}: run it with edgevid run SOURCE --model {output}")
