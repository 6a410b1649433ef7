"""Finds the result of each drive of a truth, by the name of its file."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from edgevid import ConfigError
from edgevid.records import ModelLine
from edgevid_train.data.media import name_list
from edgevid_train.evaluation.events.result import DriveResult
from edgevid_train.evaluation.events.truth import TrueDrive, plain_name

Pair = tuple[TrueDrive, DriveResult]


def result_files(paths: Sequence[str]) -> list[Path]:
    """Event files among paths: the files themselves, and what ends in .jsonl within folders.

    Raises:
        ConfigError: If there is no such path, or a folder has none.
    """
    files: list[Path] = []
    for text in paths:
        path = Path(text)
        found = sorted(p for p in path.rglob("*.jsonl") if p.name[0] != ".")
        if path.is_dir() and not found:
            raise ConfigError(f"{path}: no .jsonl is in this folder; give event files")
        if not path.exists():
            raise ConfigError(f"{path}: there is no such file; give event files, or a model")
        files += found if path.is_dir() else [path]
    return list(dict.fromkeys(files))


def pair_up(
    truth: Sequence[TrueDrive], results: Sequence[DriveResult]
) -> tuple[list[Pair], list[str]]:
    """Pairs in the order of the truth, and what there is to say about them.

    A result belongs to the drive whose file it names; failing that, to the one whose file has the
    same name without folder and ending, or the event file's own name.

    Raises:
        ConfigError: If a drive or a result has no partner, or more than one.
    """
    _one_model(results)
    named: dict[str, list[TrueDrive]] = {}
    for drive in truth:
        named.setdefault(drive.name, []).append(drive)
    files = {drive.file.resolve(): drive for drive in truth}
    found: dict[Path, DriveResult] = {}
    for result in results:
        drive = files.get(Path(result.uri).resolve()) or _by_name(result, named)
        if drive.file in found:
            raise ConfigError(
                f"{found[drive.file].path} and {result.path} are both of {drive.file.name}; "
                f"give one result for each drive"
            )
        found[drive.file] = result
    missing = [drive for drive in truth if drive.file not in found]
    if missing:
        names = sorted({plain_name(Path(result.uri).stem) for result in results})
        raise ConfigError(
            f"no result for {len(missing)} of {len(truth)} drives: "
            f"{name_list([drive.file.name for drive in missing])}{_near(missing[0].name, names)}"
        )
    pairs = [(drive, found[drive.file]) for drive in truth]
    return pairs, [line for pair in pairs for line in _doubts(*pair)]


def _by_name(result: DriveResult, named: dict[str, list[TrueDrive]]) -> TrueDrive:
    names = [plain_name(Path(result.uri).stem), plain_name(result.path.stem)]
    for name in names:
        drives = named.get(name, [])
        if len(drives) == 1:
            return drives[0]
        if drives:
            raise ConfigError(
                f"{result.path}: is of {result.uri}, and the truth has {len(drives)} files of that "
                f"name, none in the same folder: {name_list([str(d.file) for d in drives])}"
            )
    raise ConfigError(
        f"{result.path}: no ground truth for recording {result.uri}{_near(names[0], sorted(named))}"
    )


def _near(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if near:
        return f"; near {name!r}: {', '.join(near)}"
    return f"; there are {name_list(list(names))}" if names else ""


def _one_model(results: Sequence[DriveResult]) -> None:
    models: dict[ModelLine, Path] = {}
    policies: dict[str, Path] = {}
    for result in results:
        models.setdefault(result.model, result.path)
        policies.setdefault(str(result.policy.get("sha256", result.policy)), result.path)
    if len(models) > 1:
        (a, where), (b, there) = list(models.items())[:2]
        raise ConfigError(
            f"{where} is of {_model(a)} and {there} of {_model(b)}; evaluate one model at a time"
        )
    if len(policies) > 1:
        where, there = list(policies.values())[:2]
        raise ConfigError(
            f"{where} and {there} were made under different event policies; evaluate one at a "
            f"time, or apply one to all with --profile or --set events.options.…"
        )


def _model(model: ModelLine) -> str:
    return f"{model.name} {model.version} ({(model.sha256 or 'no sha256')[:12]})"


def _doubts(drive: TrueDrive, result: DriveResult) -> list[str]:
    lines = []
    if not result.has_end:
        lines.append(
            f"{result.path}: has no end: the run was killed or is still going; what never closed "
            f"({result.unclosed} events) counts as it last was"
        )
    until = result.analysed_seconds
    end = drive.duration_seconds or drive.end_seconds
    if until is not None and until < end - _SHORT_SECONDS:
        lines.append(
            f"{result.path}: was analysed up to {until:.1f} of {end:.1f} s; what comes after "
            f"counts as missed"
        )
    return lines


_SHORT_SECONDS = 5.0
