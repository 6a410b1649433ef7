"""``edgevid doctor BUNDLE``: whether every backend here gives the numbers of the bundle's card."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from rich.table import Table
from rich.text import Text

from edgevid.backends.bundle import read_card
from edgevid.backends.golden import check_golden
from edgevid.backends.select import Rejected, open_each
from edgevid.card import Card
from edgevid.cli.session import loaded_plugins, out
from edgevid.errors import ParityError, one_line
from edgevid.interfaces import Backend, ModelContext
from edgevid.pipeline.bundles import find_bundle

_WRONG = 1


class Finding(BaseModel):
    """Result of one backend."""

    backend: str
    device: str
    verdict: str
    """``parity``, ``WRONG`` or ``cannot run here``."""
    difference: float | None = None
    """Largest, in parts of the logits' spread."""
    reason: str | None = None


def examine_bundle(name: str, *, json_: bool) -> int:
    """Check and show; the exit code is 1 if any backend gives other numbers.

    Raises:
        BundleError: If there is no such bundle.
        ParityError: If its card holds nothing to compare with, or no backend runs here.
    """
    path = find_bundle(loaded_plugins(), name)
    card = read_card(path)
    if card.golden is None:
        raise ParityError(
            f"{path}: its card holds no golden logits; write the bundle again with `edgevid export`"
        )
    findings = list(_examine(path, card))
    if json_:
        print(json.dumps([finding.model_dump() for finding in findings], indent=2))
    else:
        _show(path, card, findings)
    if all(finding.verdict == "cannot run here" for finding in findings):
        raise ParityError(f'{path}: no backend runs here; pip install "edgevid[cpu]"')
    return _WRONG if any(finding.verdict == "WRONG" for finding in findings) else 0


def _examine(path: Path, card: Card) -> Iterator[Finding]:
    found = loaded_plugins()
    context = ModelContext(open_architecture=lambda wanted: found.architectures[wanted]())
    for candidate in open_each(path, card, found.backends, context):
        if isinstance(candidate, Rejected):
            yield Finding(
                backend=candidate.backend,
                device=candidate.device,
                verdict="WRONG" if candidate.broken else "cannot run here",
                reason=candidate.reason,
            )
        else:
            yield _compare(candidate, card)


def _compare(backend: Backend, card: Card) -> Finding:
    device = str(backend.report.get("device", backend.provider))
    try:
        difference = check_golden(backend, card)
    except Exception as error:
        return Finding(backend=backend.name, device=device, verdict="WRONG", reason=one_line(error))
    return Finding(
        backend=backend.name, device=device, verdict="parity", difference=float(difference)
    )


def _show(path: Path, card: Card, findings: list[Finding]) -> None:
    golden = card.golden
    table = Table("backend", "device", "verdict", "largest difference", box=None)
    for f in findings:
        number = "" if f.difference is None else f"{f.difference:.1e}"
        table.add_row(*map(Text, (f.backend, f.device, f.verdict, number)))
    console = out()
    if golden is not None:
        console.print(
            f"{path}: {card.name} {card.version}, {golden.num_frames} golden frames, reset at "
            f"frame {golden.reset_at}; {golden.tolerance:.0e} of the logits' spread is allowed",
            markup=False,
            soft_wrap=True,
        )
    console.print(table)
    for f in findings:
        if f.reason:
            line = f"{f.backend} on {f.device}: {f.reason}"
            console.print(line, markup=False, soft_wrap=True)
