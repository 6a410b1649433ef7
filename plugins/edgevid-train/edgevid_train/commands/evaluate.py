"""``edgevid evaluate``: how good a bundle is on labelled recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from edgevid import ConfigError
from edgevid.default_plugins.models.driver import default_bundle
from edgevid_train.commands.progress import bar


def evaluate(
    model: Annotated[str, typer.Argument(help="A bundle, or: default.")],
    table: Annotated[Path, typer.Argument(help="A data table.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the report.")],
    split: Annotated[str, typer.Option("--split", help="train, val, test, or all.")] = "test",
    robustness: Annotated[
        bool, typer.Option("--robustness/--no-robustness", help="Rates, speeds, light, blur, …")
    ] = True,
    write_temperature: Annotated[
        bool,
        typer.Option("--write-temperature", help="Put the fitted temperature into the bundle."),
    ] = False,
    write_metrics: Annotated[
        bool, typer.Option("--write-metrics", help="Put the numbers into the bundle's card.")
    ] = False,
) -> None:
    """Evaluate a bundle: accuracy, calibration, robustness, early recognition, with pictures.

    Example: edgevid evaluate model.onnx my_clips/table.csv -o report
    """
    from edgevid_train.data.table import read_table
    from edgevid_train.evaluation.report import evaluate as run
    from edgevid_train.evaluation.report import write_report
    from edgevid_train.evaluation.tables import clips_from_segments

    bundle = default_bundle() if model == "default" else Path(model)
    segments = [s for s in read_table(table) if split in ("all", s.split)]
    if not segments:
        raise ConfigError(f"--split {split}: {table} has no such segments")
    clips = clips_from_segments(segments, context_seconds=_context(bundle))
    with bar("clips x conditions") as show:
        report = run(bundle, clips, conditions=robustness, progress=show)
    for path in write_report(report, output):
        if path.suffix == ".md":
            typer.echo(f"report: {path}")
    typer.echo(
        f"{report.num_clips} clips: top-1 {report.top1.value:.3f} "
        f"[{report.top1.low:.3f}, {report.top1.high:.3f}], macro-F1 {report.macro_f1:.3f}, "
        f"ECE {report.ece_before:.3f} ({report.ece_after:.3f} at temperature "
        f"{report.temperature:.2f}), chance {report.chance:.3f}"
    )
    if write_temperature or write_metrics:
        from edgevid_train.evaluation.stamp import card_metrics, stamp_card

        fields: dict[str, Any] = {}
        if write_temperature:
            fields["temperature"] = round(report.temperature, 3)
        if write_metrics:
            fields["metrics"] = card_metrics(report, split)
        stamp_card(bundle, fields)


def _context(bundle: Path) -> float:
    from edgevid import read_card

    return read_card(bundle).warmup_seconds
