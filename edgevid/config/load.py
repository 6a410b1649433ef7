"""Reads a YAML configuration; errors carry the file, the line and the key path."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from edgevid.config.options import explain
from edgevid.config.schema import RunConfig
from edgevid.errors import ConfigError

_PLAIN_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_BARE = {"source": "uri", "record": "directory"}
"""Key that a bare text stands for; elsewhere it is the name."""

T = TypeVar("T", bound=BaseModel)

Lines = dict[tuple[Any, ...], int]


class Where(NamedTuple):
    """A configuration file, and on which line of it each key stands."""

    name: str
    lines: Lines


def load_config(path: str | os.PathLike[str], overrides: Iterable[str] = ()) -> RunConfig:
    """Load a configuration file.

    Relative paths inside it are relative to the current folder, as on the command line.

    Args:
        path: YAML file.
        overrides: ``key.path=VALUE`` texts that win over the file; VALUE is YAML.

    Raises:
        ConfigError: If it cannot be read or is not accepted.
    """
    return parse_config(_read(Path(path)), str(path), overrides)


def parse_config(text: str, where: str, overrides: Iterable[str] = ()) -> RunConfig:
    """Parse a configuration; ``where`` names it in errors.

    Raises:
        ConfigError: With line, key path, what was given and what is accepted.
    """
    values, lines = parse_values(text, where)
    for override in overrides:
        apply_override(values, override)
    return build_config(values, where, lines)


def read_values(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Where]:
    """Plain values of a configuration file, before flags are laid over them, and its lines."""
    values, lines = parse_values(_read(Path(path)), str(path))
    return values, Where(str(path), lines)


def _read(where: Path) -> str:
    try:
        return where.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{where}: no such configuration file") from error
    except IsADirectoryError as error:
        raise ConfigError(f"{where}: is a folder; give a YAML file") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{where}: is not UTF-8 text; give a YAML file") from error
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read: {error.strerror}") from error


def parse_values(text: str, where: str) -> tuple[dict[str, Any], Lines]:
    """Plain values of a YAML text, and the line of each key path."""
    lines: Lines = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = None if node is None else _plain(node, (), lines, where)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise ConfigError(f"{where}{line}: not valid YAML: {' '.join(problem.split())}") from error
    except RecursionError as error:
        raise ConfigError(f"{where}: nested too deeply") from error
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigError(f"{where}: must hold keys such as `source:` and `model:`, not a value")
    return values, lines


def build_config(
    values: dict[str, Any], where: Where | str, lines: Lines | None = None
) -> RunConfig:
    """Validate plain values as the configuration of a run."""
    return build_section(RunConfig, values, where, lines)


def build_section(
    kind: type[T], values: dict[str, Any], where: Where | str, lines: Lines | None = None
) -> T:
    """Validate plain values as a configuration of some kind.

    Raises:
        ConfigError: With file, line and key of everything that is not accepted.
    """
    if not isinstance(where, str):
        where, lines = where
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problems = [
            f"{where}{_line(item['loc'], lines or {})}: {explain(item, kind)}"
            for item in error.errors()
        ]
        raise ConfigError("; ".join(problems)) from error


def apply_override(values: dict[str, Any], override: str) -> None:
    """Set one value in place from ``key.path=VALUE``; a number in the path is a list index."""
    path, equals, text = override.partition("=")
    parts = path.strip().split(".")
    if not equals or not all(parts):
        raise ConfigError(f"--set {override!r}: write KEY=VALUE, for example buffer.capacity=16")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {override!r}: {text!r} is not valid YAML") from error
    place: Any = values
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        key = _key(place, part, override)
        if following is None:
            place[key] = value
            return
        inner = place[key] if isinstance(key, int) else place.get(key)
        if isinstance(inner, str):
            # A bare name or URI that now gets options needs its long form.
            inner = {_BARE.get(part, "name"): inner}
        elif not isinstance(inner, dict | list):
            inner = {}
        place[key] = inner
        place = inner


def _key(place: Any, part: str, override: str) -> Any:
    if not isinstance(place, list):
        return part
    if not part.isdigit() or int(part) >= len(place):
        raise ConfigError(
            f"--set {override!r}: {part!r} is no place in a list of {len(place)} (from 0)"
        )
    return int(part)


def _plain(node: yaml.Node, path: tuple[Any, ...], lines: Lines, where: str) -> Any:
    """Values of a node tree, remembering the line of each key path."""
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.CollectionNode) and node.tag not in _PLAIN_TAGS:
        raise ConfigError(f"{where}:{lines[path]}: not valid YAML: tag {node.tag} is refused")
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, i), lines, where) for i, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node)
            line = key_node.start_mark.line + 1
            if not isinstance(key, str):
                raise ConfigError(f"{where}:{line}: key {key!r} must be text")
            if key in values:
                raise ConfigError(
                    f"{where}:{line}: {'.'.join([*map(str, path), key])} is given twice"
                )
            here = (*path, key)
            values[key] = _plain(value_node, here, lines, where)
            lines[here] = line
        return values
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    # SafeLoader knows only plain values: a tag such as !!python/object is refused here.
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()


def _line(path: tuple[Any, ...], lines: Lines) -> str:
    for length in range(len(path), 0, -1):
        if (line := lines.get(path[:length])) is not None:
            return f":{line}"
    return ""
