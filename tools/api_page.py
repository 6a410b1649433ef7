"""docs/api.md: the public names of edgevid by group, from their docstrings."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import griffe

ROOT = Path(__file__).resolve().parent.parent

GROUPS: dict[str, tuple[str, str]] = {
    "Run": (
        "Load a model, loop over results, push frames of your own, or run to the end.",
        "load LoadedModel stream astream Stream Result Session run RunOptions RunResult Pipeline "
        "Progress",
    ),
    "Configuration": (
        "The sections of a [configuration file](config.md), checked and typed.",
        "RunConfig load_config SourceConfig ModelConfig BackendConfig EventsConfig SignalsConfig "
        "PluginConfig SinkConfig RecordConfig BufferConfig",
    ),
    "Values": (
        "Frozen values that travel through the pipeline; times are seconds of the source.",
        "Event LevelChange LabelScore Availability Gap Prediction Scores Frame Vehicle Region "
        "SourceInfo RunInfo EventRecord event_record EventFile read_event_file",
    ),
    "Models and bundles": (
        "Reading a bundle's card, and parts to make models of.",
        "read_card Card CARD_KEY Golden Pathway ResizeRule StateTensor BackendModel ClipWindow "
        "resize golden_clip OnnxRuntimeBackend TorchBackend fit_weights read_safetensors",
    ),
    "Plugins": (
        "The roles that a plugin subclasses; [how to write one](writing_plugins.md).",
        "Model Source Sink Overlay EventEngine Explainer Signals Backend Architecture hookimpl "
        "load_plugins Plugins Options Grabbed Channel ChannelValues StreamState ModelContext "
        "Bundle Counts",
    ),
    "Errors": (
        "All are `EdgevidError`; [what each means](errors.md).",
        "EdgevidError ConfigError PluginError UnknownPluginError DuplicatePluginError "
        "PluginLoadError SourceError SourceOpenError SourceLostError ModelError BundleError "
        "WeightsError BackendUnavailableError InferenceError SignalsError SinkError "
        "RecordingError OverlayError EventFileError BatchError DataError ExportError ParityError",
    ),
}
"""Title → introduction and names, in the order of the page."""

MODULES: dict[str, str] = {
    "edgevid.types": "Values that travel through the pipeline.",
    "edgevid.errors": "The error tree, and one-line texts of errors.",
    "edgevid.card": "A model's card, and the parts of it.",
    "edgevid.config": "Configurations: reading, overriding, checking a plugin's options.",
    "edgevid.interfaces": "The roles that plugins subclass.",
    "edgevid.plugins": "Finding plugins, and their registries.",
    "edgevid.pipeline": "Building sources, models, engines and sinks from a configuration.",
    "edgevid.backends": "Reading bundles, opening backends, comparing them with a card.",
    "edgevid.events": "Event policies.",
    "edgevid.records": "The event record, its columns, and reading event files.",
    "edgevid.media": "Video and images: opening, times, exact decoding of a span, encoding.",
    "edgevid.io": "Whole-file writes, locks, redaction.",
    "edgevid.timeline": "The picture of a timeline, its colours and labels.",
    "edgevid.cli": "Options, progress and consoles for commands of plugins.",
    "edgevid.testing": "Fakes and conformance checks for plugins' tests.",
    "edgevid.machine": "Processor and cores.",
    "edgevid.strict": "The base of checked data models.",
    "edgevid.lazy": "Public names of a package, loaded when first used.",
}
"""Public modules for plugins, and what each is for."""


def module_names(module: str) -> list[str]:
    """Public names of a module: its ``__all__``, or the functions, classes and types it defines."""
    loaded = importlib.import_module(module)
    listed = getattr(loaded, "__all__", None)
    if listed is not None:
        return sorted(listed)
    tree = ast.parse(Path(str(loaded.__file__)).read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    names += [t.id for node in tree.body if isinstance(node, ast.Assign) for t in node.targets
              if isinstance(t, ast.Name)]  # fmt: skip
    return sorted(name for name in names if not name.startswith("_"))


def grouped_names() -> list[str]:
    """Every name of the page."""
    return [name for _, names in GROUPS.values() for name in names.split()]


def api_page(note: str) -> str:
    """The whole page.

    Args:
        note: That the page is generated.
    """
    package = griffe.load("edgevid", search_paths=[ROOT], docstring_parser="google")
    text = "# Python API\n\n" + note
    text += (
        "Import names from `edgevid`, or from the modules of the [last section](#for-plugins); "
        "nothing else is promised to stay.\n"
    )
    for title, (about, names) in GROUPS.items():
        text += f"\n## {title}\n\n{about}\n"
        for name in names.split():
            text += "\n" + "\n".join(_entry(name, _target(package, name))).rstrip() + "\n"
    text += (
        "\n## For plugins\n\nOur own plugins import from `edgevid` and from these modules only.\n\n"
        "| module | for | names |\n|---|---|---|\n"
    )
    for module, about in MODULES.items():
        names = ", ".join(f"`{name}`" for name in module_names(module))
        text += f"| `{module}` | {about} | {names} |\n"
    return text


def _target(package: griffe.Object | griffe.Alias, name: str) -> griffe.Object:
    """The object itself, behind however many re-exports."""
    member = package[name]
    while isinstance(member, griffe.Alias):
        member = member.target
    return member


def _entry(name: str, item: griffe.Object) -> Iterator[str]:
    yield f"### `{name}`\n"
    if item.is_function:
        yield from ("```python", _signature(name, item), "```\n")
    yield from _docstring(item)
    if item.is_class:
        yield from _members(item)


def _signature(name: str, function: griffe.Object) -> str:
    shown = []
    for parameter in function.parameters:
        if parameter.name == "self" or parameter.name == "cls":
            continue
        is_keyword = parameter.kind is griffe.ParameterKind.keyword_only
        if is_keyword and not any(one.startswith("*") for one in shown):
            shown.append("*")
        prefix = {"variadic positional": "*", "variadic keyword": "**"}.get(
            parameter.kind.value if parameter.kind else "", ""
        )
        text = f"{prefix}{parameter.name}"
        if parameter.annotation is not None:
            text += f": {parameter.annotation}"
        if parameter.default is not None and not prefix:
            text += f" = {parameter.default}"
        shown.append(text)
    returned = f" -> {function.returns}" if function.returns is not None else ""
    line = f"{name}({', '.join(shown)}){returned}"
    if len(line) <= 100:
        return line
    return f"{name}(\n    " + ",\n    ".join(shown) + f",\n){returned}"


def _docstring(item: griffe.Object) -> Iterator[str]:
    if item.docstring is None:
        return
    for section in item.docstring.parsed:
        if section.kind is griffe.DocstringSectionKind.text:
            yield _plain(section.value) + "\n"
        elif section.kind is griffe.DocstringSectionKind.examples:
            yield "```python"
            yield "\n".join(text for _, text in section.value).strip()
            yield "```\n"
        elif section.kind is griffe.DocstringSectionKind.parameters:
            for one in section.value:
                yield f"- `{one.name}`: {_line(one.description)}"
            yield ""
        elif section.kind in (
            griffe.DocstringSectionKind.returns,
            griffe.DocstringSectionKind.yields,
        ):
            yield f"Returns: {' '.join(_line(one.description) for one in section.value)}\n"
        elif section.kind is griffe.DocstringSectionKind.raises:
            for one in section.value:
                yield f"- raises `{one.annotation}`: {_line(one.description)}"
            yield ""


def _members(item: griffe.Object) -> Iterator[str]:
    rows = []
    for name, member in item.members.items():
        if name.startswith("_") or isinstance(member, griffe.Alias) or name == "model_config":
            continue
        about = _first(member)
        if member.is_function:
            rows.append(f"- `{_one_line(_signature(name, member))}`: {about}")
        elif member.is_attribute and (about or member.annotation is not None):
            kind = f": {member.annotation}" if member.annotation is not None else ""
            rows.append(f"- `{name}{kind}`" + (f": {about}" if about else ""))
    yield from rows


def _first(member: griffe.Object) -> str:
    text = member.docstring.value.partition("\n\n")[0] if member.docstring else ""
    return _line(text or _field_description(member))


def _field_description(member: griffe.Object) -> str:
    """The description of a pydantic field."""
    value = str(getattr(member, "value", None) or "")
    found = re.search(r"description=((?:\s*f?(?:'[^']*'|\"[^\"]*\"))+)", value)
    if not found:
        return ""
    return "".join(a or b for a, b in re.findall(r"'([^']*)'|\"([^\"]*)\"", found[1]))


def _one_line(text: str) -> str:
    return re.sub(r",\)", ")", re.sub(r"\(\s+", "(", " ".join(text.split()))).replace(", )", ")")


def _plain(text: str) -> str:
    return text.replace("``", "`")


def _line(text: str) -> str:
    return " ".join(_plain(text).split())
