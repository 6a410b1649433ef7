"""``edgevid evaluate``: how good a bundle is on labelled recordings, clip by clip or as events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from edgevid import ConfigError, load_plugins
from edgevid.cli import progress_bar
from edgevid_train.commands.evaluate_events import EventsRequest, evaluate_events

_EVENTS = "Events (with --events)"


def _of_events(option: str, help_: str) -> Any:
    return typer.Option(option, help=help_, rich_help_panel=_EVENTS)


def evaluate(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL TABLE | RESULT...",
            help="A model (driver, or a bundle) and a data table; with --events: event files "
            "(.jsonl), folders of them, or a model, which is then run over the truth's videos.",
            show_default=False,
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the report.")] = Path(
        "report"
    ),
    split: Annotated[
        str | None,
        typer.Option(
            "--split", help="train, val, test, or all; test by default, with --events all."
        ),
    ] = None,
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
    events: Annotated[
        Path | None,
        _of_events(
            "--events",
            "Evaluate events: the truth, as a data table, CSV segments, OpenLABEL or VCD, or a "
            "folder of rendered drives.",
        ),
    ] = None,
    profile: Annotated[
        str | None, _of_events("--profile", "Event policy: fleet, coach, …, or a YAML file.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        _of_events("--set", "As in edgevid run: events.options.rules.enter=0.7, repeatable."),
    ] = None,
    reapply: Annotated[
        bool,
        _of_events(
            "--reapply", "Apply the policy anew to stored predictions; --profile and --set do."
        ),
    ] = False,
    curve: Annotated[
        bool, _of_events("--curve", "False alerts against recall, from stored predictions.")
    ] = False,
    adapter: Annotated[
        str | None, _of_events("--adapter", "How to read the truth, as in edgevid data build.")
    ] = None,
    option: Annotated[
        list[str] | None, _of_events("--option", "KEY=VALUE of the adapter, as YAML.")
    ] = None,
    background: Annotated[
        str | None, _of_events("--background", "The label that is no event; safe_driving.")
    ] = None,
    bundle: Annotated[
        Path | None, _of_events("--bundle", "The model of stored predictions, for --reapply.")
    ] = None,
    write_policy: Annotated[
        bool,
        _of_events("--write-policy", "Put the numbers of --set into the card of the bundle."),
    ] = False,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes.", rich_help_panel=_EVENTS)
    ] = 1,
) -> None:
    """Evaluate a bundle on clips: accuracy, calibration, robustness, early recognition.

    With --events, evaluate events on whole drives: precision, recall and F1, time to detection,
    false alerts an hour, where errors come from, and a timeline.

    Examples:
        edgevid evaluate model.onnx my_clips/table.csv -o report

        edgevid evaluate --events truth.csv results/ -o report

        edgevid evaluate --events truth.csv driver --profile fleet --curve -o report
    """
    if events is None:
        if len(inputs) != 2:
            raise ConfigError(
                f"got {len(inputs)} arguments: {' '.join(inputs)}; give MODEL TABLE, or --events "
                f"TRUTH and results"
            )
        _evaluate_clips(
            inputs[0],
            Path(inputs[1]),
            output,
            split or "test",
            robustness=robustness,
            write_temperature=write_temperature,
            write_metrics=write_metrics,
        )
        return
    request = EventsRequest(
        truth=events,
        inputs=tuple(inputs),
        output=output,
        split=None if split == "all" else split,
        adapter=adapter,
        options=tuple(option or ()),
        profile=profile,
        sets=tuple(set_ or ()),
        reapply=reapply,
        curve=curve,
        background=background,
        bundle=bundle,
        workers=workers,
        write_policy=write_policy,
    )
    evaluate_events(request)


def _evaluate_clips(
    model: str,
    table: Path,
    output: Path,
    split: str,
    *,
    robustness: bool,
    write_temperature: bool,
    write_metrics: bool,
) -> None:
    from edgevid.pipeline import find_bundle
    from edgevid_train.data.table import read_table
    from edgevid_train.evaluation.report import evaluate as run
    from edgevid_train.evaluation.report import write_report
    from edgevid_train.evaluation.tables import clips_from_segments

    bundle = find_bundle(load_plugins(), model)
    segments = [s for s in read_table(table) if split in ("all", s.split)]
    if not segments:
        raise ConfigError(f"--split {split}: {table} has no such segments")
    clips = clips_from_segments(segments, context_seconds=_context(bundle))
    with progress_bar("clips x conditions") as show:
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
