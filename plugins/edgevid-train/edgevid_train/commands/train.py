"""``edgevid train``: a run folder from a recipe and a table."""

from __future__ import annotations

import difflib
import os
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from edgevid import ConfigError, WeightsError, load_plugins

RECIPES = "recipes"
_INTERRUPTED = 130


def train(
    table: Annotated[Path, typer.Argument(help="A data table with splits train and val.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The run folder.")],
    recipe: Annotated[
        str, typer.Option("--recipe", help="A YAML file, or the name of one that ships.")
    ] = "driver",
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Initial weights: driver or another bundle; a .safetensors or .pth file, also of "
            "TSM, PySlowFast, pytorchvideo, ACTION-Net or torchvision; or a torchvision enum, such "
            "as ResNet50_Weights.IMAGENET1K_V2, which is downloaded.",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="KEY.KEY=VALUE over the recipe.")
    ] = None,
    classes: Annotated[
        bool, typer.Option("--classes-from-table", help="Take the class names from the table.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the run in --output, by the recipe in there."),
    ] = False,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", help="Folder that keeps decoded frames: later epochs are faster."),
    ] = None,
    export: Annotated[
        bool, typer.Option("--export/--no-export", help="Write the bundle at the end.")
    ] = True,
) -> None:
    """Train a streaming network on your recordings, causally, and write its bundle.

    Example: edgevid train my_clips/table.csv --recipe finetune --from driver
    --classes-from-table -o runs/mine
    """
    _check_output(output, resume=resume)
    labels = _checked_labels(table)
    source: Any = output / "recipe.yaml" if resume else _recipe_file(recipe)
    if resume and from_ is not None:
        raise ConfigError("--from and --resume: a resumed run has weights already; leave one out")
    from edgevid_train.training.recipe import parse_recipe, read_plain

    plain = read_plain(source)
    for pair in set_ or []:
        _override(plain, pair)
    if classes:
        _classes_from(labels, plain)
    parsed = parse_recipe(plain, str(source) if resume else recipe)
    start = None if from_ is None else _start(from_)
    from edgevid_train.training.fit import TrainingInterrupted
    from edgevid_train.training.fit import train as run

    try:
        done = run(parsed, table, output, resume=resume, start=start, cache=cache)
    except TrainingInterrupted as stop:
        typer.echo(str(stop), err=True)
        raise typer.Exit(_INTERRUPTED) from stop
    if not _is_first_process():
        return
    score = "" if done.top1 is None else f", validation top-1 {done.top1:.3f}"
    typer.echo(f"{done.folder}: weights, card and curves{score}")
    if export:
        from edgevid_train.training.bundle import export_run

        bundle = export_run(output)
        typer.echo(f"{bundle}: watch with it by edgevid run SOURCE --model {bundle}")


def _is_first_process() -> bool:
    """Whether this is not one of those that train on further GPUs: they run the same command."""
    return all(os.environ.get(name, "0") == "0" for name in ("RANK", "LOCAL_RANK"))


def _check_output(output: Path, *, resume: bool) -> None:
    if output.exists() and not output.is_dir():
        raise ConfigError(f"{output}: is not a folder; give another --output")
    if resume and not (output / "recipe.yaml").is_file():
        raise ConfigError(f"{output}: holds no run to go on with; leave out --resume")
    if not resume and output.exists() and any(output.iterdir()) and _is_first_process():
        raise ConfigError(f"{output}: is not empty; give another folder, or --resume to go on")


def _recipe_file(name: str) -> Any:
    if Path(name).suffix:
        return Path(name)
    folder = resources.files("edgevid_train") / RECIPES
    known = sorted(p.name.removesuffix(".yaml") for p in folder.iterdir() if ".yaml" in p.name)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ConfigError(f"--recipe {name}: {hint}give a YAML file, or one of {', '.join(known)}")
    return folder / f"{name}.yaml"


def _override(plain: dict[str, Any], pair: str) -> None:
    key, equals, value = pair.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts):
        raise ConfigError(f"--set {pair}: write KEY.KEY=VALUE, for example optimiser.epochs=5")
    for part in parts[:-1]:
        if plain.get(part) is None:
            plain[part] = {}
        plain = plain[part]
        if not isinstance(plain, dict):
            raise ConfigError(f"--set {pair}: {part} holds no further keys")
    try:
        plain[parts[-1]] = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"--set {pair}: the value is not YAML") from error


def _checked_labels(table: Path) -> list[str]:
    """Labels of the table, checked before PyTorch is loaded."""
    from edgevid_train.data.splits import check_splits
    from edgevid_train.data.table import read_table

    segments = read_table(table)
    check_splits(segments)
    return sorted({segment.label for segment in segments})


def _classes_from(labels: list[str], plain: dict[str, Any]) -> None:
    from edgevid_synth import BACKGROUND

    if len(labels) < 2:
        raise ConfigError(f"--classes-from-table: the table has one label only, {labels[0]!r}")
    others = [name for name in labels if name != BACKGROUND]
    background = BACKGROUND if BACKGROUND in labels else None
    data = plain.get("data") or {}
    # What is no mapping is refused with the recipe.
    if isinstance(data, dict):
        names = [BACKGROUND, *others] if background else others
        plain["data"] = {**data, "class_names": names, "background": background}


def _start(text: str) -> str | Path:
    """Initial weights: of a model or bundle its PyTorch sidecar, else the text as it is."""
    from edgevid.pipeline import find_bundle

    plugins = load_plugins()
    names = {*plugins.models, "default"}
    if text not in names and not text.lower().endswith(".onnx"):
        return text
    weights = find_bundle(plugins, text).with_suffix(".safetensors")
    if not weights.is_file():
        raise WeightsError(f"--from {text}: its PyTorch weights {weights} are missing")
    return weights
