"""docs/profiles.md: what each profile of event policies says, from the YAML files themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from edgevid.events.policy import Policy
from edgevid.events.profiles import profile_names


def profiles_page(note: str) -> str:
    """The page: each profile's text, then every parameter side by side."""
    names = profile_names()
    policies = {name: Policy.model_validate({"profile": name}) for name in names}
    text = "# Profiles of event policies\n\n" + note
    text += "[What the parameters mean](events.md). Bold is what differs from the default.\n\n"
    for name in names:
        text += f"- **{name}**: {' '.join(policies[name].description.split())}\n"
    default = dict(_flat(_defaults()))
    columns = {name: dict(_flat(policies[name].model_dump())) for name in names}
    text += "\n| parameter | " + " | ".join(names) + " |\n|---|" + "---|" * len(names) + "\n"
    for key in sorted({k for c in (*columns.values(), default) for k in c}):
        cells = [_cell(column.get(key), default.get(key)) for column in columns.values()]
        text += f"| `{key}` | " + " | ".join(cells) + " |\n"
    return text


def _defaults() -> dict[str, Any]:
    """The parameters without any profile."""
    values = {
        name: field.get_default(call_default_factory=True)
        for name, field in Policy.model_fields.items()
    }
    return {k: v.model_dump() if hasattr(v, "model_dump") else v for k, v in values.items()}


def _flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if path + key in ("profile", "description"):
            continue
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{path}{key}.")
        else:
            yield path + key, value


def _cell(value: Any, default: Any) -> str:
    shown = _shown(value)
    return shown if shown in ("", _shown(default)) else f"**{shown}**"


def _shown(value: Any) -> str:
    if value is None or value in ({}, (), []):
        return "" if value is None else "none"
    if isinstance(value, list | tuple):
        return ", ".join(_shown(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value).lower()
