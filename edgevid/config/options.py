"""Second phase of validation: a plugin's own options, with messages that name key and choices."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from edgevid.errors import ConfigError

M = TypeVar("M", bound=BaseModel)


def validate_options(options_class: type[M], options: Mapping[str, Any], where: str) -> M:
    """Validate a plugin's options.

    Args:
        options_class: The plugin's ``Options``.
        options: As they stand in the configuration.
        where: What they belong to, for messages: "sink video".

    Raises:
        ConfigError: With every offending key, what was given and what is accepted.
    """
    try:
        return options_class.model_validate(dict(options))
    except ValidationError as error:
        problems = "; ".join(explain(item, options_class) for item in error.errors())
        raise ConfigError(f"{where}: {problems}") from error


def explain(item: Mapping[str, Any], model: type[BaseModel] | None = None) -> str:
    """One pydantic error as a sentence: key path, what is accepted, what was given."""
    path = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        known = _fields_at(model, item["loc"][:-1]) if model else []
        near = difflib.get_close_matches(str(item["loc"][-1]), known, n=1)
        hint = f"; did you mean {near[0]}?" if near else "." if known else ""
        accepted = f" Accepted: {', '.join(sorted(known))}." if known else ""
        return f"{path}: unknown key{hint}{accepted}"
    if item["type"] == "missing":
        return f"{path}: is required"
    message = _plain(item)
    value = item.get("input")
    shown = "" if isinstance(value, (dict, list)) else f", got {value!r}"
    return f"{path}: {message}{shown}" if path else f"{message}{shown}"


def _plain(item: Mapping[str, Any]) -> str:
    """The reason from pydantic, without names of Python types that no user wrote."""
    if item["type"] == "model_type":
        return "must be a dict, or a text where YAML accepts one"
    if item["type"] == "tuple_type":
        return "must be a list"
    return str(item["msg"]).removeprefix("Value error, ")


def _fields_at(model: type[BaseModel] | None, path: tuple[Any, ...]) -> list[str]:
    """Field names of the model that a key path leads to; empty where it leaves the models."""
    for part in path:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(str(part)) if model else None
        model = _model_in(field.annotation) if field else None
    return list(model.model_fields) if model else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if found := _model_in(inner):
            return found
    return None
